/** Histories drawn from the Pareto/GGG model. */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import type { ParetoGggParameters } from './parameters.ts';

/**
 * Ages at the repeat purchases of a new customer up to age T, ascending.
 * @param T ≥ 0, in the time unit of alpha and beta
 * @see Platzer & Reutterer (2016), the assumptions of the model
 */
export function simulateParetoGgg({ t, gamma, r, alpha, s, beta }: ParetoGggParameters, T: number, rng: Rng): number[] {
  const k = rng.gamma(t) / gamma;
  const lambda = rng.gamma(r) / alpha;
  const until = Math.min(T, rng.exponential() / (rng.gamma(s) / beta));
  const ages: number[] = [];
  const next = (): number => rng.gamma(k) / (k * lambda);
  for (let age = next(); age <= until; age += next()) ages.push(age);
  return ages;
}
