/** What goes in and out of the cohort step. Strict: an unknown key is an error. */
import { z } from 'zod';

import { cohortAxes, refSchema } from '../sdk/index.ts';
import { shareMethods } from './core/choose-shares.ts';
import { continuousFamilyIds } from './core/clv/index.ts';
import { definitionSchema } from './definitions/definition.ts';

export const inputSchema = z.strictObject({
  snapshot: refSchema.describe('The sealed signals that the run reads.'),
});

/** What the value of customers and the axes are computed with. */
const valueShape = {
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
  timingPrior: z
    .array(
      z.strictObject({
        cohort: z.string().describe('Home location; empty for every other one.'),
        shares: z.array(z.number().gt(0).max(1)).min(1).describe('Of the timing models, in their order; they add up to one.'),
      }),
    )
    .max(500)
    .optional()
    .describe('Shares that the weights of timing models are pulled to, such as what matured predictions say; equal ones when left out.'),
  shares: z
    .enum(['auto', ...shareMethods])
    .default('auto')
    .describe('How value comes to the cells; `auto` tries the ways on earlier days and takes the best.'),
  seasonal: z.boolean().default(true).describe('Run timing on a clock of the seasons where the history allows it.'),
  dormantAxes: z.array(z.enum(cohortAxes)).default([]).describe('Axes that no memberships are published for.'),
};

export const valueConfigSchema = z.strictObject(valueShape);

/** Beyond this a step would carry more than it may; split the definitions over several steps. */
const mostDefinitions = 40;

