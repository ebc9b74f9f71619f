/**
 * Maximum likelihood with a look at the limits: where the maximum runs to the edge of the parameter space, or the data hardly
 * speak of a parameter, the smallest limit that is not rejected is fitted on its own and stands for the model. What every fit
 * has in common, whatever is fitted.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { chiSquareTail, log } from '../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from './family.ts';
import { boundaryLog, covarianceOf, largestVariance, type Maximum, maximizeOnLogScale } from './maximum.ts';

/** Independent normal distributions of the log-parameters, in the order of the family's parameters. */
export interface LogNormalPrior {
  /** Of the log-parameters. */
  readonly mean: readonly number[];
  /** Standard deviation on the log scale, > 0; 2 moves an ordinary fit by less than a percent. */
  readonly sd: number;
}

export interface Boundary {
  /** Id of the limit; `flat` where the likelihood is flat and no limit of the family explains it. */
  readonly limit: string;
  /** The limit in the papers' parameters and in words. */
  readonly title: string;
  /** 2 × (highest log-likelihood found − that of the limit), not below 0. */
  readonly likelihoodRatio: number;
  /** Of χ² with as many degrees of freedom as the limit has fewer parameters: on a boundary an upper bound. */
  readonly pValue: number;
  /** Parameters that the full fit ended on, on its way to the limit. */
  readonly full: readonly number[];
}

/** A limit of one objective. */
export interface SearchLimit {
  readonly id: string;
  readonly title: string;
  /** Number of free parameters. */
  readonly free: number;
  /** In the free parameters. */
  readonly objective: NegativeLogLikelihood;
  /** Where a fit of the limit begins, given where the full fit ended; all > 0. */
  readonly start: (full: readonly number[]) => readonly number[];
  /** Full parameters that stand for the limit. */
  readonly embed: (free: readonly number[]) => readonly number[];
}

export interface SearchRequest {
  /** Of the model, for messages. */
  readonly title: string;
  readonly objective: NegativeLogLikelihood;
  /** Natural scale, all > 0. */
  readonly start: readonly number[];
  readonly limits: readonly SearchLimit[];
  /** The same of a sample of the data, to begin on; see maximizeOnLogScale. */
  readonly rough?: NegativeLogLikelihood | undefined;
  readonly prior: LogNormalPrior | null;
  /** What each parameter is far from when it is far out; 1 where absent. */
  readonly scales?: readonly number[] | undefined;
  /** Keeps a maximum inside although the data hardly speak of a parameter. */
  readonly isVagueAllowed?: boolean | undefined;
}

export interface SearchResult {
  /** Full parameters, natural scale. */
  readonly parameters: readonly number[];
  /** Row-major, of the log-parameters; zero for one that a limit fixes. */
  readonly covarianceLog: readonly number[];
  /** Negative log-likelihood, without the prior. */
  readonly value: number;
  readonly free: number;
  readonly boundary: Boundary | null;
  readonly iterations: number;
}

/** A Hessian worse than this has a direction in which the likelihood is flat. */
export const flatCondition = 1e10;

/** A log-parameter of this variance is known to a factor of seven either way: the data hardly speak of it. */
const vagueVariance = 4;

/** A limit that the likelihood-ratio test rejects at this level does not stand for the model. */
const rejectionLevel = 0.05;

/** Likelihoods this near each other, relative, differ by rounding. */
const roundingShare = 1e-9;

/** @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the optimiser stops elsewhere than at a maximum or a limit */
export function searchWithLimits(request: SearchRequest): SearchResult {
  const { title, objective, start, limits, rough, prior, scales = [], isVagueAllowed = false } = request;
  const aim = (each: NegativeLogLikelihood): NegativeLogLikelihood => (prior ? withPrior(each, prior) : each);
  const full = maximizeOnLogScale(aim(objective), start, rough && aim(rough));
  const { iterations, parameters } = full;
  const isFar = parameters.some((value, index) => Math.abs(log(value / (scales[index] ?? 1))) > boundaryLog);
  const isFlat = !(full.condition <= flatCondition);
  const isVague = !isVagueAllowed && !isFlat && largestVariance(full) > vagueVariance;
  if (!prior && (isFar || isFlat || isVague)) {
    const found = smallestLimit(full, limits);
    if (found) return { ...found, iterations };
  }
  if (!full.isConverged && !isFlat) {
    throw new CohortiumError(
      'NUMERIC_NO_CONVERGENCE',
      `${title} stopped with gradient ${full.largestGradient} after ${iterations} iterations`,
    );
  }
  const flat = { limit: 'flat', title: 'the likelihood is flat in a direction', likelihoodRatio: 0, pValue: 1, full: parameters };
  return {
    parameters,
    covarianceLog: covarianceOf(full),
    value: prior ? objective(parameters, new Float64Array(start.length)) : full.value,
    free: start.length,
    boundary: !prior && isFlat ? flat : null,
    iterations,
  };
}

