/**
 * The calibration error that chance does not inflate, with an interval, and how much calibrating has brought it down. Both by
 * resampling rows; bins are those of the rows and stay.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';
import { type CalibrationRows, checkPredictions, checkRows } from '../calibrators/rows.ts';
import { type Binning, cutRows, type ReliabilityBin } from './bins.ts';
import { bootstrapDraws, type BootstrapOptions, pivotalInterval } from './bootstrap.ts';
import { debiasedSquaredGap, meanSquaredGap } from './calibration-error.ts';

export interface DebiasedError {
  /** Root of the debiased mean squared gap, 0 where that is negative. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
  /** Of the interval, such as 0.95. */
  readonly level: number;
  readonly bins: number;
}

/**
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 */
export function debiasedCalibrationError(rows: CalibrationRows, options: Binning & BootstrapOptions = {}): DebiasedError {
  const { outcome, weight, sides } = binnedSides(rows, [rows.predicted], options);
  const binsOf = (drawn: Float64Array): ReliabilityBin[] => sides.flatMap((side) => binsBy(side, outcome, drawn));
  const own = binsOf(weight);
  const square = debiasedSquaredGap(own);
  const draws = bootstrapDraws(weight, options, (drawn) => debiasedSquaredGap(binsOf(drawn)));
  // A resample errs around the plain error of the rows, which is the truth that it was drawn from.
  const { low, high, level } = pivotalInterval(square, meanSquaredGap(own), draws, options);
  return { value: root(square), low: root(low), high: root(high), level, bins: own.length };
}

export interface CalibrationGain {
  /** Debiased calibration errors, as {@link DebiasedError}. */
  readonly before: number;
  readonly after: number;
  /** After − before of the debiased squared gaps: below 0 is better. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  readonly level: number;
}

/**
 * Whether calibrating brought the error down: rows are resampled with both of their predictions.
 * @param before rows as they were predicted
 * @param after what the same rows are predicted by a map that has not seen them
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 */
export function calibrationGain(before: CalibrationRows, after: Float64Array, options: Binning & BootstrapOptions = {}): CalibrationGain {
  checkPredictions(after, 'probability');
  if (after.length !== before.predicted.length) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `each row needs its second prediction; found ${after.length} for ${before.predicted.length}`,
    );
  }
  const { outcome, weight, sides } = binnedSides(before, [before.predicted, after], options);
  const both = (drawn: Float64Array, measure: (bins: readonly ReliabilityBin[]) => number): readonly number[] =>
    sides.map((side) => measure(binsBy(side, outcome, drawn)));
  const change = ([first = 0, second = 0]: readonly number[]): number => second - first;
  const squares = both(weight, debiasedSquaredGap);
  const draws = bootstrapDraws(weight, options, (drawn) => change(both(drawn, debiasedSquaredGap)));
  return {
    before: root(squares[0] ?? 0),
    after: root(squares[1] ?? 0),
    difference: change(squares),
    ...pivotalInterval(change(squares), change(both(weight, meanSquaredGap)), draws, options),
  };
}

/** Predictions and the bin of each row. */
interface Side {
  readonly predicted: Float64Array;
  readonly binOf: Uint32Array;
  readonly bins: number;
}

/** Columns in an order that does not depend on the one given, and the bins of each list of predictions. */
function binnedSides(
  rows: CalibrationRows,
  predictions: readonly Float64Array[],
  binning: Binning,
): { readonly outcome: Float64Array; readonly weight: Float64Array; readonly sides: readonly Side[] } {
  checkRows(rows, 'probability');
  const weightOf = (row: number): number => rows.weight?.[row] ?? 1;
  const keys = [...predictions, rows.outcome];
  const order = Array.from(rows.outcome.keys())
    .filter((row) => weightOf(row) > 0)
    .sort((a, b) => {
      for (const key of keys) if (key[a] !== key[b]) return (key[a] ?? 0) - (key[b] ?? 0);
      return weightOf(a) - weightOf(b);
    });
  const outcome = Float64Array.from(order, (row) => rows.outcome[row] ?? 0);
  const weight = Float64Array.from(order, weightOf);
  const sides = predictions.map((column): Side => {
    const predicted = Float64Array.from(order, (row) => column[row] ?? 0);
    const ascending = Array.from(predicted.keys()).sort((a, b) => (predicted[a] ?? 0) - (predicted[b] ?? 0) || a - b);
    const pick = (values: Float64Array): Float64Array => Float64Array.from(ascending, (row) => values[row] ?? 0);
    const cut = cutRows({ predicted: pick(predicted), outcome: pick(outcome), weight: pick(weight), n: sum(weight) }, binning);
    const binOf = new Uint32Array(order.length);
    cut.forEach(({ from, to }, bin) => {
      for (let at = from; at < to; at++) binOf[ascending[at] ?? 0] = bin;
    });
    return { predicted, binOf, bins: cut.length };
  });
  return { outcome, weight, sides };
}

/** Bins that the drawn rows leave filled. */
function binsBy({ predicted, binOf, bins }: Side, outcome: Float64Array, drawn: Float64Array): ReliabilityBin[] {
  const n = new Float64Array(bins);
  const foretold = new Float64Array(bins);
  const came = new Float64Array(bins);
  for (let row = 0; row < drawn.length; row++) {
    const weight = drawn[row] ?? 0;
    if (weight === 0) continue;
    const bin = binOf[row] ?? 0;
    n[bin] = (n[bin] ?? 0) + weight;
    foretold[bin] = (foretold[bin] ?? 0) + weight * (predicted[row] ?? 0);
    came[bin] = (came[bin] ?? 0) + weight * (outcome[row] ?? 0);
  }
  return Array.from(n.keys()).flatMap((bin) => {
    const mass = n[bin] ?? 0;
    return mass > 0 ? [{ low: 0, high: 1, n: mass, meanPredicted: (foretold[bin] ?? 0) / mass, observed: (came[bin] ?? 0) / mass }] : [];
  });
}

function root(square: number): number {
  return Math.sqrt(Math.max(0, square));
}
