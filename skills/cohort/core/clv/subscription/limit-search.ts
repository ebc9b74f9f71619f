/**
 * Maximum likelihood with a look at the limits: where the maximum runs to the edge of the parameter space, or the data hardly
 * speak of a parameter, the best limit that a likelihood-ratio test does not reject stands for the model.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { chiSquareTail, log } from '../../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from '../family.ts';
import type { Boundary, LogNormalPrior } from '../fit-timing.ts';
import { boundaryLog, covarianceOf, largestVariance, type Maximum, maximizeOnLogScale } from '../maximum.ts';
import { embed, embedCovariance, pull, type Slot } from './parameter-pattern.ts';

export interface PatternLimit {
  readonly id: string;
  readonly title: string;
  readonly pattern: readonly Slot[];
  /** Negative log-likelihood in the free parameters; by default the full one where the pattern embeds them. */
  readonly objective?: NegativeLogLikelihood;
  /** Where a fit of the limit begins, given where the full fit ended; one number per free parameter, all > 0. */
  readonly start: (full: readonly number[]) => readonly number[];
}

export interface SearchResult {
  /** Full parameters, natural scale. */
  readonly parameters: readonly number[];
  readonly covarianceLog: readonly number[];
  /** Negative log-likelihood, without the prior. */
  readonly value: number;
  readonly free: number;
  readonly boundary: Boundary | null;
  readonly iterations: number;
}

/** A Hessian worse than this has a direction in which the likelihood is flat. */
const flatCondition = 1e10;

/** A log-parameter of this variance is known to a factor of seven either way: the data hardly speak of it. */
const vagueVariance = 4;

/** A limit that the likelihood-ratio test rejects at this level does not stand for the model. */
const rejectionLevel = 0.05;

/**
 * @param title of the model, for the message
 * @param isVagueAllowed keeps a maximum inside although the data hardly speak of a parameter
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the optimiser stops elsewhere than at a maximum or a limit
 */
export function searchWithLimits(
  title: string,
  objective: NegativeLogLikelihood,
  start: readonly number[],
  limits: readonly PatternLimit[],
  prior: LogNormalPrior | null = null,
  isVagueAllowed = false,
): SearchResult {
  const full = maximizeOnLogScale(prior ? withPrior(objective, prior) : objective, start);
  const { iterations } = full;
  const isFar = full.parameters.some((value) => Math.abs(log(value)) > boundaryLog);
  const isFlat = !(full.condition <= flatCondition);
  const isVague = !isVagueAllowed && largestVariance(full) > vagueVariance;
  if (!prior && (isFar || isFlat || isVague)) {
    const found = atLimit(objective, full, limits);
    if (found) return { ...found, iterations };
  }
  if (!full.isConverged) {
    throw new CohortiumError(
      'NUMERIC_NO_CONVERGENCE',
      `${title} stopped with gradient ${full.largestGradient} after ${iterations} iterations`,
    );
  }
  const flat = { limit: 'flat', title: 'the likelihood is flat in a direction', likelihoodRatio: 0, pValue: 1, full: full.parameters };
  return {
    parameters: full.parameters,
    covarianceLog: covarianceOf(full),
    value: prior ? objective(full.parameters, new Float64Array(start.length)) : full.value,
    free: start.length,
    boundary: !prior && isFlat ? flat : null,
    iterations,
  };
}

/** The fit of one limit, for data that leave no other choice. */
export function searchAtLimit(objective: NegativeLogLikelihood, limit: PatternLimit, full: readonly number[]): SearchResult {
  const at = maximizeAt(objective, limit, full);
  return { ...standingFor(limit, at, 0, full), iterations: at.iterations };
}

function atLimit(
  objective: NegativeLogLikelihood,
  full: Maximum,
  limits: readonly PatternLimit[],
): Omit<SearchResult, 'iterations'> | null {
  const [best] = limits
    .map((limit) => {
      const at = maximizeAt(objective, limit, full.parameters);
      const likelihoodRatio = Math.max(0, 2 * (at.value - full.value));
      const pValue = chiSquareTail(likelihoodRatio, full.parameters.length - at.parameters.length);
      return { limit, at, likelihoodRatio, pValue, half: at.parameters.length + at.value };
    })
    .filter(({ pValue }) => pValue > rejectionLevel)
    .sort((one, other) => order(one.half, other.half));
  return best ? standingFor(best.limit, best.at, best.likelihoodRatio, full.parameters) : null;
}

function maximizeAt(objective: NegativeLogLikelihood, limit: PatternLimit, full: readonly number[]): Maximum {
  const start = limit.start(full).map((value) => Math.min(Math.max(value, 1e-6), 1e6));
  return maximizeOnLogScale(limit.objective ?? inside(objective, limit.pattern), start);
}

function standingFor(
  { id, title, pattern }: PatternLimit,
  at: Maximum,
  likelihoodRatio: number,
  full: readonly number[],
): Omit<SearchResult, 'iterations'> {
  const size = at.parameters.length;
  return {
    parameters: embed(pattern, at.parameters),
    covarianceLog: embedCovariance(pattern, covarianceOf(at), size),
    value: at.value,
    free: size,
    boundary: { limit: id, title, likelihoodRatio, pValue: chiSquareTail(likelihoodRatio, full.length - size), full },
  };
}

/** Order by half the AIC; none where it differs by rounding alone, so that the limit that is listed first is taken. */
function order(one: number, other: number): number {
  return Math.abs(one - other) <= 1e-9 * Math.max(1, Math.abs(one)) ? 0 : one - other;
}

/** The objective on the free parameters of a limit. */
function inside(objective: NegativeLogLikelihood, pattern: readonly Slot[]): NegativeLogLikelihood {
  const inner = new Float64Array(pattern.length);
  return (values, gradient) => {
    const value = objective(embed(pattern, values), inner);
    gradient.set(pull(pattern, values, Array.from(inner)));
    return value;
  };
}

function withPrior(objective: NegativeLogLikelihood, { mean, sd }: LogNormalPrior): NegativeLogLikelihood {
  return (parameters, gradient) => {
    const penalties = parameters.map((value, index) => (log(value) - (mean[index] ?? 0)) / sd);
    const value = objective(parameters, gradient) + penalties.reduce((total, z) => total + (z * z) / 2, 0);
    penalties.forEach((z, index) => {
      gradient[index] = (gradient[index] ?? 0) + z / sd / (parameters[index] ?? 1);
    });
    return value;
  };
}

/**
 * Standard errors on the natural scale, in the order of the parameters.
 * @returns null for a parameter that a limit fixes
 */
export function naturalErrors(
  parameters: readonly number[],
  covarianceLog: readonly number[],
  boundary: Boundary | null,
): (number | null)[] {
  return parameters.map((value, index) => {
    const variance = covarianceLog[index * (parameters.length + 1)] ?? 0;
    return boundary && variance === 0 ? null : value * Math.sqrt(variance);
  });
}
