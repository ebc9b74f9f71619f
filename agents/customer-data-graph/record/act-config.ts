/** `acts:` of cohortium.yaml: who may erase, hold, release, correct, redact and override, and whether with nobody's hand but their own. */
import { z } from 'zod';

import { roleForm } from '../../../registries/people/person.ts';

/** What a person does to the record, and what the statement about it is called. */
export const acts = {
  erase: 'erased',
  hold: 'held',
  release: 'released',
  correct: 'corrected',
  redact: 'redacted',
  override: 'overridden',
} as const;
export type Act = keyof typeof acts;

export const actNames = Object.keys(acts) as readonly Act[]; // a constant has no other keys

export const actsConfigSchema = z
  .strictObject({
    personalHand: z
      .boolean()
      .default(false)
      .describe('Refuse an act unless the key of the person who acts is on this machine; otherwise the service signs on their behalf.'),
    roles: z
      .partialRecord(z.enum(actNames), z.array(z.string().regex(roleForm, 'a role such as privacy-officer was expected')).min(1))
      .default({})
      .describe('By act: roles of which a person needs one. Anybody in the registry may do what is not named.'),
  })
  .prefault({})
  .describe('Who may act on the record, and with whose signature.');

export type ActsConfig = z.infer<typeof actsConfigSchema>;
