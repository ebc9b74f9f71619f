/**
 * What each method can be told in a definition, with its defaults: one strict schema per method, from which definitions are checked,
 * filled in and documented. Numbers that the kernels have for machine resources are not here: they follow from the data.
 */
import { z } from 'zod';

import type { MethodId } from './definition.ts';

const logarithms = z
  .boolean()
  .default(true)
  .describe('Take counts and amounts as log(1 + value), the sign kept, so that the few who do most do not outweigh all others.');

const range = (from: number, to: number) =>
  z
    .strictObject({ from: z.int().min(1).max(100), to: z.int().min(1).max(100) })
    .refine((value) => value.from <= value.to, 'from must not be above to')
    .prefault({ from, to });

const cohortsOrRange = (from: number, to: number) =>
  z
    .union([z.int().min(1).max(100), range(from, to)], {
      // Of a union zod says only that nothing of it fits; of a range it says what does not.
      error: ({ input }) =>
        typeof input === 'object' && input !== null
          ? undefined
          : `a whole number from 1 to 100, or a range such as { from: ${from}, to: ${to} }, was expected; found ${JSON.stringify(input)}`,
    })
    .prefault({ from, to })
    .describe('How many cohorts, or the range to choose from.');

const signals = z.array(z.string().min(1)).default([]).describe('Types of signal that count; all when left out.');

const names = (of: readonly string[]) => z.enum(of as [string, ...string[]]);

const tokens = names(['signal-sku', 'signal', 'sku'])
  .default('signal-sku')
  .describe('What a word is: a signal with its product, the signal alone, or the product alone.');

const rfm = z.strictObject({
  quantiles: z.int().min(2).max(10).default(5).describe('Classes of recency, frequency and money each.'),
  cohorts: z.enum(['segment', 'scores']).default('segment').describe('Ten named segments, or every combination such as `r5f4m3`.'),
});

const kMeans = z.strictObject({
  k: cohortsOrRange(3, 8),
  by: z.enum(['silhouette', 'gap']).default('silhouette').describe('What chooses from the range.'),
  restarts: z.int().min(1).max(100).default(10).describe('Starts; the best goes on.'),
  logarithms,
});

const hierarchical = z
  .strictObject({
    cohorts: z.int().min(1).max(100).optional().describe('Where the tree is cut: into so many cohorts. 6 when neither is given.'),
    height: z.number().min(0).optional().describe('Or at this height: all merges up to it are made.'),
    landmarks: z.int().min(2).max(2000).default(300).describe('Leaves of the tree above 5,000 different customers.'),
    logarithms,
  })
  .refine((value) => value.cohorts === undefined || value.height === undefined, 'give cohorts or height, not both');

const dbscan = z.strictObject({
  hierarchical: z.boolean().default(false).describe('HDBSCAN*: groups of differing density, no distance to choose.'),
  eps: z
    .number()
    .positive()
    .optional()
    .describe('Distance up to which customers are neighbours, in standard deviations; else by epsQuantile.'),
  epsQuantile: z.number().gt(0).lt(1).default(0.92).describe('About this share of the customers lies in dense places.'),
  minPoints: z
    .int()
    .min(2)
    .max(1000)
    .optional()
    .describe('Customers within eps that make a dense place; twice the features when left out.'),
  minClusterSize: z.int().min(2).optional().describe('HDBSCAN*: fewest customers of a cohort; one in 200 when left out.'),
  logarithms,
});

const gaussianMixture = z.strictObject({
  cohorts: cohortsOrRange(2, 8),
  covariance: z.enum(['full', 'diagonal', 'tied']).default('full').describe('Shape of the cohorts.'),
  restarts: z.int().min(1).max(100).default(5).describe('Starts; the best goes on.'),
  logarithms,
});

const lda = z.strictObject({
  topics: z.int().min(2).max(200).default(8).describe('Topics, and so cohorts at most.'),
  engine: z.enum(['online', 'gibbs']).default('online').describe('gibbs finds better topics at about three times the work.'),
  tokens,
  signals,
  minCount: z.int().min(1).default(2).describe('Words that occur less often are left out.'),
});

const word2vec = z.strictObject({
  cohorts: z.int().min(1).max(200).default(8).describe('How many cohorts.'),
  dimensions: z.int().min(2).max(256).default(32).describe('Length of a vector.'),
  window: z.int().min(1).max(50).default(5).describe('Words on each side that count as near.'),
  epochs: z.int().min(1).max(100).default(5).describe('Times that every sequence is read.'),
  minCount: z.int().min(1).default(5).describe('Words that occur less often get no vector.'),
  tokens,
  signals,
});

