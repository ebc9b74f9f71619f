/** Rows in an order of their own, with a weight each: sums over them are the same whatever order they came in. */
import { sum, sumOf } from '../../../sdk/numeric/index.ts';
import { type CalibrationRows, checkRows, sortedRows, type Target } from '../calibrators/rows.ts';

export interface SortedRows {
  /** Ascending. */
  readonly predicted: Float64Array;
  readonly outcome: Float64Array;
  /** > 0. */
  readonly weight: Float64Array;
  /** Σ weight. */
  readonly n: number;
}

/**
 * @throws {CohortiumError} CALIBRATION_TOO_FEW without a row of weight above 0
 * @throws {CohortiumError} NUMERIC_DOMAIN naming the first row that cannot be used
 */
export function sortRows(rows: CalibrationRows, target: Target): SortedRows {
  checkRows(rows, target);
  const order = sortedRows(rows);
  const weight = Float64Array.from(order, (row) => rows.weight?.[row] ?? 1);
  return {
    predicted: Float64Array.from(order, (row) => rows.predicted[row] ?? 0),
    outcome: Float64Array.from(order, (row) => rows.outcome[row] ?? 0),
    weight,
    n: sum(weight),
  };
}

/** Weighted mean over rows of what a term says. */
export function meanOver({ predicted, outcome, weight, n }: SortedRows, term: (predicted: number, outcome: number) => number): number {
  return sumOf(predicted.length, (row) => (weight[row] ?? 0) * term(predicted[row] ?? 0, outcome[row] ?? 0)) / n;
}
