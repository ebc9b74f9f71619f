/**
 * What there is to estimate: the negative log-likelihood plus prior in the log of the free parameters, around a fit and in
 * its scale. Where the fit lies on a limit, the limit's own parameters are the free ones.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { exp, log, type Objective } from '../../../../sdk/numeric/index.ts';
import type { Limit, NegativeLogLikelihood, TimingFamily } from '../family.ts';
import type { TimingModel } from '../fit-timing.ts';
import type { HistoryStatistics } from '../histories.ts';
import type { LogNormalPrior } from '../limit-search.ts';
import { boundaryLog, covarianceOf, maximizeOnLogScale, semidefiniteFactor } from '../maximum.ts';
import { vectorOf } from './draws.ts';

/** What intervals need to know of a fit. */
export type TimingFit<P> = Pick<TimingModel<P>, 'params' | 'covarianceLog' | 'boundary' | 'prior'>;

export interface LogTarget {
  /** Number of free parameters. */
  readonly size: number;
  /** Log-parameters of the fit. */
  readonly centre: Float64Array;
  /** Row-major covariance of the free log-parameters. */
  readonly covariance: readonly number[];
  /** Lower triangle whose square is the covariance. */
  readonly factor: Float64Array;
  /** Negative log-likelihood and prior of the free log-parameters. */
  readonly objective: Objective;
  /** The same of the same histories with other weights. */
  readonly on: (statistics: HistoryStatistics) => Objective;
  /** The family's parameters, natural scale, from free log-parameters. */
  readonly embed: (logs: ArrayLike<number>) => readonly number[];
}

/**
 * @param prior of the family's log-parameters, null for flat; by default that of the fit. Has no say on a limit.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the fit names a limit that the family does not have
 */
export function targetOf<P>(
  family: TimingFamily<P>,
  fit: TimingFit<P>,
  statistics: HistoryStatistics,
  prior: LogNormalPrior | null = fit.prior,
): LogTarget {
  const limit = limitOf(family, fit);
  if (!fit.boundary || !limit) {
    const { centre, covariance } = atMaximum(family, fit, statistics, prior);
    return target(family.objective, statistics, centre, covariance, prior, (free) => free);
  }
  const found = maximizeOnLogScale(limit.objective(statistics), limit.start(fit.boundary.full).map(clampStart));
  const centre = Float64Array.from(found.parameters, log);
  return target(limit.objective, statistics, centre, covarianceOf(found), null, limit.embed);
}

/** The fit itself under its own prior; under another prior the maximum moves, and a scale that is not its own makes draws slow. */
function atMaximum<P>(
  family: TimingFamily<P>,
  fit: TimingFit<P>,
  statistics: HistoryStatistics,
  prior: LogNormalPrior | null,
): { readonly centre: Float64Array; readonly covariance: readonly number[] } {
  const params = vectorOf(family, fit.params);
  const own = { centre: Float64Array.from(params, log), covariance: fit.covarianceLog };
  if (isSamePrior(prior, fit.prior)) return own;
  const logs = withPrior(family.objective(statistics), prior);
  const point = new Float64Array(params.length);
  const found = maximizeOnLogScale((natural, gradient) => {
    natural.forEach((value, index) => (point[index] = log(value)));
    const value = logs(point, gradient);
    natural.forEach((scale, index) => (gradient[index] = (gradient[index] ?? 0) / scale));
    return value;
  }, params);
  const centre = Float64Array.from(found.parameters, log);
  // Without a prior the maximum may be at the edge of the space, which is no place to draw around.
  const isNear = found.isConverged && centre.every((value, index) => Math.abs(value - (own.centre[index] ?? 0)) < boundaryLog);
  return isNear ? { centre, covariance: covarianceOf(found) } : own;
}

function isSamePrior(one: LogNormalPrior | null, other: LogNormalPrior | null): boolean {
  if (!one || !other) return one === other;
  return one.sd === other.sd && one.mean.every((mean, index) => mean === other.mean[index]);
}

