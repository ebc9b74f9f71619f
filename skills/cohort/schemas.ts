/** What goes in and out of the cohort step. Strict: an unknown key is an error. */
import { z } from 'zod';

import { refSchema } from '../sdk/index.ts';
import { axisNames } from './core/axes.ts';
import { shareMethods } from './core/choose-shares.ts';
import { continuousFamilyIds } from './core/clv/index.ts';

export const inputSchema = z.strictObject({
  snapshot: refSchema.describe('The sealed signals that the run reads.'),
});

export const configSchema = z.strictObject({
  horizonDays: z.int().min(1).max(3650).default(90).describe('Days ahead that value is counted for, and length of the holdout.'),
  discountRateAnnual: z.number().min(0).max(2).default(0).describe('Effective annual rate; 0 for none.'),
  intervalLevel: z.number().min(0.5).max(0.99).default(0.9).describe('Probability that an interval should hold.'),
  draws: z.int().min(50).max(5000).default(200).describe('Simulated futures that intervals are read from.'),
  rfmQuantiles: z.int().min(2).max(9).default(5).describe('Classes per RFM score.'),
  timing: z
    .array(z.enum(continuousFamilyIds))
    .min(1)
    .default(['bg-nbd', 'mbg-nbd', 'pareto-nbd'])
    .describe('Timing models; several are mixed with weights per home location. The seasons are read off the first.'),
  shares: z
    .enum(['auto', ...shareMethods])
    .default('auto')
    .describe('How value comes to the cells; `auto` tries the ways on earlier days and takes the best.'),
  seasonal: z.boolean().default(true).describe('Run timing on a clock of the seasons where the history allows it.'),
  dormantAxes: z.array(z.enum(axisNames)).default([]).describe('Axes that no memberships are published for.'),
});

const timingSchema = z.strictObject({
  family: z.string().describe('Id of the timing model.'),
  share: z.number().min(0).max(1).describe('Its weight over all customers; home locations have their own in the model.'),
  boundary: z.string().describe('Limit that it ran into, in words; empty when it is inside.'),
  parameters: z.record(z.string(), z.number()).describe('Time in weeks.'),
});

export const summarySchema = z.strictObject({
  customers: z.int().min(0),
  cells: z.int().min(0).describe('Visited cells.'),
  combinations: z.int().min(0).describe('Cells of the grid per account, visited or not.'),
  timing: z.array(timingSchema).min(1).describe('The timing models in the order of the configuration.'),
  shares: z.enum(shareMethods).describe('How value came to the cells.'),
  concentration: z.number().describe('S: purchase days that the base shares weigh.'),
  clvTotalMinor: z.number(),
  membershipVersion: z.int().min(0),
  joined: z.int().min(0),
  left: z.int().min(0),
});

export const featureInputSchema = z.strictObject({
  snapshot: refSchema,
  asOf: z.string().regex(/^\d{4}-\d{2}-\d{2}$/),
  outcomeDays: z.int().min(0),
});

export const featureOutputSchema = z.strictObject({
  accounts: refSchema,
  cells: refSchema,
  visits: refSchema,
  profiles: refSchema,
  weekly: refSchema,
  marginals: refSchema,
});

export const fitInputSchema = z.strictObject({
  accounts: refSchema,
  cells: refSchema,
  visits: refSchema,
  weekly: refSchema,
  holdoutAccounts: refSchema,
  holdoutCells: refSchema,
  holdoutVisits: refSchema,
  holdoutProfiles: refSchema,
  config: configSchema,
  asOf: z.string(),
  cutoff: z.string(),
});
export const fitOutputSchema = z.strictObject({
  model: refSchema.describe('Every parameter that a prediction needs (JSON).'),
  priors: refSchema.describe('Base share of each combination of the grid.'),
  cellShares: refSchema.describe('Share of each visited cell in its account.'),
  accountShares: refSchema.describe('Per account: what lies elsewhere, and how many purchase days the shares weigh.'),
  timing: z.array(timingSchema).min(1),
  shares: z.enum(shareMethods),
  concentration: z.number(),
});

export const valueInputSchema = z.strictObject({
  model: refSchema,
  priors: refSchema,
  cellShares: refSchema,
  accountShares: refSchema,
  accounts: refSchema,
  profiles: refSchema,
  cells: refSchema,
  weekly: refSchema,
  holdoutAccounts: refSchema,
  holdoutProfiles: refSchema,
  config: configSchema,
});
export const valueOutputSchema = z.strictObject({
  cells: refSchema,
  scores: refSchema,
  holdout: refSchema,
  tracking: refSchema,
  grain: refSchema,
  clvTotalMinor: z.number(),
  combinations: z.int(),
});

export const axesInputSchema = z.strictObject({ accounts: refSchema, profiles: refSchema, visits: refSchema, config: configSchema });
export const axesOutputSchema = z.strictObject({ memberships: refSchema });

export const publishInputSchema = z.strictObject({
  runs: refSchema.nullable().default(null),
  customers: refSchema.nullable().default(null),
  memberships: refSchema.nullable(),
  accounts: refSchema.nullable(),
  asOf: z.string(),
  isPartial: z.boolean().default(false),
});
export const publishOutputSchema = z.strictObject({
  version: z.int().min(0),
  joined: z.int().min(0),
  left: z.int().min(0),
  moved: z.int().min(0),
});

export const outputSchema = z.strictObject({
  accounts: refSchema.describe('Accounts with a purchase by the as-of day.'),
  cells: refSchema.describe('Visited cells with share and value.'),
  profiles: refSchema.describe('Declared attributes, in the order of the accounts.'),
  model: refSchema.describe('Parameters (JSON).'),
  scores: refSchema.describe('Value of each account, in the order of the accounts.'),
  priors: refSchema.describe('Base shares of the grid; they sum to one.'),
  holdout: refSchema.describe('Predictions at the cut-off and what came true.'),
  tracking: refSchema.describe('Repeat purchases by week, actual and expected (JSON).'),
  grain: refSchema.describe('Totals per axis value with intervals (JSON).'),
  memberships: refSchema.describe('Cohort of each account on each axis.'),
  summary: summarySchema,
});

export type CohortInput = z.infer<typeof inputSchema>;
export type CohortConfig = z.infer<typeof configSchema>;
export type CohortOutput = z.infer<typeof outputSchema>;
export type FeatureOutput = z.infer<typeof featureOutputSchema>;
export type FitInput = z.infer<typeof fitInputSchema>;
export type FitOutput = z.infer<typeof fitOutputSchema>;
export type ValueInput = z.infer<typeof valueInputSchema>;
export type ValueOutput = z.infer<typeof valueOutputSchema>;
export type AxesInput = z.infer<typeof axesInputSchema>;
export type AxesOutput = z.infer<typeof axesOutputSchema>;
export type PublishOutput = z.infer<typeof publishOutputSchema>;
