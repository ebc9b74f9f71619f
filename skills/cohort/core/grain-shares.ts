/**
 * The share of an account's value that each cell of the grid has, kept small: a share for each cell that the account has
 * visited, and for all others one number per account that is spread by one list of shares. An account's shares sum to one, so
 * money adds up whatever the account is worth.
 */
import { sum } from '../../sdk/numeric/index.ts';
import { type AllocationModel, cellShares } from './allocation.ts';
import type { CellCounts } from './grid.ts';

export interface GrainShares {
  /** Of each visited cell, in the order of the cells, ≥ 0. */
  readonly visited: Float64Array;
  /** Per account: a cell that it never visited has the share elsewhere[account] · spread[combination]. */
  readonly elsewhere: Float64Array;
  /** Per combination of the grid; sums to one. */
  readonly spread: Float64Array;
  /** Per account: how many purchase days the shares weigh when places of future purchases are drawn. */
  readonly weight: Float64Array;
}

/** The Dirichlet posterior mean: (S·π + k) / (S + n) where k days were spent, S·π / (S + n) where none were. */
export function dirichletShares(model: AllocationModel, cells: CellCounts): GrainShares {
  const S = model.concentration.value;
  const weight = model.accountBaskets.map((days) => S + days);
  return { visited: cellShares(model, cells), elsewhere: weight.map((days) => S / days), spread: model.prior, weight };
}

/** Share of each account's value in cells that it never visited. */
export function unvisitedShares({ elsewhere, spread }: Pick<GrainShares, 'elsewhere' | 'spread'>, cells: CellCounts): Float64Array {
  const unseen = new Float64Array(cells.accounts).fill(sum(spread));
  cells.account.forEach((account, row) => {
    unseen[account] = (unseen[account] ?? 0) - (spread[cells.combination[row] ?? 0] ?? 0);
  });
  return unseen.map((share, account) => Math.max(0, share) * (elsewhere[account] ?? 0));
}

/**
 * Value of each combination of the grid over all accounts: what everybody spends elsewhere, and what those who have visited it
 * spend there beyond that.
 */
export function combinationValues(
  { visited, elsewhere, spread }: GrainShares,
  cells: CellCounts,
  valueMinor: ArrayLike<number>,
): Float64Array {
  const everybody = sum(elsewhere.map((share, account) => share * (valueMinor[account] ?? 0)));
  const values = spread.map((share) => share * everybody);
  cells.combination.forEach((combination, row) => {
    const account = cells.account[row] ?? 0;
    const beyond = (visited[row] ?? 0) - (elsewhere[account] ?? 0) * (spread[combination] ?? 0);
    values[combination] = (values[combination] ?? 0) + (valueMinor[account] ?? 0) * beyond;
  });
  return values;
}
