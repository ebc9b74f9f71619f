/**
 * A test that may be looked at as often as one likes: the mixture sequential probability ratio test, with a confidence sequence that
 * holds at all looks at once. The price is width; the gain is that stopping early is no cheating. It rests on the normal approximation
 * of means, so it gives no answer before there are enough customers.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { exp, log } from '../../../sdk/numeric/index.ts';
import type { MeanDifference } from './mean-difference.ts';

export interface AlwaysValid {
  /** Valid whenever one stops: under no difference it ever falls to α or below with probability at most α. */
  readonly p: number;
  readonly low: number;
  readonly high: number;
}

/** With fewer in an arm a mean of spend is not yet normal. */
export const leastPerArm = 100;

/**
 * @param estimate with variance > 0
 * @param mixing standard deviation of the effects that are to be found, in the unit of the outcome, > 0; fixed before the data are
 * seen, best near the smallest effect that matters
 * @param level of the confidence sequence, in (0, 1)
 * @throws {CohortiumError} NUMERIC_DOMAIN
 * @see Robbins (1970), "Statistical methods related to the law of the iterated logarithm"
 * @see Johari, Koomen, Pekelis & Walsh (2022), "Always valid inference: continuous monitoring of A/B tests", Operations Research 70
 */
export function alwaysValid(
  { difference, variance }: Pick<MeanDifference, 'difference' | 'variance'>,
  mixing: number,
  level: number,
): AlwaysValid {
  if (!(level > 0 && level < 1)) throw new CohortiumError('NUMERIC_DOMAIN', `the level is between 0 and 1; found ${level}`);
  if (!(mixing > 0 && Number.isFinite(mixing)))
    throw new CohortiumError('NUMERIC_DOMAIN', `the mixing deviation is a finite number > 0; found ${mixing}`);
  if (!(variance > 0 && Number.isFinite(variance) && Number.isFinite(difference)))
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `a sequential test needs a difference with variance > 0; found ${difference} and ${variance}`,
    );
  const mixed = mixing * mixing;
  const total = variance + mixed;
  const logRatio = (log(variance / total) + (mixed * difference * difference) / (variance * total)) / 2;
  const half = Math.sqrt(((variance * total) / mixed) * (log(total / variance) - 2 * log(1 - level)));
  return { p: Math.min(1, exp(-logRatio)), low: difference - half, high: difference + half };
}
