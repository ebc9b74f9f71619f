/**
 * Draws from BG/BB, exact: chances to buy and to leave are not drawn but updated after each opportunity, which gives the same
 * distribution (Pólya's urn) and needs no beta variate.
 */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import type { History } from '../family.ts';
import { activeAtEnd, parametersFrom } from './expectation.ts';
import { type BgBbParameters, checkWhole } from './parameters.ts';

/**
 * Opportunities at which a new customer buys, ascending from 1.
 * @param n opportunities, whole ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN when n is not whole
 */
export function simulate({ alpha, beta, gamma, delta }: BgBbParameters, n: number, rng: Rng): number[] {
  checkWhole('the number of opportunities', n);
  const bought: number[] = [];
  for (let i = 0; i < n; i++) {
    if (gamma > 0 && rng.uniform() * (gamma + delta + i) < gamma) break;
    if (rng.uniform() * (alpha + beta + i) < alpha + bought.length) bought.push(i + 1);
  }
  return bought;
}

/**
 * Of the next `horizon` opportunities those at which the customer buys, ascending, 1 for the next.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none or the horizon is not whole
 */
export function drawPurchaseTimes(parameters: BgBbParameters, history: History, horizon: number, rng: Rng): number[] {
  checkWhole('the horizon', horizon);
  if (rng.uniform() >= activeAtEnd(parameters, history).active) return [];
  return simulate(parametersFrom(parameters, history), horizon, rng);
}

/** Number of purchases at the next `horizon` opportunities. @throws {CohortiumError} NUMERIC_DOMAIN as drawPurchaseTimes */
export function drawPurchases(parameters: BgBbParameters, history: History, horizon: number, rng: Rng): number {
  return drawPurchaseTimes(parameters, history, horizon, rng).length;
}
