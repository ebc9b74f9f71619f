/**
 * Whether money adds up: each account's value against the sum of its cells, the never-visited ones included, and the sum
 * over all accounts against the sum over the whole grid. The two sides are computed apart from each other.
 */
import { sum } from '../../sdk/numeric/index.ts';
import { combinationValues, type GrainShares, unvisitedShares } from './grain-shares.ts';
import type { CellCounts } from './grid.ts';

export interface Coherence {
  /** Sum over the accounts. */
  readonly accountTotalMinor: number;
  /** Sum over every combination of the grid, computed from the combinations. */
  readonly cellTotalMinor: number;
  /** Largest relative difference of an account and its cells, or of the two totals. */
  readonly maxRelativeError: number;
}

/**
 * @param valueMinor value of each account, ≥ 0
 * @param cellValueMinor value of each visited cell, in the order of `cells`
 */
export function checkCoherence(shares: GrainShares, cells: CellCounts, valueMinor: Float64Array, cellValueMinor: Float64Array): Coherence {
  const unvisited = unvisitedShares(shares, cells);
  const partsOf = new Map<number, number[]>();
  cells.account.forEach((account, row) => {
    const parts = partsOf.get(account) ?? [];
    parts.push(cellValueMinor[row] ?? 0);
    partsOf.set(account, parts);
  });
  let worst = 0;
  valueMinor.forEach((value, account) => {
    const parts = partsOf.get(account) ?? [];
    parts.push(value * (unvisited[account] ?? 0));
    worst = Math.max(worst, relativeDifference(sum(parts), value));
  });
  const accountTotalMinor = sum(valueMinor);
  const cellTotalMinor = sum(combinationValues(shares, cells, valueMinor));
  return { accountTotalMinor, cellTotalMinor, maxRelativeError: Math.max(worst, relativeDifference(cellTotalMinor, accountTotalMinor)) };
}

function relativeDifference(a: number, b: number): number {
  const scale = Math.max(Math.abs(a), Math.abs(b));
  return scale === 0 ? 0 : Math.abs(a - b) / scale;
}
