/**
 * Whole purchase days of each account by location, by channel and by brand: what the concentration is fitted on. Any sum of
 * cells of a Dirichlet with concentration S is a Dirichlet with the same S, so the margins know it too, and unlike cells
 * they show a habit of one place when brands change. A day that is split over values counts where its middle falls: taken
 * as fractions, split days would look more even than any draw and drive S to infinity.
 */
import { sum } from '../../sdk/numeric/index.ts';
import type { GroupedCounts } from './concentration.ts';
import type { CellCounts, CellGrid } from './grid.ts';

/** Where in a day the middle is taken to be; several, so that the order of the values does not decide. */
const offsets = [0.125, 0.375, 0.625, 0.875] as const;

/**
 * Counts of all three margins, one group per account, margin and offset.
 * @param prior base share of each combination
 * @param past counts of the same accounts before those of `cells`; only accounts with a past are then counted
 */
export function marginCounts(grid: CellGrid, cells: CellCounts, prior: Float64Array, past?: CellCounts): GroupedCounts {
  const totals: number[] = [];
  const base: number[] = [];
  const count: number[] = [];
  const ownTotals: number[] = [];
  const own: number[] = [];
  const margins = [
    { codes: grid.location, size: grid.locations.length },
    { codes: grid.channel, size: grid.channels.length },
    { codes: grid.brand, size: grid.brands.length },
  ];
  for (const { codes, size } of margins) {
    if (size < 2) continue; // one value only: every account is alike there
    const share = marginOf(codes, size, prior);
    const days = daysByAccount(cells, codes);
    const pastDays = past ? daysByAccount(past, codes) : undefined;
    for (const offset of offsets) {
      for (const [account, ofAccount] of days) {
        const known = pastDays ? new Map(pastDays.get(account)) : undefined;
        if (known?.size === 0) continue;
        let before = 0;
        let cumulative = 0;
        for (const [code, baskets] of ofAccount) {
          cumulative += baskets;
          const until = Math.ceil(cumulative - offset);
          if (until > before) {
            base.push(share[code] ?? 0);
            count.push(until - before);
            if (known) own.push(known.get(code) ?? 0);
          }
          before = until;
        }
        if (before > 0) {
          totals.push(before);
          if (known) ownTotals.push(sum([...known.values()]));
        }
      }
    }
  }
  return past ? { totals, base, count, ownTotals, own } : { totals, base, count };
}

function marginOf(codes: Int32Array, size: number, prior: Float64Array): number[] {
  const parts: number[][] = Array.from({ length: size }, () => []);
  prior.forEach((value, index) => parts[codes[index] ?? 0]?.push(value));
  return parts.map((list) => sum(list));
}

/** Purchase days per value of each account with any, accounts and values in ascending order. */
function daysByAccount(cells: CellCounts, codes: Int32Array): ReadonlyMap<number, readonly (readonly [code: number, baskets: number])[]> {
  const days = Array.from({ length: cells.accounts }, () => new Map<number, number>());
  cells.account.forEach((account, row) => {
    const ofAccount = days[account];
    const code = codes[cells.combination[row] ?? 0] ?? 0;
    ofAccount?.set(code, (ofAccount.get(code) ?? 0) + (cells.baskets[row] ?? 0));
  });
  return new Map(
    [...days.entries()]
      .filter(([, ofAccount]) => ofAccount.size > 0)
      .map(([account, ofAccount]) => [account, [...ofAccount].sort(([a], [b]) => a - b)]),
  );
}
