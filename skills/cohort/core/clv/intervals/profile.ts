/**
 * Profile likelihood: the values of one parameter at which the best fit of all others is not significantly worse than the best
 * fit of all. Follows the skew that Laplace misses, and says when an end is open: no value that far out is rejected.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { exp, minimizeBfgs, normalQuantile } from '../../../../sdk/numeric/index.ts';
import type { TimingFamily } from '../family.ts';
import type { HistoryStatistics } from '../histories.ts';
import type { LogNormalPrior } from '../limit-search.ts';
import { boundaryLog, semidefiniteFactor } from '../maximum.ts';
import { checkLevel, type Diagnostics, type ParameterInterval, type ParameterIntervals } from './draws.ts';
import { limitOf, type LogTarget, targetOf, type TimingFit, whitened } from './target.ts';

export interface ProfileInterval extends ParameterInterval {
  /** True when low is 0, because the likelihood does not fall enough towards it: the data do not exclude the limit. */
  readonly isLowOpen: boolean;
  /** True when high is Infinity, for the same reason. */
  readonly isHighOpen: boolean;
}

export interface ProfileDiagnostics extends Diagnostics {
  /** Likelihoods computed, each with its gradient. */
  readonly evaluations: number;
}

export interface ProfileOptions {
  /** In (0, 1), default 0.95. */
  readonly level?: number;
  /** Of the log-parameters, null for flat on the logs; by default the prior of the fit. */
  readonly prior?: LogNormalPrior | null;
}

/**
 * Only for fits off the boundary: on a limit, a parameter has no profile of its own.
 * @returns with `high` Infinity or `low` 0 at an open end
 * @throws {CohortiumError} NUMERIC_DOMAIN when the fit lies on a limit, or the level is none
 */
export function profileIntervals<P>(
  family: TimingFamily<P>,
  fit: TimingFit<P>,
  statistics: HistoryStatistics,
  options: ProfileOptions = {},
): ParameterIntervals<ProfileDiagnostics, ProfileInterval> {
  const { level = 0.95 } = options;
  checkLevel(level);
  const limit = limitOf(family, fit);
  if (limit) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the fit lies on limit '${limit.id}'; profile the limit's own model, or take the posterior`);
  }
  const target = targetOf(family, fit, statistics, options.prior);
  const cut = normalQuantile((1 + level) / 2);
  let evaluations = 0;
  const counted: LogTarget = {
    ...target,
    objective: (logs, gradient) => {
      evaluations += 1;
      return target.objective(logs, gradient);
    },
  };
  const atFit = counted.objective(target.centre, new Float64Array(target.size));
  const intervals = family.parameters.map(({ name }, index): ProfileInterval => {
    const profile = makeProfile(counted, index, atFit);
    const sd = Math.sqrt(target.covariance[index * (target.size + 1)] ?? 0);
    const low = findEnd(profile, -sd, cut);
    const high = findEnd(profile, sd, cut);
    const point = exp(target.centre[index] ?? 0);
    return {
      name,
      point,
      low: low === null ? 0 : point * exp(low),
      high: high === null ? Number.POSITIVE_INFINITY : point * exp(high),
      isLowOpen: low === null,
      isHighOpen: high === null,
    };
  });
  const open = intervals.filter((interval) => interval.isLowOpen || interval.isHighOpen).map(({ name }) => name);
  const warnings = open.length > 0 ? [`the data do not bound ${open.join(', ')} on every side: they do not exclude a limit`] : [];
  return { method: 'profile', covers: 'parameters', level, intervals, diagnostics: { evaluations, warnings } };
}

/** Root of twice the loss of log-likelihood, as a function of the shift of one log-parameter; near shift/sd by Laplace. */
type Profile = (shift: number) => number;

