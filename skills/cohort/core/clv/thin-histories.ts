/**
 * Fewer histories that say nearly the same: a search on them ends so close to the maximum of all that a few passes over all
 * histories finish it. Nothing of the final result depends on which ones were taken.
 */
import type { HistoryStatistics } from './histories.ts';

/** As many rows as a search needs; with fewer than four times as many, thinning does not pay. */
const enough = 8000;

/**
 * One row for each stretch of neighbours with the same count, with the weight of all of them; totals and tables stay those of
 * all histories. Rows are sorted, so neighbours differ little.
 * @returns undefined where there are too few rows to gain anything
 */
export function thinHistories(statistics: HistoryStatistics): HistoryStatistics | undefined {
  const { count, recency, age, weight } = statistics.rows;
  const stretch = Math.floor(count.length / enough);
  if (stretch < 4) return undefined;
  const middles: number[] = [];
  const totals: number[] = [];
  let firstRepeater = 0;
  for (let start = 0; start < count.length;) {
    let end = start;
    let total = 0;
    for (; end < count.length && end < start + stretch && count[end] === count[start]; end++) total += weight[end] ?? 0;
    if (count[start] === 0) firstRepeater = middles.length + 1;
    middles.push(Math.floor((start + end - 1) / 2));
    totals.push(total);
    start = end;
  }
  const pick = (column: Uint32Array): Uint32Array => Uint32Array.from(middles, (row) => column[row] ?? 0);
  return {
    ...statistics,
    rows: { count: pick(count), recency: pick(recency), age: pick(age), weight: Float64Array.from(totals) },
    firstRepeater,
  };
}
