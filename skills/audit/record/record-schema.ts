/**
 * The form of every record's body, one versioned schema: what stands in it, and of each part that can be missing, that it is absent and
 * why. Strict: an unknown field is an error, and a missing one too. The id of a customer is in no body; `customer: "kid"` says that the
 * key id beside the body names the customer.
 */
import { z } from 'zod';

import { type RecordKindName, recordKinds } from './record-kinds.ts';

/** Version of the family; a body says `cohortium/<kind>@<version>` in its leaf. */
export const recordBodyVersion = 1;

export const absentSchema = z.strictObject({ absent: z.string().min(1) }).describe('Not there, and why.');

/** A part, or the reason why it is absent. */
export function orAbsent<Part extends z.ZodType>(part: Part) {
  return z.union([part, absentSchema]);
}

const minor = z.number().describe('Minor units of the currency.');
const probability = z.number().min(0).max(1);
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const isoDay = z.iso.date();
const customer = z.literal('kid').describe('The key id of the record names the customer; the id itself stands in the vault alone.');
const loose = z.looseObject({});

const intervalSchema = z.strictObject({ level: z.number(), lowMinor: minor, highMinor: minor });

const rawSchema = z.strictObject({
  clvMinor: minor,
  expectedPurchases: z.number(),
  pAlive: probability,
  pPurchase: probability,
  spendPerPurchaseMinor: minor,
});

const modelsSchema = z.strictObject({
  weights: z.record(z.string(), probability).describe('Share of each timing model in the mix for the home of the customer.'),
  contributions: orAbsent(z.record(z.string(), minor)).describe('What each contributes to the value before calibration, with its weight.'),
  crossValidation: orAbsent(
    z.strictObject({
      cohort: z.string().describe('Home that the weights were fitted for; empty for every home.'),
      origins: z.int().min(1).describe('Earlier days that were predicted.'),
      predictions: z.int().min(1).describe('Predictions out of fold behind the weights.'),
    }),
  ),
  tracker: orAbsent(z.string()).describe('Where the fit is tracked.'),
});

const explanationSchema = z.strictObject({
  base: minor.describe('Value of typical customers of the run.'),
  groups: z.record(z.string(), minor).describe('What each group of features adds to it.'),
  calibration: minor.describe('What calibration adds; base, groups and this add up to the value.'),
  method: z.string(),
});

const scoreSchema = z.strictObject({
  customer,
  value: rawSchema.extend({ currency: z.string(), horizonDays: z.int().min(1) }).describe('As it was calibrated, which is as it leaves.'),
  tier: z.string(),
  intervals: z.strictObject({
    stated: intervalSchema.describe('The one that leaves.'),
    bayesian: intervalSchema.describe('Of the model: parameters and futures drawn.'),
    frequentist: orAbsent(intervalSchema).describe('Conformal: widened until it held on the holdout.'),
    bootstrap: orAbsent(intervalSchema),
  }),
  grain: z
    .strictObject({
      cells: z.array(z.tuple([z.string(), z.string(), z.string(), minor, z.number()])),
      elsewhere: z.number().describe('Share of the value outside of visited cells.'),
    })
    .describe('Location, channel, brand, value and share of each visited cell.'),
  cohorts: z.record(z.string(), orAbsent(z.string())).describe('The cohort on each of the eleven axes.'),
  models: modelsSchema,
  rfm: z.strictObject({
    cohort: z.string(),
    baskets: z.int().min(0),
    spendMinor: minor,
    firstDay: isoDay,
    lastDay: isoDay,
  }),
  calibration: z
    .strictObject({ cohort: z.string(), raw: rawSchema })
    .describe('The value before calibration, and the cohort whose row of the recalibration record was applied.'),
  embedding: orAbsent(z.string()).describe('Where the embedding is.'),
  cache: orAbsent(z.string()).describe('Where the value is cached.'),
  explanation: orAbsent(explanationSchema),
  feedback: orAbsent(loose),
  zeroRetention: orAbsent(loose),
});

const anchorSchema = z.strictObject({
  outcome: orAbsent(z.string()),
  rules: z.array(
    z.strictObject({
      id: z.string(),
      effect: z.string(),
      citation: z.string(),
      regime: z.string().optional(),
      verify: z.string().optional().describe('What counsel has yet to confirm.'),
    }),
  ),
});

const reach = z.enum(['yes', 'no', 'open', 'not-in-force', 'not-asked']);
const statedOrNull = z.boolean().nullable();

export const automationSchema = z.strictObject({
  gdpr22: z.strictObject({
    reach,
    solelyAutomated: statedOrNull,
    significantEffect: z.enum(['yes', 'no', 'verify']),
    lawfulException: statedOrNull,
    humanReviewOffered: statedOrNull,
    verify: z.array(z.string()),
  }),
  admt: z.strictObject({
    reach,
    significantDecision: z.boolean(),
    replacesPerson: statedOrNull,
    preUseNotice: statedOrNull,
    verify: z.array(z.string()),
  }),
  humanInvolvement: z.string().nullable(),
});

