/**
 * The expectation of future purchases by integration over the leaving chance, for the arguments where the series converges
 * slowly or cancels. Every term is positive.
 */
import { exp, expm1, log, log1p } from '../../../sdk/numeric/index.ts';

const step = 0.04;

/**
 * E over p ~ Beta(a, B) of (1 − (1 + p·w)^−R) / p, by the trapezoid rule on logit p = m + sd·sinh(v); the same nodes
 * normalise the beta weight, so its constant is not needed.
 * @param R > 0
 * @param w horizon over the rate parameter, > 0
 */
export function liveExpectationByQuadrature(R: number, a: number, B: number, w: number): number {
  // Near p = 0 the weight p^(a−1) has no finite mode when a < 1; one integration by parts raises a by one.
  if (a >= 1) return betaMean(a, B, (p) => purchases(R, w, p));
  return betaMean(a + 1, B, (p, oneMinusP) => purchases(R, w, p) - (oneMinusP * purchasesSlope(R, w, p)) / (a + B));
}

function purchases(R: number, w: number, p: number): number {
  return p * w < 1e-280 ? R * w : -expm1(-R * log1p(p * w)) / p;
}

/** Derivative of purchases in p; negative. */
function purchasesSlope(R: number, w: number, p: number): number {
  const u = p * w;
  if (u < 1e-5) {
    // Series of ((1+u)^−R·(1 + u + R·u) − (1+u)) / (u²(1+u)), without the cancellation.
    const c2 = (R * (R + 1)) / 2;
    const c3 = (c2 * (R + 2)) / 3;
    const c4 = (c3 * (R + 3)) / 4;
    return w * w * (-c2 + u * (2 * c3 - 3 * c4 * u));
  }
  const L = log1p(u);
  return (R * w * exp(-(R + 1) * L) + expm1(-R * L) / p) / p;
}

/** Mean of g under Beta(a, B); g also gets 1 − p, exact when p is near one. */
function betaMean(a: number, B: number, g: (p: number, oneMinusP: number) => number): number {
  const centre = log(a / B);
  const spread = Math.min(1, Math.sqrt(1 / a + 1 / B));
  let mass = 0;
  let total = 0;
  let top = Number.NEGATIVE_INFINITY;
  const nodes: { readonly weight: number; readonly value: number }[] = [];
  for (let k = -300; k <= 300; k++) {
    const v = k * step;
    const up = exp(v);
    const down = exp(-v);
    const s = centre + (spread * (up - down)) / 2;
    const e = exp(-Math.abs(s));
    const logP = s >= 0 ? -log1p(e) : s - log1p(e);
    const logQ = s >= 0 ? -s - log1p(e) : -log1p(e);
    const weight = a * logP + B * logQ + log((up + down) / 2);
    if (!(weight > -1e300)) continue;
    const p = exp(logP);
    const value = g(p, exp(logQ));
    if (!Number.isFinite(value)) continue;
    top = Math.max(top, weight);
    nodes.push({ weight, value });
  }
  for (const { weight, value } of nodes) {
    const share = exp(weight - top);
    mass += share;
    total += share * value;
  }
  return total / mass;
}
