/** What goes in and out of the recalibrate step. Strict: an unknown key is an error. */
import { z } from 'zod';

import { refSchema } from '../sdk/index.ts';
import { meanMethods, probabilityMethods } from './core/fit-map.ts';
import { driftStates } from './core/tiers/index.ts';

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
  calibrator: z
    .enum(probabilityMethods)
    .default('cohort-logistic')
    .describe('Map of P(purchase); `auto` chooses on held-out customers and keeps the evidence.'),
  money: z.enum(meanMethods).default('cohort-scale').describe('Map of expected spend and of expected purchases; `auto` as above.'),
  drift: z
    .record(z.string(), z.enum(driftStates))
    .default({})
    .describe('What monitoring says of cohorts, for their tiers; those not named are `unmeasured`.'),
});

export const reliabilitySchema = z.strictObject({
  eceBefore: z.number().min(0).max(1).describe('Expected calibration error of the raw probabilities.'),
  eceAfter: z.number().min(0).max(1).describe('The same of the calibrated ones, each predicted by folds without the customer.'),
  n: z.int().min(1).describe('Customers in the holdout.'),
  moneyScale: z.number().min(0).describe('Global ratio of actual to predicted spend, after shrinkage.'),
  nEvents: z.int().min(0).describe('Customers who bought in the holdout.'),
  eceDebiased: z.number().min(0).describe('Root of the debiased squared calibration error, each customer predicted by folds without them.'),
  eceCI95: z.tuple([z.number(), z.number()]).readonly().describe('Its 95 % interval, by bootstrap.'),
  eceDifferenceCI95: z
    .tuple([z.number(), z.number()])
    .nullable()
    .describe('95 % interval of after − before of the debiased squared error: below 0 is better; null without calibration.'),
  brier: z.number().min(0).max(1).describe('Mean squared error of the calibrated probabilities.'),
  bss: z.number().nullable().describe('Brier skill over foretelling the share of all; null where all or none bought.'),
  spiegelhalterP: z.number().min(0).max(1).nullable().describe('Two-sided p of the claim that the probabilities are right.'),
  picp: z
    .record(z.string(), z.number().min(0).max(1))
    .describe('Share of spend inside calibrated central intervals, by their level; empty where the model gave none.'),
  picpCI95: z
    .record(z.string(), z.tuple([z.number(), z.number()]).readonly())
    .describe('Exact 95 % intervals of these shares, by their level.'),
  oOverE: z.number().min(0).nullable().describe('Buyers over the sum of the calibrated probabilities.'),
  spendOOverE: z.number().min(0).nullable().describe('Spend that came over spend that was expected after calibration.'),
  spendOOverECI95: z
    .tuple([z.number(), z.number()])
    .readonly()
    .nullable()
    .describe('Its 95 % interval, by bootstrap; null where nothing was expected.'),
  decileLift: z.number().min(0).nullable().describe('Mean spend of the tenth of customers with the highest expectation over that of all.'),
  tiersOrder: z
    .boolean()
    .nullable()
    .describe('Whether coverage and error order by tier on the holdout; null with fewer than two tiers to compare.'),
  method: z.string().describe('Maps that were applied.'),
  fittedAt: z.iso.date().describe('Last day of the holdout.'),
});

export const outputSchema = z.strictObject({
  calibration: refSchema.describe('Maps, scales, bins and the tier rule (JSON).'),
  calibrated: refSchema.describe('Scores after calibration, with a tier.'),
  calibratedCells: refSchema.describe('Cells whose values add up to the calibrated account.'),
  calibratedGrain: refSchema.describe('Totals per axis with intervals after calibration (JSON).'),
  reliability: reliabilitySchema,
});

/** Day of the run. */
const asOf = z.iso.date();

export const fitInputSchema = z.strictObject({ holdout: refSchema, grain: refSchema, config: configSchema, asOf });
export const fitOutputSchema = outputSchema.pick({ calibration: true, reliability: true });
export const applyInputSchema = inputSchema
  .omit({ holdout: true })
  .extend({ calibration: refSchema, drift: configSchema.shape.drift, asOf });
export const applyOutputSchema = outputSchema.pick({ calibrated: true, calibratedCells: true, calibratedGrain: true });

/** The parts of the grain totals (JSON) that are read here. */
export const grainSchema = z.looseObject({
  horizonDays: z.int(),
  level: z.number(),
  total: z.looseObject({ clvMinor: z.number(), lowMinor: z.number(), highMinor: z.number() }),
  axes: z.array(z.strictObject({ axis: z.string(), value: z.string(), clvMinor: z.number(), lowMinor: z.number(), highMinor: z.number() })),
});

export type RecalibrateInput = z.infer<typeof inputSchema>;
export type RecalibrateConfig = z.infer<typeof configSchema>;
export type RecalibrateOutput = z.infer<typeof outputSchema>;
export type FitInput = z.infer<typeof fitInputSchema>;
export type FitOutput = z.infer<typeof fitOutputSchema>;
export type ApplyInput = z.infer<typeof applyInputSchema>;
export type ApplyOutput = z.infer<typeof applyOutputSchema>;
export type Grain = z.infer<typeof grainSchema>;
