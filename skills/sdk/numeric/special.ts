/**
 * Elementary and special functions with the same bits on every machine. The built-in Math.exp and its relatives are
 * approximated differently by Node versions and processors, so cores use these instead.
 */
import stdBetaln from '@stdlib/math-base-special-betaln';
import stdDigamma from '@stdlib/math-base-special-digamma';
import stdExp from '@stdlib/math-base-special-exp';
import stdExpm1 from '@stdlib/math-base-special-expm1';
import stdGammaln from '@stdlib/math-base-special-gammaln';
import stdLn from '@stdlib/math-base-special-ln';
import stdLog1p from '@stdlib/math-base-special-log1p';

/** e to the power x. */
export const exp: (x: number) => number = stdExp;
/** e to the power x, less one; accurate near zero. */
export const expm1: (x: number) => number = stdExpm1;
/** Natural logarithm. */
export const log: (x: number) => number = stdLn;
/** log(1 + x), accurate near zero. */
export const log1p: (x: number) => number = stdLog1p;
/** Logarithm of |Γ(x)|. */
export const lgamma: (x: number) => number = stdGammaln;
/** Derivative of log Γ(x). */
export const digamma: (x: number) => number = stdDigamma;
/** Logarithm of the beta function B(a, b). @param a > 0 @param b > 0 */
export const betaln: (a: number, b: number) => number = stdBetaln;

/**
 * x to the power y for x ≥ 0. Whole powers up to 64 by squaring, others by exp(y·log x).
 * @returns relative error about 1e-15 for whole powers up to 64, otherwise about 1e-16 · max(1, |y · log x|); NaN for x < 0
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (x === 0) return y > 0 ? 0 : Number.POSITIVE_INFINITY;
  if (!(x > 0)) return Number.NaN;
  if (!Number.isInteger(y) || Math.abs(y) > 64) return exp(y * log(x));
  let power = 1;
  let square = x;
  for (let left = Math.abs(y); left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power *= square;
    square *= square;
  }
  return y > 0 ? power : 1 / power;
}

/**
 * Second derivative of log Γ(x): recurrence up to 12, then the asymptotic series.
 * @param x > 0
 * @see Abramowitz & Stegun 6.4.6 and 6.4.12
 */
export function trigamma(x: number): number {
  let shift = 0;
  let y = x;
  while (y < 12) {
    shift += 1 / (y * y);
    y += 1;
  }
  const u = 1 / (y * y);
  // Bernoulli numbers B2 … B12.
  const tail = u * (1 / 6 + u * (-1 / 30 + u * (1 / 42 + u * (-1 / 30 + u * (5 / 66 + u * (-691 / 2730))))));
  return shift + (1 + tail) / y + u / 2;
}

/** log(1 + e^x) without overflow. */
export function softplus(x: number): number {
  return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/** 1 / (1 + e^−x) without overflow. */
export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

/** log(p / (1 − p)). @param p in (0, 1) */
export function logit(p: number): number {
  return log(p) - log1p(-p);
}
