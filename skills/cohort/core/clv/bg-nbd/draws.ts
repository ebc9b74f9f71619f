/** Futures and pasts of customers, drawn exactly from BG/NBD (m = 0) and MBG/NBD (m = 1). */
import { exp, type Rng } from '../../../../sdk/numeric/index.ts';
import type { History } from '../family.ts';
import { logProbabilityAlive } from './likelihood.ts';
import type { BgNbdParameters, FirstChance } from './parameters.ts';

/**
 * Number of purchases in the next `horizon`: active or not, then the rate and the chance of leaving from their posteriors,
 * then the smaller of a Poisson count and the purchase after which the customer leaves.
 */
export function drawPurchases(parameters: BgNbdParameters, history: History, m: FirstChance, horizon: number, rng: Rng): number {
  return drawCounts(parameters, history, m, horizon, rng).stayed;
}

/** Purchase times of the same future: those of a Poisson process are uniform given their number. */
export function drawPurchaseTimes(parameters: BgNbdParameters, history: History, m: FirstChance, horizon: number, rng: Rng): number[] {
  const { made, stayed } = drawCounts(parameters, history, m, horizon, rng);
  const times = Array.from({ length: made }, () => horizon * rng.uniform()).sort((one, other) => one - other);
  return times.slice(0, stayed);
}

/** `made`: purchases of somebody who never leaves; `stayed`: those before leaving. */
function drawCounts(
  parameters: BgNbdParameters,
  history: History,
  m: FirstChance,
  horizon: number,
  rng: Rng,
): { readonly made: number; readonly stayed: number } {
  const { r, alpha, a, b } = parameters;
  const { x, T } = history;
  if (x + m > 0 && rng.uniform() >= exp(logProbabilityAlive(parameters, history, m))) return { made: 0, stayed: 0 };
  const rate = rng.gamma(r + x) / (alpha + T);
  const made = rng.poisson(rate * horizon);
  if (made === 0 || a === 0) return { made, stayed: made };
  const leaving = rng.beta(a, b + x + m);
  for (let purchase = 1; purchase < made; purchase++) {
    if (rng.uniform() < leaving) return { made, stayed: purchase };
  }
  return { made, stayed: made };
}

/** Ages at the repeat purchases of a new customer up to age T. */
export function simulate({ r, alpha, a, b }: BgNbdParameters, m: FirstChance, T: number, rng: Rng): number[] {
  const rate = rng.gamma(r) / alpha;
  const leaving = a === 0 ? 0 : rng.beta(a, b);
  const ages: number[] = [];
  if (m === 1 && rng.uniform() < leaving) return ages;
  for (let age = rng.exponential() / rate; age <= T; age += rng.exponential() / rate) {
    ages.push(age);
    if (rng.uniform() < leaving) break;
  }
  return ages;
}
