/**
 * Laplace: normal on the log-parameters with the inverse Hessian of the fit as covariance. Costs nothing beyond the fit; too
 * short on the right of parameters whose likelihood is skewed on the log scale, for which there is the profile.
 */
import { exp, makeRng, normalQuantile } from '../../../../sdk/numeric/index.ts';
import { drawLogNormal } from '../draw-parameters.ts';
import type { TimingFamily } from '../family.ts';
import { checkDraws, checkLevel, type Diagnostics, type ParameterDraws, type ParameterIntervals, vectorOf } from './draws.ts';
import type { TimingFit } from './target.ts';

export interface LaplaceDiagnostics extends Diagnostics {
  /** Parameters without an interval, because a limit fixes them. */
  readonly fixed: readonly string[];
}

/**
 * Intervals of the parameters, symmetric on the log scale.
 * @param level in (0, 1)
 * @throws {CohortiumError} NUMERIC_DOMAIN when the level is none
 */
export function laplaceIntervals<P>(family: TimingFamily<P>, fit: TimingFit<P>, level = 0.95): ParameterIntervals<LaplaceDiagnostics> {
  checkLevel(level);
  const z = normalQuantile((1 + level) / 2);
  const point = vectorOf(family, fit.params);
  const intervals = family.parameters.map(({ name }, index) => {
    const at = point[index] ?? 0;
    const sd = Math.sqrt(fit.covarianceLog[index * (point.length + 1)] ?? 0);
    return { name, point: at, low: at * exp(-z * sd), high: at * exp(z * sd) };
  });
  return { method: 'laplace', covers: 'parameters', level, intervals, diagnostics: diagnose(family, fit) };
}

/**
 * Draws of the parameters.
 * @param options.draws how many, ≥ 1
 * @param options.seed the same seed gives the same draws
 */
export function laplaceDraws<P>(
  family: TimingFamily<P>,
  fit: TimingFit<P>,
  options: { readonly seed: string; readonly draws?: number },
): ParameterDraws<LaplaceDiagnostics> {
  const { seed, draws: count = 1000 } = options;
  checkDraws(count);
  const point = vectorOf(family, fit.params);
  const rng = makeRng(seed).split('laplace');
  const draws = new Float64Array(count * point.length);
  for (let draw = 0; draw < count; draw++) draws.set(drawLogNormal(point, fit.covarianceLog, rng), draw * point.length);
  const names = family.parameters.map(({ name }) => name);
  return { names, point, draws, method: 'laplace', covers: 'parameters', diagnostics: diagnose(family, fit) };
}

function diagnose<P>(family: TimingFamily<P>, fit: TimingFit<P>): LaplaceDiagnostics {
  const size = family.parameters.length;
  const variance = (index: number): number => fit.covarianceLog[index * (size + 1)] ?? 0;
  const fixed = family.parameters.filter((_, index) => variance(index) === 0).map(({ name }) => name);
  const wide = family.parameters.filter((_, index) => variance(index) > 1).map(({ name }) => name);
  const warnings = wide.length > 0 ? [`the likelihood says little about ${wide.join(', ')}: take the profile or the posterior`] : [];
  return { fixed, warnings };
}
