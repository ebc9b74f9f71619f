/** Spend per customer as data: checked, cleaned of customers who tell nothing, scaled and grouped. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { log, sum, sumOf } from '../../../../sdk/numeric/index.ts';
import { type GroupedRows, groupRows } from '../group-rows.ts';

/** Columns of one length; a row is one customer, or `weight` of them. */
export interface SpendColumns {
  /** Purchases that the mean is taken over; rows below 1 are left out. */
  readonly x: ArrayLike<number>;
  /** Mean spend per purchase, in money; rows not above 0 are left out. */
  readonly meanSpend: ArrayLike<number>;
  /** How many customers a row stands for, > 0; 1 where absent. */
  readonly weight?: ArrayLike<number> | undefined;
  /** Sum of squared deviations of the x amounts from their mean, ≥ 0; Gamma-Gamma does not use it. */
  readonly withinSumOfSquares?: ArrayLike<number> | undefined;
}

/** Rows in units of the average mean spend, so that a fit does not depend on the currency. */
export interface SpendRows {
  /** Distinct (x, m) with x ≥ 1 and m > 0. */
  readonly grouped: GroupedRows;
  readonly customers: number;
  /** Money per unit. */
  readonly unit: number;
  /** Largest less smallest mean, in units. */
  readonly range: number;
  /** Spread of the means, as a variance, in units. */
  readonly variance: number;
  /** Of the amounts around each customer's mean; null where the data have none. */
  readonly within: {
    readonly sumOfSquares: number;
    readonly degrees: number;
    /** Σ log x, of the density of the mean of x amounts. */
    readonly logCounts: number;
  } | null;
}

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN when columns differ in length, or a weight or a sum of squares is out of its range
 */
export function spendRows({ x, meanSpend, weight, withinSumOfSquares }: SpendColumns): SpendRows {
  checkSpendColumns({ x, meanSpend, weight, withinSumOfSquares });
  const counts: number[] = [];
  const means: number[] = [];
  const weights: number[] = [];
  const squares: number[] = [];
  for (let row = 0; row < x.length; row++) {
    const count = x[row] ?? 0;
    const mean = meanSpend[row] ?? 0;
    if (!isSpend(count, mean, row)) continue;
    const customers = weight?.[row] ?? 1;
    const square = withinSumOfSquares?.[row] ?? 0;
    const isNumbers = Number.isFinite(count) && Number.isFinite(mean) && Number.isFinite(customers) && Number.isFinite(square);
    if (!isNumbers || !(customers > 0) || square < 0) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `row ${row}: spend needs finite numbers, a weight > 0 and a sum of squares ≥ 0; found x=${count}, meanSpend=${mean}, weight=${customers}, withinSumOfSquares=${square}`,
      );
    }
    counts.push(count);
    means.push(mean);
    weights.push(customers);
    squares.push(square);
  }
  const customers = sum(weights);
  const weighted = (term: (row: number) => number): number => sumOf(counts.length, (row) => (weights[row] ?? 0) * term(row));
  const unit = weighted((row) => means[row] ?? 0) / customers;
  const scaled = means.map((mean) => mean / unit);
  const [low, high] = scaled.reduce(([least, most], mean) => [Math.min(least, mean), Math.max(most, mean)], [Infinity, 0]);
  return {
    grouped: groupRows([counts, scaled], weight ? weights : undefined),
    customers,
    unit,
    range: Math.max(0, high - low),
    variance: weighted((row) => ((scaled[row] ?? 1) - 1) * ((scaled[row] ?? 1) - 1)) / customers,
    within: withinSumOfSquares
      ? {
          sumOfSquares: weighted((row) => (squares[row] ?? 0) / unit / unit),
          degrees: weighted((row) => (counts[row] ?? 1) - 1),
          logCounts: weighted((row) => log(counts[row] ?? 1)),
        }
      : null,
  };
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when columns differ in length */
export function checkSpendColumns({ x, ...columns }: SpendColumns): void {
  for (const [name, column] of Object.entries(columns)) {
    if (column && column.length !== x.length) {
      throw new CohortiumError('NUMERIC_DOMAIN', `the columns need one length; found x ${x.length}, ${name} ${column.length}`);
    }
  }
}

/**
 * Whether a row says something of spend. NaN is not "nothing spent": leaving it out would hide that the data are broken.
 * @throws {CohortiumError} NUMERIC_DOMAIN for a count that is NaN, or a mean that is where there are purchases
 */
export function isSpend(count: number, mean: number, row: number): boolean {
  if (count < 1 || (count >= 1 && !Number.isNaN(mean))) return count >= 1 && mean > 0;
  throw new CohortiumError('NUMERIC_DOMAIN', `row ${row}: spend needs numbers; found x=${count}, meanSpend=${mean}`);
}
