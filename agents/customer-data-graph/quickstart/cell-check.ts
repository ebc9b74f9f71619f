/**
 * Adds up every cell of the grid, visited or not, and compares the sum with the account, customer by customer. Works from the
 * published tables alone, so it checks the numbers and not the code that made them.
 */
import { float64Column, int32Column, type Table, textColumn } from '../../../skills/sdk/index.ts';
import { sum, sumOf } from '../../../skills/sdk/numeric/index.ts';

export interface CellCheck {
  /** Sum over all accounts and cells, minor units. */
  readonly totalMinor: number;
  /** Largest relative difference between an account and the sum of its cells. */
  readonly maxRelError: number;
}

/**
 * @param scores columns clvMinor, elsewhere
 * @param cells columns account, location, channel, brand, clvMinor
 * @param priors columns location, channel, brand, share
 */
export function checkCells(scores: Table, cells: Table, priors: Table): CellCheck {
  const value = float64Column(scores, 'clvMinor');
  const elsewhere = float64Column(scores, 'elsewhere');
  const key = (table: Table, row: number): string =>
    JSON.stringify(['location', 'channel', 'brand'].map((name) => textColumn(table, name)[row] ?? ''));
  const share = float64Column(priors, 'share');
  const place = new Map(Array.from({ length: priors.rows }, (_, row) => [key(priors, row), row]));
  const owner = int32Column(cells, 'account');
  const cellValue = float64Column(cells, 'clvMinor');
  const visited = new Map<number, Map<number, number>>();
  for (let cell = 0; cell < cells.rows; cell++) {
    const own = visited.get(owner[cell] ?? 0) ?? new Map<number, number>();
    own.set(place.get(key(cells, cell)) ?? -1 - cell, cellValue[cell] ?? 0);
    visited.set(owner[cell] ?? 0, own);
  }
  let maxRelError = 0;
  const sums = Float64Array.from({ length: scores.rows }, (_, account) => {
    const own = visited.get(account) ?? new Map<number, number>();
    const clv = value[account] ?? 0;
    const unvisited = clv * (elsewhere[account] ?? 0);
    const total = sum([
      sumOf(priors.rows, (row) => own.get(row) ?? unvisited * (share[row] ?? 0)),
      ...[...own].filter(([row]) => row < 0).map(([, money]) => money),
    ]);
    if (clv !== 0) maxRelError = Math.max(maxRelError, Math.abs(total / clv - 1));
    return total;
  });
  return { totalMinor: sum(sums), maxRelError };
}
