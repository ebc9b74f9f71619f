/**
 * Sums that forecasts must agree on: every node of the lattice is the sum of some cells. Account, locations, channels, brands,
 * pairs and the cells themselves make the usual one; any other grouping works the same way.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sumOf } from '../../../sdk/numeric/index.ts';

/** Nodes that are sums of cells, without the cells themselves. Node j adds the cells members[start[j] … start[j + 1] − 1]. */
export interface Lattice {
  /** Number of cells. */
  readonly cells: number;
  /** Level and code of each node, for messages and tables: `location`, 3. */
  readonly level: readonly string[];
  readonly code: Int32Array;
  readonly start: Int32Array;
  readonly members: Int32Array;
}

/** A grouping of the cells: cell c belongs to group codes[c] ≥ 0. */
export interface Level {
  readonly name: string;
  readonly codes: ArrayLike<number>;
}

/**
 * Lattice of given levels; codes without a cell make no node.
 * @param levels in the order that nodes get
 * @throws {CohortiumError} NUMERIC_DOMAIN when a level has another number of cells, or a code that is no integer ≥ 0
 */
export function makeLattice(cells: number, levels: readonly Level[]): Lattice {
  const level: string[] = [];
  const code: number[] = [];
  const start: number[] = [0];
  const members: number[] = [];
  for (const { name, codes } of levels) {
    if (codes.length !== cells) {
      throw new CohortiumError('NUMERIC_DOMAIN', `level '${name}' needs a code for each of the ${cells} cells; found ${codes.length}`);
    }
    const groups = new Map<number, number[]>();
    for (let cell = 0; cell < cells; cell++) {
      const value = codes[cell] ?? Number.NaN;
      if (!Number.isInteger(value) || value < 0) {
        throw new CohortiumError('NUMERIC_DOMAIN', `level '${name}': a code is an integer ≥ 0; cell ${cell} has ${value}`);
      }
      const group = groups.get(value) ?? [];
      group.push(cell);
      groups.set(value, group);
    }
    for (const [value, group] of [...groups].sort(([a], [b]) => a - b)) {
      level.push(name);
      code.push(value);
      for (const cell of group) members.push(cell);
      start.push(members.length);
    }
  }
  return { cells, level, code: Int32Array.from(code), start: Int32Array.from(start), members: Int32Array.from(members) };
}

/** Codes of cells on the three dimensions, as a grid has them. */
export interface CellCodes {
  readonly location: ArrayLike<number>;
  readonly channel: ArrayLike<number>;
  readonly brand: ArrayLike<number>;
}

/** The lattice account / location / channel / brand / three pairs over one account's cells, or over all cells. */
export function grainLattice({ location, channel, brand }: CellCodes): Lattice {
  const cells = location.length;
  const pair = (one: ArrayLike<number>, other: ArrayLike<number>): Float64Array => {
    let size = 1;
    for (let cell = 0; cell < cells; cell++) size = Math.max(size, (other[cell] ?? 0) + 1);
    return Float64Array.from({ length: cells }, (_, cell) => (one[cell] ?? 0) * size + (other[cell] ?? 0));
  };
  return makeLattice(cells, [
    { name: 'account', codes: new Int32Array(cells) },
    { name: 'location', codes: location },
    { name: 'channel', codes: channel },
    { name: 'brand', codes: brand },
    { name: 'location-channel', codes: pair(location, channel) },
    { name: 'location-brand', codes: pair(location, brand) },
    { name: 'channel-brand', codes: pair(channel, brand) },
  ]);
}

/** Value of each node: the compensated sum of its cells. */
export function rollUp({ start, members }: Lattice, cells: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: start.length - 1 }, (_, node) => {
    const from = start[node] ?? 0;
    return sumOf((start[node + 1] ?? from) - from, (index) => cells[members[from + index] ?? 0] ?? 0);
  });
}

/**
 * How far node values are from the sums of their cells, and levels from each other's totals.
 * @param nodes one value per node of the lattice
 * @returns largest absolute difference over the largest absolute total of a level; 0 where all is zero
 */
export function latticeGap(lattice: Lattice, nodes: ArrayLike<number>, cells: ArrayLike<number>): number {
  const sums = rollUp(lattice, cells);
  const totals = new Map<string, number>();
  let gap = 0;
  sums.forEach((value, node) => {
    gap = Math.max(gap, Math.abs((nodes[node] ?? Number.NaN) - value));
    totals.set(lattice.level[node] ?? '', (totals.get(lattice.level[node] ?? '') ?? 0) + (nodes[node] ?? 0));
  });
  const levels = [...totals.values()];
  const largest = Math.max(0, ...levels.map(Math.abs));
  if (levels.length > 1) gap = Math.max(gap, Math.max(...levels) - Math.min(...levels));
  return largest === 0 ? gap : gap / largest;
}
