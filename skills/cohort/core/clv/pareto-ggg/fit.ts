/** Samples the posterior of the Pareto/GGG population, and says whether the chains agree. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { effectiveSampleSize, log, makeRng, quantileSorted, splitRhat, sum } from '../../../../sdk/numeric/index.ts';
import type { HistoryColumns } from '../histories.ts';
import { startCustomers, stepCustomer } from './customer-step.ts';
import { type ParetoGggParameters, parameterNames, type ScaledHistories, scaleHistories } from './parameters.ts';
import { stepPopulation } from './population-step.ts';

export interface ParetoGggOptions {
  /** Any text; the same seed and histories give the same draws on every machine. */
  readonly seed: string;
  /** Kept draws of each chain, ≥ 4; default 500. */
  readonly draws?: number | undefined;
  /** Sweeps before the first kept one; default 500. */
  readonly burnIn?: number | undefined;
  /** Sweeps for each kept draw; default 2. */
  readonly thin?: number | undefined;
  /** Default 4, started from different places. */
  readonly chains?: number | undefined;
}

export interface ParameterSummary {
  readonly median: number;
  readonly mean: number;
  readonly sd: number;
  /** Split R̂ of the logarithm: about 1 where the chains agree. */
  readonly rhat: number;
  /** Independent draws that those of all chains are worth, for the mean of the logarithm. */
  readonly ess: number;
}

/** Plain JSON, complete enough to predict on any machine. */
export interface ParetoGggModel {
  readonly kind: 'pareto-ggg';
  /** Posterior medians. */
  readonly params: ParetoGggParameters;
  readonly summary: Readonly<Record<keyof ParetoGggParameters, ParameterSummary>>;
  /** Kept draws of each parameter, chain after chain. */
  readonly population: Readonly<Record<keyof ParetoGggParameters, readonly number[]>>;
  readonly chains: number;
  /** Of each chain. */
  readonly draws: number;
  /** Every R̂ is below 1.05. False: run longer before anything is read from the draws. */
  readonly isConverged: boolean;
  readonly worstRhat: number;
  readonly customers: number;
  readonly seed: string;
}

/** Chains further apart than this have not met. */
const convergedRhat = 1.05;

const leastCustomers = 10;

/**
 * Pareto/GGG by Gibbs sampling: k, λ and the age at leaving of each customer, and the six parameters of the population.
 * Convergence is reported, not enforced: read isConverged and the R̂ of each parameter.
 * @param data with logGaps, without weights
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 customers or without a repeat purchase
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history, logGaps is missing, or an option is out of its range
 * @see Platzer & Reutterer (2016), "Ticking away the moments: timing regularity helps to better predict customer activity",
 * Marketing Science 35(5), with the rates of leaving integrated out and censored times drawn along
 */
export function fitParetoGgg(data: HistoryColumns, options: ParetoGggOptions): ParetoGggModel {
  const { seed, draws = 500, burnIn = 500, thin = 2, chains = 4 } = options;
  for (const [name, value, least] of [
    ['draws', draws, 4],
    ['burnIn', burnIn, 0],
    ['thin', thin, 1],
    ['chains', chains, 1],
  ] as const) {
    if (!Number.isInteger(value) || value < least) {
      throw new CohortiumError('NUMERIC_DOMAIN', `${name} needs to be an integer ≥ ${least}; found ${value}`);
    }
  }
  const customers = data.x.length;
  if (customers < leastCustomers || sum(data.x) === 0) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `Pareto/GGG needs ${leastCustomers} customers and a repeat purchase; found ${customers} and ${sum(data.x)}`,
    );
  }
  const histories = scaleHistories(data);
  const found = Array.from({ length: chains }, (_, chain) => runChain(histories, `${seed}/${chain}`, { draws, burnIn, thin }));
  const columns = parameterNames.map((name) => found.map((chain) => Float64Array.from(chain, (draw) => draw[name])));
  const summaries = columns.map(summarize);
  const worstRhat = Math.max(...summaries.map(({ rhat }) => rhat));
  const named = <Value>(values: readonly Value[]): Record<keyof ParetoGggParameters, Value> =>
    Object.fromEntries(parameterNames.map((name, index) => [name, values[index]])) as Record<keyof ParetoGggParameters, Value>; // one value for each name
  return {
    kind: 'pareto-ggg',
    params: named(summaries.map(({ median }) => median)),
    summary: named(summaries),
    population: named(columns.map((column) => column.flatMap((chain) => Array.from(chain)))),
    chains,
    draws,
    isConverged: worstRhat < convergedRhat,
    worstRhat,
    customers,
    seed,
  };
}

interface Length {
  readonly draws: number;
  readonly burnIn: number;
  readonly thin: number;
}

function runChain(histories: ScaledHistories, seed: string, { draws, burnIn, thin }: Length): ParetoGggParameters[] {
  const rng = makeRng(seed);
  const states = startCustomers(histories, rng);
  const { x, T, unit } = histories;
  // Starts that lie well apart, so that chains which agree have forgotten them.
  const away = (): number => Math.max(0.2, 1 + 0.5 * rng.normal());
  let population: ParetoGggParameters = {
    t: 2 * away(),
    gamma: away(),
    r: away(),
    alpha: (away() * sum(T)) / (sum(x) + 1),
    s: 0.5 * away(),
    beta: 0.5 * away(),
  };
  const kept: ParetoGggParameters[] = [];
  for (let sweep = 1; sweep <= burnIn + draws * thin; sweep++) {
    for (let row = 0; row < x.length; row++) stepCustomer(states, histories, row, population, rng);
    population = stepPopulation(population, states, histories, rng);
    if (sweep > burnIn && (sweep - burnIn) % thin === 0)
      kept.push({ ...population, alpha: population.alpha * unit, beta: population.beta * unit });
  }
  return kept;
}

function summarize(chains: readonly Float64Array[]): ParameterSummary {
  const all = Float64Array.from(chains.flatMap((chain) => Array.from(chain))).sort();
  const mean = sum(all) / all.length;
  // Parameters that the data hardly speak of have tails too heavy for variances, which R̂ is made of.
  const logs = chains.map((chain) => chain.map(log));
  return {
    median: quantileSorted(all, 0.5),
    mean,
    sd: Math.sqrt(sum(all.map((value) => (value - mean) * (value - mean))) / (all.length - 1)),
    rhat: splitRhat(logs),
    ess: effectiveSampleSize(logs),
  };
}