function makeProfile(target: LogTarget, index: number, atFit: number): Profile {
  const { size, centre, covariance, objective } = target;
  const others = Array.from({ length: size }, (_, at) => at).filter((at) => at !== index);
  const shared = (row: number, column: number): number => covariance[row * size + column] ?? 0;
  const slopes = others.map((other) => shared(other, index) / shared(index, index));
  // Of the others, given this one: what a refit moves in.
  const conditional = others.flatMap((row, i) => others.map((column) => shared(row, column) - (slopes[i] ?? 0) * shared(column, index)));
  const factor = semidefiniteFactor(conditional, others.length);
  const full = new Float64Array(size);
  const fullGradient = new Float64Array(size);
  /** Where the last refit ended, relative to the line that Laplace predicts, per unit of shift: a warm start for the next. */
  let bend = new Float64Array(others.length);
  return (shift) => {
    if (others.length === 0) {
      full[0] = (centre[0] ?? 0) + shift;
      return Math.sqrt(2 * Math.max(0, objective(full, fullGradient) - atFit));
    }
    const start = Float64Array.from(others, (other, at) => (centre[other] ?? 0) + ((slopes[at] ?? 0) + (bend[at] ?? 0)) * shift);
    const { objective: white, logs } = whitened({
      size: others.length,
      centre: start,
      factor,
      objective: (at, gradient) => {
        full[index] = (centre[index] ?? 0) + shift;
        others.forEach((other, place) => (full[other] = at[place] ?? 0));
        const value = objective(full, fullGradient);
        others.forEach((other, place) => (gradient[place] = fullGradient[other] ?? 0));
        return value;
      },
    });
    const tolerance = 1e-4 / Math.max(1, Math.abs(atFit));
    const found = minimizeBfgs(white, new Float64Array(others.length), { gradientTolerance: tolerance, stepCap: 4 });
    const ended = logs(found.x);
    bend = Float64Array.from(others, (other, at) => ((ended[at] ?? 0) - (centre[other] ?? 0)) / shift - (slopes[at] ?? 0));
    return Math.sqrt(2 * Math.max(0, found.value - atFit));
  };
}

/** The shift at which the profile meets the cut, on the side of sd's sign; null when it does not within reach. */
function findEnd(profile: Profile, sd: number, cut: number): number | null {
  let inside = { shift: 0, root: 0 };
  let shift = sd * cut;
  for (let trial = 0; ; trial++) {
    // The last trial stands at the reach itself: beyond it a parameter counts as being at its limit.
    const isLast = Math.abs(shift) >= boundaryLog;
    if (isLast) shift = Math.sign(sd) * boundaryLog;
    const root = profile(shift);
    if (root >= cut) return solveBetween(profile, inside, { shift, root }, cut);
    if (isLast || trial > 40) return null;
    inside = { shift, root };
    // The root is near linear in the shift: go where it would meet the cut, and somewhat beyond.
    shift *= Math.min(3, Math.max(1.1, root > 0 ? (1.1 * cut) / root : 3));
  }
}

interface Tried {
  readonly shift: number;
  readonly root: number;
}

/** Regula falsi with the Illinois rule. @see Dowell & Jarratt (1971), "A modified regula falsi method" */
function solveBetween(profile: Profile, inside: Tried, outside: Tried, cut: number): number {
  let [low, high] = [inside, outside];
  let [lowGap, highGap] = [low.root - cut, high.root - cut];
  let side = 0;
  for (let trial = 0; trial < 60; trial++) {
    const shift = (low.shift * highGap - high.shift * lowGap) / (highGap - lowGap);
    const root = profile(shift);
    const gap = root - cut;
    if (Math.abs(gap) < 1e-6 || Math.abs(high.shift - low.shift) < 1e-9) return shift;
    if (gap < 0) {
      low = { shift, root };
      lowGap = gap;
      if (side === -1) highGap /= 2;
      side = -1;
    } else {
      high = { shift, root };
      highGap = gap;
      if (side === 1) lowGap /= 2;
      side = 1;
    }
  }
  return (low.shift + high.shift) / 2;
}
