/** The same distinct histories with other weights, without grouping again: what a bootstrap refits. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { sum, sumOf } from '../../../../sdk/numeric/index.ts';
import type { HistoryStatistics } from '../histories.ts';

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
  const { times } = statistics;
  const customersByCount = new Float64Array(statistics.customersByCount.length);
  const customersByAge = new Float64Array(times.length);
  const repeatsByAge = new Float64Array(times.length);
  for (let row = 0; row < weights.length; row++) {
    const weight = weights[row] ?? 0;
    const x = count[row] ?? 0;
    const at = age[row] ?? 0;
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new CohortiumError('NUMERIC_DOMAIN', `weight ${row} of a distinct history is a finite number ≥ 0; found ${weight}`);
    }
    customersByCount[x] = (customersByCount[x] ?? 0) + weight;
    customersByAge[at] = (customersByAge[at] ?? 0) + weight;
    repeatsByAge[at] = (repeatsByAge[at] ?? 0) + weight * x;
  }
  const customers = sum(weights);
  if (!(customers > 0)) throw new CohortiumError('NUMERIC_DOMAIN', 'at least one distinct history needs a weight above zero; found none');
  return {
    customers,
    repeats: sum(repeatsByAge),
    meanAge: sumOf(times.length, (index) => (times[index] ?? 0) * (customersByAge[index] ?? 0)) / customers,
    customersByCount,
    times,
    customersByAge,
    repeatsByAge,
    rows: { count, recency, age, weight: weights },
    firstRepeater: statistics.firstRepeater,
    logGaps: statistics.logGaps,
  };
}
