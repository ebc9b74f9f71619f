/**
 * The closed list of pictures that a cohort run can come with, as data. What draws them is elsewhere; the numbers here are all that it
 * needs. Cohorts are named by their position in the run.
 */
import { z } from 'zod';

const cohort = z.int().min(-1);
const share = z.number();

/** How the number of cohorts was chosen. */
const choice = z.strictObject({
  by: z.string(),
  chosen: z.int(),
  tried: z.array(z.strictObject({ cohorts: z.int(), score: z.number(), error: z.number().nullable() })),
});

/** Customers along the two directions in which they differ most; a sample of them. */
const scatter = z.strictObject({
  axes: z.array(z.strictObject({ share, loadings: z.array(z.strictObject({ feature: z.string(), weight: z.number() })) })).length(2),
  points: z.array(z.strictObject({ x: z.number(), y: z.number(), cohort })),
  choice: choice.nullable(),
});

/** Customers by two scores, the third as a mean. */
const grid = z.strictObject({
  across: z.string(),
  down: z.string(),
  classes: z.int(),
  cells: z.array(z.strictObject({ across: z.int(), down: z.int(), customers: z.int(), cohort, meanSpendMinor: z.number() })),
});

/** The last merges of the tree. Nodes below the first drawn merge are leaves of the picture. */
const dendrogram = z.strictObject({
  /** Height above which branches are cohorts; null where there is one only. */
  cut: z.number().nullable(),
  nodes: z.array(
    z.strictObject({
      height: z.number(),
      customers: z.number(),
      /** Positions in `nodes` of what it joins; none for a leaf of the picture. */
      joins: z.array(z.int()),
      /** Cohort that it lies in; −1 above the cut. */
      cohort,
    }),
  ),
});

/** Shares that have not had the event, by day. */
const curves = z.strictObject({
  event: z.string(),
  horizonDays: z.number(),
  curves: z.array(
    z.strictObject({
      cohort,
      points: z.array(z.strictObject({ day: z.number(), share, low: share, high: share })),
    }),
  ),
});

const funnel = z.strictObject({
  steps: z.array(
    z.strictObject({
      name: z.string(),
      customers: z.int(),
      ofBefore: share.nullable(),
      low: share.nullable(),
      high: share.nullable(),
      medianDays: z.number().nullable(),
    }),
  ),
});

/** What comes after what, the most frequent steps of each cohort. */
const flow = z.strictObject({
  cohorts: z.array(
    z.strictObject({
      cohort,
      steps: z.array(z.strictObject({ from: z.string(), to: z.string(), count: z.number(), probability: share })),
      paths: z.array(z.strictObject({ events: z.array(z.string()), probability: z.number() })),
    }),
  ),
});

/** The words that tell a cohort from all. */
const words = z.strictObject({
  cohorts: z.array(z.strictObject({ cohort, words: z.array(z.strictObject({ word: z.string(), share, lift: z.number() })) })),
});

/** Communities and the weight of the links between them; the largest ones. */
const communities = z.strictObject({
  communities: z.array(z.strictObject({ cohort, customers: z.int(), inside: share })),
  links: z.array(z.strictObject({ from: cohort, to: cohort, weight: z.number() })),
});

/** Foretold against what came, by class of probability. */
const reliability = z.strictObject({
  action: z.string(),
  horizonDays: z.number(),
  classes: z.array(z.strictObject({ foretold: share, came: share, customers: z.int() })),
  effects: z.array(z.strictObject({ feature: z.string(), effect: z.number() })),
});

/** What sets each cohort apart, as bars. */
const profiles = z.strictObject({
  cohorts: z.array(z.strictObject({ cohort, traits: z.array(z.strictObject({ name: z.string(), difference: z.number() })) })),
});

export const pictureSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('scatter'), data: scatter }),
  z.strictObject({ kind: z.literal('grid'), data: grid }),
  z.strictObject({ kind: z.literal('dendrogram'), data: dendrogram }),
  z.strictObject({ kind: z.literal('curves'), data: curves }),
  z.strictObject({ kind: z.literal('funnel'), data: funnel }),
  z.strictObject({ kind: z.literal('flow'), data: flow }),
  z.strictObject({ kind: z.literal('words'), data: words }),
  z.strictObject({ kind: z.literal('communities'), data: communities }),
  z.strictObject({ kind: z.literal('reliability'), data: reliability }),
  z.strictObject({ kind: z.literal('profiles'), data: profiles }),
]);

export type CohortPicture = z.output<typeof pictureSchema>;
