/**
 * Recency, frequency and money scores by quantile. Equal values always get equal scores: they share the quantile of their
 * mid-rank, so a heap of one-time buyers is not cut in two by the order of their ids.
 */
import { quantileScores } from '../../sdk/numeric/index.ts';

export interface RfmScores {
  /** 1 (long ago) to `quantiles` (just now). */
  readonly recency: Int32Array;
  /** 1 (rarely) to `quantiles` (often). */
  readonly frequency: Int32Array;
  /** 1 (little) to `quantiles` (much). */
  readonly money: Int32Array;
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
