/**
 * Fits any timing family by maximum likelihood, or by maximum a posteriori under a weak normal prior on the log-parameters, and
 * says when the maximum lies at a limit of the parameter space: that is the normal case on real data, and a report of huge
 * parameters would hide it. The limit is then fitted on its own and stands for the model in every prediction.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { chiSquareTail, log } from '../../../sdk/numeric/index.ts';
import type { Limit, NegativeLogLikelihood, TimingFamily } from './family.ts';
import { type HistoryColumns, type HistoryStatistics, summarizeHistories } from './histories.ts';
import { boundaryLog, covarianceOf, largestVariance, type Maximum, maximizeOnLogScale } from './maximum.ts';
import { thinHistories } from './thin-histories.ts';

/** Independent normal distributions of the log-parameters, in the order of the family's parameters. */
export interface LogNormalPrior {
  /** Of the log-parameters. */
  readonly mean: readonly number[];
  /** Standard deviation on the log scale, > 0; 2 moves an ordinary fit by less than a percent. */
  readonly sd: number;
}

export interface FitOptions {
  /** Without it the fit is by maximum likelihood. `mean` is by default the logarithm of the family's own start. */
  readonly prior?: { readonly sd: number; readonly mean?: readonly number[] } | undefined;
  /** Warm start on the natural scale, all > 0. */
  readonly start?: readonly number[] | undefined;
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

/** Plain JSON, complete enough to predict on any machine. */
export interface TimingModel<P = Readonly<Record<string, number>>> {
  readonly kind: 'timing';
  /** Id of the family. */
  readonly family: string;
  /** Of the limit, embedded, where the fit ran to one. */
  readonly params: P;
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
  /** Different histories among them. */
  readonly distinct: number;
  readonly iterations: number;
  readonly prior: LogNormalPrior | null;
}

/** Fewer say nothing about a population; with a prior one is enough. */
const leastCustomers = 10;

/** A Hessian worse than this has a direction in which the likelihood is flat. */
const flatCondition = 1e10;

/** A log-parameter of this variance is known to a factor of seven either way: the data hardly speak of it. */
const vagueVariance = 4;

/** A limit that the likelihood-ratio test rejects at this level does not stand for the model. */
const rejectionLevel = 0.05;

/**
 * Fits a family to histories. The result does not depend on the order of rows; a weight counts as that many rows.
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS below 10 customers or without a repeat purchase, unless a prior is given
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history, or an option is out of its range
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the optimiser stops elsewhere than at a maximum or a limit
 */
export function fitTiming<P>(family: TimingFamily<P>, data: HistoryColumns, options: FitOptions = {}): TimingModel<P> {
  return fitStatistics(family, summarizeHistories(data), options);
}

/** {@link fitTiming} on histories that were summarised before, so that several families share the work. */
export function fitStatistics<P>(family: TimingFamily<P>, statistics: HistoryStatistics, options: FitOptions = {}): TimingModel<P> {
  const { customers, repeats } = statistics;
  if (!(customers >= (options.prior ? 1 : leastCustomers)) || (repeats === 0 && !options.prior)) {
    throw new CohortiumError(
      'CLV_TOO_FEW_CUSTOMERS',
      `${family.title} needs ${leastCustomers} customers and a repeat purchase, or a prior; found ${customers} and ${repeats}`,
    );
  }
  const prior = priorOf(family, statistics, options);
  const objective = family.objective(statistics);
  const aim = (each: NegativeLogLikelihood): NegativeLogLikelihood => (prior ? withPrior(each, prior) : each);
  const few = thinHistories(statistics);
  const rough = few && aim(family.objective(few));
  const full = maximizeOnLogScale(aim(objective), startOf(family, statistics, options), rough);
  const found = prior ? null : findBoundary(family, statistics, full);
  if (!full.isConverged && !found) {
    throw new CohortiumError(
      'NUMERIC_NO_CONVERGENCE',
      `${family.title} stopped with gradient ${full.largestGradient} after ${full.iterations} iterations`,
    );
  }
  const { parameters, covarianceLog, free } = found?.at ?? {
    parameters: full.parameters,
    covarianceLog: covarianceOf(full),
    free: full.parameters.length,
  };
  const logLikelihood = prior ? -objective(parameters, new Float64Array(parameters.length)) : -(found?.at?.value ?? full.value);
  const stride = parameters.length + 1;
  return {
    kind: 'timing',
    family: family.id,
    params: Object.fromEntries(family.parameters.map(({ name }, index) => [name, parameters[index]])) as P, // the names are the keys of P
    logLikelihood,
    free,
    aic: 2 * free - 2 * logLikelihood,
    bic: free * log(customers) - 2 * logLikelihood,
    standardErrors: parameters.map((value, index) => {
      const variance = covarianceLog[index * stride] ?? 0;
      return found?.at && variance === 0 ? null : value * Math.sqrt(variance);
    }),
    covarianceLog,
    boundary: found?.boundary ?? null,
    customers,
    distinct: statistics.rows.count.length,
    iterations: full.iterations,
    prior,
  };
}

function priorOf<P>(family: TimingFamily<P>, statistics: HistoryStatistics, { prior }: FitOptions): LogNormalPrior | null {
  if (!prior) return null;
  const mean = prior.mean ?? family.start(statistics).map(log);
  if (!(prior.sd > 0) || mean.length !== family.parameters.length || !mean.every(Number.isFinite)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `a prior needs sd > 0 and ${family.parameters.length} finite means of log-parameters; found sd ${prior.sd} and means ${mean.join(', ')}`,
    );
  }
  return { mean, sd: prior.sd };
}

