/**
 * Fits Pareto/NBD, BG/NBD or MBG/NBD where what is known of a customer moves the rate of purchases and of leaving. Says when
 * the maximum lies at a limit, as on most data once covariates explain part of what customers differ in.
 * @see Fader & Hardie (2007), "Incorporating time-invariant covariates into the Pareto/NBD and BG/NBD models"
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log } from '../../../../sdk/numeric/index.ts';
import type { NamedParameters } from '../families.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import { maximizeOnLogScale } from '../maximum.ts';
import { type CovariateColumns, type StandardColumn, standardizeColumns } from './covariate-columns.ts';
import { type CovariateFamily, covariateLink, takesCovariates } from './link.ts';
import { type CovariateBoundary, findLimit, maximizeCovariates, withPrior } from './maximize.ts';
import { covariateObjective } from './objective.ts';
import { estimatesOf, toOriginalScale, type UnboundedEstimates } from './original-scale.ts';

export interface CovariateFitOptions {
  /**
   * Normal prior of the standardised coefficients around zero; default standard deviation 1, which hardly moves a coefficient
   * that the data know. null: maximum likelihood.
   */
  readonly prior?: { readonly sd: number } | null;
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
  readonly boundary: CovariateBoundary | null;
  readonly customers: number;
  readonly distinct: number;
  readonly iterations: number;
  readonly prior: { readonly sd: number } | null;
}

/** Fewer say nothing about a population. */
const leastCustomers = 10;

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
  const full = maximizeCovariates(penalised, [...within, ...columns.map(() => 0)]);
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
  const ofProcess = (actsOn: StandardColumn['actsOn']): Coefficient[] =>
    columns.flatMap(({ name, actsOn: own }, index) => {
      if (own !== actsOn) return [];
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
    names: [...link.names, ...columns.map(({ actsOn, name }) => `${actsOn}:${name}`)],
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
