/** The same distinct histories with other weights, without grouping again: what a bootstrap refits. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { type HistoryStatistics, tabulate } from '../histories.ts';

/**
 * The sum of the log gaps stays as it was: no history has its own, and it moves a likelihood by a constant only.
 * @param weights one per distinct history, in the order of `statistics.rows`, ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN when a weight is missing, negative or not finite, or all are zero
 */
export function reweigh(statistics: HistoryStatistics, weights: Float64Array): HistoryStatistics {
  const { count, recency, age } = statistics.rows;
  if (weights.length !== count.length) {
    throw new CohortiumError('NUMERIC_DOMAIN', `${count.length} distinct histories need as many weights; found ${weights.length}`);
  }
  weights.forEach((weight, row) => {
    if (weight >= 0 && Number.isFinite(weight)) return;
    throw new CohortiumError('NUMERIC_DOMAIN', `weight ${row} of a distinct history is a finite number ≥ 0; found ${weight}`);
  });
  if (!weights.some((weight) => weight > 0)) {
    throw new CohortiumError('NUMERIC_DOMAIN', 'at least one distinct history needs a weight above zero; found none');
  }
  return { ...statistics, ...tabulate(statistics.times, { count, recency, age, weight: weights }) };
}
