/**
 * BG/NBD quantities beyond the plain expectation: how many purchases a new customer makes with which probability, and
 * purchases discounted to today.
 */
import { exp, expm1, gaussLegendre, log1p } from '../../../sdk/numeric/index.ts';
import { type BgNbdParameters, expectedIfAlive, logProbabilityAlive } from './bg-nbd.ts';

/**
 * Probability that a new customer makes exactly n repeat purchases up to age t.
 * @param n integer ≥ 0
 * @param t age, ≥ 0
 * @see Fader, Hardie & Lee (2005), eq. 8; its finite sum is an incomplete beta function, taken from the side that does not cancel
 */
export function purchaseCountProbability({ r, alpha, a, b }: BgNbdParameters, n: number, t: number): number {
  if (!(t > 0)) return n === 0 ? 1 : 0;
  if (n === 0) return exp(-r * log1p(t / alpha));
  let logStayed = 0;
  if (a > 0) for (let j = 0; j < n; j++) logStayed -= log1p(a / (b + j));
  const leftAtLast = a === 0 ? 0 : (a / (b + n - 1)) * negativeBinomialTail(n, r, t / alpha);
  return exp(logStayed) * (negativeBinomial(n, r, t / alpha) + leftAtLast);
}

/** Probability of n under the negative binomial of shape r and mean r·w. */
function negativeBinomial(n: number, r: number, w: number): number {
  // The first factor r/1 is kept outside the logarithms: it may be tiny.
  let logRatio = -r * log1p(w) - n * log1p(1 / w);
  for (let j = 1; j < n; j++) logRatio += log1p((r - 1) / (j + 1));
  return n === 0 ? exp(logRatio) : r * exp(logRatio);
}

/** Probability of n or more, n ≥ 1. */
function negativeBinomialTail(n: number, r: number, w: number): number {
  const q = w / (1 + w);
  if (n <= r * w || q > 0.9999) {
    let rest = -expm1(-r * log1p(w));
    for (let k = 1; k < n; k++) rest -= negativeBinomial(k, r, w);
    return Math.max(0, rest);
  }
  let term = negativeBinomial(n, r, w);
  let total = term;
  for (let k = n; term > 1e-17 * total * (1 - q); k++) {
    term *= (q * (r + k)) / (k + 1);
    total += term;
  }
  return total;
}

/** Gauss–Legendre nodes of one panel of the discounted expectation. */
const rule = gaussLegendre(16);

/**
 * Expected purchases in the next `horizon`, each discounted to today at a continuous rate.
 * @param ratePerTime ≥ 0, per time unit; ln(1 + d)/52 for an annual rate d in weeks
 * @returns e^(−δh)·E(h) + δ·∫₀ʰ e^(−δs)·E(s) ds, the discounted sum integrated by parts, with E the conditional expectation
 * @throws {CohortiumError} NUMERIC_DOMAIN when not 0 ≤ tx ≤ T or x < 0
 */
export function discountedExpectation(
  parameters: BgNbdParameters,
  x: number,
  tx: number,
  T: number,
  horizon: number,
  ratePerTime: number,
): number {
  const alive = exp(logProbabilityAlive(parameters, x, tx, T));
  let total = exp(-ratePerTime * horizon) * expectedIfAlive(parameters, x, T, horizon);
  if (ratePerTime > 0) {
    // Panels double: the expectation bends most near today. What is discounted by e^−45 changes no digit.
    const end = Math.min(horizon, 45 / ratePerTime);
    let [from, width] = [0, Math.min(end, (parameters.alpha + T) / 4, 0.5 / ratePerTime)];
    while (from < end) {
      const to = Math.min(end, from + width);
      for (let k = 0; k < rule.nodes.length; k++) {
        const s = from + ((to - from) * (1 + (rule.nodes[k] ?? 0))) / 2;
        total += ((rule.weights[k] ?? 0) * (to - from) * ratePerTime * exp(-ratePerTime * s) * expectedIfAlive(parameters, x, T, s)) / 2;
      }
      from = to;
      width = Math.min(2 * width, 4 / ratePerTime);
    }
  }
  return alive * total;
}
