/**
 * Purchase days over cells: a day in one cell counts there, a day over several is split by the value bought in each. So days
 * add up over locations and over channels to whole days of the account, brands get fractions, and money is where it was spent.
 */
import { CohortiumError } from '../../sdk/errors.ts';
import type { DatedCells } from './age-weights.ts';

/** What was bought, in columns, in any order; several rows of one account, day and cell are added. */
export interface PurchaseLines {
  readonly accounts: number;
  /** 0 … accounts − 1. */
  readonly account: ArrayLike<number>;
  readonly day: ArrayLike<number>;
  /** Index into the grid. */
  readonly combination: ArrayLike<number>;
  /** Value in minor units; returns below zero. */
  readonly money: ArrayLike<number>;
}

/** Rows by account, day, combination. */
export interface SplitDays extends DatedCells {
  readonly day: Float64Array;
  readonly baskets: Float64Array;
  readonly money: Float64Array;
}

/**
 * @returns parts in [0, 1] that sum to one for each account and day: by positive value, or even where there is none
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, codes that are no index, or numbers that are not finite
 */
export function splitDays(lines: PurchaseLines): SplitDays {
  check(lines);
  const rows = lines.account.length;
  const of = (column: ArrayLike<number>, row: number): number => column[row] ?? 0;
  const order = Array.from({ length: rows }, (_, row) => row).sort(
    (a, b) =>
      of(lines.account, a) - of(lines.account, b) ||
      of(lines.day, a) - of(lines.day, b) ||
      of(lines.combination, a) - of(lines.combination, b) ||
      of(lines.money, a) - of(lines.money, b),
  );
  const account: number[] = [];
  const day: number[] = [];
  const combination: number[] = [];
  const money: number[] = [];
  for (const row of order) {
    const last = account.length - 1;
    const isSame = account[last] === lines.account[row] && day[last] === lines.day[row] && combination[last] === lines.combination[row];
    if (isSame) money[last] = (money[last] ?? 0) + of(lines.money, row);
    else {
      account.push(of(lines.account, row));
      day.push(of(lines.day, row));
      combination.push(of(lines.combination, row));
      money.push(of(lines.money, row));
    }
  }
  const baskets = new Float64Array(account.length);
  for (let start = 0; start < account.length;) {
    let end = start + 1;
    while (end < account.length && account[end] === account[start] && day[end] === day[start]) end += 1;
    let bought = 0;
    for (let row = start; row < end; row++) bought += Math.max(0, money[row] ?? 0);
    for (let row = start; row < end; row++) baskets[row] = bought > 0 ? Math.max(0, money[row] ?? 0) / bought : 1 / (end - start);
    start = end;
  }
  return {
    accounts: lines.accounts,
    account: Int32Array.from(account),
    combination: Int32Array.from(combination),
    day: Float64Array.from(day),
    baskets,
    money: Float64Array.from(money),
  };
}

function check({ accounts, account, day, combination, money }: PurchaseLines): void {
  for (const [name, column] of Object.entries({ day, combination, money })) {
    if (column.length !== account.length) {
      throw new CohortiumError('NUMERIC_DOMAIN', `the columns need one length; found account ${account.length}, ${name} ${column.length}`);
    }
  }
  for (let row = 0; row < account.length; row++) {
    const who = account[row] ?? Number.NaN;
    const where = combination[row] ?? Number.NaN;
    if (!Number.isInteger(who) || who < 0 || who >= accounts || !Number.isInteger(where) || where < 0) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `row ${row}: account ${who} and combination ${where} must be indexes, accounts below ${accounts}`,
      );
    }
    if (!Number.isFinite(day[row]) || !Number.isFinite(money[row])) {
      throw new CohortiumError('NUMERIC_DOMAIN', `row ${row}: day ${day[row]} and money ${money[row]} must be finite numbers`);
    }
  }
}
