/** Intervals of a share: stay in [0, 1] and are right also near its ends, where the normal approximation is not. */
import { betaQuantile } from './incomplete-beta.ts';
import { normalQuantile } from './quantile.ts';

export interface ShareInterval {
  readonly low: number;
  readonly high: number;
}

/**
 * Wilson score interval, without continuity correction.
 * @param count 0 ≤ count ≤ of
 * @param of > 0
 * @param level in (0, 1)
 * @see Wilson (1927), "Probable inference, the law of succession, and statistical inference"
 */
export function wilsonInterval(count: number, of: number, level: number): ShareInterval {
  const z = normalQuantile((1 + level) / 2);
  const share = count / of;
  const scale = 1 + (z * z) / of;
  const centre = (share + (z * z) / (2 * of)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return { low: count === 0 ? 0 : centre - half, high: count === of ? 1 : centre + half };
}

/**
 * Exact interval: never covers the true share less often than the level, and for few rows clearly more often.
 * @param count integer, 0 ≤ count ≤ of
 * @param of integer > 0
 * @param level in (0, 1)
 * @see Clopper & Pearson (1934), "The use of confidence or fiducial limits illustrated in the case of the binomial"
 */
export function clopperPearsonInterval(count: number, of: number, level: number): ShareInterval {
  const tail = (1 - level) / 2;
  return {
    low: count === 0 ? 0 : betaQuantile(tail, count, of - count + 1),
    high: count === of ? 1 : 1 - betaQuantile(tail, of - count, count + 1),
  };
}
