/** How far expected counts and amounts lie from what came: deviances, and the scores of a predicted mean and spread. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log, sumOf } from '../../../sdk/numeric/index.ts';
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

/**
 * Dawid–Sebastiani score: mean of ((outcome − mean) / sd)² + ln variance; less is better.
 * @param variance predicted for each row, > 0
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, or a variance that is not above 0
 * @see Dawid & Sebastiani (1999), "Coherent dispersion criteria for optimal experimental design"
 */
export function dawidSebastianiScore(mean: ArrayLike<number>, variance: ArrayLike<number>, outcome: ArrayLike<number>): number {
  const rows = outcome.length;
  if (rows === 0) throw new CohortiumError('CALIBRATION_TOO_FEW', 'there is no row to score; score customers whose outcome is known');
  if (mean.length !== rows || variance.length !== rows) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the columns need one length; found ${mean.length}, ${variance.length}, ${rows}`);
  }
  return (
    sumOf(rows, (row) => {
      const spread = variance[row] ?? 0;
      const off = (outcome[row] ?? 0) - (mean[row] ?? 0);
      if (!(spread > 0 && Number.isFinite(off))) {
        throw new CohortiumError('NUMERIC_DOMAIN', `row ${row}: a variance is above 0 and all are numbers; found ${spread}, ${off}`);
      }
      return (off * off) / spread + log(spread);
    }) / rows
  );
}

/**
 * Ranked probability score of one count: Σ over k of (P(count ≤ k) − [outcome ≤ k])²; less is better.
 * @param probability of 0, 1, 2 …, as far as they are above rounding; the rest lies beyond
 * @param outcome integer ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN for an outcome that is no count, or probabilities that are none
 * @see Epstein (1969); Czado, Gneiting & Held (2009), "Predictive model assessment for count data"
 */
export function rankedProbabilityScore(probability: ArrayLike<number>, outcome: number): number {
  if (!(Number.isInteger(outcome) && outcome >= 0)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `an outcome is a whole number ≥ 0; found ${outcome}`);
  }
  let upTo = 0;
  const score = sumOf(Math.max(probability.length, outcome), (count) => {
    upTo += probability[count] ?? 0;
    const off = upTo - (outcome <= count ? 1 : 0);
    return off * off;
  });
  if (!(upTo >= 0 && upTo <= 1 + 1e-9)) throw new CohortiumError('NUMERIC_DOMAIN', `probabilities add up to at most 1; found ${upTo}`);
  return score;
}
