/**
 * Bootstrap: refits to resampled customers, each from the maximum of the fit and in its scale. Makes no use of the
 * likelihood's curvature, so it also holds where the model is not the truth.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { minimizeBfgs } from '../../../../sdk/numeric/index.ts';
import type { TimingFamily } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import type { LogNormalPrior } from '../limit-search.ts';
import { boundaryLog } from '../maximum.ts';
import { checkDraws, type Diagnostics, type ParameterDraws, vectorOf } from './draws.ts';
import { makeResampler, type ResampleScheme } from './resample.ts';
import { reweigh } from './reweigh.ts';
import { targetOf, type TimingFit, whitened } from './target.ts';

export interface BootstrapOptions {
  /** The same seed gives the same draws. */
  readonly seed: string;
  /** Number of refits, default 1,000. */
  readonly draws?: number;
  /** Default multinomial. */
  readonly scheme?: ResampleScheme;
  /** Of the log-parameters, null for flat on the logs; by default the prior of the fit. */
  readonly prior?: LogNormalPrior | null;
}

export interface BootstrapDiagnostics extends Diagnostics {
  readonly refits: number;
  /** Refits that did not converge; they gave no draw. */
  readonly failed: number;
  /** Refits of the draws in which a parameter went farther than e^±8 from the fit: their sample prefers a limit. */
  readonly atLimit: number;
  /** Likelihoods computed. */
  readonly evaluations: number;
}

/** The refit stops where the gradient is this far from zero in units of one over a standard error. */
const tolerance = 1e-4;

/**
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when more than half of the refits fail
 */
export function bootstrapDraws<P>(
  family: TimingFamily<P>,
  fit: TimingFit<P>,
  statistics: HistoryStatistics,
  options: BootstrapOptions,
): ParameterDraws<BootstrapDiagnostics> {
  const { seed, draws: refits = 1000, scheme = 'multinomial' } = options;
  checkDraws(refits);
  const names = family.parameters.map(({ name }) => name);
  const weightsOf = makeResampler(statistics.rows.weight, scheme, seed);
  const rows: number[] = [];
  const replicates: number[] = [];
  const base = targetOf(family, fit, statistics, options.prior);
  let [atLimit, evaluations] = [0, 0];
  for (let replicate = 0; replicate < refits; replicate++) {
    const objective = base.on(reweigh(statistics, weightsOf(replicate)));
    const { objective: white, logs } = whitened({ ...base, objective });
    const found = minimizeBfgs(
      (z, gradient) => {
        evaluations += 1;
        return white(z, gradient);
      },
      new Float64Array(base.size),
      { gradientTolerance: tolerance / Math.max(1, Math.abs(statistics.customers)) },
    );
    const at = logs(found.x);
    const isFar = at.some((value, index) => Math.abs(value - (base.centre[index] ?? 0)) > boundaryLog);
    if (!found.isConverged && !isFar) continue;
    if (isFar) atLimit += 1;
    replicates.push(replicate);
    for (const value of base.embed(at)) rows.push(value);
  }
  const failed = refits - replicates.length;
  if (failed > refits / 2) {
    throw new CohortiumError('NUMERIC_NO_CONVERGENCE', `${failed} of ${refits} refits of ${family.title} did not converge; add a prior`);
  }
  const warnings = [
    ...(failed > 0 ? [`${failed} of ${refits} refits did not converge and are left out`] : []),
    ...(atLimit > 0 ? [`${atLimit} of ${refits} resampled data sets prefer a limit of the model`] : []),
  ];
  return {
    names,
    point: vectorOf(family, fit.params),
    draws: Float64Array.from(rows),
    method: scheme === 'bayesian' ? 'bayesian-bootstrap' : 'bootstrap',
    covers: 'parameters',
    resample: { scheme, seed, replicates: Uint32Array.from(replicates), distinct: statistics.rows.weight.length },
    diagnostics: { refits, failed, atLimit, evaluations, warnings },
  };
}