/** The fit of one limit, for data that leave no other choice. */
export function searchAtLimit(limit: SearchLimit, full: readonly number[]): SearchResult {
  const at = maximizeOnLogScale(limit.objective, limit.start(full).map(clampStart));
  return { ...standingFor(limit, at, 0, full), iterations: at.iterations };
}

/** The smallest limit that the likelihood-ratio test does not reject, against the highest likelihood found anywhere. */
function smallestLimit(full: Maximum, limits: readonly SearchLimit[]): Omit<SearchResult, 'iterations'> | undefined {
  const { parameters } = full;
  const fits = limits.map((limit) => ({ limit, at: maximizeOnLogScale(limit.objective, limit.start(parameters).map(clampStart)) }));
  // On a flat edge the full search may stop short of a maximum that lies along another edge.
  const best = fits.reduce((lowest, { at }) => Math.min(lowest, at.value), full.value);
  const slack = roundingShare * Math.max(1, Math.abs(best));
  const [accepted] = fits
    .filter(({ limit, at }) => chiSquareTail(2 * (at.value - best), parameters.length - limit.free) > rejectionLevel)
    .sort((one, other) => {
      const difference = one.at.value - other.at.value;
      // Limits of one likelihood keep the order that the family lists them in.
      return one.limit.free - other.limit.free || (Math.abs(difference) <= slack ? 0 : difference);
    });
  return accepted && standingFor(accepted.limit, accepted.at, Math.max(0, 2 * (accepted.at.value - best)), parameters);
}

function standingFor(limit: SearchLimit, at: Maximum, likelihoodRatio: number, full: readonly number[]): Omit<SearchResult, 'iterations'> {
  const { id, title, free } = limit;
  return {
    parameters: limit.embed(at.parameters),
    covarianceLog: embedCovariance(limit, at),
    value: at.value,
    free,
    boundary: { limit: id, title, likelihoodRatio, pValue: chiSquareTail(likelihoodRatio, full.length - free), full },
  };
}

/** Ratios of parameters on the boundary may leave the range of doubles that a search can begin in. */
function clampStart(value: number): number {
  return Math.min(Math.max(value, 1e-6), 1e6);
}

/** Covariance of the free log-parameters carried to the full ones by the derivative of the embedding. */
function embedCovariance(limit: SearchLimit, at: Maximum): number[] {
  const free = covarianceOf(at);
  const n = at.parameters.length;
  const step = 1e-5;
  const slopes = at.parameters.map((_, column) => {
    const [up = [], down = []] = [1 + step, 1 / (1 + step)].map((factor) =>
      limit.embed(at.parameters.map((value, index) => (index === column ? value * factor : value))),
    );
    return up.map((value, row) => (value > 0 ? log(value / (down[row] ?? value)) / (2 * log(1 + step)) : 0));
  });
  const full = limit.embed(at.parameters).length;
  return Array.from({ length: full * full }, (_, index) => {
    const [row, column] = [Math.floor(index / full), index % full];
    let total = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) total += (slopes[i]?.[row] ?? 0) * (free[i * n + j] ?? 0) * (slopes[j]?.[column] ?? 0);
    }
    return total;
  });
}

function withPrior(objective: NegativeLogLikelihood, { mean, sd }: LogNormalPrior): NegativeLogLikelihood {
  return (parameters, gradient) => {
    let value = objective(parameters, gradient);
    parameters.forEach((parameter, index) => {
      const z = (log(parameter) - (mean[index] ?? 0)) / sd;
      value += (z * z) / 2;
      gradient[index] = (gradient[index] ?? 0) + z / sd / parameter;
    });
    return value;
  };
}

/**
 * Standard errors on the natural scale, in the order of the parameters.
 * @returns null for a parameter that a limit fixes
 */
export function naturalErrors({
  parameters,
  covarianceLog,
  boundary,
}: Pick<SearchResult, 'parameters' | 'covarianceLog' | 'boundary'>): (number | null)[] {
  return parameters.map((value, index) => {
    const variance = covarianceLog[index * (parameters.length + 1)] ?? 0;
    return boundary && variance === 0 ? null : value * Math.sqrt(variance);
  });
}
