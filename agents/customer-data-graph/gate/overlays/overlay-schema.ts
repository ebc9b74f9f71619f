/**
 * What the operator adds for a vertical, in `policies/overlays/<vertical>.yaml`: facts that hold for it, rules, retention rows. It adds
 * to the law and takes nothing away: there is no way to write that a rule of the law does not hold.
 */
import { z } from 'zod';

import { anchors } from '../../../../skills/gate/core/policy/rule.ts';
import { regimeSchema } from '../../../../skills/gate/law/regime-schema.ts';

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');
const line = z.string().trim().min(1).max(600);

const ruleSchema = regimeSchema.shape.rules.unwrap().element.safeExtend({
  anchor: z.enum(anchors).describe('The anchor that it is decided under.'),
  citation: line.describe('What it rests on: a contract, a policy, a law that is not among the regimes.'),
});

export const overlaySchema = z.strictObject({
  overlay: name.describe('The file has the same name.'),
  version: z.int().min(1).describe('Raised with every change; each version is approved by itself.'),
  title: line,
  says: line.describe('Whom it is for, in one line.'),
  facts: z
    .record(z.string().regex(/^[a-z][A-Za-z0-9]*$/, 'a camelCase name was expected'), z.union([z.string().min(1), z.int(), z.boolean()]))
    .default({})
    .describe('Facts of the operator that hold with it, of the vocabulary.'),
  rules: z.array(ruleSchema).default([]).describe('As in a regime, each with its anchor and citation.'),
  retention: regimeSchema.shape.retention.describe('As in a regime; of kind policy, or stricter than the law.'),
});

export type OverlayFile = z.infer<typeof overlaySchema>;
