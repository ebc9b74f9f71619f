/** How far two groupings of the same customers agree, whatever their cohorts are called. */
import { type Contingency, contingency } from './contingency.ts';

/**
 * Adjusted Rand index: 1 for the same grouping, 0 on average for independent ones, below 0 for less. Customers in no cohort
 * (−1) count as one group, as in scikit-learn.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the groupings differ in length
 * @see Hubert & Arabie (1985), "Comparing partitions", eq. 5
 */
export function adjustedRandIndex(first: Int32Array, second: Int32Array): number {
  const table = contingency(withNoneAsGroup(first), withNoneAsGroup(second));
  const pairs = (sizes: Float64Array): number => sizes.reduce((total, size) => total + (size * (size - 1)) / 2, 0);
  const together = pairs(table.counts);
  const inFirst = pairs(table.firstSizes);
  const inSecond = pairs(table.secondSizes);
  const all = (first.length * (first.length - 1)) / 2;
  const expected = all > 0 ? (inFirst * inSecond) / all : 0;
  const most = (inFirst + inSecond) / 2;
  // Only when both put everybody together, or both everybody apart.
  return most === expected ? 1 : (together - expected) / (most - expected);
}

/**
 * For each cohort of the first grouping the largest Jaccard coefficient (both / either) with a cohort of the second, in [0, 1];
 * 0 for a cohort without members.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the groupings differ in length
 * @see Hennig (2007), "Cluster-wise assessment of cluster stability"
 */
export function bestJaccard(first: Int32Array, second: Int32Array): Float64Array {
  const table = contingency(first, second);
  return Float64Array.from({ length: table.firstGroups }, (_, one) => {
    let best = 0;
    for (let other = 0; other < table.secondGroups; other++) best = Math.max(best, jaccardOf(table, one, other));
    return best;
  });
}

/** Customers in both cohorts over customers in either. */
export function jaccardOf({ counts, firstSizes, secondSizes, secondGroups }: Contingency, one: number, other: number): number {
  const both = counts[one * secondGroups + other] ?? 0;
  const either = (firstSizes[one] ?? 0) + (secondSizes[other] ?? 0) - both;
  return either > 0 ? both / either : 0;
}

function withNoneAsGroup(labels: Int32Array): Int32Array {
  return labels.includes(-1) ? labels.map((label) => label + 1) : labels;
}
