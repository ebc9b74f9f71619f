/**
 * Expectation–maximisation for a mixture of first-order Markov chains with an end state. Every chain is drawn towards the chain of
 * all customers by a few pseudo-events per state, so a state that a chain never saw says nothing against it.
 * @see Cadez, Heckerman, Meek, Smyth & White (2003), "Model-based clustering and visualization of navigation patterns"
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { Rng } from '../../../../sdk/numeric/index.ts';
import { fastExp, fastLog } from '../../../../sdk/numeric/kernels/index.ts';
import { countSteps, type DistinctSequences, normaliseRows } from './distinct-sequences.ts';

export interface Mixture {
  readonly chains: number;
  /** Share of each chain; they sum to 1. */
  readonly weight: Float64Array;
  /** Probability of each step in each chain, step-major: `probability[step × chains + chain]`; 0 for steps that nobody took. */
  readonly probability: Float64Array;
  readonly logLikelihood: number;
  readonly iterations: number;
  readonly hasConverged: boolean;
}

export interface MixtureOptions {
  readonly kinds: number;
  readonly restarts: number;
  /** Pseudo-events per state and chain, > 0. */
  readonly smoothing: number;
  /** Change of the log-likelihood per customer that ends the search. */
  readonly tolerance: number;
  readonly maxIterations: number;
}

/** Different sequences that the starts are tried on. */
const trialSequences = 4000;
const trialIterations = 15;

/**
 * The best of several short runs on a sample, continued on all.
 * @param chains 1 … number of different sequences
 * @see Biernacki, Celeux & Govaert (2003), "Choosing starting values for the EM algorithm", for the short runs
 */
export function fitMixture(data: DistinctSequences, chains: number, options: MixtureOptions, rng: Rng): Mixture {
  const overall = normaliseRows(countSteps(data, options.kinds), options.kinds);
  const trial = data.count > trialSequences ? sampleSequences(data, trialSequences, rng) : data;
  let best: Float64Array | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (let start = 0; start < (chains === 1 ? 1 : options.restarts); start++) {
    const shares = seedShares(trial, chains, overall, options, rng);
    const { logLikelihood, posterior } = runEm(trial, chains, shares, overall, { ...options, maxIterations: trialIterations });
    if (logLikelihood <= most) continue;
    most = logLikelihood;
    best = posterior;
  }
  if (!best) throw new CohortiumError('INTERNAL', 'no start of the journey mixture has a likelihood');
  if (trial === data) return runEm(data, chains, best, overall, options);
  const { weight, probability } = maximise(trial, chains, best, overall, options);
  const posterior = new Float64Array(data.count * chains);
  expect(data, chains, weight, probability, posterior);
  return runEm(data, chains, posterior, overall, options);
}

function runEm(
  data: DistinctSequences,
  chains: number,
  start: Float64Array,
  overall: Float64Array,
  options: MixtureOptions,
): Mixture & { readonly posterior: Float64Array } {
  const posterior = start.slice();
  let customers = 0;
  for (const own of data.weight) customers += own;
  let before = Number.NEGATIVE_INFINITY;
  for (let iteration = 1; ; iteration++) {
    const { weight, probability } = maximise(data, chains, posterior, overall, options);
    const logLikelihood = expect(data, chains, weight, probability, posterior);
    const hasConverged = Math.abs(logLikelihood - before) <= options.tolerance * customers;
    if (hasConverged || iteration >= options.maxIterations) {
      return { chains, weight, probability, logLikelihood, iterations: iteration, hasConverged, posterior };
    }
    before = logLikelihood;
  }
}

/** M-step. */
function maximise(
  { count, offsets, steps, weight }: DistinctSequences,
  chains: number,
  posterior: Float64Array,
  overall: Float64Array,
  { kinds, smoothing }: MixtureOptions,
): { readonly weight: Float64Array; readonly probability: Float64Array } {
  const size = new Float64Array(chains);
  const probability = new Float64Array(overall.length * chains);
  for (let step = 0; step < overall.length; step++) probability.fill(smoothing * (overall[step] ?? 0), step * chains, (step + 1) * chains);
  const own = new Float64Array(chains);
  let total = 0;
  for (let sequence = 0; sequence < count; sequence++) {
    const customers = weight[sequence] ?? 0;
    total += customers;
    for (let chain = 0; chain < chains; chain++) {
      const share = customers * (posterior[sequence * chains + chain] ?? 0);
      own[chain] = share;
      size[chain] = (size[chain] ?? 0) + share;
    }
    const last = offsets[sequence + 1] ?? 0;
    for (let at = offsets[sequence] ?? 0; at < last; at++) {
      const cell = (steps[at] ?? 0) * chains;
      for (let chain = 0; chain < chains; chain++) probability[cell + chain] = (probability[cell + chain] ?? 0) + (own[chain] ?? 0);
    }
  }
  for (let chain = 0; chain < chains; chain++) {
    const one = normaliseRows(
      Float64Array.from(overall, (_, step) => probability[step * chains + chain] ?? 0),
      kinds,
    );
    for (let step = 0; step < one.length; step++) probability[step * chains + chain] = one[step] ?? 0;
    // A chain that nobody is left in keeps a share too small to matter, and its logarithm.
    size[chain] = Math.max((size[chain] ?? 0) / total, 1e-12);
  }
  return { weight: size, probability };
}