const useSchema = z.strictObject({ subscriber: z.string(), purpose: z.string(), sink: z.string() });

const decisionSchema = z.strictObject({
  customer,
  use: useSchema,
  outcome: z.enum(['pass', 'fail', 'counsel']),
  rules: z.array(z.string()),
  anchors: z.record(z.string(), anchorSchema),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).describe('What was known.'),
  unknown: z.strictObject({ decisive: z.array(z.string()), all: z.array(z.string()) }),
  case: z.string().describe('Digest of what the verdict rests on.'),
  automation: automationSchema,
  review: orAbsent(loose).describe('What a person decided about the case.'),
  opinions: orAbsent(z.array(z.unknown())),
  zeroRetention: orAbsent(loose),
  handOff: z.strictObject({ allowed: z.boolean() }).describe('Before anything is sent; what was sent is an emission record.'),
});

const redecisionSchema = z.strictObject({
  customer,
  use: useSchema,
  outcome: z.enum(['fail', 'counsel']),
  rules: z.array(z.string()),
  changed: z.array(z.string()).describe('Facts that are other than in the run.'),
  law: z.string(),
  basis: z.string().describe('Digest of what the run decided by.'),
  consents: z.array(z.string()).describe('The refusals, by id.'),
});

const placeSchema = z.strictObject({ index: z.int().min(0), item: z.int().min(0).nullable() });

const emissionSchema = z.strictObject({
  customer,
  handOff: z.strictObject({
    subscriber: z.string(),
    purpose: z.string(),
    sink: z.string(),
    message: z.string().describe('Id of the message.'),
  }),
  decision: placeSchema.describe('Record that allowed it, written before.'),
  score: placeSchema.describe('Record of the value.'),
  acknowledgment: orAbsent(
    z.strictObject({ state: z.enum(['acknowledged', 'dead']).describe('Dead: refused, or nobody there for as long as we tried.') }),
  ),
});

const feedbackSchema = z.strictObject({
  about: z.strictObject({ run: z.string(), cohort: z.string(), asOf: isoDay, until: isoDay }).describe('Predictions that matured.'),
  outcome: z
    .strictObject({ customers: z.int().min(0), error: z.number(), losses: z.record(z.string(), z.number()) })
    .describe('What came true.'),
  cadence: z.strictObject({ decision: z.string(), cadence: z.unknown(), reason: z.string() }).describe('What followed.'),
});

const modelChangeSchema = z.strictObject({
  change: z.string().describe('champion, windows or tuning.'),
  entry: digest.describe('SHA-256 of the line of the manifest.'),
  index: z.int().min(0),
  model: orAbsent(z.string()),
  card: orAbsent(digest),
  retires: orAbsent(z.string()),
  by: z.strictObject({ proposed: z.string(), approved: z.string() }),
  rationale: z.string(),
});

const attestedSchema = z.strictObject({ envelope: loose.describe('DSSE envelope around an in-toto statement.') });

/** Bodies that are checked field by field; those of other kinds are objects that their writers describe. */
export const recordBodySchemas = {
  score: scoreSchema,
  cohorts: z.strictObject({
    customer,
    axes: z.record(z.string(), orAbsent(z.string())).describe('The eleven axes.'),
    definitions: orAbsent(z.array(loose)).describe('Cohorts of the definitions in registries/cohorts.'),
  }),
  decision: decisionSchema,
  'decision-after-opt-out': redecisionSchema,
  emission: emissionSchema,
  feedback: feedbackSchema,
  'model-change': modelChangeSchema,
  attestation: attestedSchema,
  run: z.strictObject({
    asOf: isoDay,
    currency: z.string(),
    accounts: z.int().min(0),
    decisions: z.int().min(0),
    digests: z.record(z.string(), z.string()).describe('Tables, models, law and facts that everything after this record rests on.'),
    fit: loose.describe('Families, parameters, weights and cross-validation.'),
  }),
  recalibration: z.strictObject({
    calibration: digest,
    method: z.string(),
    folds: z.int(),
    n: z.int(),
    isCalibrated: z.boolean(),
    maps: loose,
    cohorts: z.record(z.string(), loose),
    cohortError: z.record(z.string(), z.number()),
    gain: loose.nullable(),
    intervals: orAbsent(loose),
    reliability: loose,
    tiers: orAbsent(loose),
    tierRule: z.array(z.string()),
  }),
} as const satisfies Partial<Record<RecordKindName, z.ZodType>>;

/** Name of the schema of a kind, as it stands in the leaf. */
export function schemaOf(kind: RecordKindName): string {
  return `cohortium/${kind}@${recordBodyVersion}`;
}

/** A body with the kind that it is of, for editors and other languages. */
export const recordSchema = z
  .discriminatedUnion(
    'kind',
    Object.entries(recordBodySchemas).map(([kind, body]) => z.strictObject({ kind: z.literal(kind), body })) as never, // a union needs a tuple type
  )
  .describe(`cohortium/record-body@${recordBodyVersion}`);

/** Retention class of a kind. */
export function classOf(kind: RecordKindName): string {
  return recordKinds[kind].class;
}
