/**
 * The state of one customer in the Pareto/GGG sampler, and one Gibbs step of it given the population. Unseen things are drawn
 * along: when the customer leaves, and the time between purchases that the end of the observation or leaving cuts off. With both,
 * the purchase rate has a gamma distribution, and no incomplete gamma function is needed. The rate of leaving is integrated out.
 */
import { exp, expm1, lgamma, log, log1p, type Rng } from '../../../../sdk/numeric/index.ts';
import { drawGammaAbove } from './gamma-above.ts';
import type { ParetoGggParameters, ScaledHistories } from './parameters.ts';
import { drawSlice } from './slice.ts';

/** One number for each customer. */
export interface CustomerStates {
  readonly k: Float64Array;
  readonly lambda: Float64Array;
  /** The time from the last purchase to the one that would have come next. */
  readonly gap: Float64Array;
  /** Age at leaving; Infinity for who is active at the end. */
  readonly tau: Float64Array;
}

/** A state from which the sampler can begin. */
export function startCustomers({ x, T }: ScaledHistories, rng: Rng): CustomerStates {
  const n = x.length;
  const lambda = Float64Array.from({ length: n }, (_, row) => ((x[row] ?? 0) + 1) / ((T[row] ?? 0) + 0.1));
  return {
    k: Float64Array.from({ length: n }, () => exp(0.5 * rng.normal())),
    lambda,
    gap: new Float64Array(n),
    tau: new Float64Array(n).fill(Number.POSITIVE_INFINITY),
  };
}

/** Probability that the customer is active at the end, given that the next purchase would have come later. */
export function staysToEnd({ s, beta }: ParetoGggParameters, tx: number, T: number): number {
  return exp(-s * log1p((T - tx) / (beta + tx)));
}

/**
 * Redraws the customer in that row: first by drawing everything unseen as if nothing were known of the silence at the end, which
 * is an exact draw where it agrees with that silence; where it does not, one thing after the other.
 */
export function stepCustomer(
  states: CustomerStates,
  histories: ScaledHistories,
  row: number,
  population: ParetoGggParameters,
  rng: Rng,
): void {
  const x = histories.x[row] ?? 0;
  const isDone = drawAtOnce(states, histories, row, population, rng);
  // Without a repeat purchase k came from its prior, and is exact, too.
  if (isDone && x === 0) return;
  if (!isDone) {
    drawGap(states, histories, row, rng);
    drawLeaving(states, histories, row, population, rng);
    const k = states.k[row] ?? 1;
    const total = (histories.tx[row] ?? 0) + (states.gap[row] ?? 0);
    states.lambda[row] = rng.gamma(population.r + k * (x + 1)) / (population.alpha + k * total);
  }
  drawRegularity(states, histories, row, population, rng);
}

/** So often the exact draw is tried. The number changes how fast chains forget, and not what they sample. */
const attempts = 4;

function drawAtOnce(states: CustomerStates, histories: ScaledHistories, row: number, population: ParetoGggParameters, rng: Rng): boolean {
  const { t, gamma, r, alpha, s, beta } = population;
  const x = histories.x[row] ?? 0;
  const tx = histories.tx[row] ?? 0;
  const T = histories.T[row] ?? 0;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const k = x === 0 ? Math.max(rng.gamma(t) / gamma, least) : (states.k[row] ?? 1);
    const lambda = rng.gamma(r + k * x) / (alpha + k * tx);
    const gap = rng.gamma(k) / (k * lambda);
    // From the Pareto distribution of the second kind beyond tx, by its inverse.
    const tau = tx + (beta + tx) * expm1(rng.exponential() / s);
    if (!(gap > Math.min(tau, T) - tx && gap > 0 && gap < Number.POSITIVE_INFINITY && lambda > 0)) continue;
    states.k[row] = k;
    states.lambda[row] = lambda;
    states.gap[row] = gap;
    states.tau[row] = tau > T ? Number.POSITIVE_INFINITY : tau;
    return true;
  }
  return false;
}

/** A regularity this low is as good as none at all, and its times still are numbers. */
const least = 1e-3;

/** The time that is cut off, from what is known of it. */
function drawGap(states: CustomerStates, histories: ScaledHistories, row: number, rng: Rng): void {
  const rate = (states.k[row] ?? 1) * (states.lambda[row] ?? 1);
  const seen = Math.min(states.tau[row] ?? 0, histories.T[row] ?? 0) - (histories.tx[row] ?? 0);
  states.gap[row] = drawGammaAbove(states.k[row] ?? 1, rate * seen, rng) / rate;
}

/** Not before the last purchase, and not after the next one would have come without being seen. */
function drawLeaving(states: CustomerStates, histories: ScaledHistories, row: number, population: ParetoGggParameters, rng: Rng): void {
  const tx = histories.tx[row] ?? 0;
  const T = histories.T[row] ?? 0;
  const gap = states.gap[row] ?? 0;
  const isSilent = gap > T - tx;
  if (isSilent && rng.uniform() < staysToEnd(population, tx, T)) {
    states.tau[row] = Number.POSITIVE_INFINITY;
    return;
  }
  const { s, beta } = population;
  const left = -expm1(-s * log1p((isSilent ? T - tx : gap) / (beta + tx)));
  states.tau[row] = tx + (beta + tx) * expm1(-log1p(-left * rng.uniform()) / s);
}

/** Gamma densities of all times between purchases, in k, and its prior. */
function drawRegularity(
  states: CustomerStates,
  histories: ScaledHistories,
  row: number,
  { t, gamma }: ParetoGggParameters,
  rng: Rng,
): void {
  const purchases = (histories.x[row] ?? 0) + 1;
  const gap = states.gap[row] ?? 1;
  const lambda = states.lambda[row] ?? 1;
  const slope = (histories.logGaps[row] ?? 0) + log(gap) + purchases * log(lambda) - lambda * ((histories.tx[row] ?? 0) + gap) - gamma;
  const density = (logK: number): number => {
    const k = exp(logK);
    return purchases * (k * logK - lgamma(k)) + k * slope + t * logK;
  };
  states.k[row] = Math.max(exp(drawSlice(density, log(states.k[row] ?? 1), 2.4 / Math.sqrt(purchases + t), rng)), least);
}
