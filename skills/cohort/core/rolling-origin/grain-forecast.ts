/**
 * Money that every account is expected to spend in every cell, kept small: a value for each cell that the account has visited,
 * and for all others one amount per account that is spread by one list of shares.
 */
import { sum } from '../../../sdk/numeric/index.ts';
import type { CellCounts } from '../grid.ts';

export interface GrainForecast {
  /** Of each visited cell, in the order of the cells, ≥ 0. */
  readonly visited: Float64Array;
  /** Per account: an unvisited cell is expected to get elsewhere[account] · spread[combination]. */
  readonly elsewhere: Float64Array;
  readonly spread: Float64Array;
}

/** Sum over the combinations that an account has not visited of the spread, per account. */
export function unvisitedSpread(cells: CellCounts, spread: Float64Array): Float64Array {
  const left = new Float64Array(cells.accounts).fill(sum(spread));
  cells.account.forEach((account, row) => {
    left[account] = Math.max(0, (left[account] ?? 0) - (spread[cells.combination[row] ?? 0] ?? 0));
  });
  return left;
}

/** Sum of each account over all cells. */
export function accountTotals(cells: CellCounts, { visited, elsewhere, spread }: GrainForecast): Float64Array {
  const totals = unvisitedSpread(cells, spread).map((share, account) => share * (elsewhere[account] ?? 0));
  cells.account.forEach((account, row) => {
    totals[account] = (totals[account] ?? 0) + (visited[row] ?? 0);
  });
  return totals;
}

/** Sum of each combination over all accounts. */
export function cellTotals(cells: CellCounts, { visited, elsewhere, spread }: GrainForecast): Float64Array {
  const rest = new Float64Array(spread.length).fill(sum(elsewhere));
  cells.combination.forEach((combination, row) => {
    rest[combination] = Math.max(0, (rest[combination] ?? 0) - (elsewhere[cells.account[row] ?? 0] ?? 0));
  });
  const totals = rest.map((amount, combination) => amount * (spread[combination] ?? 0));
  cells.combination.forEach((combination, row) => {
    totals[combination] = (totals[combination] ?? 0) + (visited[row] ?? 0);
  });
  return totals;
}
