/** One Gibbs step of the Pareto/GGG population given its customers, each pair of parameters with one of the two integrated out. */
import { exp, lgamma, log, type Rng, sum, sumOf } from '../../../../sdk/numeric/index.ts';
import type { CustomerStates } from './customer-step.ts';
import type { ParetoGggParameters, ScaledHistories } from './parameters.ts';
import { drawSlice } from './slice.ts';

/** Shape and rate of the gamma priors of all six, with times in units of the mean age: nearly flat in the logarithms. */
const vague = 0.001;

export function stepPopulation(
  { t, r, beta }: ParetoGggParameters,
  states: CustomerStates,
  histories: ScaledHistories,
  rng: Rng,
): ParetoGggParameters {
  const regularity = drawGamma(t, states.k, rng);
  const purchasing = drawGamma(r, states.lambda, rng);
  const leaving = drawLeaving(beta, states.tau, histories.T, rng);
  return { t: regularity.shape, gamma: regularity.rate, r: purchasing.shape, alpha: purchasing.rate, ...leaving };
}

/** Shape and rate of a gamma distribution given draws from it; the rate is integrated out for the shape. */
function drawGamma(shape: number, values: Float64Array, rng: Rng): { readonly shape: number; readonly rate: number } {
  const n = values.length;
  const logs = sumOf(n, (index) => log(values[index] ?? 1));
  const total = sum(values) + vague;
  const logTotal = log(total);
  const density = (logShape: number): number => {
    const q = exp(logShape);
    const posterior = n * q + vague;
    return q * (logs - vague) - n * lgamma(q) + lgamma(posterior) - posterior * logTotal + vague * logShape;
  };
  const drawn = exp(drawSlice(density, log(shape), 4 / Math.sqrt(n), rng));
  return { shape: drawn, rate: rng.gamma(n * drawn + vague) / total };
}

/**
 * Ages at leaving are Pareto of the second kind when the rates of leaving are integrated out; who is active is known to leave
 * later than the end. The shape s is integrated out for beta.
 */
function drawLeaving(beta: number, tau: Float64Array, T: Float64Array, rng: Rng): { readonly s: number; readonly beta: number } {
  const n = tau.length;
  let left = 0;
  const ends = Float64Array.from(tau, (age, row) => {
    if (age < Number.POSITIVE_INFINITY) left += 1;
    return Math.min(age, T[row] ?? 0);
  });
  // Products of 1 + age/β, whose logarithm is taken once for many factors.
  const logsOf = (q: number, from: (row: number) => boolean): number => {
    let [total, product] = [0, 1];
    for (let row = 0; row < n; row++) {
      if (!from(row)) continue;
      product *= 1 + (ends[row] ?? 0) / q;
      if (product > 1e200) {
        total += log(product);
        product = 1;
      }
    }
    return total + log(product);
  };
  const isLeft = (row: number): boolean => (tau[row] ?? 0) < Number.POSITIVE_INFINITY;
  const everybody = (): boolean => true;
  const density = (logBeta: number): number => {
    const q = exp(logBeta);
    return -logsOf(q, isLeft) - left * logBeta - (left + vague) * log(vague + logsOf(q, everybody)) + vague * logBeta - vague * q;
  };
  const drawn = exp(drawSlice(density, log(beta), 1, rng));
  return { s: Math.max(rng.gamma(left + vague) / (vague + logsOf(drawn, everybody)), 1e-12), beta: drawn };
}
