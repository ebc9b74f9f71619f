/** The days on which accounts bought: from the table of visits, cut at any day, to histories and the gaps between purchases. */
import { log } from '../../sdk/numeric/index.ts';

/** Distinct purchase days, ascending per account: those of account i are day[start[i] … start[i + 1] − 1]. */
export interface PurchaseDays {
  readonly start: Int32Array;
  readonly day: Int32Array;
}

/** @param account ascending, with equal days of one account side by side, as visits are ordered */
export function purchaseDaysOf(account: Int32Array, day: Int32Array, accounts: number): PurchaseDays {
  const start = new Int32Array(accounts + 1);
  const days = new Int32Array(day.length);
  let count = 0;
  for (let row = 0; row < day.length; row++) {
    const isSame = row > 0 && account[row] === account[row - 1] && day[row] === day[row - 1];
    if (isSame) continue;
    days[count++] = day[row] ?? 0;
    start[(account[row] ?? 0) + 1] = count;
  }
  for (let index = 1; index <= accounts; index++) start[index] = Math.max(start[index] ?? 0, start[index - 1] ?? 0);
  return { start, day: days.slice(0, count) };
}

/** Sum of the logarithms of the gaps between an account's purchases; 0 with one purchase. @param timeOf rising time of a day */
export function purchaseGaps({ start, day }: PurchaseDays, timeOf: (day: number) => number): Float64Array {
  return Float64Array.from({ length: start.length - 1 }, (_, account) => {
    let total = 0;
    for (let at = (start[account] ?? 0) + 1; at < (start[account + 1] ?? 0); at++) {
      total += log(timeOf(day[at] ?? 0) - timeOf(day[at - 1] ?? 0));
    }
    return total;
  });
}

/** What was known of each account on a day, and the purchase days of the days after it. */
export interface DaysAtOrigin {
  /** Accounts that had bought by the day, ascending. */
  readonly account: Int32Array;
  /** Repeat purchase days. */
  readonly x: Int32Array;
  readonly firstDay: Int32Array;
  readonly lastDay: Int32Array;
  readonly outcome: Int32Array;
  /** The days that were known. */
  readonly purchaseDays: PurchaseDays;
}

/** @param origin last day that is known @param outcomeDays length of the time after it that is counted */
export function daysAtOrigin({ start, day }: PurchaseDays, origin: number, outcomeDays: number): DaysAtOrigin {
  const accounts: number[] = [];
  const known: number[][] = [];
  const outcome: number[] = [];
  for (let account = 0; account < start.length - 1; account++) {
    const own = Array.from(day.subarray(start[account], start[account + 1]));
    const before = own.filter((at) => at <= origin);
    if (before.length === 0) continue;
    accounts.push(account);
    known.push(before);
    outcome.push(own.filter((at) => at > origin && at <= origin + outcomeDays).length);
  }
  const ends = new Int32Array(known.length + 1);
  known.forEach((list, index) => {
    ends[index + 1] = (ends[index] ?? 0) + list.length;
  });
  return {
    account: Int32Array.from(accounts),
    x: Int32Array.from(known, (list) => list.length - 1),
    firstDay: Int32Array.from(known, (list) => list[0] ?? 0),
    lastDay: Int32Array.from(known, (list) => list.at(-1) ?? 0),
    outcome: Int32Array.from(outcome),
    purchaseDays: { start: ends, day: Int32Array.from(known.flat()) },
  };
}
