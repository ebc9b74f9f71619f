/** What behaviour clusters are worth, once they are found without looking at worth: median value, index and rank. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { quantileSorted } from '../../../sdk/numeric/index.ts';

/** Stands in every file that has the index. */
export const clvIndexDefinition = '100 * median_clv of the cluster / median_clv of all customers';

export interface RankedCluster {
  readonly cluster: number;
  readonly customers: number;
  readonly median: number;
  /** `clvIndexDefinition`; null where the median of all customers is 0. */
  readonly index: number | null;
  /** From 1; equal medians share a rank, and none is left out after them. */
  readonly rank: number;
}

export interface ClusterRanking {
  readonly populationMedian: number;
  /** By rank, then by cluster. */
  readonly clusters: readonly RankedCluster[];
}

/**
 * @param cluster of each customer
 * @param value predicted, one per customer
 * @throws {CohortiumError} NUMERIC_DOMAIN for no customers, or another number of values
 */
export function rankClusters(cluster: Int32Array, value: Float64Array): ClusterRanking {
  if (cluster.length === 0 || cluster.length !== value.length) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `clusters and values of the same customers are needed; found ${cluster.length} and ${value.length}`,
    );
  }
  const median = (values: Float64Array): number => quantileSorted(values.toSorted(), 0.5);
  const populationMedian = median(value);
  const found = [...new Set(cluster)].map((own) => {
    const values = value.filter((_, row) => cluster[row] === own);
    return { cluster: own, customers: values.length, median: median(values) };
  });
  const medians = [...new Set(found.map((one) => one.median))].sort((a, b) => b - a);
  const clusters = found
    .map((one) => ({
      ...one,
      index: populationMedian > 0 ? (100 * one.median) / populationMedian : null,
      rank: medians.indexOf(one.median) + 1,
    }))
    .sort((a, b) => a.rank - b.rank || a.cluster - b.cluster);
  return { populationMedian, clusters };
}
