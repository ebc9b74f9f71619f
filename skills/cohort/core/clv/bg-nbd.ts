/**
 * BG/NBD: purchases at a gamma-distributed rate, with a beta-distributed chance of leaving after each purchase. Written in
 * forms that neither overflow nor cancel, so no hypergeometric function is needed. With a = 0 nobody leaves, which is the
 * NBD limit. The time unit is the caller's, the same for tx, T, t and 1/rate.
 * @see Fader, Hardie & Lee (2005), "Counting Your Customers the Easy Way", Marketing Science 24(2)
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { exp, expm1, log, log1p, softplus } from '../../../sdk/numeric/index.ts';
import { liveExpectationByQuadrature } from './live-expectation.ts';

export interface BgNbdParameters {
  /** Shape of the purchase rate, > 0. */
  readonly r: number;
  /** Rate parameter of the purchase rate, > 0, in time units. */
  readonly alpha: number;
  /** First parameter of the chance of leaving, ≥ 0; 0 is the NBD limit. */
  readonly a: number;
  /** Second parameter of the chance of leaving, > 0. */
  readonly b: number;
}

/**
 * Log-odds that the customer has left; −∞ when x = 0, because nobody leaves before a repeat purchase.
 * @throws {CohortiumError} NUMERIC_DOMAIN when not 0 ≤ tx ≤ T or x < 0
 */
function logOddsLeft(parameters: BgNbdParameters, x: number, tx: number, T: number): number {
  checkHistory(x, tx, T);
  const { r, alpha, a, b } = parameters;
  if (x === 0 || a === 0) return Number.NEGATIVE_INFINITY;
  return log(a) - log(b + x - 1) + (r + x) * log1p((T - tx) / (alpha + tx));
}

/**
 * Log of the probability that the customer is still active.
 * @param x repeat purchases, integer ≥ 0
 * @param tx age at the last purchase, 0 ≤ tx ≤ T
 * @param T age of the customer
 * @throws {CohortiumError} NUMERIC_DOMAIN when not 0 ≤ tx ≤ T or x < 0
 * @see Fader, Hardie & Lee (2008), "Computing P(alive) using the BG/NBD model"
 */
export function logProbabilityAlive(parameters: BgNbdParameters, x: number, tx: number, T: number): number {
  const odds = logOddsLeft(parameters, x, tx, T);
  return odds === Number.NEGATIVE_INFINITY ? 0 : -softplus(odds);
}

/**
 * Log-likelihood of one purchase history.
 * @throws {CohortiumError} NUMERIC_DOMAIN when not 0 ≤ tx ≤ T or x < 0
 * @see Fader, Hardie & Lee (2005), eq. 6, with every ratio of times through log1p
 */
export function logLikelihood(parameters: BgNbdParameters, x: number, tx: number, T: number): number {
  const { r, alpha, a, b } = parameters;
  const odds = logOddsLeft(parameters, x, tx, T);
  let total = -r * log1p(T / alpha) - x * log(alpha + T);
  for (let j = 0; j < x; j++) total += log(r + j) - (a === 0 ? 0 : log1p(a / (b + j)));
  return odds === Number.NEGATIVE_INFINITY ? total : total + softplus(odds);
}

/**
 * Expected purchases in the next t by a customer who is active now.
 * @returns finite for every finite input, also at a = 1 and a + b ≤ 1
 */
export function expectedIfAlive(parameters: BgNbdParameters, x: number, T: number, t: number): number {
  return liveExpectation(parameters.r + x, parameters.alpha + T, parameters.a, parameters.b + x, t);
}

/**
 * Expected purchases in the next t, given the history.
 * @throws {CohortiumError} NUMERIC_DOMAIN when not 0 ≤ tx ≤ T or x < 0
 */
export function conditionalExpectation(parameters: BgNbdParameters, x: number, tx: number, T: number, t: number): number {
  return exp(logProbabilityAlive(parameters, x, tx, T)) * expectedIfAlive(parameters, x, T, t);
}

/** Expected repeat purchases of a new customer up to age t. @see Fader, Hardie & Lee (2005), eq. 9 */
export function expectedPurchasesSinceBirth(parameters: BgNbdParameters, t: number): number {
  return liveExpectation(parameters.r, parameters.alpha, parameters.a, parameters.b, t);
}

/**
 * Probability of at least one purchase in the next t, given the history. Leaving happens only after a purchase, so a customer
 * active now makes none with the negative binomial's zero probability.
 */
export function probabilityOfPurchase(parameters: BgNbdParameters, x: number, tx: number, T: number, t: number): number {
  const { r, alpha } = parameters;
  return exp(logProbabilityAlive(parameters, x, tx, T)) * -expm1(-(r + x) * log1p(t / (alpha + T)));
}

/**
 * Expectation over rate ~ Gamma(R, A) and leaving chance ~ Beta(a, B) of the purchases in t.
 * @see Euler's transformation of the published 2F1 form, after which its pole at a = 1 cancels
 */
function liveExpectation(R: number, A: number, a: number, B: number, t: number): number {
  const w = t / A;
  if (!(w > 0)) return 0;
  if (a === 0) return R * w;
  if ((R + 1) * w < 0.1) return shortHorizonExpectation(R, a, B, w);
  const z = w / (1 + w);
  const C = a + B - 1;
  if (z > 0.9 || Math.abs(C - R) * Math.max(1, a) * z > 12 || C + 1 <= 0) return liveExpectationByQuadrature(R, a, B, w);
  const L = -log1p(w);
  const phi = Math.abs(a - 1) < 1e-12 ? -L : -expm1((a - 1) * L) / (a - 1);
  let term = (C - R) * z;
  let series = term;
  for (let n = 1; n < 100_000; n++) {
    term *= ((C - R + n) * (a + n - 1) * z) / ((C + n) * (n + 1));
    series += term;
    if (Math.abs(term) <= 1e-17 * Math.abs(series)) break;
  }
  return C * phi - exp((a - 1) * L) * series;
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

function checkHistory(x: number, tx: number, T: number): void {
  if (x >= 0 && tx >= 0 && tx <= T) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `a history needs x ≥ 0 and 0 ≤ tx ≤ T; found x=${x}, tx=${tx}, T=${T}`);
}
