/**
 * Hamiltonian Monte Carlo with a fixed number of leapfrog steps. Meant for a handful of parameters in coordinates in which the
 * density is near a standard normal; the step adapts downwards only, during warm-up. Counts its divergent trajectories.
 */
import type { Objective } from './bfgs.ts';
import { makeRng, type Rng } from './rng.ts';
import { exp } from './special.ts';

export interface HmcOptions {
  /** The same seed gives the same draws. */
  readonly seed: string;
  /** Default 4. */
  readonly chains?: number;
  /** Draws kept per chain, default 1,000. */
  readonly draws?: number;
  /** Trajectories per chain before the first draw is kept, default 200. */
  readonly warmup?: number;
  /** Leapfrog step to begin with, in units of the density's scale; default 0.35. */
  readonly stepSize?: number;
  /** Leapfrog steps per trajectory at that step size, default 6; more when the step shrinks, so that a trajectory keeps its length. */
  readonly leapfrogSteps?: number;
  /** Standard deviation of the normal that chains begin from, wider than the density so that R-hat can tell; default 1.5. */
  readonly spread?: number;
}

export interface HmcResult {
  /** Per chain its draws, row-major: one row per draw. */
  readonly chains: readonly Float64Array[];
  /** Mean acceptance probability per chain, after warm-up. */
  readonly acceptance: readonly number[];
  /** Step size per chain after warm-up. */
  readonly stepSizes: readonly number[];
  /** Trajectories after warm-up on which the energy left all bounds: the chain does not reach some region. */
  readonly divergences: number;
  /** Times that the density was computed. */
  readonly evaluations: number;
}

/** An energy error above this is a divergence: the trajectory has nothing to do with the density any more. */
const divergentEnergy = 1000;

/** Acceptance in one window of warm-up below which the step shrinks. */
const poorAcceptance = 0.75;
const windowLength = 20;
const mostLeapfrogSteps = 256;

/**
 * @param objective negative log density and its gradient; may be infinite or NaN where the density is zero
 * @param size number of coordinates
 * @see Neal (2011), "MCMC using Hamiltonian dynamics", section 5.3; Stan's bound on the energy for divergences
 */
export function sampleHmc(objective: Objective, size: number, options: HmcOptions): HmcResult {
  const { chains: count = 4, draws = 1000 } = options;
  const seeds = makeRng(options.seed).split('hmc');
  const runs = Array.from({ length: count }, (_, chain) => runChain(objective, size, draws, options, seeds.split(`chain ${chain}`)));
  return {
    chains: runs.map((run) => run.kept),
    acceptance: runs.map((run) => run.acceptance),
    stepSizes: runs.map((run) => run.stepSize),
    divergences: runs.reduce((total, run) => total + run.divergences, 0),
    evaluations: runs.reduce((total, run) => total + run.evaluations, 0),
  };
}

interface State {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

function runChain(objective: Objective, size: number, draws: number, options: HmcOptions, rng: Rng) {
  const { warmup = 200, stepSize: firstStep = 0.35, leapfrogSteps = 6, spread = 1.5 } = options;
  const length = firstStep * leapfrogSteps;
  const kept = new Float64Array(draws * size);
  let stepSize = firstStep;
  let [evaluations, divergences, accepted, inWindow] = [0, 0, 0, 0];

  const evaluate = (x: Float64Array): State => {
    const gradient = new Float64Array(size);
    evaluations += 1;
    return { x, value: objective(x, gradient), gradient };
  };

  let state = evaluate(Float64Array.from({ length: size }, () => spread * rng.normal()));
  for (let trial = 0; trial < 50 && !Number.isFinite(state.value); trial++) {
    state = evaluate(Float64Array.from({ length: size }, () => (spread / (trial + 1)) * rng.normal()));
  }

  for (let trajectory = 0; trajectory < warmup + draws; trajectory++) {
    const isKept = trajectory >= warmup;
    const momentum = Float64Array.from({ length: size }, () => rng.normal());
    // A jittered step keeps trajectories from closing on themselves, and does not depend on the state.
    const step = stepSize * (0.9 + 0.2 * rng.uniform());
    const steps = Math.min(Math.max(1, Math.round(length / stepSize)), mostLeapfrogSteps);
    const next = leap(state, momentum, step, steps);
    const error = next ? next.energy - (state.value + kinetic(momentum)) : Number.POSITIVE_INFINITY;
    const isDivergent = !(error <= divergentEnergy);
    const probability = isDivergent ? 0 : Math.min(1, exp(-error));
    if (next && rng.uniform() < probability) state = next.state;
    if (isKept) {
      accepted += probability;
      if (isDivergent) divergences += 1;
      kept.set(state.x, (trajectory - warmup) * size);
      continue;
    }
    inWindow += probability;
    if ((trajectory + 1) % windowLength === 0) {
      if (inWindow < poorAcceptance * windowLength) stepSize *= 0.7;
      inWindow = 0;
    }
  }
  return { kept, acceptance: accepted / draws, stepSize, divergences, evaluations };

  /** End of the trajectory and its total energy; undefined as soon as it is lost. */
  function leap(from: State, momentum: Float64Array, step: number, steps: number): { state: State; energy: number } | undefined {
    const p = Float64Array.from(momentum);
    const push = (gradient: Float64Array, share: number): void => {
      for (let index = 0; index < size; index++) p[index] = (p[index] ?? 0) - share * (gradient[index] ?? 0);
    };
    let at = from;
    push(at.gradient, step / 2);
    for (let taken = 1; taken <= steps; taken++) {
      at = evaluate(at.x.map((value, index) => value + step * (p[index] ?? 0)));
      if (!Number.isFinite(at.value)) return undefined;
      push(at.gradient, taken < steps ? step : step / 2);
    }
    return { state: at, energy: at.value + kinetic(p) };
  }
}

function kinetic(momentum: Float64Array): number {
  return momentum.reduce((total, value) => total + value * value, 0) / 2;
}
