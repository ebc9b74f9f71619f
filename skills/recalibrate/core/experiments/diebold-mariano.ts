/**
 * Diebold and Mariano's test of equal accuracy over forecast origins: whether one model's loss is lower from origin to origin, with
 * the correlation that overlapping horizons bring. Few origins tell little, and the test says so by its degrees of freedom.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum, sumOf } from '../../../sdk/numeric/index.ts';
import { studentTail } from './mean-difference.ts';

export interface OriginComparison {
  readonly origins: number;
  /** Mean loss of the challenger minus that of the champion. */
  readonly difference: number;
  /** Corrected for few origins; 0 where no origin differs. */
  readonly statistic: number;
  /** Two-sided, by Student's t with origins − 1 degrees. */
  readonly p: number;
}

/**
 * @param champion mean loss at each origin, in the order of time; 3 origins or more
 * @param challenger likewise
 * @param overlap origins whose outcomes one horizon reaches into, the own one included: 1 where windows do not overlap
 * @throws {CohortiumError} NUMERIC_DOMAIN, also where all origins differ by exactly the same
 * @see Diebold & Mariano (1995), "Comparing predictive accuracy"; variance by Bartlett's weights (Newey & West 1987), which cannot be negative
 * @see Harvey, Leybourne & Newbold (1997), "Testing the equality of prediction mean squared errors", equation 9
 */
export function dieboldMariano(champion: Float64Array, challenger: Float64Array, overlap: number): OriginComparison {
  const origins = champion.length;
  if (origins < 3 || challenger.length !== origins || ![...champion, ...challenger].every(Number.isFinite)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `a comparison over origins needs two finite losses at 3 origins or more; found ${origins} and ${challenger.length}`,
    );
  }
  if (!(Number.isInteger(overlap) && overlap >= 1 && overlap < origins))
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `the overlap is an integer from 1 to ${origins - 1}, fewer than the origins; found ${overlap}`,
    );
  const worse = challenger.map((loss, origin) => loss - (champion[origin] ?? 0));
  const difference = sum(worse) / origins;
  if (worse.every((own) => own === 0)) return { origins, difference: 0, statistic: 0, p: 1 };
  const covariance = (lag: number): number =>
    sumOf(origins - lag, (at) => ((worse[at] ?? 0) - difference) * ((worse[at + lag] ?? 0) - difference)) / origins;
  const longRun = covariance(0) + 2 * sumOf(overlap - 1, (at) => (1 - (at + 1) / overlap) * covariance(at + 1));
  if (!(longRun > 0))
    throw new CohortiumError('NUMERIC_DOMAIN', `all ${origins} origins differ by ${difference}; without variation there is no test`);
  const correction = (origins + 1 - 2 * overlap + (overlap * (overlap - 1)) / origins) / origins;
  const statistic = Math.sqrt(correction) * (difference / Math.sqrt(longRun / origins));
  return { origins, difference, statistic, p: studentTail(statistic, origins - 1) };
}
