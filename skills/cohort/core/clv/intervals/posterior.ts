/**
 * Posterior of the parameters by Hamiltonian Monte Carlo, in coordinates whitened by the Laplace factor, so that no metric
 * needs to be learned. Flat priors on the logs unless told otherwise. Whatever speaks against the draws is in the diagnostics.
 */
import { effectiveSampleSize, type HmcOptions, quantileSorted, sampleHmc, splitRhat } from '../../../../sdk/numeric/index.ts';
import type { TimingFamily } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import type { LogNormalPrior } from '../limit-search.ts';
import { checkDraws, type Diagnostics, type ParameterDraws, vectorOf } from './draws.ts';
import { countFar, targetOf, type TimingFit, whitened } from './target.ts';

export interface PosteriorOptions extends HmcOptions {
  /** Of the log-parameters, null for flat on the logs; by default the prior of the fit. */
  readonly prior?: LogNormalPrior | null;
}

export interface PosteriorDiagnostics extends Diagnostics {
  readonly chains: number;
  /** Per free parameter, on the log scale; near 1 when chains agree. */
  readonly splitRhat: readonly number[];
  /** Independent draws that would tell as much, per free parameter. */
  readonly effectiveSampleSize: readonly number[];
  /** The same for the ends of a 90 % interval: whether draws lie beyond them. */
  readonly tailEffectiveSampleSize: readonly number[];
  readonly divergences: number;
  /** Mean acceptance probability per chain. */
  readonly acceptance: readonly number[];
  readonly stepSizes: readonly number[];
  /** Likelihoods computed, each with its gradient. */
  readonly evaluations: number;
  /** Draws with a parameter farther than e^±8 from the fit: under flat priors the posterior has no end there. */
  readonly far: number;
}

/**
 * @param options.draws per chain, default 1,000; the chains follow each other in the result
 * @throws {CohortiumError} NUMERIC_DOMAIN when the fit names a limit that the family does not have
 */
export function posteriorDraws<P>(
  family: TimingFamily<P>,
  fit: TimingFit<P>,
  statistics: HistoryStatistics,
  options: PosteriorOptions,
): ParameterDraws<PosteriorDiagnostics> {
  if (options.draws !== undefined) checkDraws(options.draws);
  const target = targetOf(family, fit, statistics, options.prior);
  const { objective, logs } = whitened(target);
  const found = sampleHmc(objective, target.size, options);
  const perChain = found.chains.map((chain) => toLogs(chain, target.size, logs));
  const column = (chain: Float64Array, index: number): Float64Array => {
    return Float64Array.from({ length: chain.length / target.size }, (_, draw) => chain[draw * target.size + index] ?? 0);
  };
  const each = (measure: (chains: readonly Float64Array[]) => number): number[] => {
    return Array.from({ length: target.size }, (_, index) => measure(perChain.map((chain) => column(chain, index))));
  };
  const width = family.parameters.length;
  const draws = new Float64Array(perChain.reduce((total, chain) => total + chain.length / target.size, 0) * width);
  let row = 0;
  for (const chain of perChain) {
    for (let at = 0; at < chain.length; at += target.size) draws.set(target.embed(chain.subarray(at, at + target.size)), width * row++);
  }
  const measured = {
    chains: perChain.length,
    splitRhat: each(splitRhat),
    effectiveSampleSize: each(effectiveSampleSize),
    tailEffectiveSampleSize: each(tailEffectiveSampleSize),
    divergences: found.divergences,
    acceptance: found.acceptance,
    stepSizes: found.stepSizes,
    evaluations: found.evaluations,
    far: perChain.reduce((total, chain) => total + countFar(chain, target), 0),
  };
  return {
    names: family.parameters.map(({ name }) => name),
    point: vectorOf(family, fit.params),
    draws,
    method: 'posterior',
    covers: 'parameters',
    diagnostics: { ...measured, warnings: warningsOf(measured) },
  };
}

function toLogs(chain: Float64Array, size: number, logs: (z: ArrayLike<number>, offset: number) => Float64Array): Float64Array {
  const mapped = new Float64Array(chain.length);
  for (let at = 0; at < chain.length; at += size) mapped.set(logs(chain, at), at);
  return mapped;
}

/** @see Vehtari et al. (2021), "Rank-normalization, folding, and localization: an improved R-hat", section 4.3 */
function tailEffectiveSampleSize(chains: readonly Float64Array[]): number {
  const sorted = Float64Array.from(chains.flatMap((chain) => [...chain])).sort();
  const sizes = [0.05, 0.95].map((q) => {
    const end = quantileSorted(sorted, q);
    return effectiveSampleSize(chains.map((chain) => chain.map((value) => (value <= end ? 1 : 0))));
  });
  return Math.min(...sizes);
}

function warningsOf(measured: Omit<PosteriorDiagnostics, 'warnings'>): string[] {
  const warnings: string[] = [];
  const worst = Math.max(...measured.splitRhat);
  const fewest = Math.min(...measured.effectiveSampleSize, ...measured.tailEffectiveSampleSize);
  if (measured.divergences > 0) warnings.push(`${measured.divergences} trajectories diverged: some region is not reached`);
  if (!(worst <= 1.01)) warnings.push(`split R-hat is ${worst.toFixed(3)}, above 1.01: the chains do not agree; draw more`);
  if (!(fewest >= 400)) warnings.push(`the effective sample size is ${Math.floor(fewest)}, below 400: draw more`);
  if (measured.far > 0) warnings.push(`${measured.far} draws ran to the edge of the parameter space: give a prior`);
  return warnings;
}
