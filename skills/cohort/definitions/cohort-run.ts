/**
 * What one definition gave in one window: a JSON document in the content store, beside the model and the members that it
 * names. Memberships are published from it, pictures and pages are drawn from it.
 */
import { z } from 'zod';

import { refSchema } from '../../sdk/index.ts';
import { methodIds, windowIds } from './definition.ts';

const cohort = z.strictObject({
  /** Stays between runs: matched to the cohorts of the run before; never used again once a cohort has ended. */
  key: z.string().min(1),
  /** In words, such as `buy often, spend much`; not unique for ever, the key is. */
  name: z.string().min(1),
  size: z.int().min(0),
  /** Of the customers that took part. */
  share: z.number(),
  /** Sentences for a reader; every number in them is in `traits` or in the quality. */
  says: z.array(z.string()),
  /**
   * What sets the cohort apart, strongest first: of numbers the median here and of all, and Cliff's delta (−1 … 1); of names the shares
   * and their difference; of words and steps the shares and the lift.
   */
  traits: z.array(z.strictObject({ feature: z.string(), here: z.number(), all: z.number(), difference: z.number() })),
  /** Share that a bootstrap finds again (Jaccard), where the method is resampled. */
  stability: z.number().nullable(),
});

export const cohortRunSchema = z.strictObject({
  format: z.literal('cohortium/cohort-run@1'),
  definition: z.strictObject({ id: z.string(), version: z.int() }),
  title: z.string(),
  method: z.enum(methodIds),
  window: z.enum(windowIds),
  asOf: z.string(),
  /** What the definition said when it ran; memberships are settled by it. */
  resolution: z
    .strictObject({
      precedence: z.int().min(0),
      family: z.string().nullable(),
      hysteresis: z.strictObject({ margin: z.number().min(0).max(1), runs: z.int().min(1).max(12) }),
    })
    .optional(),
  seed: z.string(),
  /** JSON; null when the population was too small to fit, and `skipped` says why. */
  model: refSchema.nullable(),
  skipped: z.string().nullable(),
  /** JSON: what assigning further customers by the model needs besides it (`runs/frozen-state.ts`); null where they wait for a fit. */
  frozen: refSchema.nullable().optional(),
  /**
   * One row per customer in a cohort, ascending account. Columns: account int32 (row of the window features' customers), cohort int32
   * (position in `cohorts`), confidence float64 (in [0, 1], calibrated: how often this customer stays when the method is refitted on
   * a resample), raw float64 (the method's own), until int32 (day_no on which the window alone ends it, when nothing else
   * happens: no signal of the customer is in the window any more; 2147483647 for never), reason1, reason2, reason3 int32 (position in `features`, −1 for none),
   * contribution1, contribution2, contribution3 float64 (signed; positive spoke for this cohort). Where there was a run before, also
   * earlier int32: the cohort (position in `cohorts`) that the model of the run before gives the customer's features of today, −1 for
   * none; it tells a move of the customer from a move of the model.
   */
  members: refSchema.nullable(),
  /** Names that reasons point to: features, signals, or tokens. */
  features: z.array(z.string()),
  /** What the method's own confidence is. */
  confidenceKind: z.enum(['posterior', 'margin', 'density', 'frequency', 'rule']),
  cohorts: z.array(cohort),
  /** Numbers given out in keys so far, this run's included: the key of a cohort that ended is never given again. */
  keysUsed: z.int().min(0).default(0),
  /** Customers that took part, and those of them in no cohort. */
  population: z.strictObject({ customers: z.int().min(0), inNone: z.int().min(0) }),
  quality: z.strictObject({
    silhouette: z.strictObject({ mean: z.number(), standardError: z.number(), rows: z.int() }).nullable(),
    adjustedRandIndex: z.strictObject({ mean: z.number(), sd: z.number(), resamples: z.int() }).nullable(),
    /** The method's own figures by name, such as `modularity` or `logLikelihood`. */
    own: z.record(z.string(), z.number()),
    /** Expected calibration error of `confidence` on resamples that it was not calibrated on. */
    calibrationError: z.number().nullable(),
  }),
  /** Data of the picture, by the kind that draws it; drawn in agents/customer-data-graph/report/cohorts. */
  picture: z.strictObject({ kind: z.string(), data: z.unknown() }).nullable(),
});

export type CohortRun = z.output<typeof cohortRunSchema>;

/** A membership that the window alone does not end. */
export const noEnd = 2_147_483_647;
