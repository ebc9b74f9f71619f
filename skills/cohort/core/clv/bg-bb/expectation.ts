/**
 * What a customer of BG/BB can be expected to do. Given activity at the end, the chance to buy is Beta(alpha + x, beta + n − x)
 * and the chance to leave Beta(gamma, delta + n), independent of each other; so every expectation is a sum of positive terms.
 */
import { exp, log1p } from '../../../../sdk/numeric/index.ts';
import type { History } from '../family.ts';
import { logBetaRatio } from '../subscription/beta-ratio.ts';
import { sumSurvival } from '../subscription/survival-sum.ts';
import { LeftOdds } from './left-odds.ts';
import { type BgBbParameters, checkOpportunities, checkWhole } from './parameters.ts';

/**
 * Log of the probability that the customer was active at the last observed opportunity n.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
 */
export function logProbabilityActiveAtEnd(parameters: BgBbParameters, history: History): number {
  return -leftOdds(parameters, history).logWeight();
}

/**
 * Log of the probability that the customer is active at opportunity n + 1 + later, as the paper defines P(alive).
 * @param later further opportunities, whole ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none or `later` is not whole
 * @see Fader, Hardie & Shang (2010), eq. A10
 */
export function logProbabilityAlive(parameters: BgBbParameters, history: History, later = 0): number {
  checkWhole('later', later);
  const { gamma, delta } = parameters;
  const stay = later === 0 ? -log1p(gamma / (delta + history.T)) : logBetaRatio(gamma, delta + history.T, later + 1);
  return logProbabilityActiveAtEnd(parameters, history) + stay;
}

/** Odds of having left by the end of the history. @throws {CohortiumError} NUMERIC_DOMAIN when the history is none */
export function leftOdds(parameters: BgBbParameters, history: History): LeftOdds {
  checkOpportunities(history);
  const odds = new LeftOdds(parameters, history.x, history.T);
  odds.extendTo(history.tx);
  return odds;
}

/**
 * @param horizon opportunities, whole ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none or the horizon is not whole
 * @see Fader, Hardie & Shang (2010), eq. 13, as a finite sum without the pole at gamma = 1
 */
export function conditionalExpectation(parameters: BgBbParameters, history: History, horizon: number): number {
  return discountedExpectation(parameters, history, horizon, 0);
}

/**
 * Expected purchases of a new customer at the first n opportunities.
 * @see Fader, Hardie & Shang (2010), eq. 8
 */
export function expectedPurchases(parameters: BgBbParameters, n: number): number {
  return discountedExpectation(parameters, { x: 0, tx: 0, T: 0 }, n, 0);
}

/**
 * Expected purchases at the next opportunities, the j-th of them times e^(−rate·j).
 * @param horizon opportunities, whole ≥ 0; Infinity when rate > 0 (DERT)
 * @param rate continuous discount rate per opportunity, ≥ 0: ln(1 + d) for a rate d
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none or the horizon is not whole
 * @see Fader, Hardie & Shang (2010), on discounted expected residual transactions
 */
export function discountedExpectation(parameters: BgBbParameters, history: History, horizon: number, rate: number): number {
  checkWhole('the horizon', horizon, rate > 0);
  const { x, T: n } = history;
  const { alpha, beta, gamma, delta } = parameters;
  const active = exp(logProbabilityActiveAtEnd(parameters, history));
  if (horizon === 0) return 0;
  const from = delta + n + 1;
  const stay = (delta + n) / (gamma + delta + n);
  const periods = sumSurvival({ ratio: (j) => (from + j) / (gamma + from + j), logAt: (t) => logBetaRatio(gamma, from, t) }, horizon, rate);
  return active * ((alpha + x) / (alpha + beta + n)) * stay * exp(-rate) * periods;
}

/** log odds and complement of being active at the end, for what mixes both. */
export function activeAtEnd(parameters: BgBbParameters, history: History): { readonly active: number; readonly left: number } {
  const odds = leftOdds(parameters, history);
  const weight = odds.logWeight();
  return { active: exp(-weight), left: exp(odds.logOdds() - weight) };
}

/** Parameters of the same model from the end of a history on, given that the customer was active there. */
export function parametersFrom({ alpha, beta, gamma, delta }: BgBbParameters, { x, T }: History): BgBbParameters {
  return { alpha: alpha + x, beta: beta + (T - x), gamma, delta: delta + T };
}
