/**
 * Rows that a calibrator learns from, checked once and put together by equal prediction. Everything after this works on
 * the tallies, so the order of rows cannot matter and a weight of two is a row that is there twice.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum, sumOf } from '../../../sdk/numeric/index.ts';

/** One row per customer: what was predicted, and what came. */
export interface CalibrationRows {
  /** Probabilities in [0, 1], or expectations ≥ 0. */
  readonly predicted: Float64Array;
  /** 1 or 0 for probabilities, an amount or count ≥ 0 for expectations. */
  readonly outcome: Float64Array;
  /** How often each row counts, ≥ 0; 1 each when absent. */
  readonly weight?: Float64Array;
}

/** What is predicted: the probability of an event, or the mean of a count or an amount. */
export type Target = 'probability' | 'mean';

/** Distinct predictions, ascending, with the weight and the summed outcome behind each. */
export interface Tallies {
  readonly predicted: Float64Array;
  readonly weight: Float64Array;
  /** Σ weight · outcome. */
  readonly total: Float64Array;
}

/**
 * Puts rows together by prediction; rows of weight 0 are left out.
 * @returns at least one tally
 * @throws {CohortiumError} CALIBRATION_TOO_FEW without a row of weight above 0
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, and for the first value that is out of its range
 */
export function tallyRows(rows: CalibrationRows, target: Target): Tallies {
  checkRows(rows, target);
  const order = sortedRows(rows);
  const { predicted, outcome, weight } = rows;
  const starts = order.flatMap((row, at) => (at === 0 || predicted[row] !== predicted[order[at - 1] ?? 0] ? [at] : []));
  const size = (at: number): number => (starts[at + 1] ?? order.length) - (starts[at] ?? 0);
  const rowOf = (at: number, index: number): number => order[(starts[at] ?? 0) + index] ?? 0;
  const weightOf = (row: number): number => weight?.[row] ?? 1;
  return {
    predicted: Float64Array.from(starts, (start) => predicted[order[start] ?? 0] ?? 0),
    weight: Float64Array.from(starts, (_, at) => sumOf(size(at), (index) => weightOf(rowOf(at, index)))),
    total: Float64Array.from(starts, (_, at) => sumOf(size(at), (index) => weightOf(rowOf(at, index)) * (outcome[rowOf(at, index)] ?? 0))),
  };
}

/** Rows of weight above 0 by prediction, then outcome, then weight: an order that does not depend on the one given. */
export function sortedRows({ predicted, outcome, weight }: CalibrationRows): number[] {
  return Array.from(predicted.keys())
    .filter((row) => (weight?.[row] ?? 1) > 0)
    .sort(
      (a, b) =>
        (predicted[a] ?? 0) - (predicted[b] ?? 0) || (outcome[a] ?? 0) - (outcome[b] ?? 0) || (weight?.[a] ?? 1) - (weight?.[b] ?? 1),
    );
}

/**
 * @throws {CohortiumError} CALIBRATION_TOO_FEW without a row of weight above 0
 * @throws {CohortiumError} NUMERIC_DOMAIN naming the first row that cannot be used
 */
export function checkRows({ predicted, outcome, weight }: CalibrationRows, target: Target): void {
  if (outcome.length !== predicted.length || (weight !== undefined && weight.length !== predicted.length)) {
    const found = `predicted ${predicted.length}, outcome ${outcome.length}${weight === undefined ? '' : `, weight ${weight.length}`}`;
    throw new CohortiumError('NUMERIC_DOMAIN', `the columns need one length; found ${found}`);
  }
  checkPredictions(predicted, target);
  const isOutcome =
    target === 'probability'
      ? (value: number): boolean => value === 0 || value === 1
      : (value: number): boolean => value >= 0 && Number.isFinite(value);
  const wrong = outcome.findIndex((value) => !isOutcome(value));
  if (wrong >= 0) {
    const wanted = target === 'probability' ? '1 (it happened) or 0' : 'a number ≥ 0';
    throw new CohortiumError('NUMERIC_DOMAIN', `row ${wrong}: an outcome is ${wanted}; found ${outcome[wrong]}`);
  }
  const light = weight?.findIndex((value) => !(value >= 0 && Number.isFinite(value))) ?? -1;
  if (light >= 0) throw new CohortiumError('NUMERIC_DOMAIN', `row ${light}: a weight is a number ≥ 0; found ${weight?.[light]}`);
  if (weight && !Number.isFinite(sum(weight))) {
    throw new CohortiumError('NUMERIC_DOMAIN', 'the weights add up to more than a number can hold; divide them all by the largest');
  }
  if (!(weight === undefined ? predicted.length > 0 : weight.some((value) => value > 0))) {
    throw new CohortiumError('CALIBRATION_TOO_FEW', 'there is no row to learn from; calibrate on customers whose outcome is known');
  }
}

/** @throws {CohortiumError} NUMERIC_DOMAIN naming the first prediction that is none */
export function checkPredictions(predicted: Float64Array, target: Target): void {
  const most = target === 'probability' ? 1 : Number.MAX_VALUE;
  const wrong = predicted.findIndex((value) => !(value >= 0 && value <= most));
  if (wrong < 0) return;
  const wanted = target === 'probability' ? 'a probability is in [0, 1]' : 'an expectation is a number ≥ 0';
  throw new CohortiumError('NUMERIC_DOMAIN', `row ${wrong}: ${wanted}; found ${predicted[wrong]}`);
}
