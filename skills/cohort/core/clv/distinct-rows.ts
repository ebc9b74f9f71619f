/** Finds equal rows without sorting them, so that each can be computed once and its result handed back to all. */
import { packMultiples } from './pack-multiples.ts';
import { rankValues } from './rank-values.ts';

export interface DistinctRows {
  /** First row of each group, ascending. */
  readonly first: Uint32Array;
  /** Group of each row. */
  readonly groupOf: Uint32Array;
}

/** @param columns of equal length */
export function distinctRows(columns: readonly Float64Array[]): DistinctRows {
  const rows = columns[0]?.length ?? 0;
  // Pairs of counts and ages are few enough for a table; times of purchases in seconds are not.
  const limit = Math.min(4 * rows + 1000, 4_294_967_296);
  const packed = packMultiples(columns, limit);
  if (packed) return numberByTable(packed.keys, packed.range);
  const ranked = columns.map(rankValues);
  const range = ranked.reduce((product, { values }) => product * values.length, 1);
  return numberByHash(range <= Number.MAX_SAFE_INTEGER ? [joinRanks(ranked, rows)] : columns);
}

interface Ranked {
  readonly values: Float64Array;
  readonly ranks: Uint32Array;
}

/** One whole number for each row, a digit per column. */
function joinRanks(ranked: readonly Ranked[], rows: number): Float64Array {
  const keys = new Float64Array(rows);
  for (const { values, ranks } of ranked) {
    const size = values.length;
    for (let row = 0; row < rows; row++) keys[row] = (keys[row] ?? 0) * size + (ranks[row] ?? 0);
  }
  return keys;
}

function numberByTable(keys: Uint32Array, range: number): DistinctRows {
  // 0 for a key not seen yet, otherwise its group's number and one.
  const groups = new Uint32Array(range);
  const first = new Uint32Array(Math.min(range, keys.length));
  let count = 0;
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] ?? 0;
    let group = groups[key] ?? 0;
    if (group === 0) {
      first[count] = row;
      count += 1;
      group = count;
      groups[key] = group;
    }
    keys[row] = group - 1;
  }
  return { first: first.slice(0, count), groupOf: keys };
}

/** Open addressing on the bits of the doubles. */
function numberByHash(columns: readonly Float64Array[]): DistinctRows {
  const rows = columns[0]?.length ?? 0;
  let capacity = 16;
  while (capacity < 2 * rows) capacity *= 2;
  const mask = capacity - 1;
  const hashes = new Int32Array(rows);
  for (const column of columns) addToHashes(hashes, column);
  // 0 for a free slot, otherwise a group's number and one.
  const slots = new Uint32Array(capacity);
  const first = new Uint32Array(rows);
  const groupOf = new Uint32Array(rows);
  const isEqual = (row: number, other: number): boolean => {
    for (const column of columns) if (column[row] !== column[other]) return false;
    return true;
  };
  let groups = 0;
  for (let row = 0; row < rows; row++) {
    const hash = hashes[row] ?? 0;
    let slot = (hash ^ (hash >>> 15)) & mask;
    let group = slots[slot] ?? 0;
    while (group > 0) {
      const other = first[group - 1] ?? 0;
      if (hashes[other] === hash && isEqual(row, other)) break;
      slot = (slot + 1) & mask;
      group = slots[slot] ?? 0;
    }
    if (group === 0) {
      first[groups] = row;
      groups += 1;
      group = groups;
      slots[slot] = group;
    }
    groupOf[row] = group - 1;
  }
  return { first: first.slice(0, groups), groupOf };
}

function addToHashes(hashes: Int32Array, column: Float64Array): void {
  const words = new Int32Array(column.buffer, column.byteOffset, 2 * column.length);
  for (let row = 0; row < hashes.length; row++) {
    const value = Math.imul(words[2 * row] ?? 0, 0x9e3779b1) ^ (words[2 * row + 1] ?? 0);
    hashes[row] = Math.imul((hashes[row] ?? 0) ^ value ^ (value >>> 16), 0x85ebca6b);
  }
}
