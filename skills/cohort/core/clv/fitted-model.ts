/** What every fitted model says of its fit, whatever it is a model of; plain JSON. */
import { log } from '../../../sdk/numeric/index.ts';
import { type Boundary, type LogNormalPrior, naturalErrors, type SearchResult } from './limit-search.ts';

export interface FittedModel {
  readonly logLikelihood: number;
  /** Free parameters: those of the limit where the fit ran to one. */
  readonly free: number;
  readonly aic: number;
  readonly bic: number;
  /** Of the parameters on their natural scale, in the family's order; null for a parameter fixed by a limit. */
  readonly standardErrors: readonly (number | null)[];
  /**
   * Row-major covariance of the log-parameters in the family's order; zero for a parameter fixed by a limit. Where the
   * likelihood is flat it includes a prior of standard deviation 2 on the log scale, and so do the standard errors.
   */
  readonly covarianceLog: readonly number[];
  readonly boundary: Boundary | null;
  /** Customers that entered the fit: the sum of the weights. */
  readonly customers: number;
  /** Different rows among them. */
  readonly distinct: number;
  readonly iterations: number;
  readonly prior: LogNormalPrior | null;
}

/** @param found on the scale that the model is reported in */
export function describeFit(
  found: SearchResult,
  { customers, distinct, prior }: Pick<FittedModel, 'customers' | 'distinct' | 'prior'>,
): FittedModel {
  const { value, free, covarianceLog, boundary, iterations } = found;
  return {
    // Without a negative zero, which JSON would lose.
    logLikelihood: 0 - value,
    free,
    aic: 2 * free + 2 * value,
    bic: free * log(customers) + 2 * value,
    standardErrors: naturalErrors(found),
    covarianceLog,
    boundary,
    customers,
    distinct,
    iterations,
    prior,
  };
}
