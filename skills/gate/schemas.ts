/** What goes in and out of the gate, and what its effects exchange. Strict: an unknown key is an error. */
import { z } from 'zod';

import { refSchema } from '../sdk/index.ts';

/** What a score may be used for. Significance is a property of the use, not of the score. */
export const purposes = [
  'analytics',
  'ad-audience',
  'offer-eligibility',
  'price-personalization',
  'tier-assignment',
  'save-flow',
  'churn-prevention',
  'service-level',
  'credit',
  'instalment-plan',
  'insurance',
  'housing',
  'employment',
  'education',
  'healthcare',
  'essential-goods',
  'advocate-selection',
  'investor-reporting',
] as const;

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');

export const useSchema = z.strictObject({
  subscriber: name.describe('Who receives the value.'),
  purpose: z.enum(purposes).describe('What it is used for.'),
  sink: name.describe('Where it goes.'),
  facts: z
    .record(z.string(), z.union([z.string().min(1), z.boolean(), z.int()]))
    .optional()
    .describe('What you state about this use, such as `noticeGiven: true`. Unstated facts are unknown.'),
});
export type Use = z.infer<typeof useSchema>;

/** Always decided: whether a value may stand in the score store at all. */
export const storeUse: Use = { subscriber: 'score-store', purpose: 'analytics', sink: 'score-store' };

const bounds = z.tuple([z.number(), z.number()]).readonly();

const reliabilitySchema = z.looseObject({
  eceAfter: z.number().describe('Expected calibration error on the holdout, after recalibration.'),
  n: z.int().min(0).describe('Customers in the holdout.'),
  eceCI95: bounds.nullish().describe('95 % interval of the debiased calibration error.'),
  picpCI95: z.record(z.string(), bounds).optional().describe('95 % intervals of the coverage of spend, by level of the interval.'),
  spendOOverECI95: bounds.nullish().describe('95 % interval of spend that came over spend that was expected.'),
  fittedAt: z.iso.date().optional().describe('Last day of the holdout.'),
});

export const inputSchema = z.strictObject({
  calibrated: refSchema.describe('Calibrated scores with their tier, one row per account.'),
  accounts: refSchema.describe('The accounts, in the same order.'),
  snapshot: refSchema.describe('The events that facts about customers are read from.'),
  reliability: reliabilitySchema,
});

export const configSchema = z.strictObject({
  uses: z
    .array(useSchema)
    .default([])
    .refine((uses) => new Set(uses.map(useKey)).size === uses.length, 'two uses have the same subscriber, purpose and sink')
    .describe('The uses to decide besides the score store.'),
});

const outcome = z.enum(['pass', 'fail', 'counsel']);
const countsSchema = z.strictObject({ pass: z.int(), fail: z.int(), counsel: z.int() });
const reasonSchema = z.strictObject({ policy: z.string(), citation: z.string(), outcome, count: z.int() });

export const outputSchema = z.strictObject({
  decisions: refSchema.describe('One row per account and use: account, customerId, subscriber, purpose, sink, outcome, policies, vector.'),
  uses: refSchema.describe('JSON list of the uses decided.'),
  counts: countsSchema.describe('Decisions per outcome.'),
  topReasons: z.array(reasonSchema).describe('The ten policies behind most fails and counsels.'),
  verdicts: refSchema.describe(
    'JSON list: outcome, rules with citations, unknown facts, anchors and reach of each vector; a decision names its vector.',
  ),
  policyDigest: z.string().describe('Digest of the law, the policies of your own and the facts that you state.'),
  reviews: z.strictObject({ opened: z.int(), known: z.int() }).describe('Cases that wait for a person: new ones, and open ones met again.'),
});
export type GateOutput = z.infer<typeof outputSchema>;

export const factsAssembleInput = z.strictObject({
  snapshot: refSchema,
  accounts: refSchema,
  asOf: z.string(),
  uses: z
    .array(useSchema.pick({ purpose: true, sink: true, facts: true }))
    .describe('Every use that is decided, so that what was measured of it is known.'),
});
export const factsAssembleOutput = z.strictObject({
  facts: refSchema,
  ofUses: refSchema.describe(
    'JSON list in the order of the uses asked for: facts that were measured of each, such as by a fairness audit.',
  ),
  completeSince: z.iso
    .date()
    .nullable()
    .describe('From this day on every refusal was known, so silence meant none; null where it never did.'),
});

const factValue = z.union([z.string(), z.number(), z.boolean()]);
export const factsOfUsesSchema = z.array(z.record(z.string(), factValue));

export const vectorsBuildInput = z.strictObject({
  facts: refSchema,
  ofUses: refSchema,
  calibrated: refSchema,
  reliability: reliabilitySchema,
  uses: z.array(useSchema),
  asOf: z.string(),
});
export const vectorsBuildOutput = z.strictObject({
  vectors: refSchema.describe('JSON list of { facts, purpose, sink }: each class of customers with each use, uses fastest.'),
  classes: refSchema.describe('Table: customerId text, class int32; one row per account.'),
  uses: refSchema,
});

export const policyDecideInput = z.strictObject({ vectors: refSchema, asOf: z.string() });
export const policyDecideOutput = z.strictObject({
  decisions: refSchema,
  policyDigest: z.string(),
  law: refSchema.describe('JSON: the rules, regimes and facts that the decisions are by, as they were then.'),
});

export const decisionsJoinInput = z.strictObject({ verdicts: refSchema, vectors: refSchema, classes: refSchema, uses: refSchema });
export const decisionsJoinOutput = z.strictObject({
  decisions: refSchema,
  counts: countsSchema,
  topReasons: z.array(reasonSchema),
  cases: refSchema.describe('JSON list of the cases that went to counsel, with the number of customers of each.'),
});

export const reviewsOpenInput = z.strictObject({ decisions: refSchema, asOf: z.string() });
export const reviewsOpenOutput = z.strictObject({ opened: z.int(), known: z.int() });

/** One element of the engine's reply; a policy engine may add more. */
export const verdictSchema = z.looseObject({
  outcome,
  policies: z.array(z.looseObject({ id: z.string(), effect: z.enum(['fail', 'counsel']), citation: z.string() })),
  unknownFacts: z.array(z.string()),
  key: z.string().describe('Digest of what the verdict rests on.'),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

export const vectorSchema = z.strictObject({
  facts: z.record(z.string(), factValue),
  purpose: z.string(),
  sink: z.string(),
});

/** The uses that are decided: the score store first, each once. */
export function decidedUses(configured: readonly Use[]): readonly Use[] {
  return [storeUse, ...configured.filter((use) => useKey(use) !== useKey(storeUse))];
}

export function useKey({ subscriber, purpose, sink }: Use): string {
  return JSON.stringify([subscriber, purpose, sink]);
}
