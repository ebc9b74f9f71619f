/** Interval of a share: stays in [0, 1] and is right also near its ends, where the normal approximation is not. */
import { normalQuantile } from '../../../../sdk/numeric/index.ts';

/**
 * Wilson score interval, without continuity correction.
 * @param count 0 ≤ count ≤ of
 * @param level in (0, 1)
 * @param of > 0
 * @see Wilson (1927), "Probable inference, the law of succession, and statistical inference"
 */
export function wilsonInterval(count: number, of: number, level: number): { readonly low: number; readonly high: number } {
  const z = normalQuantile((1 + level) / 2);
  const share = count / of;
  const scale = 1 + (z * z) / of;
  const centre = (share + (z * z) / (2 * of)) / scale;
  const half = (z / scale) * Math.sqrt((share * (1 - share)) / of + (z * z) / (4 * of * of));
  return { low: count === 0 ? 0 : centre - half, high: count === of ? 1 : centre + half };
}
