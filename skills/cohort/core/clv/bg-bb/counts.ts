/** Distribution of the number of purchases of BG/BB, of a new customer and given a history. */
import { exp, log } from '../../../../sdk/numeric/index.ts';
import type { History } from '../family.ts';
import { activeAtEnd, parametersFrom } from './expectation.ts';
import { type BgBbParameters, checkWhole } from './parameters.ts';

const floor = 1e-200;
const logFloor = log(floor);

/**
 * Probability that a new customer buys at exactly `count` of the first n opportunities.
 * @param n whole ≥ 0
 * @returns in [0, 1]; 0 for a count that is not a whole number from 0 to n
 * @throws {CohortiumError} NUMERIC_DOMAIN when n is not whole
 * @see Fader, Hardie & Shang (2010), eq. 7
 */
export function countProbability({ alpha, beta, gamma, delta }: BgBbParameters, count: number, n: number): number {
  checkWhole('the number of opportunities', n);
  if (!Number.isInteger(count) || count < 0 || count > n) return 0;
  // The probability of `count` purchases at i opportunities and of being active at all of them, from i = count up.
  let reached = 1;
  let scale = 0;
  for (let j = 0; j < count; j++) {
    reached *= ((alpha + j) / (alpha + beta + j)) * ((delta + j) / (gamma + delta + j));
    if (reached < floor) {
      reached /= floor;
      scale += 1;
    }
  }
  let total = 0;
  for (let i = count; i < n; i++) {
    total += (reached * gamma) / (gamma + delta + i);
    reached *= ((i + 1) / (i + 1 - count)) * ((beta + (i - count)) / (alpha + beta + i)) * ((delta + i) / (gamma + delta + i));
    if (scale > 0 && (reached > 1 || total > 1)) {
      reached *= floor;
      total *= floor;
      scale -= 1;
    } else if (reached < floor && total === 0 && reached > 0) {
      reached /= floor;
      scale += 1;
    }
  }
  total += reached;
  return Math.min(1, scale === 0 ? total : exp(log(total) + scale * logFloor));
}

/**
 * Probability of exactly `count` purchases at the next `horizon` opportunities, given the history.
 * @param horizon whole ≥ 0
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none or the horizon is not whole
 */
export function futureCountProbability(parameters: BgBbParameters, history: History, count: number, horizon: number): number {
  const { active, left } = activeAtEnd(parameters, history);
  const bought = active * countProbability(parametersFrom(parameters, history), count, horizon);
  return Math.min(1, count === 0 ? left + bought : bought);
}
