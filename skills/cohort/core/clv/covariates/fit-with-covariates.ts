/**
 * Fits Pareto/NBD, BG/NBD or MBG/NBD where what is known of a customer moves the rate of purchases and of leaving. Says when
 * the maximum lies at a limit, as on most data once covariates explain part of what customers differ in.
 * @see Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models"
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { chiSquareTail, exp, log } from '../../../../sdk/numeric/index.ts';
import type { NamedParameters } from '../families.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import { boundaryLog, covarianceOf, type Maximum, maximizeOnLogScale } from '../maximum.ts';
import { type CovariateColumns, type StandardColumn, standardizeColumns } from './covariate-columns.ts';
import { type CovariateFamily, type CovariateLimit, covariateLink, takesCovariates } from './link.ts';
import { covariateObjective, type CovariateObjective } from './objective.ts';

export interface CovariateFitOptions {
  /**
   * Normal prior of the standardised coefficients around zero; default standard deviation 1, which hardly moves a coefficient
   * that the data know. null: maximum likelihood.
   */
  readonly prior?: { readonly sd: number } | null;
}

/** Estimates on scales without bounds, in the order of `names`. */
export interface UnboundedEstimates {
  readonly values: readonly number[];
  /** null for a parameter that a limit holds. */
  readonly standardErrors: readonly (number | null)[];
  /** Row-major; zero for a parameter that a limit holds. */
  readonly covariance: readonly number[];
}

export interface Coefficient {
  readonly name: string;
  /** Per unit of the covariate. */
  readonly value: number;
  readonly standardError: number;
  /** Per standard deviation of the covariate. */
  readonly standardized: number;
  readonly standardizedError: number;
}

/** Plain JSON, complete enough to predict on any machine. */
export interface CovariateModel {
  readonly kind: 'timing-with-covariates';
  readonly family: CovariateFamily;
  /** Of a customer whose covariates are all zero. */
  readonly params: NamedParameters;
  /** Of a customer whose covariates are all average. */
  readonly averageParams: NamedParameters;
  /** By name. A positive one means more purchases. */
  readonly purchase: readonly Coefficient[];
  /** By name. A positive one means leaving sooner. */
  readonly dropout: readonly Coefficient[];
  /** Such as log r, log alpha, logit phi, log kappa, purchase:age, dropout:age. */
  readonly names: readonly string[];
  /** Where covariates are as they were given. */
  readonly original: UnboundedEstimates;
  /** Where covariates have mean 0 and standard deviation 1. */
  readonly standardized: UnboundedEstimates;
  readonly logLikelihood: number;
  readonly free: number;
  readonly aic: number;
  readonly bic: number;
  readonly boundary: {
    readonly limit: string;
    readonly title: string;
    readonly likelihoodRatio: number;
    /** Of χ² with one degree of freedom: on a boundary an upper bound. */
    readonly pValue: number;
    /** Unbounded standardised estimates that the full fit ended on. */
    readonly full: readonly number[];
  } | null;
  readonly customers: number;
  readonly distinct: number;
  readonly iterations: number;
  readonly prior: { readonly sd: number } | null;
}

/** Fewer say nothing about a population. */
const leastCustomers = 10;
/** A Hessian worse than this has a direction in which the likelihood is flat. */
const flatCondition = 1e10;
/** Log-likelihoods closer than this are the same up to the optimiser's stopping rule. */
const sameLikelihood = 0.005;

/**
 * Fits a family with covariates; neither the order of rows nor that of covariates matters.
 * @param covariates columns as long as the histories; a category of n values needs n − 1 columns of 0 and 1
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row or a covariate is not usable, or there is no covariate
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 customers or without a repeat purchase
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the optimiser stops elsewhere than at a maximum or a limit
 */
