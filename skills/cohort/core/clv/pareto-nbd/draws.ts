/** Pareto/NBD: exact draws of purchases, of new customers and given a history. */
import { exp, expm1, type Rng } from '../../../../sdk/numeric/index.ts';
import type { History } from '../family.ts';
import { logProbabilityAlive } from './likelihood.ts';
import type { ParetoNbdParameters } from './parameters.ts';

/**
 * Number of purchases in the next `horizon`, drawn exactly: active or not, then the rate and the time until leaving from their
 * posteriors, then a Poisson count.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
 */
export function drawPurchases(parameters: ParetoNbdParameters, history: History, horizon: number, rng: Rng): number {
  if (rng.uniform() >= exp(logProbabilityAlive(parameters, history))) return 0;
  const { rate, lifetime } = drawCustomer(afterHistory(parameters, history), rng);
  return rng.poisson(rate * Math.min(horizon, lifetime));
}

/**
 * Times of the purchases in the next `horizon`, ascending, counted from now, drawn exactly.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the history is none
 */
export function drawPurchaseTimes(parameters: ParetoNbdParameters, history: History, horizon: number, rng: Rng): number[] {
  if (rng.uniform() >= exp(logProbabilityAlive(parameters, history))) return [];
  return simulate(afterHistory(parameters, history), horizon, rng);
}

/** Ages at the repeat purchases of a new customer up to age T, ascending. */
export function simulate(parameters: ParetoNbdParameters, T: number, rng: Rng): number[] {
  const { rate, lifetime } = drawCustomer(parameters, rng);
  const end = Math.min(T, lifetime);
  const ages: number[] = [];
  for (let age = rng.exponential() / rate; age <= end; age += rng.exponential() / rate) ages.push(age);
  return ages;
}

/** An active customer is like a new one with these parameters. */
function afterHistory({ r, alpha, s, beta }: ParetoNbdParameters, { x, T }: History): ParetoNbdParameters {
  return { r: r + x, alpha: alpha + T, s, beta: beta + T };
}

/** A purchase rate, and a lifetime: over the drop-out rates it has the Pareto distribution that names the model. */
function drawCustomer({ r, alpha, s, beta }: ParetoNbdParameters, rng: Rng): { readonly rate: number; readonly lifetime: number } {
  const rate = rng.gamma(r) / alpha;
  return { rate, lifetime: s === 0 ? Number.POSITIVE_INFINITY : beta * expm1(rng.exponential() / s) };
}
