/** Expected purchases of an active customer, each discounted to today at a continuous rate. */
import { exp, expm1, gaussLegendre, lgamma, log, log1p } from '../../../../sdk/numeric/index.ts';
import { betaMean } from '../bg-nbd/beta-mean.ts';
import type { ActiveCustomer } from './likelihood.ts';
import { activeExpectation } from './renewals.ts';

/** What is discounted by e^−45 changes no digit. */
const forever = 45;

const rule = gaussLegendre(16);

/** @param horizon ≥ 0; Infinity when ratePerTime > 0 */
export function activeDiscounted(customer: ActiveCustomer, horizon: number, ratePerTime: number): number {
  if (ratePerTime === 0) return activeExpectation(customer, horizon);
  if (horizon * ratePerTime >= forever) return discountedForever(customer, ratePerTime);
  // The discounted sum integrated by parts: e^(−δh)·E(h) + δ·∫₀ʰ e^(−δs)·E(s) ds.
  let total = exp(-ratePerTime * horizon) * activeExpectation(customer, horizon);
  // Purchases of regular customers come in waves, which fade after a few rounds: panels first are a fraction of a round wide.
  const round = (customer.phases.length * customer.A) / (customer.R + 1);
  const narrow = Math.min(horizon, round / 2, 0.5 / ratePerTime);
  for (let from = 0; from < horizon;) {
    const growing = from < 8 * round ? from / 4 : from;
    const to = Math.min(horizon, from + Math.min(Math.max(narrow, growing), 8 / ratePerTime));
    for (let node = 0; node < rule.nodes.length; node++) {
      const s = from + ((to - from) * (1 + (rule.nodes[node] ?? 0))) / 2;
      total += ((rule.weights[node] ?? 0) * (to - from) * ratePerTime * exp(-ratePerTime * s) * activeExpectation(customer, s)) / 2;
    }
    from = to;
  }
  return total;
}

/**
 * Without an end: at rate λ and chance of staying q the discounted sum is geometric, φ^(k−j)/(1 − q·φ^k) with φ = λ/(λ + δ);
 * what remains is its mean over λ ~ Gamma(R + j, A) and the chance.
 */
function discountedForever({ R, A, phases, a, B }: ActiveCustomer, ratePerTime: number): number {
  const k = phases.length;
  const rates = gammaNodes(R, phases);
  const logFactors = rates.map(({ rate }) => -log1p((ratePerTime * A) / rate));
  const first = rates.map(({ weights }, index) =>
    weights.reduce((sum, weight, j) => sum + weight * exp((k - j) * (logFactors[index] ?? 0)), 0),
  );
  const lost = logFactors.map((factor) => -expm1(k * factor));
  const mean = (p: number, q: number): number => {
    let total = 0;
    for (let index = 0; index < first.length; index++) total += (first[index] ?? 0) / (p + q * (lost[index] ?? 1));
    return total;
  };
  return a === 0 ? mean(0, 1) : betaMean(a, B, mean);
}

const step = 0.05;

/**
 * Nodes of the trapezoid rule over log λ = log R + sd·sinh(v), with the probability of each node and phase: the phase adds j to
 * the shape.
 */
function gammaNodes(R: number, phases: Float64Array): readonly { readonly rate: number; readonly weights: Float64Array }[] {
  const spread = Math.min(1, 1 / Math.sqrt(R));
  const nodes: { rate: number; weights: Float64Array }[] = [];
  const centre = log(R);
  for (const side of [1, -1]) {
    for (let index = side === 1 ? 0 : 1; index < 600; index++) {
      const up = exp(index * step);
      const shift = (side * spread * (up - 1 / up)) / 2;
      // Density of log λ relative to the mode: R·(shift − (e^shift − 1)), the difference by its own function.
      const logWeight = R * (shift - expm1(shift)) + log((up + 1 / up) / 2);
      // So low a rate buys nothing before it is discounted away.
      if (logWeight < -60 || shift < -600) break;
      nodes.push({ rate: exp(centre + shift), weights: phases.map((_, j) => exp(logWeight + j * shift)) });
    }
  }
  // The nodes of a small shape end before its mass does, and those of a large one have it all.
  const masses = phases.map((_, j) =>
    R < 1 ? exp(lgamma(R + j) - (R + j) * centre + R) / (step * spread) : nodes.reduce((sum, { weights }) => sum + (weights[j] ?? 0), 0),
  );
  return nodes.map(({ rate, weights }) => ({ rate, weights: weights.map((weight, j) => (weight * (phases[j] ?? 0)) / (masses[j] ?? 1)) }));
}
