/** Where the purchases of a simulated future go: to places of the account's own and to places it has never been to. */
import type { Rng } from '../../sdk/numeric/index.ts';
import type { GrainShares } from './grain-shares.ts';
import type { CellCounts } from './grid.ts';

/** The Dirichlet-multinomial predictive of each account, drawn one purchase after the other. */
export interface PlaceSampler {
  /** Starts a new future of an account. */
  readonly begin: (account: number) => void;
  /** Combination of the next purchase of that future. */
  readonly next: (rng: Rng) => number;
}

/**
 * Sampler by Pólya's urn: the account's shares with their weight, and what this future drew before with weight one each. Its
 * mean is the shares, which values are allocated by.
 */
export function placeSampler(shares: GrainShares, cells: CellCounts): PlaceSampler {
  const { visited, spread, weight } = shares;
  const cumulative = new Float64Array(spread.length);
  let total = 0;
  spread.forEach((share, index) => {
    total += share;
    cumulative[index] = total;
  });
  const { start, rows } = rowsByAccount(cells);
  const drawn: number[] = [];
  const own = new Set<number>();
  let account = 0;

  const elsewhere = (rng: Rng): number => {
    // Rejection ends: this part of the urn is only reached when some share lies elsewhere.
    for (let attempt = 0; attempt < mostAttempts; attempt++) {
      const found = searchCumulative(cumulative, rng.uniform() * total);
      if (!own.has(found)) return found;
    }
    return searchCumulative(cumulative, rng.uniform() * total);
  };
  return {
    begin: (next) => {
      account = next;
      drawn.length = 0;
      own.clear();
      for (let index = start[next] ?? 0; index < (start[next + 1] ?? 0); index++) own.add(cells.combination[rows[index] ?? 0] ?? 0);
    },
    next: (rng) => {
      const days = weight[account] ?? 0;
      const position = rng.uniform() * (days + drawn.length);
      let found = drawn[Math.min(drawn.length - 1, Math.floor(position - days))] ?? -1;
      if (position < days || found < 0) {
        let left = position / days;
        found = -1;
        for (let index = start[account] ?? 0; index < (start[account + 1] ?? 0) && found < 0; index++) {
          const row = rows[index] ?? 0;
          left -= visited[row] ?? 0;
          if (left < 0) found = cells.combination[row] ?? 0;
        }
        if (found < 0) found = elsewhere(rng);
      }
      drawn.push(found);
      return found;
    },
  };
}

/** Draws before a share elsewhere is taken to be rounding. */
const mostAttempts = 1000;

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
