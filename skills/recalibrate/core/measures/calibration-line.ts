/**
 * Calibration in the large and the calibration line: whether predictions are right in sum, and whether they are too sure
 * (slope below 1) or not sure enough (above).
 */
import { factorCholesky, invertCholesky, sum, sumOf } from '../../../sdk/numeric/index.ts';
import { clampedLogit } from '../calibrators/log-odds.ts';
import { minimizeLogistic } from '../calibrators/newton.ts';
import { type CalibrationRows, tallyRows } from '../calibrators/rows.ts';

export interface Estimate {
  readonly value: number;
  readonly standardError: number;
}

export interface CalibrationLine {
  /** Events seen over events foretold; null where none was foretold. */
  readonly observedOverExpected: number | null;
  /** What has to be added to all log-odds for the sum to be right: 0 is right. */
  readonly inTheLarge: Estimate;
  /** Of the log-odds: 1 is right. With it goes an intercept. */
  readonly slope: Estimate;
  readonly intercept: Estimate;
}

/** A hold worth a ten-thousandth of a row: keeps rows that are told apart without error finite. */
const precision = 1e-4;

/**
 * @returns null where all or none happened, or all predictions are equal: there is no line to fit
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 * @see Cox (1958), "Two further applications of a model for binary regression"
 */
export function calibrationLine(rows: CalibrationRows): CalibrationLine | null {
  const { predicted, weight, total } = tallyRows(rows, 'probability');
  const n = sum(weight);
  const events = sum(total);
  const expected = sumOf(weight.length, (at) => (weight[at] ?? 0) * (predicted[at] ?? 0));
  if (!(events > 0 && events < n) || predicted.length < 2) return null;
  const odds = predicted.map(clampedLogit);
  const one = odds.map(() => 1);
  const problem = { target: total.map((own, at) => own / (weight[at] ?? 1)), weight, precision, tolerance: 1e-9 };
  const large = minimizeLogistic({ ...problem, columns: [one], offset: odds, centre: [0], start: [0] });
  const line = minimizeLogistic({ ...problem, columns: [one, odds], centre: [0, 1], start: [0, 1] });
  return {
    observedOverExpected: expected > 0 ? events / expected : null,
    inTheLarge: estimateOf(large, 0),
    slope: estimateOf(line, 1),
    intercept: estimateOf(line, 0),
  };
}

function estimateOf(fit: ReturnType<typeof minimizeLogistic>, at: number): Estimate {
  const size = fit.coefficients.length;
  const factor = factorCholesky(fit.information, size);
  const variance = factor === undefined ? Number.MAX_VALUE : (invertCholesky(factor, size)[at * size + at] ?? 0);
  return { value: fit.coefficients[at] ?? 0, standardError: Math.sqrt(variance) };
}