function startOf<P>(family: TimingFamily<P>, statistics: HistoryStatistics, { start }: FitOptions): readonly number[] {
  if (!start) return family.start(statistics);
  if (start.length === family.parameters.length && start.every((value) => value > 0 && Number.isFinite(value))) return start;
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `a start needs ${family.parameters.length} positive numbers (${family.parameters.map(({ name }) => name).join(', ')}); found ${start.join(', ')}`,
  );
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

interface AtLimit {
  readonly parameters: readonly number[];
  readonly covarianceLog: readonly number[];
  readonly value: number;
  readonly free: number;
}

interface FoundBoundary {
  readonly boundary: Boundary;
  /** Absent where no limit explains the flat likelihood: then the full fit stands. */
  readonly at: AtLimit | undefined;
}

/**
 * The limit that stands for the model where the full fit ended far out, or where the data hardly speak of a parameter: the
 * smallest that the likelihood-ratio test does not reject, against the highest likelihood found anywhere.
 */
function findBoundary<P>(family: TimingFamily<P>, statistics: HistoryStatistics, full: Maximum): FoundBoundary | null {
  const scale = statistics.meanAge > 0 ? statistics.meanAge : 1;
  const isFar = full.parameters.some(
    (value, index) => Math.abs(log(value / (family.parameters[index]?.unit === 'time' ? scale : 1))) > boundaryLog,
  );
  const isFlat = !(full.condition <= flatCondition);
  if (!isFar && !isFlat && largestVariance(full) <= vagueVariance) return null;
  const dimension = family.parameters.length;
  const fits = family.limits.map((limit) => ({
    limit,
    at: maximizeOnLogScale(limit.objective(statistics), limit.start(full.parameters).map(clampStart)),
  }));
  // On a flat edge the full search may stop short of a maximum that lies along another edge.
  const best = fits.reduce((lowest, { at }) => Math.min(lowest, at.value), full.value);
  const [accepted] = fits
    .map(({ limit, at }) => {
      const likelihoodRatio = Math.max(0, 2 * (at.value - best));
      return { limit, at, likelihoodRatio, pValue: chiSquareTail(likelihoodRatio, dimension - limit.free) };
    })
    .filter(({ pValue }) => pValue > rejectionLevel)
    .sort((one, other) => one.limit.free - other.limit.free || one.at.value - other.at.value);
  if (!accepted) {
    if (!isFlat) return null;
    const boundary = {
      limit: 'flat',
      title: 'the likelihood is flat in a direction',
      likelihoodRatio: 0,
      pValue: 1,
      full: full.parameters,
    };
    return { boundary, at: undefined };
  }
  const { limit, at, likelihoodRatio, pValue } = accepted;
  return {
    boundary: { limit: limit.id, title: limit.title, likelihoodRatio, pValue, full: full.parameters },
    at: { parameters: limit.embed(at.parameters), covarianceLog: embedCovariance(limit, at), value: at.value, free: limit.free },
  };
}

/** Ratios of parameters on the boundary may leave the range of doubles that a search can begin in. */
function clampStart(value: number): number {
  return Math.min(Math.max(value, 1e-6), 1e6);
}

/** Covariance of the free log-parameters carried to the full ones by the derivative of the embedding. */
function embedCovariance(limit: Limit, at: Maximum): number[] {
  const free = covarianceOf(at);
  const n = at.parameters.length;
  const step = 1e-5;
  const slopes = at.parameters.map((_, column) => {
    const [up = [], down = []] = [1 + step, 1 / (1 + step)].map((factor) =>
      limit.embed(at.parameters.map((value, index) => (index === column ? value * factor : value))),
    );
    return up.map((value, row) => (value > 0 ? log(value / (down[row] ?? value)) / (2 * log(1 + step)) : 0));
  });
  const full = slopes[0]?.length ?? 0;
  return Array.from({ length: full * full }, (_, index) => {
    const [row, column] = [Math.floor(index / full), index % full];
    let total = 0;
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) total += (slopes[i]?.[row] ?? 0) * (free[i * n + j] ?? 0) * (slopes[j]?.[column] ?? 0);
    }
    return total;
  });
}
