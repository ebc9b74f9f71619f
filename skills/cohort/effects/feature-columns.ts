/** Feature tables as the columns that the cores take. */
import { float64Column, int32Column, type Table, textColumn } from '../../sdk/index.ts';
import type { SharesRequest } from '../core/choose-shares.ts';
import { type CellCounts, type CellGrid, makeGrid } from '../core/grid.ts';
import type { PeriodData } from '../core/model.ts';
import { purchaseDaysOf } from '../core/purchase-days.ts';

interface AccountColumns extends PeriodData {
  readonly x: Int32Array;
  readonly txDays: Int32Array;
  readonly TDays: Int32Array;
  readonly repeatSpendMinor: Float64Array;
  readonly totalSpendMinor: Float64Array;
  readonly baskets: Int32Array;
  readonly firstDay: Int32Array;
}

/** The home location of each account, which weights and calibration are by. */
export function homesOf(profiles: Table): string[] {
  return textColumn(profiles, 'homeLocation').map((location) => (location === '' ? 'unknown' : location));
}

/** @param visits left out where only predictions are made: they need no gaps between purchases */
export function accountColumns(accounts: Table, visits?: Table): AccountColumns {
  const noDays = new Int32Array();
  return {
    purchaseDays: purchaseDaysOf(
      visits ? int32Column(visits, 'account') : noDays,
      visits ? int32Column(visits, 'day') : noDays,
      accounts.rows,
    ),
    x: int32Column(accounts, 'x'),
    txDays: int32Column(accounts, 'txDays'),
    TDays: int32Column(accounts, 'TDays'),
    repeatSpendMinor: float64Column(accounts, 'repeatSpendMinor'),
    totalSpendMinor: float64Column(accounts, 'totalSpendMinor'),
    baskets: int32Column(accounts, 'baskets'),
    firstDay: int32Column(accounts, 'firstDay'),
  };
}

export function weeklyColumns(weekly: Table): { readonly week: Int32Array; readonly repeatBaskets: Int32Array } {
  return { week: int32Column(weekly, 'week'), repeatBaskets: int32Column(weekly, 'repeatBaskets') };
}

export function cellColumns(table: Table, accounts: number): { readonly grid: CellGrid; readonly cells: CellCounts } {
  const grid = makeGrid(textColumn(table, 'location'), textColumn(table, 'channel'), textColumn(table, 'brand'));
  return {
    grid,
    cells: {
      accounts,
      account: int32Column(table, 'account'),
      combination: grid.ofCell,
      baskets: float64Column(table, 'baskets'),
    },
  };
}

/** @param code combination of each row of the cells that the visits point to */
export function visitColumns(visits: Table, code: Int32Array, accounts: number): SharesRequest['visits'] {
  return {
    accounts,
    account: int32Column(visits, 'account'),
    combination: int32Column(visits, 'cell').map((cell) => code[cell] ?? 0),
    day: int32Column(visits, 'day'),
    baskets: float64Column(visits, 'share'),
    money: float64Column(visits, 'spendMinor'),
  };
}

/** Combination of each cell of another day's table in a grid that has all of its places. */
export function codesIn(grid: CellGrid, cells: Table): Int32Array {
  const [location, channel, brand] = ['location', 'channel', 'brand'].map((name) => textColumn(cells, name));
  const keyOf = (one = '', two = '', three = ''): string => `${one}\n${two}\n${three}`;
  const codeOf = new Map(
    Array.from(grid.location, (code, index) => [
      keyOf(grid.locations[code], grid.channels[grid.channel[index] ?? 0], grid.brands[grid.brand[index] ?? 0]),
      index,
    ]),
  );
  return Int32Array.from({ length: cells.rows }, (_, row) => codeOf.get(keyOf(location?.[row], channel?.[row], brand?.[row])) ?? 0);
}
