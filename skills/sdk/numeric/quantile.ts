/** Quantiles of samples and of the normal distribution. */
import { exp, log } from './special.ts';

/**
 * Quantile of an ascending sample by linear interpolation (type 7 of Hyndman & Fan 1996, the default of R and NumPy).
 * @param sorted ascending, at least one value
 * @param q in [0, 1]
 */
export function quantileSorted(sorted: ArrayLike<number>, q: number): number {
  const position = (sorted.length - 1) * Math.min(Math.max(q, 0), 1);
  const below = Math.floor(position);
  const low = sorted[below] ?? Number.NaN;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] ?? Number.NaN;
  return low + (high - low) * (position - below);
}

/**
 * Standard normal distribution function, by the series for small and the continued fraction for large arguments;
 * relative error below 1e-14, also far out in the lower tail, down to about −38 where it underflows.
 * @see Abramowitz & Stegun 26.2.10 and 26.2.14
 */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return x;
  const z = Math.abs(x);
  if (z > 38.5) return x > 0 ? 1 : 0;
  const density = exp((-z * z) / 2) / 2.5066282746310002;
  // Below 1.5 the difference from one half loses no more than a digit; above, 300 terms of the fraction are enough.
  if (z < 1.5) {
    let term = z;
    let total = z;
    for (let n = 1; Math.abs(term) > 1e-18 * total && n < 200; n++) {
      term *= (z * z) / (2 * n + 1);
      total += term;
    }
    const half = density * total;
    return x >= 0 ? 0.5 + half : 0.5 - half;
  }
  let fraction = 0;
  for (let n = 300; n >= 1; n--) fraction = n / (z + fraction);
  const tail = density / (z + fraction);
  return x >= 0 ? 1 - tail : tail;
}

/**
 * Standard normal quantile: a rational start and two Halley steps on normalCdf.
 * @param p in (0, 1)
 * @see Odeh & Evans (1974), algorithm AS 70, for the start
 */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? Number.NEGATIVE_INFINITY : p === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  const y = Math.sqrt(-2 * log(tail));
  const numerator = (((-0.453642210148e-4 * y - 0.0204231210245) * y - 0.342242088547) * y - 1) * y - 0.322232431088;
  const denominator = (((0.38560700634e-2 * y + 0.10353775285) * y + 0.531103462366) * y + 0.588581570495) * y + 0.099348462606;
  let z = -(y + numerator / denominator); // lower tail
  for (let step = 0; step < 2; step++) {
    const error = ((normalCdf(z) - tail) * 2.5066282746310002) / exp((-z * z) / 2);
    z -= error / (1 + (z * error) / 2);
  }
  return p < 0.5 ? z : -z;
}
