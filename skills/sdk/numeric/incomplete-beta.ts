/** The incomplete beta function, for the tails of binomial counts and of Student's t. */
import { betaln, exp, log, log1p } from './special.ts';

/**
 * Regularised incomplete beta function I_x(a, b): P(X ≤ x) of X ~ Beta(a, b), by the continued fraction from the side that
 * converges; relative error about 1e-12, and 1e-11 where a or b is some hundred thousand.
 * @param x in [0, 1]
 * @param a > 0
 * @param b > 0
 * @see Abramowitz & Stegun 26.5.8
 */
export function regularizedBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = exp(a * log(x) + b * log1p(-x) - betaln(a, b));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(a, b, x)) / a : 1 - (front * betaFraction(b, a, 1 - x)) / b;
}

/**
 * Quantile of Beta(a, b), by bisection down to neighbouring doubles.
 * @param p in (0, 1)
 */
export function betaQuantile(p: number, a: number, b: number): number {
  let low = 0;
  let high = 1;
  for (let middle = 0.5; middle > low && middle < high; middle = low + (high - low) / 2) {
    if (regularizedBeta(middle, a, b) < p) low = middle;
    else high = middle;
    if (high - low <= 1e-15 * high) break;
  }
  return high;
}

/**
 * Continued fraction of the incomplete beta function, by Lentz's method.
 * @see Abramowitz & Stegun 26.5.8
 */
export function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const away = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / (a + 2 * m - 1) / (a + 2 * m);
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / (a + 2 * m) / (a + 2 * m + 1);
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return fraction;
}
