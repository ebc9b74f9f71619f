/**
 * A cohort definition: which customers, by which method, over which windows, why and whose. The schema is what operators
 * write in registries/cohorts/*.yaml and what the skill takes under `definitions`; parameters are checked by the method.
 */
import { z } from 'zod';

/** The six windows; each ends on the as-of day. The first is that day itself: windows are made of whole UTC days. */
export const windowIds = ['24h', '7d', '28d', '90d', '365d', 'lifetime'] as const;
export type WindowId = (typeof windowIds)[number];

/** Days of each window; lifetime has no first day. */
export const windowDays: Readonly<Record<WindowId, number>> = {
  '24h': 1,
  '7d': 7,
  '28d': 28,
  '90d': 90,
  '365d': 365,
  lifetime: Number.POSITIVE_INFINITY,
};

/** The thirteen methods, by the ids that definitions use. HDBSCAN* is `dbscan` with `hierarchical: true`. */
export const methodIds = [
  'rfm',
  'k-means',
  'hierarchical',
  'dbscan',
  'gaussian-mixture',
  'lda',
  'word2vec',
  'leiden',
  'survival',
  'funnel',
  'journey',
  'intent',
  'persona',
] as const;
export type MethodId = (typeof methodIds)[number];

/** Methods whose cohorts follow from links between customers: nobody is assigned by them without everybody, and so not in an update. */
export const linkedMethods: readonly MethodId[] = ['leiden'];

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');

const comparison = z.strictObject({
  feature: z.string().min(1).describe('Feature of the window, or a declared attribute.'),
  op: z.enum(['=', '!=', '<', '<=', '>', '>=', 'in']),
  value: z.union([z.string(), z.number(), z.array(z.string())]),
});

export const definitionSchema = z.strictObject({
  id: name.describe('Name of the definition; the file has the same name.'),
  version: z.int().min(1).describe('Goes up with every change: the registry refuses other content under a version that was locked.'),
  title: z.string().min(1).max(120).describe('As reports and pictures call it.'),
  method: z.enum(methodIds).describe('One of the thirteen below.'),
  windows: z
    .array(z.enum(windowIds))
    .min(1)
    .refine((windows) => new Set(windows).size === windows.length, 'a window stands twice')
    .default(['365d'])
    .describe('Each is computed by itself.'),
  population: z
    .array(comparison)
    .default([])
    .describe('Who takes part: every comparison must hold in the window. Customers without any event in the window never do.'),
  features: z
    .array(z.string().min(1))
    .default([])
    .describe('Columns for the methods on numbers; the defaults of the method when left out.'),
  parameters: z.record(z.string(), z.unknown()).default({}).describe('Of the method, as below.'),
  purpose: z.string().min(1).describe('What the memberships are used for.'),
  owner: z.string().min(1).describe('Who answers for it.'),
  reviewBy: z.iso.date().describe('Day by which the owner looks at it again; `cohorts list` names what is overdue.'),
  precedence: z
    .int()
    .min(0)
    .default(0)
    .describe('Where definitions of one `family` put a customer in several cohorts, the highest precedence counts.'),
  family: name.optional().describe('Definitions of a family exclude each other.'),
  hysteresis: z
    .strictObject({
      margin: z.number().min(0).max(1).default(0).describe('A move needs this much more confidence than the cohort that is left.'),
      runs: z.int().min(1).max(12).default(1).describe('A move needs to be seen in this many runs one after the other.'),
    })
    .prefault({})
    .describe('Against flapping: `margin`, the confidence that a move needs above staying, and `runs`, how often it must be seen.'),
});

export type CohortDefinition = z.output<typeof definitionSchema>;
