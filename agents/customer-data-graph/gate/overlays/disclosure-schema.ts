/**
 * Texts that have to be shown or sent, by jurisdiction and version: the register that notices are made from. A text that a law words
 * itself is marked so, and is never changed by us.
 */
import { z } from 'zod';

import { isNoReason } from '../../../../skills/gate/core/notices/principal-reasons.ts';

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');
const isoDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'an ISO date such as 2026-01-31 was expected');
const line = z.string().trim().min(1).max(600);

/** What a disclosure is for. */
export const disclosureKinds = [
  'adverse-action',
  'consumer-report',
  'ai-disclosure',
  'logic',
  'algorithmic-pricing',
  'notice-at-collection',
  'pre-use-notice',
] as const;
export type DisclosureKind = (typeof disclosureKinds)[number];

export const disclosureSchema = z.strictObject({
  id: name,
  version: z.int().min(1),
  kind: z.enum(disclosureKinds),
  regime: name.describe('The regime that asks for it.'),
  citation: line,
  language: z.string().regex(/^[a-z]{2}(-[A-Z]{2})?$/, 'a language such as en or pt-BR was expected'),
  effectiveFrom: isoDate,
  effectiveTo: isoDate.optional(),
  wording: z
    .enum(['statutory', 'model', 'own'])
    .describe('statutory: the law words it; model: an authority offers the wording; own: ours, for counsel to confirm.'),
  place: line.describe('Where it has to stand, and when.'),
  text: z.string().trim().min(1).max(8000).describe('`{name}` stands for what the notice fills in.'),
  reasons: z
    .record(
      z.string().min(1),
      line.refine((text) => !isNoReason(text), 'that a score, a standard or a policy was not met is no specific reason'),
    )
    .optional()
    .describe('Of adverse action: words for what may count against a person, by factor.'),
  verify: line.optional(),
});

export const disclosureFileSchema = z.strictObject({
  jurisdiction: z.string().regex(/^(EU|[A-Z]{2}(-[A-Z0-9]{1,3})?)$/, 'EU, or an ISO 3166 code such as US or US-NY was expected'),
  reviewed: z.strictObject({ by: line, on: isoDate }),
  disclosures: z.array(disclosureSchema).min(1),
});

export interface Disclosure extends z.infer<typeof disclosureSchema> {
  readonly jurisdiction: string;
  /** File as people see it. */
  readonly file: string;
}