const leiden = z.strictObject({
  resolution: z.number().positive().max(1000).default(1).describe('Higher finds more and smaller communities.'),
  minMembers: z.int().min(2).default(5).describe('Smaller communities are no cohort.'),
  links: z
    .strictObject({
      coPurchase: z.number().min(0).default(1),
      referral: z.number().min(0).default(2),
      household: z.number().min(0).default(3),
    })
    .prefault({})
    .describe('Weight of each kind of link; 0 leaves it out.'),
  maxBuyers: z.int().min(2).max(5000).default(200).describe('Products with more buyers link nobody: everybody buys them.'),
  maxLinks: z.int().min(1).max(200).default(20).describe('Strongest co-purchase links that a customer keeps.'),
});

const survival = z.strictObject({
  event: z
    .enum(['lapse', 'subscription-end'])
    .default('lapse')
    .describe('What is waited for: no purchase for lapseDays, or the end of a subscription.'),
  lapseDays: z.int().min(1).max(3650).default(90).describe('Days without a purchase after which a customer has lapsed.'),
  horizonDays: z.int().min(1).max(3650).default(90).describe('The cohorts are by the chance of the event within these days.'),
  bands: z.int().min(2).max(10).default(4).describe('Classes of risk, equally many customers in each.'),
});

const step = z.strictObject({
  name: z.string().min(1).optional(),
  events: z.array(z.string().min(1)).min(1).describe('Any of these signals is the step.'),
  optional: z.boolean().default(false),
  anyOrder: z.boolean().default(false).describe('It and the step before may come in any order.'),
});

const funnel = z.strictObject({
  steps: z
    .array(step)
    .min(1)
    .max(12)
    .prefault([
      { name: 'looked', events: ['browse', 'search', 'visit', 'app-session'] },
      { name: 'bought', events: ['purchase'] },
      { name: 'bought again', events: ['purchase'] },
    ])
    .describe('In order: `events` of a step, its `name`, and whether it is `optional` or in `anyOrder` with the one before.'),
  withinDays: z.number().positive().default(30).describe('Longest time from the first step of an attempt to any other.'),
  order: z.enum(['between', 'strict']).default('between').describe('strict: no other signal may come between.'),
  exclusions: z
    .array(z.strictObject({ events: z.array(z.string().min(1)).min(1), after: z.int().min(1), before: z.int().min(1) }))
    .default([])
    .describe('Signals that end an attempt between two steps, counted from 1.'),
});

const journey = z.strictObject({
  cohorts: cohortsOrRange(2, 6),
  signals,
  longest: z.int().min(2).max(1000).default(60).describe('Of longer sequences the last so many signals.'),
  restarts: z.int().min(1).max(100).default(5).describe('Starts; the best goes on.'),
});

const intent = z.strictObject({
  action: z.string().min(1).default('purchase').describe('The next action that is foretold: a type of signal.'),
  horizonDays: z.int().min(1).max(365).default(28).describe('Within so many days.'),
  cuts: z
    .array(z.number().gt(0).lt(1))
    .min(1)
    .max(9)
    .refine((cuts) => cuts.every((cut, at) => at === 0 || cut > (cuts[at - 1] ?? 0)), 'each must be above the one before')
    .default([0.1, 0.3, 0.6])
    .describe('Ascending probabilities that divide the cohorts.'),
  logarithms,
});

const persona = z.strictObject({
  cohorts: z.int().min(1).max(100).default(6).describe('How many personas.'),
  categories: z
    .array(z.string().min(1))
    .default(['channel', 'location', 'acquisitionSource', 'loyaltyTier'])
    .describe('Columns of names: of the window, or declared attributes.'),
  restarts: z.int().min(1).max(100).default(5).describe('Starts; the best goes on.'),
  logarithms,
});

/** Strict, filled with defaults; what a definition gives under `parameters`. */
export const parameterSchemas = {
  rfm,
  'k-means': kMeans,
  hierarchical,
  dbscan,
  'gaussian-mixture': gaussianMixture,
  lda,
  word2vec,
  leiden,
  survival,
  funnel,
  journey,
  intent,
  persona,
} as const satisfies Record<MethodId, z.ZodType>;

/** Parameters of one method with every default filled in. */
export type MethodParameters<Method extends MethodId> = z.output<(typeof parameterSchemas)[Method]>;