export function fitWithCovariates(
  family: CovariateFamily,
  data: HistoryColumns,
  covariates: CovariateColumns,
  options: CovariateFitOptions = {},
): CovariateModel {
  if (!takesCovariates(family)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `'${String(family)}' takes no covariates; these do: bg-nbd, mbg-nbd, pareto-nbd`);
  }
  const prior = options.prior === undefined ? { sd: 1 } : options.prior;
  if (prior && !(prior.sd > 0)) throw new CohortiumError('NUMERIC_DOMAIN', `the prior needs a standard deviation > 0; found ${prior.sd}`);
  const columns = standardizeColumns(covariates, data.x.length, data.weight);
  if (columns.length === 0) throw new CohortiumError('NUMERIC_DOMAIN', 'there is no covariate; use fitTiming for a fit without any');
  const link = covariateLink(family);
  const statistics = summarizeHistories(data);
  const { customers, repeats } = statistics;
  if (!(customers >= leastCustomers) || repeats === 0) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `${link.family.title} needs ${leastCustomers} customers and a repeat purchase; found ${customers} and ${repeats}`,
    );
  }
  const { objective, distinct } = covariateObjective(link, data, columns);
  const penalised = prior ? withPrior(objective, prior.sd) : objective;
  // The fit without covariates is where theirs begins.
  const plain = maximizeOnLogScale(link.family.objective(statistics), link.family.start(statistics));
  const within = link.unbounded(plain.parameters).map((value) => Math.min(Math.max(value, -6), 6));
  const full = maximize(penalised, [...within, ...columns.map(() => 0)]);
  const scale = statistics.meanAge > 0 ? log(statistics.meanAge) : 0;
  const found = findLimit(
    link.limits,
    penalised,
    full,
    link.names.map((name) => (/alpha|beta/.test(name) ? scale : 0)),
  );
  if (!full.maximum.isConverged && !found) {
    throw new CohortiumError(
      'NUMERIC_NO_CONVERGENCE',
      `${link.family.title} with covariates stopped with gradient ${full.maximum.largestGradient} after ${full.maximum.iterations} iterations`,
    );
  }
  const at = found?.at ?? full;
  const logLikelihood = -objective(at.values, new Float64Array(at.values.length));
  const free = at.values.length - (found?.at ? 1 : 0);
  const standardized = estimatesOf(at.values, at.covariance);
  const original = toOriginalScale(at, columns, link.dropout);
  const ofProcess = (process: StandardColumn['process']): Coefficient[] =>
    columns.flatMap(({ name, process: own }, index) => {
      if (own !== process) return [];
      return {
        name,
        value: original.values[4 + index] ?? 0,
        standardError: original.standardErrors[4 + index] ?? 0,
        standardized: standardized.values[4 + index] ?? 0,
        standardizedError: standardized.standardErrors[4 + index] ?? 0,
      };
    });
  const named = (unbounded: readonly number[]): NamedParameters => {
    const natural = link.natural(unbounded.slice(0, 4));
    return Object.fromEntries(link.family.parameters.map(({ name }, index) => [name, natural[index] ?? 0]));
  };
  return {
    kind: 'timing-with-covariates',
    family,
    params: named(original.values),
    averageParams: named(standardized.values),
    purchase: ofProcess('purchase'),
    dropout: ofProcess('dropout'),
    names: [...link.names, ...columns.map(({ process, name }) => `${process}:${name}`)],
    original,
    standardized,
    logLikelihood,
    free,
    aic: 2 * free - 2 * logLikelihood,
    bic: free * log(customers) - 2 * logLikelihood,
    boundary: found?.boundary ?? null,
    customers,
    distinct,
    iterations: full.maximum.iterations,
    prior,
  };
}

interface Found {
  readonly values: readonly number[];
  readonly covariance: readonly number[];
  readonly maximum: Maximum;
}

/** Coefficients may be negative, so the optimiser for positive parameters gets the exponentials of all. */
function maximize(objective: CovariateObjective, start: readonly number[], held?: CovariateLimit): Found {
  const place = (free: readonly number[]): number[] => (held ? free.toSpliced(held.index, 0, held.value) : [...free]);
  const inner = new Float64Array(start.length);
  const begin = held ? start.toSpliced(held.index, 1) : start;
  const maximum = maximizeOnLogScale((positive, gradient) => {
    const value = objective(place(positive.map(log)), inner);
    const slopes = held ? Array.from(inner).toSpliced(held.index, 1) : inner;
    slopes.forEach((slope, index) => {
      gradient[index] = slope / (positive[index] ?? 1);
    });
    return value;
  }, begin.map(exp));
  return { values: place(maximum.parameters.map(log)), covariance: withHeld(covarianceOf(maximum), begin.length, held), maximum };
}

