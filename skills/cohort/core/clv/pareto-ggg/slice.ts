/** One draw from a density on the line by slices. */
import type { Rng } from '../../../../sdk/numeric/index.ts';

/** Farthest that a draw lies from zero: parameters on the log scale, of which priors say nothing beyond. */
const bound = 30;

/**
 * One step of a chain that leaves the density invariant: the slice through a random height is stepped out to both sides and
 * shrunk until a point within it is found.
 * @param logDensity up to a constant
 * @param start within ±30
 * @param width about the width of the density
 * @see Neal (2003), "Slice sampling", Annals of Statistics 31(3), figures 3 and 5
 */
export function drawSlice(logDensity: (x: number) => number, start: number, width: number, rng: Rng): number {
  const height = logDensity(start) - rng.exponential();
  let left = start - width * rng.uniform();
  let right = left + width;
  while (left > -bound && logDensity(left) > height) left -= width;
  while (right < bound && logDensity(right) > height) right += width;
  left = Math.max(left, -bound);
  right = Math.min(right, bound);
  for (;;) {
    const x = left + (right - left) * rng.uniform();
    if (logDensity(x) > height || right - left < 1e-12) return x;
    if (x < start) left = x;
    else right = x;
  }
}
