/** Whether high expectations go with high outcomes: deciles by what was expected, and the normalised Gini coefficient. */
import { sumOf } from '../../../sdk/numeric/index.ts';
import type { CalibrationRows } from '../calibrators/rows.ts';
import { cutRows, summarise } from './bins.ts';
import { type SortedRows, sortRows } from './sorted-rows.ts';

export interface LiftBin {
  /** Weight of the rows. */
  readonly n: number;
  readonly meanPredicted: number;
  readonly observed: number;
  /** Observed over expected; null where nothing was expected. */
  readonly observedOverExpected: number | null;
  /** Observed over the mean of all rows; null where nothing came at all. */
  readonly lift: number | null;
  /** Share of all that came, of this bin and those before it. */
  readonly cumulativeShare: number | null;
}

/**
 * Bins of about equal mass, highest expectation first; equal expectations stay together.
 * @param bins ten by default
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 */
export function decileLift(rows: CalibrationRows, bins = 10): LiftBin[] {
  const sorted = sortRows(rows, 'mean');
  const all = sumOf(sorted.outcome.length, (row) => (sorted.weight[row] ?? 0) * (sorted.outcome[row] ?? 0));
  let before = 0;
  return cutRows(sorted, { bins })
    .toReversed()
    .map((run) => {
      const { n, meanPredicted, observed } = summarise(sorted, run);
      before += n * observed;
      return {
        n,
        meanPredicted,
        observed,
        observedOverExpected: meanPredicted > 0 ? observed / meanPredicted : null,
        lift: all > 0 ? (observed * sorted.n) / all : null,
        cumulativeShare: all > 0 ? Math.min(1, before / all) : null,
      };
    });
}

/**
 * Gini coefficient of outcomes in the order of the expectations, over that in their own order: 1 is a perfect order, 0 none,
 * below 0 a wrong one. Equal expectations share their outcomes evenly.
 * @returns null where all outcomes are equal, so that there is nothing to order
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 */
export function normalisedGini(rows: CalibrationRows): number | null {
  const best = giniOf(sortRows({ ...rows, predicted: rows.outcome }, 'mean'));
  const own = giniOf(sortRows(rows, 'mean'));
  return best !== null && own !== null && best > 0 ? own / best : null;
}

/** One less twice the area under the Lorenz curve of outcomes. */
function giniOf({ predicted, outcome, weight, n }: SortedRows): number | null {
  const all = sumOf(outcome.length, (row) => (weight[row] ?? 0) * (outcome[row] ?? 0));
  if (!(all > 0)) return null;
  let came = 0;
  let area = 0;
  for (let row = 0; row < predicted.length;) {
    const value = predicted[row];
    let mass = 0;
    let more = 0;
    for (; row < predicted.length && predicted[row] === value; row++) {
      mass += weight[row] ?? 0;
      more += (weight[row] ?? 0) * (outcome[row] ?? 0);
    }
    area += (mass / n) * ((came + more / 2) / all);
    came += more;
  }
  return 1 - 2 * area;
}
