/**
 * How value comes to the cells: tries the ways on earlier days of the history, takes the one that predicted best, and makes the
 * shares of every account with it. Only ways that add up to the account and leave something for unvisited cells can win.
 */
import { isCohortiumError } from '../../sdk/errors.ts';
import { sum } from '../../sdk/numeric/index.ts';
import { agedCounts, chooseHalfLife, type DatedCells, type HalfLife, type HalfLifeTrial } from './age-weights.ts';
import { fitAllocation } from './allocation.ts';
import type { AnyTimingFamily } from './clv/index.ts';
import type { Concentration } from './concentration.ts';
import { dirichletShares, type GrainShares } from './grain-shares.ts';
import type { CellCounts, CellGrid } from './grid.ts';
import { chooseGrainMethod, type GrainEvidence, type GrainMethod, forecastGrain } from './rolling-origin/index.ts';

/** The ways that can be chosen; `auto` tries all of them. */
export const shareMethods = ['account-shares', 'least-squares', 'proportional-fitting'] as const satisfies readonly GrainMethod[];
export type ShareMethod = (typeof shareMethods)[number];

export interface SharesRequest {
  readonly method: ShareMethod | 'auto';
  readonly grid: CellGrid;
  /** Visited cells up to the as-of day. */
  readonly cells: CellCounts;
  /** The visits behind them, with money. */
  readonly visits: DatedCells & { readonly money: ArrayLike<number> };
  /** Visits up to the cut-off, with codes of the same grid; what the ways are tried on. */
  readonly earlierVisits: DatedCells & { readonly money: ArrayLike<number> };
  readonly asOfDay: number;
  readonly cutoffDay: number;
  /** Days before the cut-off that the ways are tried from, latest first; none where the history is too short. */
  readonly origins: readonly number[];
  readonly windowDays: number;
  readonly horizonDays: number;
  /** Of accounts and of cells. */
  readonly family: AnyTimingFamily;
}

export interface SharesEvidence {
  readonly method: ShareMethod;
  /** Why nothing was tried; empty when it was. */
  readonly reason: string;
  /** Error of each way over the least of any, 1 is best; null for one that could not be fitted. */
  readonly scores: readonly { readonly method: GrainMethod; readonly score: number | null; readonly reason: string }[];
  readonly contest: readonly GrainEvidence[];
  /** Days after which a purchase day counts half, and what was tried; null for no fading. */
  readonly halfLifeDays: HalfLife;
  readonly halfLives: readonly HalfLifeTrial[];
}

export interface ChosenShares {
  readonly shares: GrainShares;
  /** Of the account shares, which also spread what lies elsewhere. */
  readonly concentration: Concentration;
  readonly marginWeight: Concentration;
  readonly evidence: SharesEvidence;
}

/** A way must be better than account shares by this much of the score. */
const leastImprovement = 0.01;

export function chooseShares(request: SharesRequest): ChosenShares {
  const { grid, cells, visits, earlierVisits, asOfDay, cutoffDay, origins } = request;
  const tried = tryMethods(request);
  const fading =
    tried.method === 'account-shares' && origins.length > 0
      ? chooseHalfLife(grid, earlierVisits, origins[0] ?? cutoffDay - 1, cutoffDay)
      : { halfLifeDays: null, concentration: undefined, trials: [] };
  const aged = fading.halfLifeDays === null ? cells : inOrderOf(cells, agedCounts(visits, asOfDay, fading.halfLifeDays));
  const allocation = fitAllocation(grid, aged, {
    prior: 'effects',
    ...(fading.halfLifeDays === null || !fading.concentration ? {} : { concentration: fading.concentration }),
  });
  const shares = dirichletShares(allocation, aged);
  return {
    shares: tried.method === 'account-shares' ? shares : reconciled(tried.method, request, shares),
    concentration: allocation.concentration,
    marginWeight: allocation.marginWeight,
    evidence: { ...tried, halfLifeDays: fading.halfLifeDays, halfLives: fading.trials },
  };
}

