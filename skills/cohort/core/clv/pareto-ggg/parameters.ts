/** What the population parameters of Pareto/GGG are, and the statistics of customers that its sampler reads. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log, sum } from '../../../../sdk/numeric/index.ts';
import type { HistoryColumns } from '../histories.ts';
import { checkHistory } from '../histories.ts';

/** Six numbers that describe the population; times in the unit of the histories. */
export interface ParetoGggParameters {
  /** Shape of the regularity k of customers, > 0: k ~ Gamma(t, gamma). */
  readonly t: number;
  /** Rate parameter of the regularity, > 0. */
  readonly gamma: number;
  /** Shape of the purchase rate, > 0: λ ~ Gamma(r, alpha), and the mean time between purchases is 1/λ. */
  readonly r: number;
  /** Rate parameter of the purchase rate, > 0, in time units. */
  readonly alpha: number;
  /** Shape of the rate of leaving, > 0: μ ~ Gamma(s, beta), and lifetimes are exponential with mean 1/μ. */
  readonly s: number;
  /** Rate parameter of the rate of leaving, > 0, in time units. */
  readonly beta: number;
}

export const parameterNames = ['t', 'gamma', 'r', 'alpha', 's', 'beta'] as const;

/** Histories with times in units of the mean age, so that the priors mean the same in any unit. */
export interface ScaledHistories {
  readonly x: Float64Array;
  readonly tx: Float64Array;
  readonly T: Float64Array;
  readonly logGaps: Float64Array;
  /** Of the caller's time. */
  readonly unit: number;
}

/**
 * @param unit default the mean age
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history, has a repeat purchase without a finite logGaps, or has a weight
 */
export function scaleHistories(data: HistoryColumns, unit: number = sum(data.T) / data.T.length): ScaledHistories {
  const { x, tx, T, logGaps, weight } = data;
  if (weight) throw new CohortiumError('NUMERIC_DOMAIN', 'Pareto/GGG samples each customer: it takes no weights; repeat the rows instead');
  if (!(unit > 0)) throw new CohortiumError('NUMERIC_DOMAIN', `Pareto/GGG needs customers of some age; their mean age is ${unit}`);
  if (tx.length !== x.length || T.length !== x.length || logGaps?.length !== x.length) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `Pareto/GGG needs the columns x, tx, T and logGaps of one length; found ${x.length}, ${tx.length}, ${T.length} and ${logGaps?.length ?? 'none'}`,
    );
  }
  const logUnit = log(unit);
  const scaledGaps = Float64Array.from({ length: x.length }, (_, row) => {
    const count = x[row] ?? Number.NaN;
    checkHistory(count, tx[row] ?? Number.NaN, T[row] ?? Number.NaN);
    const gaps = count === 0 ? 0 : (logGaps[row] ?? Number.NaN);
    if (!Number.isInteger(count) || !Number.isFinite(gaps)) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `row ${row}: needs an integer count and a finite sum of the logarithms of gaps; found x=${count}, logGaps=${gaps}`,
      );
    }
    return gaps - count * logUnit;
  });
  return {
    x: Float64Array.from(x),
    tx: Float64Array.from(tx, (value) => value / unit),
    T: Float64Array.from(T, (value) => value / unit),
    logGaps: scaledGaps,
    unit,
  };
}
