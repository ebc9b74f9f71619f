/** Pareto/NBD: expected purchases, plain and discounted, of new customers and of customers with a history. */
import { exp, expm1, gaussLegendre, log1p } from '../../../../sdk/numeric/index.ts';
import type { ActiveState, History } from '../family.ts';
import { logProbabilityAlive } from './likelihood.ts';
import type { ParetoNbdParameters } from './parameters.ts';

/**
 * Expected purchases in the next t by a customer who is active now.
 * @returns finite for every finite input, also at s = 1
 */
export function expectedIfAlive({ r, alpha, s, beta }: ParetoNbdParameters, { x, T }: ActiveState, t: number): number {
  return ((r + x) / (alpha + T)) * expectedLifetime(s, beta + T, t);
}

/**
 * Expected purchases in the next t, given the history.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
 * @see Fader & Hardie (2005), "A note on deriving the Pareto/NBD model and related expressions" (note 009), eq. 41
 */
export function conditionalExpectation(parameters: ParetoNbdParameters, history: History, t: number): number {
  return exp(logProbabilityAlive(parameters, history)) * expectedIfAlive(parameters, history, t);
}

/** Expected repeat purchases of a new customer up to age t. @see Fader & Hardie (2005), note 009, eq. 27 */
export function expectedPurchases({ r, alpha, s, beta }: ParetoNbdParameters, t: number): number {
  return (r / alpha) * expectedLifetime(s, beta, t);
}

/**
 * Expected purchases in the next `horizon`, each discounted to today.
 * @param horizon ≥ 0; Infinity gives DERT
 * @param ratePerTime continuous discount rate per time unit, ≥ 0
 * @returns Infinity for an infinite horizon without a discount when s ≤ 1: the mean lifetime is infinite
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
 * @see Fader, Hardie & Lee (2005), "RFM and CLV", eq. 2: their confluent hypergeometric function is the integral taken here
 */
export function discountedExpectation(parameters: ParetoNbdParameters, history: History, horizon: number, ratePerTime: number): number {
  return exp(logProbabilityAlive(parameters, history)) * discountedIfAlive(parameters, history, horizon, ratePerTime);
}

/** {@link discountedExpectation} of a customer who is active now. */
export function discountedIfAlive(
  { r, alpha, s, beta }: ParetoNbdParameters,
  { x, T }: ActiveState,
  horizon: number,
  ratePerTime: number,
): number {
  const lifetime = ratePerTime > 0 ? discountedLifetime(s, beta + T, horizon, ratePerTime) : expectedLifetime(s, beta + T, horizon);
  return ((r + x) / (alpha + T)) * lifetime;
}

/** Mean of the time until leaving, t at most: the integral of (1 + τ/B)^−s. */
function expectedLifetime(s: number, B: number, t: number): number {
  if (!(t > 0)) return 0;
  if (t === Number.POSITIVE_INFINITY) return s > 1 ? B / (s - 1) : t;
  const L = log1p(t / B);
  const k = (s - 1) * L;
  return B * L * (k === 0 ? 1 : -expm1(-k) / k);
}

const { nodes, weights } = gaussLegendre(16);

/** The integral of e^(−δτ)·(1 + τ/B)^−s, on the scale of log(1 + τ/B), where it is smooth at any horizon. */
function discountedLifetime(s: number, B: number, horizon: number, ratePerTime: number): number {
  const end = log1p(horizon / B);
  const z = ratePerTime * B;
  const fall = (v: number): number => Math.abs(s - 1 + z * exp(v));
  let total = 0;
  let v = 0;
  while (v < end) {
    let length = Math.min(end - v, 2, 10 / fall(v));
    while (length * fall(v + length) > 15) length /= 2;
    let panel = 0;
    for (let node = 0; node < nodes.length; node++) {
      const at = v + (length * (1 + (nodes[node] ?? 0))) / 2;
      panel += (weights[node] ?? 0) * length * exp((1 - s) * at - z * expm1(at));
    }
    total += panel;
    v += length;
    if (panel <= 1e-18 * total) break;
  }
  return (B * total) / 2;
}