function withHeld(covariance: readonly number[], size: number, held: CovariateLimit | undefined): readonly number[] {
  if (!held) return covariance;
  const wide = size + 1;
  const from = (index: number): number => (index > held.index ? index - 1 : index);
  return Array.from({ length: wide * wide }, (_, cell) => {
    const [row, column] = [Math.floor(cell / wide), cell % wide];
    return row === held.index || column === held.index ? 0 : (covariance[from(row) * size + from(column)] ?? 0);
  });
}

interface FoundLimit {
  readonly boundary: NonNullable<CovariateModel['boundary']>;
  /** Absent where no limit explains the flat likelihood: then the full fit stands. */
  readonly at: Found | undefined;
}

/** The first limit that is as likely as where the full fit ended, if that end is far out or flat. */
function findLimit(
  limits: readonly CovariateLimit[],
  objective: CovariateObjective,
  full: Found,
  scales: readonly number[],
): FoundLimit | null {
  const { condition } = full.maximum;
  const isFar = full.values.slice(0, 4).some((value, index) => Math.abs(value - (scales[index] ?? 0)) > boundaryLog);
  if (!isFar && condition <= flatCondition) return null;
  for (const limit of limits) {
    const at = maximize(
      objective,
      full.values.map((value) => Math.min(Math.max(value, -14), 14)),
      limit,
    );
    if (!(at.maximum.value <= full.maximum.value + sameLikelihood)) continue;
    const likelihoodRatio = Math.max(0, 2 * (at.maximum.value - full.maximum.value));
    const boundary = { limit: limit.id, title: limit.title, likelihoodRatio, pValue: chiSquareTail(likelihoodRatio, 1), full: full.values };
    return { boundary, at };
  }
  if (condition <= flatCondition) return null;
  const title = 'the likelihood is flat in a direction: covariates that repeat each other, or that the data say nothing of';
  return { boundary: { limit: 'flat', title, likelihoodRatio: 0, pValue: 1, full: full.values }, at: undefined };
}

function withPrior(objective: CovariateObjective, sd: number): CovariateObjective {
  return (x, gradient) => {
    let value = objective(x, gradient);
    for (let index = 4; index < gradient.length; index++) {
      const z = (x[index] ?? 0) / sd;
      value += (z * z) / 2;
      gradient[index] = (gradient[index] ?? 0) + z / sd;
    }
    return value;
  };
}

function estimatesOf(values: readonly number[], covariance: readonly number[]): UnboundedEstimates {
  const standardErrors = values.map((_, index) => {
    const variance = covariance[index * (values.length + 1)] ?? 0;
    return variance > 0 ? Math.sqrt(variance) : null;
  });
  return { values, standardErrors, covariance };
}

/** A linear change: coefficients over their deviations, and the two shifted parameters back to covariates of zero. */
function toOriginalScale(
  at: Found,
  columns: readonly StandardColumn[],
  dropout: { readonly index: number; readonly sign: 1 | -1 },
): UnboundedEstimates {
  const n = at.values.length;
  const map = Array.from({ length: n }, (_, row) => new Float64Array(n).fill(1, row, row + 1));
  columns.forEach(({ process, mean, sd }, index) => {
    const target = process === 'purchase' ? map[1] : map[dropout.index];
    const sign = process === 'purchase' ? 1 : -dropout.sign;
    if (target) target[4 + index] = (sign * mean) / sd;
    map[4 + index]?.fill(1 / sd, 4 + index, 5 + index);
  });
  const values = map.map((row) => row.reduce((total, weight, index) => total + weight * (at.values[index] ?? 0), 0));
  const half = map.map((row) =>
    Array.from({ length: n }, (_, column) => row.reduce((total, weight, k) => total + weight * (at.covariance[k * n + column] ?? 0), 0)),
  );
  const covariance = half.flatMap((left) => map.map((right) => right.reduce((total, weight, k) => total + weight * (left[k] ?? 0), 0)));
  return estimatesOf(values, covariance);
}
