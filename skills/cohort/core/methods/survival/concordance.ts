/** Harrell's concordance: of two customers at risk together, how often the one with the higher hazard has the event first. */
import type { RiskSets } from './risk-sets.ts';

export interface Concordance {
  /** (concordant + half of the ties) / all pairs; 0.5 says nothing, 1 orders every pair; null where no pair can be compared. */
  readonly share: number | null;
  readonly concordant: number;
  readonly discordant: number;
  /** Pairs with the same linear predictor. */
  readonly tied: number;
}

/**
 * Counted exactly, by a tree of partial sums over the ranks of the linear predictor.
 * @see Harrell, Lee & Mark (1996), "Multivariable prognostic models"; Fenwick (1994)
 */
export function concordance(sets: RiskSets, beta: Float64Array): Concordance {
  const { width, points, stopRank, event, bounds, enterRank, entries } = sets;
  const rows = stopRank.length;
  const predictor = new Float64Array(rows);
  for (let place = 0; place < rows; place++) {
    let eta = 0;
    for (let j = 0; j < width; j++) eta += (points[place * width + j] ?? 0) * (beta[j] ?? 0);
    predictor[place] = eta + 0;
  }
  const { rankOf, ranks } = denseRanks(predictor);
  const tree = new Float64Array(ranks + 1);
  const equals = new Float64Array(ranks);
  const change = (place: number, by: number): void => {
    const rank = rankOf[place] ?? 0;
    equals[rank] = (equals[rank] ?? 0) + by;
    for (let at = rank + 1; at <= ranks; at += at & -at) tree[at] = (tree[at] ?? 0) + by;
  };
  const below = (rank: number): number => {
    let total = 0;
    for (let at = rank; at > 0; at -= at & -at) total += tree[at] ?? 0;
    return total;
  };
  let concordant = 0;
  let discordant = 0;
  let tied = 0;
  for (let stratum = 0; stratum + 1 < bounds.length; stratum++) {
    const end = bounds[stratum + 1] ?? 0;
    const late = entries[stratum] ?? new Uint32Array();
    tree.fill(0);
    equals.fill(0);
    let present = 0;
    let removed = 0;
    for (let place = bounds[stratum] ?? 0; place < end;) {
      const from = place;
      const rank = stopRank[place] ?? 0;
      for (; removed < late.length && (enterRank?.[late[removed] ?? 0] ?? 0) > rank; removed++, present--) change(late[removed] ?? 0, -1);
      for (; place < end && stopRank[place] === rank; place++) {
        if (event[place] === 1) continue;
        change(place, 1);
        present += 1;
      }
      for (let at = from; at < place; at++) {
        if (event[at] === 0) continue;
        const own = rankOf[at] ?? 0;
        const lower = below(own);
        const equal = equals[own] ?? 0;
        concordant += lower;
        tied += equal;
        discordant += present - lower - equal;
      }
      for (let at = from; at < place; at++) {
        if (event[at] === 0) continue;
        change(at, 1);
        present += 1;
      }
    }
  }
  const pairs = concordant + discordant + tied;
  return { share: pairs > 0 ? (concordant + tied / 2) / pairs : null, concordant, discordant, tied };
}

function denseRanks(values: Float64Array): { readonly rankOf: Uint32Array; readonly ranks: number } {
  const sorted = values.toSorted();
  let ranks = 0;
  for (const value of sorted) {
    if (ranks > 0 && value === sorted[ranks - 1]) continue;
    sorted[ranks] = value;
    ranks += 1;
  }
  const rankOf = Uint32Array.from(values, (value) => {
    let low = 0;
    let high = ranks - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sorted[middle] ?? 0) < value) low = middle + 1;
      else high = middle;
    }
    return low;
  });
  return { rankOf, ranks };
}
