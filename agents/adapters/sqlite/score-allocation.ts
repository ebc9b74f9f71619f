/**
 * The part of an account's value that belongs to a cell or a marginal. Visited cells have their own value; what is left of the
 * account lies on the other cells of the grid in proportion to their base shares, so the parts of any complete set add up.
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';

/** location, channel, brand, clvMinor, share. */
export type PackedCell = readonly [location: string, channel: string, brand: string, clvMinor: number, share: number];

/** A place in the grid; what is left out is summed over. */
export interface CellQuery {
  readonly location?: string;
  readonly channel?: string;
  readonly brand?: string;
}

export interface PriorCell {
  readonly location: string;
  readonly channel: string;
  readonly brand: string;
  /** π of the cell; all sum to one. */
  readonly share: number;
}

/** Base shares of cells and of every marginal, ready to be looked up. */
export interface PriorMass {
  readonly of: (query: CellQuery) => number;
  /** @throws {CohortiumError} SCORE_NOT_FOUND when a name is not in the grid */
  readonly check: (query: CellQuery) => void;
}

const dimensions = ['location', 'channel', 'brand'] as const;

/** @param cells in a fixed order, because marginals are their float sums */
export function makePriorMass(cells: readonly PriorCell[]): PriorMass {
  const mass = new Map<string, number>();
  const names = { location: new Set<string>(), channel: new Set<string>(), brand: new Set<string>() };
  for (const cell of cells) {
    for (const name of dimensions) names[name].add(cell[name]);
    for (let mask = 0; mask < 8; mask++) {
      const key = keyOf(mask & 1 ? cell.location : undefined, mask & 2 ? cell.channel : undefined, mask & 4 ? cell.brand : undefined);
      mass.set(key, (mass.get(key) ?? 0) + cell.share);
    }
  }
  return {
    of: ({ location, channel, brand }) => mass.get(keyOf(location, channel, brand)) ?? 0,
    check(query) {
      for (const name of dimensions) {
        const asked = query[name];
        if (asked === undefined || names[name].has(asked)) continue;
        const known = [...names[name]].slice(0, 20).join(', ');
        throw new CohortiumError('SCORE_NOT_FOUND', `no ${name} '${asked}'; known are ${known}`);
      }
    },
  };
}

interface AccountToSplit {
  readonly clvMinor: number;
  /** A cell that the account never visited has this times its base share. */
  readonly elsewhere: number;
  readonly cells: readonly PackedCell[];
  readonly priors: PriorMass;
}

interface Part {
  readonly clvMinor: number;
  readonly share: number;
  readonly isVisited: boolean;
}

export function allocate(query: CellQuery, account: AccountToSplit): Part {
  const { location, channel, brand } = query;
  const { clvMinor, elsewhere, cells, priors } = account;
  if (location === undefined && channel === undefined && brand === undefined) return { clvMinor, share: 1, isVisited: true };
  let visitedMinor = 0;
  let visitedShare = 0;
  let unvisited = priors.of(query);
  let isVisited = false;
  for (const [cellLocation, cellChannel, cellBrand, cellClvMinor, share] of cells) {
    const isInside =
      (location === undefined || location === cellLocation) &&
      (channel === undefined || channel === cellChannel) &&
      (brand === undefined || brand === cellBrand);
    if (!isInside) continue;
    isVisited = true;
    visitedMinor += cellClvMinor;
    visitedShare += share;
    unvisited -= priors.of({ location: cellLocation, channel: cellChannel, brand: cellBrand });
  }
  // Subtracting the visited shares one by one can leave a rounding error below zero.
  const rest = elsewhere * Math.max(unvisited, 0);
  const parts = { clvMinor: visitedMinor + clvMinor * rest, share: visitedShare + rest };
  return { ...parts, share: Math.min(clvMinor > 0 ? parts.clvMinor / clvMinor : parts.share, 1), isVisited };
}

function keyOf(location: string | undefined, channel: string | undefined, brand: string | undefined): string {
  // Signal text has no control characters: a line break separates names, a tab stands for 'any'.
  return `${location ?? '\t'}\n${channel ?? '\t'}\n${brand ?? '\t'}`;
}
