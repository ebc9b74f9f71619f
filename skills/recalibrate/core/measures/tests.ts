/** Tests of the claim that probabilities are right, without bins. A large sample rejects what is near enough for any use. */
import { exp, normalCdf, sumOf } from '../../../sdk/numeric/index.ts';
import type { CalibrationRows } from '../calibrators/rows.ts';
import { sortRows } from './sorted-rows.ts';

export interface TestResult {
  readonly statistic: number;
  /** Probability of a statistic at least so far out if the predictions are right. */
  readonly p: number;
}

/**
 * Spiegelhalter's Z: whether the squared error is what the predictions themselves expect. Two-sided.
 * @returns null where every prediction is 0, ½ or 1: these expect no spread
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 * @see Spiegelhalter (1986), "Probabilistic prediction in patient management and clinical trials"
 */
export function spiegelhalterTest(rows: CalibrationRows): TestResult | null {
  const { predicted, outcome, weight } = sortRows(rows, 'probability');
  const tilt = predicted.map((p) => 1 - 2 * p);
  const off = sumOf(predicted.length, (row) => (weight[row] ?? 0) * ((outcome[row] ?? 0) - (predicted[row] ?? 0)) * (tilt[row] ?? 0));
  const variance = sumOf(predicted.length, (row) => {
    const p = predicted[row] ?? 0;
    return (weight[row] ?? 0) * (tilt[row] ?? 0) * (tilt[row] ?? 0) * p * (1 - p);
  });
  if (!(variance > 0)) return null;
  const statistic = off / Math.sqrt(variance);
  return { statistic, p: Math.min(1, 2 * normalCdf(-Math.abs(statistic))) };
}

/**
 * Kolmogorov–Smirnov: the largest sum of outcome − predicted over rows below any prediction, in units of its spread.
 * @returns null where every prediction is 0 or 1
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 * @see Arrieta-Ibarra, Gujral, Tannen, Tygert & Xu (2022), "Metrics of calibration for probabilistic predictions"
 */
export function kolmogorovSmirnovTest(rows: CalibrationRows): TestResult | null {
  const walk = cumulativeDifferences(rows);
  if (walk === null) return null;
  const statistic = walk.reduce((most, own) => Math.max(most, Math.abs(own)), 0);
  return { statistic, p: brownianMaximumTail(statistic) };
}

/**
 * Kuiper: the largest such sum over any range of predictions. The range counts the start at 0, which MAPIE leaves out.
 * @returns null where every prediction is 0 or 1
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 * @see Tygert (2023), "Calibration of P-values for calibration and for deviation of a subpopulation from the full population"
 */
export function kuiperTest(rows: CalibrationRows): TestResult | null {
  const walk = cumulativeDifferences(rows);
  if (walk === null) return null;
  const statistic = walk.reduce((most, own) => Math.max(most, own), 0) - walk.reduce((least, own) => Math.min(least, own), 0);
  return { statistic, p: brownianRangeTail(statistic) };
}

/**
 * Sums of outcome − predicted in units of their spread, at the end of each run of equal predictions, which have no order
 * among them. Begins with 0, as the Brownian motion does that they are held against.
 * @returns null where every prediction is 0 or 1
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 */
export function cumulativeDifferences(rows: CalibrationRows): number[] | null {
  const { predicted, outcome, weight } = sortRows(rows, 'probability');
  const spread = sumOf(predicted.length, (row) => (weight[row] ?? 0) * (predicted[row] ?? 0) * (1 - (predicted[row] ?? 0)));
  if (!(spread > 0)) return null;
  const scale = Math.sqrt(spread);
  const walk = [0];
  let total = 0;
  for (let row = 0; row < predicted.length; row++) {
    total += (weight[row] ?? 0) * ((outcome[row] ?? 0) - (predicted[row] ?? 0));
    if (predicted[row] !== predicted[row + 1]) walk.push(total / scale);
  }
  return walk;
}

/**
 * P(largest |Brownian motion| on [0, 1] ≥ x).
 * @see Feller (1971), "An Introduction to Probability Theory", volume 2, X.5
 */
export function brownianMaximumTail(x: number): number {
  if (!(x > 0)) return 1;
  if (x < 1) {
    let stays = 0;
    for (let odd = 1, sign = 1; odd < 200; odd += 2, sign = -sign) {
      stays += ((sign * 4) / (odd * Math.PI)) * exp((-odd * odd * Math.PI * Math.PI) / (8 * x * x));
    }
    return 1 - stays;
  }
  let tail = 0;
  for (let odd = 1, sign = 1; odd < 40; odd += 2, sign = -sign) tail += sign * 4 * normalCdf(-odd * x);
  return Math.min(1, tail);
}

/**
 * P(range of Brownian motion on [0, 1] ≥ x).
 * @see Feller (1951), "The asymptotic distribution of the range of sums of independent random variables"
 */
export function brownianRangeTail(x: number): number {
  if (!(x > 0)) return 1;
  if (x < 2) {
    let within = 0;
    for (let odd = 1; odd < 60; odd += 2) {
      const square = odd * odd * Math.PI * Math.PI;
      within += (8 / (x * x) + 8 / square) * exp(-square / (2 * x * x));
    }
    return 1 - within;
  }
  let tail = 0;
  for (let at = 1, sign = 1; at < 40; at++, sign = -sign) tail += sign * 8 * at * normalCdf(-at * x);
  return Math.min(1, tail);
}
