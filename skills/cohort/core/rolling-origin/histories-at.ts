/** What was known on a day: histories of accounts and of their cells, and what was bought in the days after. */
import type { CellCounts } from '../grid.ts';
import type { SplitDays } from '../split-days.ts';

/** Purchase histories in columns, time in weeks, money in minor units. */
export interface SpendHistories {
  readonly x: Float64Array;
  readonly tx: Float64Array;
  readonly T: Float64Array;
  /** Net, on the x repeat days. */
  readonly repeatSpendMinor: Float64Array;
  readonly totalSpendMinor: Float64Array;
  /** Purchase days: x + 1. */
  readonly days: Float64Array;
}

export interface KnownAt {
  /** Accounts that had bought by then; others count for nothing, before and after. */
  readonly accounts: SpendHistories;
  /** Visited cells by account and combination. */
  readonly cells: CellCounts & { readonly histories: SpendHistories };
  /** What the accounts spent in each cell after the origin, by account and combination. */
  readonly outcome: { readonly account: Int32Array; readonly combination: Int32Array; readonly money: Float64Array };
}

const daysPerWeek = 7;

/**
 * @param log every purchase day, before and after the origin
 * @param origin last day that is known
 * @param horizonDays days after it that count as outcome
 */
export function knownAt(log: SplitDays, origin: number, horizonDays: number): KnownAt {
  const index = new Map<number, number>();
  for (let row = 0; row < log.account.length; row++) {
    const account = log.account[row] ?? 0;
    if ((log.day[row] ?? 0) <= origin && !index.has(account)) index.set(account, index.size);
  }
  const byAccount = Array.from({ length: index.size }, () => makeSeries());
  const byCell = Array.from({ length: index.size }, () => new Map<number, Series>());
  const after = Array.from({ length: index.size }, () => new Map<number, number>());
  for (let row = 0; row < log.account.length; row++) {
    const at = index.get(log.account[row] ?? 0);
    if (at === undefined) continue;
    const day = log.day[row] ?? 0;
    const combination = log.combination[row] ?? 0;
    const money = log.money[row] ?? 0;
    if (day > origin) {
      const spent = after[at];
      if (day <= origin + horizonDays) spent?.set(combination, (spent.get(combination) ?? 0) + money);
      continue;
    }
    const cells = byCell[at];
    const cell = cells?.get(combination) ?? makeSeries();
    cells?.set(combination, cell);
    cell.baskets += log.baskets[row] ?? 0;
    addDay(cell, day, money);
    const account = byAccount[at];
    if (account) addDay(account, day, money);
  }
  const cells = byCell.flatMap((map, account) =>
    [...map].sort(([a], [b]) => a - b).map(([combination, series]) => ({ account, combination, series })),
  );
  const outcome = after.flatMap((map, account) =>
    [...map].sort(([a], [b]) => a - b).map(([combination, money]) => ({ account, combination, money })),
  );
  return {
    accounts: columnsOf(byAccount, origin),
    cells: {
      accounts: index.size,
      account: Int32Array.from(cells, ({ account }) => account),
      combination: Int32Array.from(cells, ({ combination }) => combination),
      baskets: Float64Array.from(cells, ({ series }) => series.baskets),
      histories: columnsOf(
        cells.map(({ series }) => series),
        origin,
      ),
    },
    outcome: {
      account: Int32Array.from(outcome, ({ account }) => account),
      combination: Int32Array.from(outcome, ({ combination }) => combination),
      money: Float64Array.from(outcome, ({ money }) => money),
    },
  };
}

interface Series {
  first: number;
  last: number;
  days: number;
  firstMoney: number;
  money: number;
  baskets: number;
}

function makeSeries(): Series {
  return { first: Number.NaN, last: Number.NaN, days: 0, firstMoney: 0, money: 0, baskets: 0 };
}

/** Rows come by day within an account, so that a day that was seen before is the last one. */
function addDay(series: Series, day: number, money: number): void {
  if (series.days === 0) series.first = day;
  if (series.last !== day) series.days += 1;
  if (day === series.first) series.firstMoney += money;
  series.last = day;
  series.money += money;
}

function columnsOf(list: readonly Series[], origin: number): SpendHistories {
  const column = (of: (series: Series) => number): Float64Array => Float64Array.from(list, of);
  return {
    x: column(({ days }) => days - 1),
    tx: column(({ first, last }) => (last - first) / daysPerWeek),
    T: column(({ first }) => (origin - first) / daysPerWeek),
    repeatSpendMinor: column(({ money, firstMoney, days }) => (days > 1 ? money - firstMoney : 0)),
    totalSpendMinor: column(({ money }) => money),
    days: column(({ days }) => days),
  };
}
