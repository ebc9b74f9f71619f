/** Quantities of a family member from those of an active customer: given a history, or right after the first purchase. */
import { exp, expm1 } from '../../../../sdk/numeric/index.ts';
import { checkEnd } from '../checked-family.ts';
import type { History } from '../family.ts';
import { activeDiscounted } from './discounted.ts';
import { activeAfter, activeAtBirth, logActiveNow } from './likelihood.ts';
import type { CnbdParameters, Shape } from './parameters.ts';
import { activeCountProbability, activeExpectation, activeSurvival } from './renewals.ts';

export function logProbabilityAlive(parameters: CnbdParameters, history: History, shape: Shape, later = 0): number {
  const now = logActiveNow(parameters, history, shape);
  return later > 0 ? now + activeSurvival(activeAfter(parameters, history, shape), later) : now;
}

export function conditionalExpectation(parameters: CnbdParameters, history: History, shape: Shape, t: number): number {
  return exp(logActiveNow(parameters, history, shape)) * activeExpectation(activeAfter(parameters, history, shape), t);
}

export function expectedPurchases(parameters: CnbdParameters, shape: Shape, t: number): number {
  return stays(parameters, shape) * activeExpectation(activeAtBirth(parameters, shape), t);
}

export function countProbability(parameters: CnbdParameters, shape: Shape, n: number, t: number): number {
  const active = activeCountProbability(activeAtBirth(parameters, shape), n, t);
  const chance = stays(parameters, shape);
  return n === 0 ? chance * active + (1 - chance) : chance * active;
}

export function futureCountProbability(parameters: CnbdParameters, history: History, shape: Shape, n: number, t: number): number {
  const logActive = logActiveNow(parameters, history, shape);
  const active = activeCountProbability(activeAfter(parameters, history, shape), n, t);
  // The chance of having left by its own function: one less the rest would lose it where it is small.
  return n === 0 ? Math.min(1, exp(logActive) * active - expm1(logActive)) : exp(logActive) * active;
}

export function discountedExpectation(
  parameters: CnbdParameters,
  history: History,
  shape: Shape,
  horizon: number,
  ratePerTime: number,
): number {
  checkEnd(horizon, ratePerTime);
  return exp(logActiveNow(parameters, history, shape)) * activeDiscounted(activeAfter(parameters, history, shape), horizon, ratePerTime);
}

/** Probability that a new customer does not leave with the first purchase. */
function stays({ a, b }: CnbdParameters, { m }: Shape): number {
  return m === 1 ? b / (a + b) : 1;
}
