/**
 * Negative log-likelihood with covariates, and its gradient. Customers with the same covariates share one set of parameters,
 * so their likelihood is computed at once; where covariates tell almost everybody apart, history by history.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { groupRows } from '../group-rows.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import type { StandardColumn } from './covariate-columns.ts';
import { type CovariateLink, shiftedParameters } from './link.ts';

/** Value and gradient as functions of the unbounded parameters and the standardised coefficients. */
export type CovariateObjective = (x: ArrayLike<number>, gradient: Float64Array) => number;

interface SameCovariates {
  /** Standardised covariates, in the order of the columns. */
  readonly z: readonly number[];
  /** Negative log-likelihood and its gradient in the natural parameters. */
  readonly likelihood: (natural: readonly number[], gradient: Float64Array) => number;
}

export interface GroupedCovariates {
  readonly objective: CovariateObjective;
  /** Different rows of history and covariates. */
  readonly distinct: number;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history */
export function covariateObjective(link: CovariateLink, data: HistoryColumns, columns: readonly StandardColumn[]): GroupedCovariates {
  summarizeHistories(data); // checks
  const grouped = groupRows([...columns.map(({ values }) => values), data.x, data.tx, data.T], data.weight);
  const groups = groupsOf(link, grouped.columns, grouped.weights, columns.length);
  const isPurchase = columns.map(({ process }) => process === 'purchase');
  const { index: dropoutIndex, sign } = link.dropout;
  const inner = new Float64Array(4);
  const objective: CovariateObjective = (x, gradient) => {
    gradient.fill(0);
    let total = 0;
    for (const { z, likelihood } of groups) {
      let [purchase, leaving] = [0, 0];
      z.forEach((value, index) => {
        const effect = value * (x[4 + index] ?? 0);
        if (isPurchase[index]) purchase += effect;
        else leaving += effect;
      });
      const natural = shiftedParameters(link, x, purchase, leaving);
      total += likelihood(natural, inner);
      link.chain(natural, inner);
      for (let index = 0; index < 4; index++) gradient[index] = (gradient[index] ?? 0) + (inner[index] ?? 0);
      z.forEach((value, index) => {
        const slope = isPurchase[index] ? -(inner[1] ?? 0) : sign * (inner[dropoutIndex] ?? 0);
        gradient[4 + index] = (gradient[4 + index] ?? 0) + value * slope;
      });
    }
    return total;
  };
  return { objective, distinct: grouped.weights.length };
}

/** Rows come sorted by covariates first. */
function groupsOf(link: CovariateLink, columns: readonly Float64Array[], weights: Float64Array, covariates: number): SameCovariates[] {
  const zOf = (row: number): number[] => columns.slice(0, covariates).map((column) => column[row] ?? 0);
  const starts: number[] = [];
  for (let row = 0; row < weights.length; row++) {
    const isNew = row === 0 || columns.slice(0, covariates).some((column) => column[row] !== column[row - 1]);
    if (isNew) starts.push(row);
  }
  const [x, tx, T] = columns.slice(covariates);
  if (!x || !tx || !T) throw new CohortiumError('INTERNAL', 'histories have three columns');
  const ofGroup = (start: number, end: number): SameCovariates['likelihood'] => {
    // Tables per count and per age pay when a group has many histories.
    if (end - start > 4) {
      const part = {
        x: x.subarray(start, end),
        tx: tx.subarray(start, end),
        T: T.subarray(start, end),
        weight: weights.subarray(start, end),
      };
      return link.family.objective(summarizeHistories(part));
    }
    const names = link.family.parameters.map(({ name }) => name);
    const single = new Float64Array(4);
    return (natural, gradient) => {
      const params = Object.fromEntries(names.map((name, index) => [name, natural[index] ?? 0]));
      let total = 0;
      gradient.fill(0);
      for (let row = start; row < end; row++) {
        const history = { x: x[row] ?? 0, tx: tx[row] ?? 0, T: T[row] ?? 0 };
        const weight = weights[row] ?? 0;
        total -= weight * link.family.logLikelihood(params, history, single);
        for (let index = 0; index < 4; index++) gradient[index] = (gradient[index] ?? 0) - weight * (single[index] ?? 0);
      }
      return total;
    };
  };
  return starts.map((start, index) => ({ z: zOf(start), likelihood: ofGroup(start, starts[index + 1] ?? weights.length) }));
}