/** The limit that a fit lies on; undefined for a fit off the boundary, or on a flat likelihood that no limit explains. */
export function limitOf<P>(family: TimingFamily<P>, { boundary }: Pick<TimingFit<P>, 'boundary'>): Limit | undefined {
  if (!boundary || boundary.limit === 'flat') return undefined;
  const limit = family.limits.find((candidate) => candidate.id === boundary.limit);
  if (limit) return limit;
  const known = family.limits.map((candidate) => candidate.id).join(', ');
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `the fit lies on limit '${boundary.limit}', which ${family.title} does not have; it has: ${known}`,
  );
}

/** Ratios of parameters on the boundary may leave the range of doubles that a search can begin in. */
function clampStart(value: number): number {
  return Math.min(Math.max(value, 1e-6), 1e6);
}

function target(
  likelihood: (statistics: HistoryStatistics) => NegativeLogLikelihood,
  statistics: HistoryStatistics,
  centre: Float64Array,
  covariance: readonly number[],
  prior: LogNormalPrior | null,
  embed: (free: readonly number[]) => readonly number[],
): LogTarget {
  const size = centre.length;
  const on = (other: HistoryStatistics): Objective => withPrior(likelihood(other), prior);
  return {
    size,
    centre,
    covariance,
    factor: semidefiniteFactor(covariance, size),
    objective: on(statistics),
    on,
    embed: (logs) => embed(Array.from(logs, naturalOf)),
  };
}

function withPrior(likelihood: NegativeLogLikelihood, prior: LogNormalPrior | null): Objective {
  const precision = prior ? 1 / (prior.sd * prior.sd) : 0;
  return (logs, gradient) => {
    const natural = Array.from(logs, naturalOf);
    let value = likelihood(natural, gradient);
    for (let index = 0; index < gradient.length; index++) {
      const off = prior ? (logs[index] ?? 0) - (prior.mean[index] ?? 0) : 0;
      value += (precision * off * off) / 2;
      gradient[index] = (gradient[index] ?? 0) * (natural[index] ?? 0) + precision * off;
    }
    return value;
  };
}

/** Beyond e^±60 a parameter is as good as at its limit, and products of parameters still are finite. */
function naturalOf(value: number): number {
  return exp(Math.min(Math.max(value, -60), 60));
}

/** The target in coordinates in which the fit is the origin and its covariance the identity. */
export function whitened({ size, centre, factor, objective }: Pick<LogTarget, 'size' | 'centre' | 'factor' | 'objective'>): {
  readonly objective: Objective;
  readonly logs: (z: ArrayLike<number>, offset?: number) => Float64Array;
} {
  const logs = (z: ArrayLike<number>, offset = 0): Float64Array => {
    const point = Float64Array.from(centre);
    for (let row = 0; row < size; row++) {
      for (let column = 0; column <= row; column++) {
        point[row] = (point[row] ?? 0) + (factor[row * size + column] ?? 0) * (z[offset + column] ?? 0);
      }
    }
    return point;
  };
  const inner = new Float64Array(size);
  return {
    logs,
    objective: (z, gradient) => {
      const value = objective(logs(z), inner);
      for (let column = 0; column < size; column++) {
        let slope = 0;
        for (let row = column; row < size; row++) slope += (factor[row * size + column] ?? 0) * (inner[row] ?? 0);
        gradient[column] = slope;
      }
      return value;
    },
  };
}

/** Rows of log-parameters of which one is farther from the fit than a limit would be. */
export function countFar(rows: Float64Array, { size, centre }: Pick<LogTarget, 'size' | 'centre'>): number {
  let far = 0;
  for (let at = 0; at < rows.length; at += size) {
    if (centre.some((value, index) => Math.abs((rows[at + index] ?? 0) - value) > boundaryLog)) far += 1;
  }
  return far;
}