export const configSchema = z
  .strictObject({
    ...valueShape,
    value: z
      .boolean()
      .default(true)
      .describe('Compute value and the eleven axes. Without it the step puts out what begins with `cohort` only.'),
    cohorts: z.boolean().default(false).describe('Compute the cohort definitions in their windows.'),
    refit: z
      .boolean()
      .default(true)
      .describe('Without it nothing is fitted: customers who were touched since are assigned by the models of the last runs.'),
    definitions: z
      .array(definitionSchema)
      .max(mostDefinitions)
      .default([])
      .describe('Cohort definitions; those of registries/cohorts when left out. Listed ones are computed when `cohorts` is true.'),
  })
  .refine(({ value, cohorts }) => value || cohorts, {
    path: ['value'],
    message: 'value and cohorts are both off; one of them was expected to be true',
  })
  .refine(({ cohorts, definitions }) => !cohorts || definitions.length > 0, {
    path: ['definitions'],
    message: 'cohorts is true but there is no definition; put one into registries/cohorts, or list them here',
  })
  .refine(({ value, cohorts, refit }) => refit || (cohorts && !value), {
    path: ['refit'],
    message: 'refit is off, which goes with cohorts: true and value: false only; value is always fitted',
  })
  .refine(({ definitions }) => new Set(definitions.map(({ id }) => id)).size === definitions.length, {
    path: ['definitions'],
    message: 'two definitions have one id; give each its own',
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

export const cohortSummarySchema = z.strictObject({
  customers: z.int().min(0).describe('Customers with any signal.'),
  definitions: z.int().min(0),
  windows: z.int().min(0).describe('Definitions times their windows.'),
  skipped: z.int().min(0).describe('Of those, windows in which the method had too little to work on.'),
  cohorts: z.int().min(0),
  members: z.int().min(0).describe('Memberships over all definitions and windows.'),
  membershipVersion: z.int().min(0),
  joined: z.int().min(0),
  left: z.int().min(0),
  moved: z.int().min(0),
});

export const cohortUpdateSchema = z.strictObject({
  touched: z.int().min(0).describe('Identities of customers with new signals, at the edge of a window, or joined or parted.'),
  customers: z.int().min(0).describe('Customers that were assigned again.'),
  windows: z.int().min(0).describe('Definitions times windows that they were assigned in.'),
  waiting: refSchema.nullable().describe('Definitions and windows that wait for a computation, and why (JSON).'),
  runs: refSchema.nullable().describe('Refs of runs whose members are these customers (JSON).'),
  membershipVersion: z.int().min(0).nullable().describe('Null where nobody was touched, and so nothing published.'),
  joined: z.int().min(0),
  left: z.int().min(0),
  moved: z.int().min(0),
});

const isoDay = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);

export const windowsInputSchema = z.strictObject({ snapshot: refSchema, asOf: isoDay, only: refSchema.optional() });
export const windowsOutputSchema = z.strictObject({
  customers: refSchema,
  windows: z.record(z.string(), refSchema),
  profiles: refSchema,
  events: refSchema,
  dictionary: refSchema,
  links: refSchema,
  grain: refSchema,
});

export const latestInputSchema = z.strictObject({ definitions: z.array(z.string()).optional() });
export const latestOutputSchema = z.strictObject({
  previous: refSchema.nullable(),
  since: z.strictObject({ snapshot: refSchema, asOf: isoDay, newest: isoDay }).nullable().default(null),
});

export const touchedInputSchema = z.strictObject({
  previous: z.strictObject({ snapshot: refSchema, asOf: isoDay }),
  snapshot: refSchema,
  asOf: isoDay,
});
export const touchedOutputSchema = z.strictObject({ touched: refSchema });

export const methodsInputSchema = z.strictObject({
  definition: definitionSchema,
  asOf: z.string(),
  seed: z.string(),
  features: windowsOutputSchema,
  previous: refSchema.nullable(),
});
export const methodsOutputSchema = z.strictObject({ runs: refSchema });

export const assignInputSchema = z.strictObject({
  definitions: z.array(definitionSchema).min(1),
  asOf: z.string(),
  features: windowsOutputSchema,
  previous: refSchema.nullable(),
});
export const assignOutputSchema = z.strictObject({ runs: refSchema, waiting: refSchema });

export const collectInputSchema = z.strictObject({ parts: z.array(refSchema).min(1), customers: refSchema });
export const collectOutputSchema = z.strictObject({
  runs: refSchema,
  counts: cohortSummarySchema.pick({ customers: true, definitions: true, windows: true, skipped: true, cohorts: true, members: true }),
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
  config: valueConfigSchema,
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
  config: valueConfigSchema,
});
export const valueOutputSchema = z.strictObject({
  cells: refSchema,
  scores: refSchema,
  holdout: refSchema,
  tracking: refSchema,
  grain: refSchema,
  attributions: refSchema,
  importance: refSchema,
  clvTotalMinor: z.number(),
  combinations: z.int(),
});

export const axesInputSchema = z.strictObject({ accounts: refSchema, profiles: refSchema, visits: refSchema, config: valueConfigSchema });
export const axesOutputSchema = z.strictObject({ memberships: refSchema });

export const publishInputSchema = z.strictObject({
  runs: refSchema.nullable().default(null),
  customers: refSchema.nullable().default(null),
  memberships: refSchema.nullable(),
  accounts: refSchema.nullable(),
  asOf: z.string(),
  isPartial: z.boolean().default(false),
  touched: refSchema.nullable().default(null),
  snapshot: refSchema.nullable().default(null),
});
export const publishOutputSchema = z.strictObject({
  version: z.int().min(0),
  joined: z.int().min(0),
  left: z.int().min(0),
  moved: z.int().min(0),
});

/** Null where the configuration leaves it out; see `puts` of the skill. */
const valueOnly = (says: string) => refSchema.nullable().describe(says);

export const outputSchema = z.strictObject({
  accounts: valueOnly('Accounts with a purchase by the as-of day.'),
  cells: valueOnly('Visited cells with share and value.'),
  profiles: valueOnly('Declared attributes, in the order of the accounts.'),
  model: valueOnly('Parameters (JSON).'),
  scores: valueOnly('Value of each account, in the order of the accounts.'),
  priors: valueOnly('Base shares of the grid; they sum to one.'),
  holdout: valueOnly('Predictions at the cut-off and what came true.'),
  tracking: valueOnly('Repeat purchases by week, actual and expected (JSON).'),
  grain: valueOnly('Totals per axis value with intervals (JSON).'),
  attributions: valueOnly('What made each value, in the order of the accounts: base, groups of features, timing models.'),
  importance: valueOnly('What the predictions of the cut-off lose when groups of features are shuffled (JSON).'),
  memberships: valueOnly('Cohort of each account on each axis.'),
  cohortRuns: refSchema.nullable().describe('Refs of the cohort runs, one per definition and window (JSON).'),
  cohortCustomers: refSchema.nullable().describe('Customers that the members of cohort runs are rows of.'),
  summary: summarySchema.nullable(),
  cohortSummary: cohortSummarySchema.nullable(),
  cohortUpdate: cohortUpdateSchema.nullable().describe('Of a step without refit; the other outputs are of a step with it.'),
});

export type CohortInput = z.infer<typeof inputSchema>;
export type CohortConfig = z.infer<typeof configSchema>;
export type ValueConfig = z.infer<typeof valueConfigSchema>;
export type CohortOutput = z.infer<typeof outputSchema>;
/** Of a step that computes value. */
export type ValuedOutput = CohortOutput & {
  readonly [Name in Exclude<keyof CohortOutput, `cohort${string}`>]: NonNullable<CohortOutput[Name]>;
};
export type FeatureOutput = z.infer<typeof featureOutputSchema>;
export type FitInput = z.infer<typeof fitInputSchema>;
export type FitOutput = z.infer<typeof fitOutputSchema>;
export type ValueInput = z.infer<typeof valueInputSchema>;
export type ValueOutput = z.infer<typeof valueOutputSchema>;
export type AxesInput = z.infer<typeof axesInputSchema>;
export type AxesOutput = z.infer<typeof axesOutputSchema>;
export type PublishOutput = z.infer<typeof publishOutputSchema>;
export type WindowsOutput = z.infer<typeof windowsOutputSchema>;
export type LatestOutput = z.infer<typeof latestOutputSchema>;
export type MethodsOutput = z.infer<typeof methodsOutputSchema>;
export type TouchedOutput = z.infer<typeof touchedOutputSchema>;
export type AssignOutput = z.infer<typeof assignOutputSchema>;
export type CollectInput = z.infer<typeof collectInputSchema>;
export type CollectOutput = z.infer<typeof collectOutputSchema>;
