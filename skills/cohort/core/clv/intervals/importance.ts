/**
 * Importance-resampled Laplace: draws from a Student t around the fit, weighted by what the posterior says of them and drawn
 * again in proportion. The cheap middle between Laplace and the posterior; k-hat says when it does not do.
 */
import { log1p, makeRng } from '../../../../sdk/numeric/index.ts';
import type { TimingFamily } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import type { LogNormalPrior } from '../limit-search.ts';
import { checkDraws, type Diagnostics, type ParameterDraws, vectorOf } from './draws.ts';
import { smoothWeights } from './pareto-smoothing.ts';
import { countFar, targetOf, type TimingFit, whitened } from './target.ts';

export interface ImportanceOptions {
  /** The same seed gives the same draws. */
  readonly seed: string;
  /** Number of draws in the result, default 1,000. */
  readonly draws?: number;
  /** Number of draws from the proposal, default four times as many. */
  readonly proposals?: number;
  /** Of the log-parameters, null for flat on the logs; by default the prior of the fit. */
  readonly prior?: LogNormalPrior | null;
}

export interface ImportanceDiagnostics extends Diagnostics {
  /** Below 0.5 good, above 0.7 not to be trusted. */
  readonly paretoK: number;
  /** One over the sum of the squared weights. */
  readonly effectiveSampleSize: number;
  readonly proposals: number;
  /** Draws with a parameter farther than e^±8 from the fit. */
  readonly far: number;
}

/** Degrees of freedom of the proposal: its tails are heavier than those of a skewed posterior, which a normal's are not. */
const freedom = 8;

/** @throws {CohortiumError} NUMERIC_DOMAIN when the fit names a limit that the family does not have */
export function importanceDraws<P>(
  family: TimingFamily<P>,
  fit: TimingFit<P>,
  statistics: HistoryStatistics,
  options: ImportanceOptions,
): ParameterDraws<ImportanceDiagnostics> {
  const { seed, draws: count = 1000, proposals = 4 * count } = options;
  checkDraws(count);
  const target = targetOf(family, fit, statistics, options.prior);
  const { size } = target;
  const { objective, logs } = whitened(target);
  const rng = makeRng(seed).split('importance');
  const proposed = new Float64Array(proposals * size);
  const logRatios = new Float64Array(proposals);
  const gradient = new Float64Array(size);
  const z = new Float64Array(size);
  for (let draw = 0; draw < proposals; draw++) {
    for (let index = 0; index < size; index++) z[index] = rng.normal();
    const stretch = Math.sqrt(freedom / (2 * rng.gamma(freedom / 2)));
    for (let index = 0; index < size; index++) z[index] = (z[index] ?? 0) * stretch;
    const square = z.reduce((total, value) => total + value * value, 0);
    const value = objective(z, gradient);
    logRatios[draw] = Number.isFinite(value) ? -value + ((freedom + size) / 2) * log1p(square / freedom) : Number.NEGATIVE_INFINITY;
    proposed.set(logs(z), draw * size);
  }
  const { weights, paretoK } = smoothWeights(logRatios);
  const width = family.parameters.length;
  const draws = new Float64Array(count * width);
  const chosen = new Float64Array(count * size);
  // Systematic resampling: a proposal with weight w comes floor or ceil of count·w times.
  let reached = weights[0] ?? 0;
  let from = 0;
  const offset = rng.uniform();
  for (let draw = 0; draw < count; draw++) {
    while (reached < (draw + offset) / count && from < proposals - 1) reached += weights[++from] ?? 0;
    const at = proposed.subarray(from * size, (from + 1) * size);
    chosen.set(at, draw * size);
    draws.set(target.embed(at), draw * width);
  }
  const effective = 1 / weights.reduce((total, weight) => total + weight * weight, 0);
  const far = countFar(chosen, target);
  const warnings = [
    ...(paretoK > 0.7 ? [`Pareto k-hat is ${paretoK.toFixed(2)}, above 0.7: the weights cannot be trusted; take the posterior`] : []),
    ...(far > 0 ? [`${far} draws ran to the edge of the parameter space: give a prior`] : []),
  ];
  return {
    names: family.parameters.map(({ name }) => name),
    point: vectorOf(family, fit.params),
    draws,
    method: 'importance',
    covers: 'parameters',
    diagnostics: { paretoK, effectiveSampleSize: effective, proposals, far, warnings },
  };
}