/**
 * E-step: posterior probabilities of the chains, row-major by sequence.
 * @returns log-likelihood of all customers
 */
export function expect(
  { count, offsets, steps, weight: customers }: Pick<DistinctSequences, 'count' | 'offsets' | 'steps' | 'weight'>,
  chains: number,
  weight: Float64Array,
  probability: Float64Array,
  posterior: Float64Array,
): number {
  // A step that nobody took in the fit has no probability in any chain and tells none from another: it counts as certain.
  const logs = probability.map((p) => (p > 0 ? fastLog(p) : 0));
  const logWeight = weight.map((share) => fastLog(share));
  const own = new Float64Array(chains);
  let logLikelihood = 0;
  for (let sequence = 0; sequence < count; sequence++) {
    own.set(logWeight);
    const last = offsets[sequence + 1] ?? 0;
    for (let at = offsets[sequence] ?? 0; at < last; at++) {
      const cell = (steps[at] ?? 0) * chains;
      for (let chain = 0; chain < chains; chain++) own[chain] = (own[chain] ?? 0) + (logs[cell + chain] ?? 0);
    }
    let most = Number.NEGATIVE_INFINITY;
    for (let chain = 0; chain < chains; chain++) most = Math.max(most, own[chain] ?? 0);
    let total = 0;
    for (let chain = 0; chain < chains; chain++) {
      const likelihood = fastExp((own[chain] ?? 0) - most);
      own[chain] = likelihood;
      total += likelihood;
    }
    for (let chain = 0; chain < chains; chain++) posterior[sequence * chains + chain] = (own[chain] ?? 0) / total;
    logLikelihood += (customers[sequence] ?? 0) * (most + fastLog(total));
  }
  return logLikelihood;
}

/**
 * Starts from single sequences: the first by chance, each further one with a probability in proportion to its customers and to
 * minus the log-likelihood that the chains so far give it, in the manner of k-means++.
 */
function seedShares(data: DistinctSequences, chains: number, overall: Float64Array, options: MixtureOptions, rng: Rng): Float64Array {
  const { count, offsets, steps, weight } = data;
  const loss = Float64Array.from(weight);
  const best = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
  const scores = new Float64Array(count * chains);
  for (let chain = 0; chain < chains; chain++) {
    const seed = draw(loss, rng);
    const logs = logChainOf(data, seed, overall, options);
    for (let sequence = 0; sequence < count; sequence++) {
      let score = 0;
      const last = offsets[sequence + 1] ?? 0;
      for (let at = offsets[sequence] ?? 0; at < last; at++) score += logs[steps[at] ?? 0] ?? 0;
      scores[sequence * chains + chain] = score;
      best[sequence] = Math.max(best[sequence] ?? 0, score);
      loss[sequence] = sequence === seed ? 0 : (weight[sequence] ?? 0) * Math.max(0, -(best[sequence] ?? 0));
    }
  }
  const shares = new Float64Array(count * chains);
  for (let sequence = 0; sequence < count; sequence++) {
    let nearest = 0;
    for (let chain = 1; chain < chains; chain++) {
      if ((scores[sequence * chains + chain] ?? 0) > (scores[sequence * chains + nearest] ?? 0)) nearest = chain;
    }
    shares[sequence * chains + nearest] = 1;
  }
  return shares;
}

/** Logarithms of the step probabilities of the chain of one sequence, smoothed like all chains. */
function logChainOf(data: DistinctSequences, seed: number, overall: Float64Array, { kinds, smoothing }: MixtureOptions): Float64Array {
  const counts = overall.map((p) => smoothing * p);
  for (let at = data.offsets[seed] ?? 0; at < (data.offsets[seed + 1] ?? 0); at++) {
    const step = data.steps[at] ?? 0;
    counts[step] = (counts[step] ?? 0) + 1;
  }
  return normaliseRows(counts, kinds).map((p) => (p > 0 ? fastLog(p) : 0));
}

/** An index with probability in proportion to its weight; any one when all are 0. */
function draw(weights: Float64Array, rng: Rng): number {
  let total = 0;
  for (const own of weights) total += own;
  let left = rng.uniform() * total;
  for (let index = 0; index < weights.length; index++) {
    left -= weights[index] ?? 0;
    if (left < 0) return index;
  }
  return rng.integer(weights.length);
}

/** Sequences drawn without replacement, kept in their order. */
function sampleSequences(data: DistinctSequences, size: number, rng: Rng): DistinctSequences {
  const picked: number[] = [];
  for (let sequence = 0; sequence < data.count; sequence++) {
    if (rng.uniform() * (data.count - sequence) < size - picked.length) picked.push(sequence);
  }
  const offsets = new Int32Array(picked.length + 1);
  const steps: number[] = [];
  for (const [index, sequence] of picked.entries()) {
    for (let at = data.offsets[sequence] ?? 0; at < (data.offsets[sequence + 1] ?? 0); at++) steps.push(data.steps[at] ?? 0);
    offsets[index + 1] = steps.length;
  }
  return {
    count: picked.length,
    example: Int32Array.from(picked, (sequence) => data.example[sequence] ?? 0),
    weight: Float64Array.from(picked, (sequence) => data.weight[sequence] ?? 0),
    ofRow: new Int32Array(0),
    offsets,
    steps: Int32Array.from(steps),
  };
}
