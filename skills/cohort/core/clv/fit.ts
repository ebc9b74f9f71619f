/**
 * Fits BG/NBD and Gamma-Gamma by maximum likelihood and says when the maximum lies on the boundary of the parameter space:
 * that is the normal case on real data, and a report of huge parameters would hide it.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log, sum } from '../../../sdk/numeric/index.ts';
import { bgNbdObjective, type HistoryColumns, type NegativeLogLikelihood, nbdObjective, summarizeHistories } from './bg-nbd-likelihood.ts';
import type { BgNbdParameters } from './bg-nbd.ts';
import { alikeObjective, constantObjective, gammaGammaObjective } from './gamma-gamma-likelihood.ts';
import type { GammaGammaParameters } from './gamma-gamma.ts';
import { type GroupedRows, groupRows } from './group-rows.ts';
import { boundaryLog, covarianceOf, type Maximum, maximizeOnLogScale } from './maximum.ts';

export interface Boundary {
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

export type BgNbdModel = FittedModel<BgNbdParameters> & { readonly family: 'bg-nbd' };
export type GammaGammaModel = FittedModel<GammaGammaParameters> & { readonly family: 'gamma-gamma' };

/**
 * BG/NBD by maximum likelihood. The result does not depend on the order of rows.
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 customers or without a repeat purchase
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row has tx > T
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the optimiser stops elsewhere than at a maximum or a limit
 */
export function fitBgNbd(data: HistoryColumns): BgNbdModel {
  const statistics = summarizeHistories(data);
  const { customers, repeats, meanAge } = statistics;
  if (customers < 10 || repeats === 0) {
    throw new CohortiumError('CLV_TOO_FEW_CUSTOMERS', `BG/NBD needs 10 customers and a repeat purchase; found ${customers} and ${repeats}`);
  }
  const full = maximizeOnLogScale(bgNbdObjective(statistics), [0.5, meanAge / 4, 1, 2.5]);
  const nbd = maximizeOnLogScale(nbdObjective(statistics), [0.5, meanAge / 4]);
  const boundary = bgNbdBoundary(full, nbd);
  const shared = { family: 'bg-nbd', boundary, customers, iterations: full.iterations } as const;
  if (boundary?.limit === nbdLimit) {
    const [r = 1, alpha = 1] = nbd.parameters;
    const covariance = covarianceOf(nbd);
    const [rr = 0, ra = 0, ar = 0, aa = 0] = covariance;
    return {
      ...shared,
      params: { r, alpha, a: 0, b: 1 },
      logLikelihood: -nbd.value,
      standardErrors: [...naturalErrors(nbd.parameters, covariance), null, null],
      covarianceLog: [rr, ra, 0, 0, ar, aa, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    };
  }
  if (!full.isConverged && !boundary) {
    throw new CohortiumError(
      'NUMERIC_NO_CONVERGENCE',
      `BG/NBD stopped with gradient ${full.largestGradient} after ${full.iterations} iterations`,
    );
  }
  const [r = 1, alpha = 1, a = 1, b = 1] = full.parameters;
  const covariance = covarianceOf(full);
  return {
    ...shared,
    params: { r, alpha, a, b },
    logLikelihood: -full.value,
    standardErrors: naturalErrors(full.parameters, covariance),
    covarianceLog: covariance,
  };
}

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

const nbdLimit = 'a/(a+b) → 0: nobody leaves (NBD)';

/** A Hessian worse than this has a direction in which the likelihood is flat. */
const flatCondition = 1e10;

/** Which limit the fit ran to, if any. @param nbd the limit that is fitted on its own */
function bgNbdBoundary(full: Maximum, nbd: Maximum): Boundary | null {
  // The second parameter has a time unit, so only the others can be far out.
  const [r = 0, , a = 0, b = 0] = full.parameters.map(log);
  if (!isFar(full) && full.condition <= flatCondition) return null;
  const likelihoodRatio = Math.max(0, 2 * (nbd.value - full.value));
  // The limit itself has a higher likelihood than any point on the way to it, up to the optimiser's stopping rule.
  if (likelihoodRatio < 0.01) return { limit: nbdLimit, likelihoodRatio };
  if (r > boundaryLog) return { limit: 'r → ∞: one purchase rate for all', likelihoodRatio };
  if (a > 0 && b < -boundaryLog) return { limit: 'a/(a+b) → 1: everybody leaves with the first repeat purchase', likelihoodRatio };
  if (a > boundaryLog / 2 && b > boundaryLog / 2) return { limit: 'a, b → ∞: one chance of leaving for all', likelihoodRatio };
  if (a < 0 && b < 0) return { limit: 'a, b → 0: customers leave at once or never', likelihoodRatio };
  return { limit: 'the likelihood is flat in a direction', likelihoodRatio };
}

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

function isFar({ parameters }: Maximum): boolean {
  return parameters.some((value, index) => index !== 1 && Math.abs(log(value)) > boundaryLog);
}

function naturalErrors(parameters: readonly number[], covarianceLog: readonly number[]): number[] {
  const n = parameters.length;
  return parameters.map((value, index) => {
    return value * Math.sqrt(covarianceLog[index * n + index] ?? 0);
  });
}
