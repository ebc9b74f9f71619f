/** What the customers of a Pareto/GGG model will do, from draws of their own parameters and their future. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { expm1, makeRng, quantileSorted, type Rng } from '../../../../sdk/numeric/index.ts';
import type { HistoryColumns } from '../histories.ts';
import { startCustomers, staysToEnd, stepCustomer } from './customer-step.ts';
import type { ParetoGggModel } from './fit.ts';
import { type ParetoGggParameters, parameterNames, scaleHistories } from './parameters.ts';

export interface ParetoGggPredictOptions {
  /** Time ahead, ≥ 0, in the unit of the histories. */
  readonly horizon: number;
  /** Any text; the same seed gives the same draws on every machine. */
  readonly seed: string;
  /** Futures drawn for each customer, spread over the draws of the model; default 300. */
  readonly futures?: number | undefined;
  /** Probability that an interval shall cover, in (0, 1); default 0.9. */
  readonly level?: number | undefined;
}

/** One number for each customer. */
export interface ParetoGggPrediction {
  /** Probability of being active now. */
  readonly pAlive: Float64Array;
  /** Expected purchases in the horizon. */
  readonly expected: Float64Array;
  /** Equal-tailed, for the number of purchases itself: parameters, leaving and chance are all in it. */
  readonly intervals: { readonly low: Float64Array; readonly high: Float64Array; readonly level: number };
}

/** Sweeps of a customer, under the first population draw, before the first future, and between two of them. */
const warmUp = 30;
const between = 2;

/**
 * Draws k, λ and the age at leaving of each customer along the model's population draws, and a future for each of these. Customers
 * need not be those of the fit. The Monte-Carlo error of an expectation is about its spread over √futures.
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history, logGaps is missing, the horizon is negative, or an option is
 * out of its range
 */
export function predictParetoGgg(model: ParetoGggModel, data: HistoryColumns, options: ParetoGggPredictOptions): ParetoGggPrediction {
  const { horizon, seed, futures = 300, level = 0.9 } = options;
  if (!(horizon >= 0 && Number.isFinite(horizon)) || !(Number.isInteger(futures) && futures >= 1) || !(level > 0 && level < 1)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `a prediction needs a finite horizon ≥ 0, futures ≥ 1 and a level between 0 and 1; found ${horizon}, ${futures} and ${level}`,
    );
  }
  const histories = scaleHistories(data, 1);
  const n = data.x.length;
  const draws = spreadDraws(model, futures);
  const rng = makeRng(seed);
  const prediction = {
    pAlive: new Float64Array(n),
    expected: new Float64Array(n),
    intervals: { low: new Float64Array(n), high: new Float64Array(n), level },
  };
  const states = startCustomers(histories, rng);
  // Each customer starts at the same place and has a stream of his or her own: who else is in the data changes nothing.
  states.k.fill(1);
  const counts = new Float64Array(futures);
  const known = new Map<string, number>();
  for (let row = 0; row < n; row++) {
    const history = `${histories.x[row]}/${histories.tx[row]}/${histories.T[row]}/${histories.logGaps[row]}`;
    const twin = known.get(history);
    if (twin !== undefined) {
      for (const column of [prediction.pAlive, prediction.expected, prediction.intervals.low, prediction.intervals.high]) {
        column[row] = column[twin] ?? 0;
      }
      continue;
    }
    known.set(history, row);
    const own = rng.split(history);
    for (const population of draws.slice(0, 1)) {
      for (let sweep = 0; sweep < warmUp; sweep++) stepCustomer(states, histories, row, population, own);
    }
    let [alive, expected] = [0, 0];
    draws.forEach((population, future) => {
      for (let sweep = 0; sweep < between; sweep++) stepCustomer(states, histories, row, population, own);
      const tx = histories.tx[row] ?? 0;
      const T = histories.T[row] ?? 0;
      const wait = tx + (states.gap[row] ?? 0) - T;
      if (wait <= 0) {
        counts[future] = 0;
        return;
      }
      // Given the silence to come, the chance of being active has a closed form, with less noise than a draw of it.
      const chance = staysToEnd(population, tx, T);
      const made = drawFuture(population, T, { k: states.k[row] ?? 1, lambda: states.lambda[row] ?? 1, wait }, horizon, own);
      alive += chance;
      expected += chance * made;
      counts[future] = own.uniform() < chance ? made : 0;
    });
    prediction.pAlive[row] = alive / draws.length;
    prediction.expected[row] = expected / draws.length;
    counts.sort();
    prediction.intervals.low[row] = quantileSorted(counts, (1 - level) / 2);
    prediction.intervals.high[row] = quantileSorted(counts, (1 + level) / 2);
  }
  return prediction;
}

/** As many of the model's draws as asked for, evenly spread over its chains, or all of them again and again. */
function spreadDraws({ population, chains, draws }: ParetoGggModel, wanted: number): ParetoGggParameters[] {
  const total = chains * draws;
  return Array.from({ length: wanted }, (_, index) => {
    const at = wanted <= total ? Math.floor(((index + 0.5) * total) / wanted) : index % total;
    return Object.fromEntries(parameterNames.map((name) => [name, population[name][at]])) as unknown as ParetoGggParameters; // one number for each name
  });
}

interface Customer {
  readonly k: number;
  readonly lambda: number;
  /** Time to the next purchase, if the customer stays. */
  readonly wait: number;
}

/** Purchases within the horizon of a customer who is active now. */
function drawFuture({ s, beta }: ParetoGggParameters, T: number, { k, lambda, wait }: Customer, horizon: number, rng: Rng): number {
  const until = Math.min(horizon, (beta + T) * expm1(rng.exponential() / s));
  let made = 0;
  for (let time = wait; time <= until; time += rng.gamma(k) / (k * lambda)) made += 1;
  return made;
}
