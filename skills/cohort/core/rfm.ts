/**
 * Recency, frequency and money scores by quantile. Equal values always get equal scores: they share the quantile of their
 * mid-rank, so a heap of one-time buyers is not cut in two by the order of their ids.
 */

export interface RfmScores {
  /** 1 (long ago) to `quantiles` (just now). */
  readonly recency: Int32Array;
  /** 1 (rarely) to `quantiles` (often). */
  readonly frequency: Int32Array;
  /** 1 (little) to `quantiles` (much). */
  readonly money: Int32Array;
}

/**
 * Scores 1..quantiles of values, low to high.
 *
 * score = 1 + floor(quantiles · (below + equal / 2) / n), where `below` counts smaller values and `equal` the ties,
 * itself included. Reversing the values reverses the scores unless a mid-rank falls on an edge.
 * @param values finite numbers
 * @param quantiles number of classes, integer ≥ 1; 5 for quintiles
 */
export function quantileScores(values: ArrayLike<number>, quantiles: number): Int32Array {
  const count = values.length;
  const sorted = Float64Array.from(values).sort();
  const scores = new Int32Array(count);
  for (let row = 0; row < count; row++) {
    const value = values[row] ?? 0;
    const below = lowerBound(sorted, value);
    const equal = upperBound(sorted, value) - below;
    scores[row] = Math.min(quantiles, 1 + Math.floor((quantiles * (2 * below + equal)) / (2 * count)));
  }
  return scores;
}

/**
 * RFM scores of customers.
 * @param daysSinceLast days from last purchase to the as-of day, ≥ 0
 * @param baskets purchase days
 * @param spendMinor net spend in minor units
 * @param quantiles number of classes per score
 */
export function rfmScores(
  daysSinceLast: ArrayLike<number>,
  baskets: ArrayLike<number>,
  spendMinor: ArrayLike<number>,
  quantiles: number,
): RfmScores {
  const recentness = Float64Array.from(daysSinceLast, (days) => -days);
  return {
    recency: quantileScores(recentness, quantiles),
    frequency: quantileScores(baskets, quantiles),
    money: quantileScores(spendMinor, quantiles),
  };
}

/** Name of the RFM cohort, such as `r5f4m3`. */
export function rfmCohort(recency: number, frequency: number, money: number): string {
  return `r${recency}f${frequency}m${money}`;
}

function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function upperBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
