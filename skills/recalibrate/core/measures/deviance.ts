/** How far expected counts and amounts lie from what came. Scores of whole predicted distributions are in `predictive`. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log } from '../../../sdk/numeric/index.ts';
import type { CalibrationRows } from '../calibrators/rows.ts';
import { meanOver, sortRows } from './sorted-rows.ts';

/** Expectations below this count as this: a purchase by somebody of whom none was expected is bad, not infinitely so. */
export const leastMean = 1e-9;

/**
 * Mean Poisson deviance; for amounts, too, where it ranks expectations without looking at squares of large ones.
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 * @see McCullagh & Nelder (1989), "Generalized Linear Models", 2.3
 */
export function poissonDeviance(rows: CalibrationRows): number {
  return meanOver(sortRows(rows, 'mean'), poissonError);
}

export function poissonError(predicted: number, outcome: number): number {
  const mean = Math.max(leastMean, predicted);
  return 2 * ((outcome > 0 ? outcome * log(outcome / mean) : 0) - (outcome - mean));
}

/**
 * Mean deviance of the negative binomial with variance μ + μ²/size.
 * @param size > 0; the larger, the nearer to Poisson
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows or a size that cannot be used
 */
export function negativeBinomialDeviance(rows: CalibrationRows, size: number): number {
  if (!(size > 0 && Number.isFinite(size))) throw new CohortiumError('NUMERIC_DOMAIN', `the size is a number above 0; found ${size}`);
  return meanOver(sortRows(rows, 'mean'), (predicted, outcome) => {
    const mean = Math.max(leastMean, predicted);
    return 2 * ((outcome > 0 ? outcome * log(outcome / mean) : 0) - (outcome + size) * log((outcome + size) / (mean + size)));
  });
}
