/** What goes in and out of the audit step. Strict: an unknown key is an error. */
import { z } from 'zod';

import { refSchema } from '../sdk/index.ts';

export const inputSchema = z.strictObject({
  decisions: refSchema.describe('One row per account and use, from the gate.'),
  verdicts: refSchema.describe('What the gate said of each distinct case: rules with citations, unknown facts, anchors (JSON).'),
  policyDigest: z.string().min(1).describe('Digest of the policies that decided.'),
  calibrated: refSchema.describe('Calibrated scores, one row per account.'),
  calibratedCells: refSchema.describe('Visited cells whose values add up to the calibrated account.'),
  calibration: refSchema.describe('Maps and scales that the scores were calibrated by (JSON).'),
  reliability: z.looseObject({}).describe('What was measured of them on the holdout.'),
  scores: refSchema.describe('Scores before calibration, one row per account.'),
  accounts: refSchema.describe('The accounts, in the same order.'),
  profiles: refSchema.describe('Their profiles; the home location names the cohort.'),
  memberships: refSchema.describe('Cohort of each account on each axis.'),
  attributions: refSchema.optional().describe('What made each value, by groups of features and by models.'),
  model: refSchema.describe('Model parameters (JSON).'),
  snapshot: refSchema.describe('The sealed signals that everything rests on.'),
  currency: z.string().describe('Currency of every amount, ISO 4217.'),
});

export const configSchema = z.strictObject({});

export const composeInput = inputSchema.extend({ asOf: z.iso.date() });
export const composeOutput = z.strictObject({
  parts: z
    .array(refSchema)
    .min(1)
    .describe('Tables of records: kind, stream, subject, class, schema, body, batch. The first row of the first is the record of the run.'),
});

export const appendInput = z.strictObject({ records: refSchema });
export const appendOutput = z.strictObject({
  firstIndex: z.int().min(0),
  size: z.int().min(0),
  root: z.string().regex(/^[0-9a-f]{64}$/),
  indexes: refSchema,
});

export const receiptsInput = z.strictObject({
  decisions: refSchema,
  accounts: z.int().min(0),
  indexes: z.array(refSchema).min(1).describe('What the ledger answered to each part.'),
});
export const receiptsOutput = z.strictObject({ receipts: refSchema, run: z.int().min(0) });

export const outputSchema = z.strictObject({
  receipts: refSchema.describe(
    'One row per decision: record and item of the decision, scoreRecord and scoreItem of the value it is about. Item −1: the leaf is the record.',
  ),
  ledgerFirst: z.int().min(0).describe('Index of the record of the run.'),
  ledgerSize: z.int().min(0).describe('Leaves of the ledger after this step.'),
  ledgerRoot: z.string().describe('RFC 6962 root over them, hex.'),
});

/** The parts of the model (JSON) that are read here. */
export const modelSchema = z.looseObject({
  asOf: z.string(),
  cutoff: z.string(),
  horizonDays: z.int(),
  discountRateAnnual: z.number(),
  intervalLevel: z.number(),
  draws: z.int(),
  concentration: z.number(),
  shares: z.unknown(),
  stacking: z.looseObject({ origins: z.array(z.number()), reason: z.string() }),
  now: z.looseObject({
    spend: z.unknown(),
    timing: z.looseObject({
      models: z.array(
        z.looseObject({
          family: z.string(),
          params: z.record(z.string(), z.number()),
          logLikelihood: z.number(),
          aic: z.number(),
          customers: z.number(),
          boundary: z.looseObject({ title: z.string() }).nullable(),
        }),
      ),
      weights: z.array(z.strictObject({ cohort: z.string(), shares: z.array(z.number()), customers: z.number() })).min(1),
    }),
  }),
});

/** The parts of the calibration (JSON) that are read here. */
export const calibrationSchema = z.looseObject({
  method: z.string(),
  folds: z.int(),
  n: z.int(),
  isCalibrated: z.boolean(),
  tierRule: z.array(z.string()),
  cohorts: z.record(z.string(), z.unknown()),
  cohortError: z.record(z.string(), z.number()),
  probability: z.unknown(),
  moneyScale: z.unknown(),
  countScale: z.unknown(),
  gain: z.unknown(),
  tiers: z.unknown(),
  intervals: z.looseObject({ level: z.number(), reach: z.unknown(), picp: z.unknown() }).nullable(),
});

const fact = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** One element of the engine's reply. Engines that tell no anchors apart, or say nothing of reach, leave these out. */
export const verdictSchema = z.looseObject({
  outcome: z.string(),
  policies: z.array(z.record(z.string(), z.unknown())),
  unknownFacts: z.array(z.string()),
  facts: z.record(z.string(), fact),
  key: z.string(),
  anchors: z.record(z.string(), z.string()).default({}),
  ruling: z.record(z.string(), z.unknown()).nullable().default(null),
  opinions: z.array(z.unknown()).nullable().default(null),
  applicability: refSchema.optional(),
});

export const reachSchema = z.array(z.looseObject({ regime: z.string(), applies: z.enum(['yes', 'no', 'open', 'not-in-force']) }));

export type AuditOutput = z.infer<typeof outputSchema>;
export type ComposeInput = z.infer<typeof composeInput>;
export type ReceiptsInput = z.infer<typeof receiptsInput>;
