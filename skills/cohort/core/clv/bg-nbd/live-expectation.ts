/**
 * What a customer who is active now does in the next t: expected purchases, and the chance of staying. Rate and leaving chance
 * are integrated out in forms whose terms are positive or fall fast, so no hypergeometric function is needed.
 */
import { fastExp, fastExpm1, fastLog, fastLog1p } from '../../../../sdk/numeric/kernels/index.ts';
import { betaMean } from './beta-mean.ts';

/**
 * Expectation over rate ~ Gamma(R, A) and leaving chance ~ Beta(a, B) of the purchases in t.
 * @returns finite for every finite input, also at a = 1 and a + b ≤ 1
 * @see Euler's transformation of the published 2F1 form, after which its pole at a = 1 cancels
 */
export function liveExpectation(R: number, A: number, a: number, B: number, t: number): number {
  const w = t / A;
  if (!(w > 0)) return 0;
  if (a === 0) return R * w;
  if ((R + 1) * w < 0.1) return shortHorizonExpectation(R, a, B, w);
  const z = w / (1 + w);
  const C = a + B - 1;
  if (z > 0.9 || Math.abs(C - R) * Math.max(1, a) * z > 12 || C + 1 <= 0) return liveExpectationByQuadrature(R, a, B, w);
  const L = -fastLog1p(w);
  const phi = Math.abs(a - 1) < 1e-12 ? -L : -fastExpm1((a - 1) * L) / (a - 1);
  let term = (C - R) * z;
  let series = term;
  for (let n = 1; n < 100_000; n++) {
    term *= ((C - R + n) * (a + n - 1) * z) / ((C + n) * (n + 1));
    series += term;
    if (Math.abs(term) <= 1e-17 * Math.abs(series)) break;
  }
  return C * phi - fastExp((a - 1) * L) * series;
}

/**
 * The expectation as a power series in the horizon: moments of the leaving chance times binomial coefficients. Alternates, but
 * each term is a tenth of the one before at most, where the other series would cancel for a large b.
 */
function shortHorizonExpectation(R: number, a: number, B: number, w: number): number {
  let term = R * w;
  let total = term;
  for (let k = 1; Math.abs(term) > 1e-17 * total; k++) {
    term *= (-(R + k) * w * (a + k - 1)) / ((k + 1) * (a + B + k - 1));
    total += term;
  }
  return total;
}

/**
 * Log of the probability that a customer of rate ~ Gamma(R, A) and leaving chance ~ Beta(a, B) is still active after w·A:
 * log E[(1 + p·w)^−R].
 * @param a > 0
 */
export function logSurvival(R: number, a: number, B: number, w: number): number {
  const stays = (p: number): number => fastExp(-R * fastLog1p(p * w));
  const mean = a >= 1 ? betaMean(a, B, stays) : betaMean(a + 1, B, (p, rest) => stays(p) * (1 + (rest * R * w) / ((1 + p * w) * (a + B))));
  return fastLog(Math.min(1, Math.max(mean, Number.MIN_VALUE)));
}

/** E over p ~ Beta(a, B) of (1 − (1 + p·w)^−R) / p, for the arguments where the series converges slowly or cancels. */
function liveExpectationByQuadrature(R: number, a: number, B: number, w: number): number {
  // Near p = 0 the weight p^(a−1) has no finite mode when a < 1; one integration by parts raises a by one.
  if (a >= 1) return betaMean(a, B, (p) => purchases(R, w, p));
  return betaMean(a + 1, B, (p, oneMinusP) => purchases(R, w, p) - (oneMinusP * purchasesSlope(R, w, p)) / (a + B));
}

function purchases(R: number, w: number, p: number): number {
  return p * w < 1e-280 ? R * w : -fastExpm1(-R * fastLog1p(p * w)) / p;
}

/** Derivative of purchases in p; negative. */
function purchasesSlope(R: number, w: number, p: number): number {
  const u = p * w;
  if ((R + 2) * u < 1e-3) {
    // Power series of the exact form below, which cancels here. What counts is R·u, not u: R may be huge.
    const c2 = (R * (R + 1)) / 2;
    const c3 = (c2 * (R + 2)) / 3;
    const c4 = (c3 * (R + 3)) / 4;
    const c5 = (c4 * (R + 4)) / 5;
    return w * w * (-c2 + u * (2 * c3 - u * (3 * c4 - 4 * c5 * u)));
  }
  const L = fastLog1p(u);
  return (R * w * fastExp(-(R + 1) * L) + fastExpm1(-R * L) / p) / p;
}
