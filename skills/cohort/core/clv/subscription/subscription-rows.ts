/** Subscriptions as data: how long each lasted, or a table of survivors; checked, and reduced to counts per period. */
import { CohortiumError } from '../../../../sdk/errors.ts';

/** Columns of one length; a row is one customer, or `weight` of them. */
export interface SubscriptionColumns {
  /** Where churned: the renewal at which the customer left, ≥ 1. Where not: renewals made so far, ≥ 0. Whole numbers. */
  readonly period: ArrayLike<number>;
  /** 1 or true where the customer left. */
  readonly isChurned: ArrayLike<number | boolean>;
  /** How many customers a row stands for, > 0; 1 where absent. */
  readonly weight?: ArrayLike<number> | undefined;
}

/** Renewals faced and not made, by renewal; index 0 is the first. */
export interface RenewalCounts {
  readonly customers: number;
  /** Customers who made renewal t, at index t − 1. */
  readonly renewed: Float64Array;
  /** Customers who left at renewal t, at index t − 1. */
  readonly left: Float64Array;
  /** Different rows. */
  readonly distinct: number;
}

const mostPeriods = 1_000_000;

/**
 * Rows from tables of survivors, one table per cohort.
 * @param tables customers at the start, then those left after each renewal: `[1000, 869, 743]`; must not grow
 * @throws {CohortiumError} NUMERIC_DOMAIN when a table grows, is empty or has a negative number
 */
export function survivalTable(...tables: readonly (readonly number[])[]): Required<SubscriptionColumns> {
  const period: number[] = [];
  const isChurned: number[] = [];
  const weight: number[] = [];
  const add = (t: number, left: number, customers: number): void => {
    if (customers === 0) return;
    period.push(t);
    isChurned.push(left);
    weight.push(customers);
  };
  tables.forEach((table, index) => {
    const isFalling = table.every((count, t) => Number.isFinite(count) && count >= 0 && count <= (table[t - 1] ?? count));
    if (table.length === 0 || !isFalling) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `survivor table ${index} must have numbers ≥ 0 that do not grow; found ${table.join(', ')}`,
      );
    }
    for (let t = 1; t < table.length; t++) add(t, 1, (table[t - 1] ?? 0) - (table[t] ?? 0));
    add(table.length - 1, 0, table.at(-1) ?? 0);
  });
  return { period, isChurned, weight };
}

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN naming the first row that is no subscription
 */
export function countRenewals({ period, isChurned, weight }: SubscriptionColumns): RenewalCounts {
  // Callers without types bring rows where columns are asked for.
  if (period === undefined || isChurned === undefined) {
    throw new CohortiumError('NUMERIC_DOMAIN', 'subscriptions are columns, { period: [3, 5], isChurned: [1, 0] }; found none of that name');
  }
  if (isChurned.length !== period.length || (weight && weight.length !== period.length)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `the columns need one length; found period ${period.length}, isChurned ${isChurned.length}, weight ${weight?.length ?? 'none'}`,
    );
  }
  let last = 0;
  for (let row = 0; row < period.length; row++) {
    const t = period[row] ?? Number.NaN;
    const customers = weight?.[row] ?? 1;
    const least = isChurned[row] ? 1 : 0;
    if (!Number.isInteger(t) || t < least || t > mostPeriods || !(customers > 0 && Number.isFinite(customers))) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `row ${row}: a subscription needs a whole period from ${least} to ${mostPeriods} and a weight > 0; found ${t} and ${customers}`,
      );
    }
    last = Math.max(last, t);
  }
  const left = new Float64Array(last);
  const open = new Float64Array(last + 1);
  for (let row = 0; row < period.length; row++) {
    const t = period[row] ?? 0;
    const customers = weight?.[row] ?? 1;
    if (isChurned[row]) left[t - 1] = (left[t - 1] ?? 0) + customers;
    else open[t] = (open[t] ?? 0) + customers;
  }
  const renewed = new Float64Array(last);
  let beyond = open[last] ?? 0;
  for (let t = last; t >= 1; t--) {
    renewed[t - 1] = beyond;
    beyond += (left[t - 1] ?? 0) + (open[t - 1] ?? 0);
  }
  const distinct = left.filter((count) => count > 0).length + open.filter((count) => count > 0).length;
  return { customers: beyond, renewed, left, distinct };
}
