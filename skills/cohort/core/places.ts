/** Where the purchases of a simulated future go: to places of the account's own and to places it has never been to. */
import type { Rng } from '../../sdk/numeric/index.ts';
import type { AllocationModel } from './allocation.ts';
import type { CellCounts } from './grid.ts';

/** The Dirichlet-multinomial predictive of each account, drawn one purchase after the other. */
export interface PlaceSampler {
  /** Starts a new future of an account. */
  readonly begin: (account: number) => void;
  /** Combination of the next purchase of that future. */
  readonly next: (rng: Rng) => number;
}

/**
 * Sampler by Pólya's urn: the base shares with weight S, the account's own days with weight n, and what this future drew
 * before with weight one each. Its mean is the Dirichlet posterior mean that values are allocated by.
 */
export function placeSampler(model: AllocationModel, cells: CellCounts): PlaceSampler {
  const weight = model.concentration.value;
  const cumulative = new Float64Array(model.prior.length);
  let total = 0;
  model.prior.forEach((share, index) => {
    total += share;
    cumulative[index] = total;
  });
  const { start, rows } = rowsByAccount(cells);
  const drawn: number[] = [];
  let account = 0;
  let own = 0;

  const fromOwn = (position: number): number => {
    let left = position;
    const end = start[account + 1] ?? 0;
    for (let index = start[account] ?? 0; index < end; index++) {
      const row = rows[index] ?? 0;
      left -= cells.baskets[row] ?? 0;
      if (left < 0 || index === end - 1) return cells.combination[row] ?? 0;
    }
    return 0;
  };
  return {
    begin: (next) => {
      account = next;
      own = model.accountBaskets[next] ?? 0;
      drawn.length = 0;
    },
    next: (rng) => {
      const position = rng.uniform() * (weight + own + drawn.length);
      const found =
        position < weight
          ? searchCumulative(cumulative, (position / weight) * total)
          : position < weight + own
            ? fromOwn(position - weight)
            : (drawn[Math.min(drawn.length - 1, Math.floor(position - weight - own))] ?? 0);
      drawn.push(found);
      return found;
    },
  };
}

/** First index whose cumulative value is above the position. */
function searchCumulative(cumulative: Float64Array, position: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cumulative[middle] ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Cell rows grouped by account: rows[start[i] … start[i + 1] − 1]. */
function rowsByAccount(cells: CellCounts): { readonly start: Int32Array; readonly rows: Int32Array } {
  const start = new Int32Array(cells.accounts + 1);
  cells.account.forEach((account) => {
    start[account + 1] = (start[account + 1] ?? 0) + 1;
  });
  for (let account = 0; account < cells.accounts; account++) start[account + 1] = (start[account + 1] ?? 0) + (start[account] ?? 0);
  const next = start.slice();
  const rows = new Int32Array(cells.account.length);
  cells.account.forEach((account, row) => {
    const at = next[account] ?? 0;
    rows[at] = row;
    next[account] = at + 1;
  });
  return { start, rows };
}
