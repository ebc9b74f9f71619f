/**
 * Negative log-likelihood with covariates, and its gradient. Customers with the same covariates share one set of parameters,
 * so their likelihood is computed at once; where covariates tell almost everybody apart, history by history.
 */
import type { NegativeLogLikelihood } from '../family.ts';
import { groupRows } from '../group-rows.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import type { StandardColumn } from './covariate-columns.ts';
import { type CovariateLink, shiftedParameters } from './link.ts';

/** Value and gradient as functions of the unbounded parameters and the standardised coefficients. */
export type CovariateObjective = (x: ArrayLike<number>, gradient: Float64Array) => number;

export interface GroupedCovariates {
  readonly objective: CovariateObjective;
  /** Different rows of history and covariates. */
  readonly distinct: number;
}

/** Rows start … end − 1 have the same covariates. */
interface SameCovariates {
  readonly start: number;
  readonly end: number;
  /** Tables per count and per age, which pay when a group has many histories. */
  readonly likelihood: NegativeLogLikelihood | null;
}

/** Fewer different histories than this cost less one by one. */
const worthTables = 5;

/** @throws {CohortiumError} NUMERIC_DOMAIN when a row is no history */
export function covariateObjective(link: CovariateLink, data: HistoryColumns, columns: readonly StandardColumn[]): GroupedCovariates {
  summarizeHistories(data); // checks
  // Sorted by covariates first.
  const grouped = groupRows([...columns.map(({ values }) => values), data.x, data.tx, data.T], data.weight);
  const covariates = grouped.columns.slice(0, columns.length);
  const [x = none, tx = none, T = none] = grouped.columns.slice(columns.length);
  const rows: Rows = { x, tx, T, weight: grouped.weights };
  const groups = groupsOf(link, covariates, rows);
  const oneByOne = historyByHistory(link, rows);
  const isPurchase = columns.map(({ actsOn }) => actsOn === 'purchase');
  const { index: dropoutIndex, sign } = link.dropout;
  const inner = new Float64Array(4);
  const objective: CovariateObjective = (at, gradient) => {
    gradient.fill(0);
    let [total, lost] = [0, 0];
    for (const { start, end, likelihood } of groups) {
      let [purchase, leaving] = [0, 0];
      for (let index = 0; index < covariates.length; index++) {
        const effect = (covariates[index]?.[start] ?? 0) * (at[4 + index] ?? 0);
        if (isPurchase[index]) purchase += effect;
        else leaving += effect;
      }
      const natural = shiftedParameters(link, at, purchase, leaving);
      // Compensated: a search for the last digits would stall on the rounding of a hundred thousand terms.
      const value = likelihood ? likelihood(natural, inner) : oneByOne(natural, start, end, inner);
      const next = total + value;
      lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
      total = next;
      link.chain(natural, inner);
      for (let index = 0; index < 4; index++) gradient[index] = (gradient[index] ?? 0) + (inner[index] ?? 0);
      for (let index = 0; index < covariates.length; index++) {
        const slope = isPurchase[index] ? -(inner[1] ?? 0) : sign * (inner[dropoutIndex] ?? 0);
        gradient[4 + index] = (gradient[4 + index] ?? 0) + (covariates[index]?.[start] ?? 0) * slope;
      }
    }
    return total + lost;
  };
  return { objective, distinct: grouped.weights.length };
}

const none = new Float64Array(0);

interface Rows {
  readonly x: Float64Array;
  readonly tx: Float64Array;
  readonly T: Float64Array;
  readonly weight: Float64Array;
}

function groupsOf(link: CovariateLink, covariates: readonly Float64Array[], { x, tx, T, weight }: Rows): SameCovariates[] {
  const starts: number[] = [];
  for (let row = 0; row < x.length; row++) {
    if (row === 0 || covariates.some((column) => column[row] !== column[row - 1])) starts.push(row);
  }
  return starts.map((start, index) => {
    const end = starts[index + 1] ?? x.length;
    if (end - start < worthTables) return { start, end, likelihood: null };
    const part = { x: x.subarray(start, end), tx: tx.subarray(start, end), T: T.subarray(start, end), weight: weight.subarray(start, end) };
    return { start, end, likelihood: link.family.objective(summarizeHistories(part)) };
  });
}

/** Negative log-likelihood of some rows, and its gradient; the same objects serve all of them. */
function historyByHistory(
  { family }: CovariateLink,
  { x, tx, T, weight }: Rows,
): (natural: readonly number[], start: number, end: number, gradient: Float64Array) => number {
  const params: Record<string, number> = Object.fromEntries(family.parameters.map(({ name }) => [name, 0]));
  const names = Object.keys(params);
  const history = { x: 0, tx: 0, T: 0 };
  const single = new Float64Array(4);
  return (natural, start, end, gradient) => {
    names.forEach((name, index) => (params[name] = natural[index] ?? 0));
    let total = 0;
    gradient.fill(0);
    for (let row = start; row < end; row++) {
      history.x = x[row] ?? 0;
      history.tx = tx[row] ?? 0;
      history.T = T[row] ?? 0;
      const customers = weight[row] ?? 0;
      total -= customers * family.logLikelihood(params, history, single);
      for (let index = 0; index < 4; index++) gradient[index] = (gradient[index] ?? 0) - customers * (single[index] ?? 0);
    }
    return total;
  };
}
