/**
 * Simulated futures: for each customer and draw, how many purchases come in the horizon, where, and for how much. What
 * intervals are read from, because a future that is mostly zero and sometimes large has no honest closed-form interval.
 * Doubt about the parameters is shared by all customers of a draw; chance is each customer's own.
 */
import { exp, type Rng } from '../../sdk/numeric/index.ts';
import type { AllocationModel } from './allocation.ts';
import { type BgNbdParameters, logProbabilityAlive } from './clv/index.ts';
import type { CellCounts } from './grid.ts';

export interface PurchaseHistory {
  readonly x: ArrayLike<number>;
  /** Weeks. */
  readonly tx: ArrayLike<number>;
  /** Weeks. */
  readonly T: ArrayLike<number>;
}

/**
 * Number of purchases of one customer in the next `weeks`, drawn exactly: alive or not, then the rate and the chance of
 * leaving from their posteriors, then the smaller of a Poisson count and the purchase after which the customer leaves.
 */
export function drawPurchases(rng: Rng, parameters: BgNbdParameters, x: number, tx: number, T: number, weeks: number): number {
  const { r, alpha, a, b } = parameters;
  if (x > 0 && rng.uniform() >= exp(logProbabilityAlive(parameters, x, tx, T))) return 0;
  const rate = rng.gamma(r + x) / (alpha + T);
  const count = rng.poisson(rate * weeks);
  if (count === 0 || a === 0) return count;
  const leaving = rng.beta(a, b + x);
  for (let purchase = 1; purchase < count; purchase++) {
    if (rng.uniform() < leaving) return purchase;
  }
  return count;
}

/** Where purchases go: the Dirichlet-multinomial predictive of each account, drawn one purchase after the other. */
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
