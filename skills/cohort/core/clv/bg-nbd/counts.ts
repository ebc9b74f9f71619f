/**
 * How many purchases a customer makes with which probability, under BG/NBD (m = 0) and MBG/NBD (m = 1).
 * @see Fader, Hardie & Lee (2005), eq. 8; its finite sum is an incomplete beta function, taken from the side that does not cancel
 */
import { exp, expm1, log1p } from '../../../../sdk/numeric/index.ts';
import type { ActiveState, History } from '../family.ts';
import { logProbabilityAlive } from './likelihood.ts';
import type { BgNbdParameters, FirstChance } from './parameters.ts';

/** Probability that a new customer makes exactly n repeat purchases up to age t. */
export function countProbability(parameters: BgNbdParameters, m: FirstChance, n: number, t: number): number {
  const { r, alpha, a, b } = parameters;
  if (!(t > 0)) return n === 0 ? 1 : 0;
  if (n === 0 && m === 0) return exp(-r * log1p(t / alpha));
  let logStayed = 0;
  if (a > 0) for (let j = 0; j < n + m; j++) logStayed -= log1p(a / (b + j));
  const leftAtLast = a === 0 ? 0 : (a / (b + (n - 1 + m))) * negativeBinomialTail(n, r, t / alpha);
  return exp(logStayed) * (negativeBinomial(n, r, t / alpha) + leftAtLast);
}

/** Probability of exactly n purchases in the next t: a customer active now is as a new one of BG/NBD with updated parameters. */
export function futureCountProbability(parameters: BgNbdParameters, history: History, m: FirstChance, n: number, t: number): number {
  const logAlive = logProbabilityAlive(parameters, history, m);
  const { r, alpha, a, b } = parameters;
  const { x, T } = history;
  const active = countProbability({ r: r + x, alpha: alpha + T, a, b: b + x + m }, 0, n, t);
  // The chance of having left by its own function: one less the rest would lose it where it is small.
  return n === 0 ? Math.min(1, exp(logAlive) * active - expm1(logAlive)) : exp(logAlive) * active;
}

/** Probability of at least one purchase in the next t by a customer who is active now. */
export function purchaseProbability({ r, alpha }: Pick<BgNbdParameters, 'r' | 'alpha'>, { x, T }: ActiveState, t: number): number {
  return -expm1(-(r + x) * log1p(t / (alpha + T)));
}

/** Probability of n under the negative binomial of shape r and mean r·w. */
function negativeBinomial(n: number, r: number, w: number): number {
  // The first factor r/1 is kept outside the logarithms: it may be tiny.
  let logRatio = -r * log1p(w) - n * log1p(1 / w);
  for (let j = 1; j < n; j++) logRatio += log1p((r - 1) / (j + 1));
  return n === 0 ? exp(logRatio) : r * exp(logRatio);
}

/** Probability of n or more. */
function negativeBinomialTail(n: number, r: number, w: number): number {
  if (n === 0) return 1;
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
