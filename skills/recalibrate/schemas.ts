/** What goes in and out of the recalibrate step. Strict: an unknown key is an error. */
import { z } from 'zod';

import { refSchema } from '../sdk/index.ts';

export const inputSchema = z.strictObject({
  holdout: refSchema.describe('Predictions at the cut-off and what came true, one row per customer known then.'),
  scores: refSchema.describe('Raw scores, one row per account.'),
  cells: refSchema.describe('Visited cells with their shares.'),
  priors: refSchema.describe('Base shares of the grid.'),
  model: refSchema.describe('Model parameters (JSON); the concentration is read.'),
  grain: refSchema.describe('Raw totals per axis with intervals (JSON).'),
  accounts: refSchema.describe('Accounts, in the order of the scores.'),
  profiles: refSchema.describe('Profiles, in the order of the accounts; the home location names the cohort.'),
});

export const configSchema = z.strictObject({
  folds: z.int().min(2).max(20).default(5).describe('Folds of the cross-fitting that the reported error is measured by.'),
});

export const reliabilitySchema = z.strictObject({
  eceBefore: z.number().min(0).max(1).describe('Expected calibration error of the raw probabilities.'),
  eceAfter: z.number().min(0).max(1).describe('The same of the calibrated ones, each predicted by folds without the customer.'),
  n: z.int().min(1).describe('Customers in the holdout.'),
  moneyScale: z.number().min(0).describe('Global ratio of actual to predicted spend, after shrinkage.'),
});

export const outputSchema = z.strictObject({
  calibration: refSchema.describe('Maps, scales, bins and the tier rule (JSON).'),
  calibrated: refSchema.describe('Scores after calibration, with a tier.'),
  calibratedCells: refSchema.describe('Cells whose values add up to the calibrated account.'),
  calibratedGrain: refSchema.describe('Totals per axis with intervals after calibration (JSON).'),
  reliability: reliabilitySchema,
});

export const fitInputSchema = z.strictObject({ holdout: refSchema, folds: z.int().min(2) });
export const fitOutputSchema = outputSchema.pick({ calibration: true, reliability: true });
export const applyInputSchema = inputSchema.omit({ holdout: true }).extend({ calibration: refSchema });
export const applyOutputSchema = outputSchema.pick({ calibrated: true, calibratedCells: true, calibratedGrain: true });

/** The parts of the grain totals (JSON) that are read here. */
export const grainSchema = z.looseObject({
  horizonDays: z.int(),
  level: z.number(),
  total: z.looseObject({ clvMinor: z.number(), lowMinor: z.number(), highMinor: z.number() }),
  axes: z.array(z.strictObject({ axis: z.string(), value: z.string(), clvMinor: z.number(), lowMinor: z.number(), highMinor: z.number() })),
});

/** The part of the model (JSON) that is read here. */

export type RecalibrateInput = z.infer<typeof inputSchema>;
export type RecalibrateConfig = z.infer<typeof configSchema>;
export type RecalibrateOutput = z.infer<typeof outputSchema>;
export type FitInput = z.infer<typeof fitInputSchema>;
export type FitOutput = z.infer<typeof fitOutputSchema>;
export type ApplyInput = z.infer<typeof applyInputSchema>;
export type ApplyOutput = z.infer<typeof applyOutputSchema>;
export type Grain = z.infer<typeof grainSchema>;