type Tried = Pick<SharesEvidence, 'method' | 'reason' | 'scores' | 'contest'>;

function tryMethods({ method, grid, earlierVisits, origins, windowDays, family }: SharesRequest): Tried {
  const untried = (reason: string): Tried => ({ method: method === 'auto' ? 'account-shares' : method, reason, scores: [], contest: [] });
  if (method !== 'auto') return untried('the configuration names the way');
  if (origins.length === 0) return untried('the history before the cut-off is too short');
  if (grid.location.length < 2) return untried('there is one cell');
  try {
    const { scores, evidence } = chooseGrainMethod({ lines: earlierVisits, grid, family, origins, horizonDays: windowDays });
    const own = scores.find((entry) => entry.method === 'account-shares')?.score ?? 1;
    let best: { method: ShareMethod; score: number } = { method: 'account-shares', score: own * (1 - leastImprovement) };
    for (const candidate of shareMethods) {
      const score = scores.find((entry) => entry.method === candidate)?.score ?? null;
      if (score !== null && score < best.score) best = { method: candidate, score };
    }
    return { method: best.method, reason: '', scores, contest: evidence };
  } catch (error) {
    if (!isCohortiumError(error)) throw error;
    return untried(error.message);
  }
}

/** Shares of each account in what the reconciled models expect of it; accounts of which they expect nothing keep theirs. */
function reconciled(
  method: Exclude<ShareMethod, 'account-shares'>,
  { grid, visits, asOfDay, horizonDays, family, cells }: SharesRequest,
  fallback: GrainShares,
): GrainShares {
  const { forecast, totals, rowOf } = forecastGrain(method, { lines: visits, grid, family, day: asOfDay, horizonDays });
  const size = grid.location.length;
  const visited = fallback.visited.map((share, row) => {
    const account = cells.account[row] ?? 0;
    const total = totals[account] ?? 0;
    const at = rowOf.get(account * size + (cells.combination[row] ?? 0)) ?? -1;
    return total > 0 ? (forecast.visited[at] ?? 0) / total : share;
  });
  const scale = sum(forecast.spread);
  const spread = forecast.spread.map((share) => share / scale);
  return { ...closeShares(visited, spread, cells), spread, weight: fallback.weight };
}

/** What the visited cells leave of each account goes elsewhere; where there is no elsewhere, the visited cells take all. */
function closeShares(visited: Float64Array, spread: Float64Array, cells: CellCounts): Pick<GrainShares, 'visited' | 'elsewhere'> {
  const inside = new Float64Array(cells.accounts);
  const outside = new Float64Array(cells.accounts).fill(1);
  cells.account.forEach((account, row) => {
    inside[account] = (inside[account] ?? 0) + (visited[row] ?? 0);
    outside[account] = (outside[account] ?? 0) - (spread[cells.combination[row] ?? 0] ?? 0);
  });
  const hasOutside = outside.map((share) => Number(share > 1e-12));
  return {
    visited: visited.map((share, row) => {
      const account = cells.account[row] ?? 0;
      const all = inside[account] ?? 0;
      return all > 1 || hasOutside[account] === 0 ? share / all : share;
    }),
    elsewhere: outside.map((share, account) => (hasOutside[account] === 1 ? Math.max(0, 1 - (inside[account] ?? 0)) / share : 0)),
  };
}

/** Faded days of the same cells in the order of the cells. */
function inOrderOf(cells: CellCounts, aged: CellCounts): CellCounts {
  const size = cells.combination.reduce((most, code) => Math.max(most, code), 0) + 1;
  const rowOf = new Map(Array.from(aged.account, (account, row) => [account * size + (aged.combination[row] ?? 0), row]));
  const baskets = Float64Array.from(cells.account, (account, row) => {
    return aged.baskets[rowOf.get(account * size + (cells.combination[row] ?? 0)) ?? -1] ?? 0;
  });
  return { ...cells, baskets };
}
