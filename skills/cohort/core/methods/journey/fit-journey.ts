/** Journeys as a cohort method: customers whose events follow each other alike, by a mixture of Markov chains. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log, makeRng } from '../../../../sdk/numeric/index.ts';
import { checkSequences, type EventSequences } from '../event-columns.ts';
import type { Assignment, CohortMethod } from '../method.ts';
import { directlyFollows } from './directly-follows.ts';
import { countSteps, type DistinctSequences, distinctSequences } from './distinct-sequences.ts';
import { expect, fitMixture, type Mixture } from './fit-mixture.ts';
import type { JourneyConfig, JourneyModel } from './model.ts';
import { profileJourney } from './profile-journey.ts';

/** Cohorts of like sequences; confidence is the posterior probability of the chain. */
export const journey: CohortMethod<EventSequences, JourneyConfig, JourneyModel> = {
  id: 'journey',
  title: 'Journeys (mixture of Markov chains)',
  fit,
  assign,
};

function fit(config: JourneyConfig, data: EventSequences, seed: string): JourneyModel {
  const { cohorts = [1, 2, 3, 4, 5, 6], restarts = 10, smoothing = 1, tolerance = 1e-6, maxIterations = 300 } = config;
  const wanted = typeof cohorts === 'number' ? [cohorts] : cohorts;
  if (wanted.length === 0 || !wanted.every((count) => Number.isInteger(count) && count >= 1)) {
    throw outOfRange('cohorts', 'a whole number ≥ 1, or several', wanted.join(', '));
  }
  for (const [name, value] of Object.entries({ restarts, maxIterations })) {
    if (!(Number.isInteger(value) && value >= 1)) throw outOfRange(name, 'a whole number ≥ 1', String(value));
  }
  if (!(smoothing > 0 && smoothing < Number.POSITIVE_INFINITY)) throw outOfRange('smoothing', 'a number > 0', String(smoothing));
  if (!(tolerance >= 0 && tolerance < Number.POSITIVE_INFINITY)) throw outOfRange('tolerance', 'a number ≥ 0', String(tolerance));
  checkSequences(data);

  const { names } = data;
  const kinds = names.length;
  const sequences = distinctSequences(data);
  let customers = 0;
  for (const own of sequences.weight) customers += own;
  const follows = directlyFollows(data);
  const empty = { method: 'journey', names, customers, follows } as const;
  if (customers === 0) return { ...empty, logLikelihood: 0, hasConverged: true, tried: [], weight: [], chains: [], cohorts: [] };

  const perChain = freeParameters(sequences, kinds);
  const counts = [...new Set(wanted.map((count) => Math.min(count, sequences.count)))].sort((a, b) => a - b);
  const rng = makeRng(seed);
  const fits = counts.map((count) => {
    const mixture = fitMixture(
      sequences,
      count,
      { kinds, restarts, smoothing, tolerance, maxIterations },
      rng.split(`journey ${count} cohorts`),
    );
    const parameters = count - 1 + count * perChain;
    return { mixture, parameters, bic: parameters * log(customers) - 2 * mixture.logLikelihood };
  });
  const best = fits.reduce((a, b) => (b.bic < a.bic ? b : a)).mixture;
  const ordered = orderChains(best, sequences);
  const overall = countSteps(sequences, kinds);
  const label = labelRows(ordered, sequences).label;
  return {
    ...empty,
    logLikelihood: best.logLikelihood,
    hasConverged: best.hasConverged,
    tried: fits.map(({ mixture, parameters, bic }) => ({
      cohorts: mixture.chains,
      logLikelihood: mixture.logLikelihood,
      parameters,
      bic,
    })),
    weight: Array.from(ordered.weight),
    chains: ordered.chains.map((chain) => Array.from(chain)),
    cohorts: ordered.chains.map((chain, cohort) => profileJourney(data, label, cohort, chain, overall, customers)),
    follows,
  };
}

function assign(model: JourneyModel, data: EventSequences): Assignment {
  checkSequences(data);
  if (data.names.length !== model.names.length || data.names.some((name, kind) => name !== model.names[kind])) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `names of events must be those of the fit, in their order: ${model.names.join(', ')}; found ${data.names.join(', ')}`,
    );
  }
  return labelRows(
    { weight: Float64Array.from(model.weight), chains: model.chains.map((chain) => Float64Array.from(chain)) },
    distinctSequences(data),
  );
}

interface Chains {
  readonly weight: Float64Array;
  readonly chains: readonly Float64Array[];
}

/** Label and posterior of every row; −1 and 0 for customers without events. */
function labelRows({ weight, chains }: Chains, sequences: DistinctSequences): Assignment {
  const count = chains.length;
  const rows = sequences.ofRow.length;
  const label = new Int32Array(rows).fill(-1);
  const confidence = new Float64Array(rows);
  if (count === 0) return { label, confidence, kind: 'posterior' };
  const probability = new Float64Array((chains[0]?.length ?? 0) * count);
  for (const [chain, steps] of chains.entries()) for (const [step, p] of steps.entries()) probability[step * count + chain] = p;
  const posterior = new Float64Array(sequences.count * count);
  expect(sequences, count, weight, probability, posterior);
  for (let row = 0; row < rows; row++) {
    const sequence = sequences.ofRow[row] ?? -1;
    if (sequence < 0) continue;
    let best = 0;
    for (let chain = 1; chain < count; chain++) {
      if ((posterior[sequence * count + chain] ?? 0) > (posterior[sequence * count + best] ?? 0)) best = chain;
    }
    label[row] = best;
    confidence[row] = posterior[sequence * count + best] ?? 0;
  }
  return { label, confidence, kind: 'posterior' };
}

/** Chains by descending number of customers, ties by their probabilities in the order of the events. */
function orderChains({ chains, weight, probability }: Mixture, sequences: DistinctSequences): Chains {
  const split = Array.from({ length: chains }, (_, chain) =>
    Float64Array.from({ length: probability.length / chains }, (_, step) => probability[step * chains + chain] ?? 0),
  );
  const size = new Float64Array(chains);
  for (const own of labelRows({ weight, chains: split }, sequences).label) if (own >= 0) size[own] = (size[own] ?? 0) + 1;
  const order = split
    .map((steps, chain) => ({ steps, chain }))
    .sort((a, b) => (size[b.chain] ?? 0) - (size[a.chain] ?? 0) || compare(b.steps, a.steps));
  return { weight: Float64Array.from(order, ({ chain }) => weight[chain] ?? 0), chains: order.map(({ steps }) => steps) };
}

function compare(a: Float64Array, b: Float64Array): number {
  const at = a.findIndex((p, step) => p !== b[step]);
  return at < 0 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

/** Of one chain: steps that were taken at all, less one for each start and state, since probabilities sum to 1. */
function freeParameters(sequences: DistinctSequences, kinds: number): number {
  const counts = countSteps(sequences, kinds);
  let free = -1;
  for (let kind = 0; kind < kinds; kind++) {
    if ((counts[kind] ?? 0) > 0) free += 1;
    let taken = 0;
    for (let to = 0; to <= kinds; to++) if ((counts[kinds + kind * (kinds + 1) + to] ?? 0) > 0) taken += 1;
    free += Math.max(0, taken - 1);
  }
  return free;
}

function outOfRange(name: string, range: string, found: string): CohortiumError {
  return new CohortiumError('NUMERIC_DOMAIN', `${name} must be ${range}; found ${found}: correct the configuration of journey`);
}
