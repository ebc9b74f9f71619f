/**
 * Fits Gamma-Gamma by maximum likelihood and says when the maximum lies on the boundary of the parameter space.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log, sum } from '../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from './family.ts';
import { alikeObjective, constantObjective, gammaGammaObjective } from './gamma-gamma-likelihood.ts';
import type { GammaGammaParameters } from './gamma-gamma.ts';
import { type GroupedRows, groupRows } from './group-rows.ts';
import { boundaryLog, covarianceOf, type Maximum, maximizeOnLogScale } from './maximum.ts';

interface Boundary {
  /** Which limit the data prefer, in the papers' parameters. */
  readonly limit: string;
  /** 2 × (log-likelihood of the full model − of the limit; of NBD where the limit has no fit of its own). */
  readonly likelihoodRatio: number;
}

interface FittedModel<Parameters> {
  readonly params: Parameters;
  readonly logLikelihood: number;
  /** Of the parameters on their natural scale, in the order of params; null for a parameter fixed by a limit. */
  readonly standardErrors: readonly (number | null)[];
  /**
   * Row-major covariance of the log-parameters in the order of params; zero for a parameter fixed by a limit. Where the
   * likelihood is flat it includes a prior of standard deviation 2 on the log scale, and so do the standard errors.
   */
  readonly covarianceLog: readonly number[];
  readonly boundary: Boundary | null;
  /** Customers that entered the fit. */
  readonly customers: number;
  readonly iterations: number;
}

export type GammaGammaModel = FittedModel<GammaGammaParameters> & { readonly family: 'gamma-gamma' };

/**
 * Gamma-Gamma by maximum likelihood on the customers with x ≥ 1 and a positive mean.
 * @param data x purchases and their mean spend, in money
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 such customers
 */
export function fitGammaGamma(data: { readonly x: ArrayLike<number>; readonly meanSpend: ArrayLike<number> }): GammaGammaModel {
  const counts: number[] = [];
  const means: number[] = [];
  for (let row = 0; row < data.x.length; row++) {
    const x = data.x[row] ?? 0;
    const m = data.meanSpend[row] ?? 0;
    if (x >= 1 && m > 0) {
      counts.push(x);
      means.push(m);
    }
  }
  if (counts.length < 10)
    throw new CohortiumError('CLV_TOO_FEW_CUSTOMERS', `Gamma-Gamma needs 10 customers with a repeat purchase; found ${counts.length}`);
  // In units of the average mean, so that the start is near whatever the currency.
  const unit = sum(means) / means.length;
  const rows = groupRows([counts, means.map((mean) => mean / unit)]);
  const found = maximizeOnLogScale(gammaGammaObjective(rows), [4, 4, 0.75]);
  const boundary = gammaGammaBoundary(found, rows);
  if (!found.isConverged && !boundary) {
    throw new CohortiumError(
      'NUMERIC_NO_CONVERGENCE',
      `Gamma-Gamma stopped with gradient ${found.largestGradient} after ${found.iterations} iterations`,
    );
  }
  const [p = 1, q = 1, v = 1] = found.parameters;
  const covariance = covarianceOf(found);
  return {
    family: 'gamma-gamma',
    params: { p, q, v: v * unit },
    logLikelihood: -found.value - counts.length * log(unit),
    standardErrors: naturalErrors([p, q, v * unit], covariance),
    covarianceLog: covariance,
    boundary,
    customers: counts.length,
    iterations: found.iterations,
  };
}

/** A Hessian worse than this has a direction in which the likelihood is flat. */
const flatCondition = 1e10;

/** The limit of Gamma-Gamma that is as likely as the fit, which then stands for it. */
function gammaGammaBoundary(full: Maximum, rows: GroupedRows): Boundary | null {
  if (!full.parameters.some((value) => Math.abs(log(value)) > boundaryLog) && full.condition <= flatCondition) return null;
  const ratio = (objective: NegativeLogLikelihood): number => Math.max(0, 2 * (maximizeOnLogScale(objective, [1, 1]).value - full.value));
  const alike = ratio(alikeObjective(rows));
  const constant = ratio(constantObjective(rows));
  return alike <= constant
    ? { limit: 'q → ∞: all customers spend alike', likelihoodRatio: alike }
    : { limit: 'p → ∞: a customer always pays the same', likelihoodRatio: constant };
}

function naturalErrors(parameters: readonly number[], covarianceLog: readonly number[]): number[] {
  const n = parameters.length;
  return parameters.map((value, index) => {
    return value * Math.sqrt(covarianceLog[index * n + index] ?? 0);
  });
}
