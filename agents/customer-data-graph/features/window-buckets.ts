/**
 * What a segment is reduced to, once and for all: sums per day, names, and which identities were seen together. Reductions of
 * several segments lie side by side; nothing in them depends on an as-of day, on other segments, or on who is whom.
 */
import { ownerOf } from '../identities/identity.ts';
import { readStatedPair } from '../identities/load-identities.ts';
import { featureSql, type FeatureWindow, type QueryEngine, resultColumn } from './feature-queries.ts';

export const bucketQueries = ['day_buckets', 'day_items', 'day_names', 'day_skus', 'identity_edges'] as const;
export type BucketQuery = (typeof bucketQueries)[number];

/** Makes the tables of some bucket queries from `signals`, for an engine that keeps no files of them. */
export async function makeBuckets(engine: QueryEngine, window: FeatureWindow, queries: readonly BucketQuery[], prefix = ''): Promise<void> {
  if (queries.includes('identity_edges')) await loadStatedPairs(engine, window);
  for (const query of queries) await engine.keep(`${prefix}${query}`, featureSql(query), window);
}

/** Makes the table of identities that links and unlinks name, which identity_edges reads. */
export async function loadStatedPairs(engine: QueryEngine, window: FeatureWindow): Promise<void> {
  const said = await engine.select(featureSql('statement_pairs'), window);
  const pairs = resultColumn(said, 'properties').map((text) => readStatedPair(String(text)));
  await engine.load('stated_pairs', {
    left_identity: pairs.map(({ left }) => ownerOf(left)),
    right_identity: pairs.map(({ right }) => ownerOf(right)),
    witness: resultColumn(said, 'owner'),
    day_no: resultColumn(said, 'day_no'),
  });
}
