/** Merges equal rows and counts them: a fit then costs as many terms as there are different histories. */
import { sumOf } from '../../../sdk/numeric/index.ts';
import { sortKeys } from './radix-sort.ts';
import { rankTogether, rankValues } from './rank-values.ts';

export interface GroupedRows {
  /** One array per input column, rows in ascending order of the columns. */
  readonly columns: readonly Float64Array[];
  /** How many input rows each row stands for, or the sum of their weights. */
  readonly weights: Float64Array;
}

/** A column of whole numbers below a size. */
export interface RankColumn {
  readonly ranks: Uint32Array;
  readonly size: number;
}

export interface GroupedRanks {
  readonly columns: readonly Uint32Array[];
  readonly weights: Float64Array;
}

/**
 * The result is the same for every order of the input rows.
 * @param columns of equal length, without NaN
 * @param weights how many rows each row stands for, > 0; 1 where absent
 */
export function groupRows(columns: readonly ArrayLike<number>[], weights?: ArrayLike<number>): GroupedRows {
  const ranked = columns.map(rankValues);
  const grouped = groupRanks(
    ranked.map(({ values, ranks }) => ({ ranks, size: values.length })),
    weights,
  );
  return {
    columns: grouped.columns.map((ranks, at) => readValues(ranks, ranked[at]?.values ?? new Float64Array(0))),
    weights: grouped.weights,
  };
}

/** {@link groupRows} of columns that are ranks already. */
export function groupRanks(columns: readonly RankColumn[], weights?: ArrayLike<number>): GroupedRanks {
  if (!weights) return countRanks(columns);
  // The weight is a last column first: a sum over ascending weights does not depend on the order of the rows.
  const { values, ranks } = rankTogether([weights]);
  const counted = countRanks([...columns, { ranks: ranks[0] ?? new Uint32Array(0), size: values.length }]);
  return mergeWeights(counted.columns.slice(0, -1), readValues(counted.columns.at(-1) ?? new Uint32Array(0), values), counted.weights);
}

function readValues(ranks: Uint32Array, values: Float64Array): Float64Array {
  const column = new Float64Array(ranks.length);
  for (let row = 0; row < ranks.length; row++) column[row] = values[ranks[row] ?? 0] ?? 0;
  return column;
}

/** Each row becomes one number, a digit per column, because numbers sort many times faster than rows do. */
function countRanks(columns: readonly RankColumn[]): GroupedRanks {
  const range = columns.reduce((product, { size }) => product * size, 1);
  return range <= word ? countNarrow(columns, range) : countWide(columns);
}

const word = 4_294_967_296;

/** Keys of one 32-bit word: the usual case, and half the memory. */
function countNarrow(columns: readonly RankColumn[], range: number): GroupedRanks {
  const keys = columns[0]?.ranks.slice() ?? new Uint32Array(0);
  for (const { ranks, size } of columns.slice(1)) appendDigit(keys, ranks, size);
  const sorted = sortKeys({ low: keys }, range).low;
  const starts = keepFirstOfRuns(sorted);
  const distinct = sorted.subarray(0, starts.length);
  const found = columns.map(() => new Uint32Array(starts.length));
  for (let at = columns.length - 1; at >= 0; at--) splitDigit(distinct, found[at] ?? distinct, columns[at]?.size ?? 1);
  return { columns: found, weights: lengthsOfRuns(starts, sorted.length) };
}

function appendDigit(keys: Uint32Array, ranks: Uint32Array, size: number): void {
  for (let row = 0; row < keys.length; row++) keys[row] = Math.imul(keys[row] ?? 0, size) + (ranks[row] ?? 0);
}

/** Moves the last digit out of the keys. */
function splitDigit(keys: Uint32Array | Float64Array, digits: Uint32Array, size: number): void {
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] ?? 0;
    const rest = Math.floor(key / size);
    digits[row] = key - rest * size;
    keys[row] = rest;
  }
}

/** One column's part of a key. */
interface Digit {
  readonly size: number;
  /** Set where the keys of the columns before were replaced by their ranks, because the product was too large for a double. */
  readonly before: Float64Array | undefined;
}

/** Keys of two words, as whole doubles. */
function countWide(columns: readonly RankColumn[]): GroupedRanks {
  const rows = columns[0]?.ranks.length ?? 0;
  let keys = new Float64Array(rows);
  let range = 1;
  const digits: Digit[] = [];
  for (const { ranks, size } of columns) {
    let before: Float64Array | undefined;
    if (range * size > Number.MAX_SAFE_INTEGER) {
      const compact = rankValues(keys);
      before = compact.values;
      keys = new Float64Array(compact.ranks);
      range = before.length;
    }
    for (let row = 0; row < rows; row++) keys[row] = (keys[row] ?? 0) * size + (ranks[row] ?? 0);
    range *= size;
    digits.push({ size, before });
  }
  sortWide(keys, range);
  const starts = keepFirstOfRuns(keys);
  const distinct = keys.subarray(0, starts.length);
  const found = columns.map(() => new Uint32Array(starts.length));
  for (let at = digits.length - 1; at >= 0; at--) {
    const { size, before } = digits[at] ?? { size: 1, before: undefined };
    splitDigit(distinct, found[at] ?? new Uint32Array(0), size);
    if (before) for (let group = 0; group < distinct.length; group++) distinct[group] = before[distinct[group] ?? 0] ?? 0;
  }
  return { columns: found, weights: lengthsOfRuns(starts, rows) };
}

/** Sorts whole numbers below the range, in place. */
function sortWide(keys: Float64Array, range: number): void {
  const low = new Uint32Array(keys.length);
  const high = new Uint32Array(keys.length);
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] ?? 0;
    const upper = Math.floor(key / word);
    high[row] = upper;
    low[row] = key - upper * word;
  }
  const sorted = sortKeys({ low, high }, range);
  for (let row = 0; row < keys.length; row++) keys[row] = (sorted.high?.[row] ?? 0) * word + (sorted.low[row] ?? 0);
}

/** Moves the first key of each run of equal sorted keys to the front, and returns where the runs began. */
function keepFirstOfRuns(keys: Uint32Array | Float64Array): Uint32Array {
  const starts = new Uint32Array(keys.length);
  let groups = 0;
  let last = -1;
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] ?? 0;
    if (key === last) continue;
    starts[groups] = row;
    keys[groups] = key;
    groups += 1;
    last = key;
  }
  return starts.subarray(0, groups);
}

function lengthsOfRuns(starts: Uint32Array, rows: number): Float64Array {
  const lengths = new Float64Array(starts.length);
  let end = rows;
  for (let group = starts.length - 1; group >= 0; group--) {
    const start = starts[group] ?? 0;
    lengths[group] = end - start;
    end = start;
  }
  return lengths;
}

/** Sums weight × count over neighbours that are equal in all columns. */
function mergeWeights(columns: readonly Uint32Array[], weights: Float64Array, counts: Float64Array): GroupedRanks {
  const starts = new Uint32Array(counts.length);
  const totals = new Float64Array(counts.length);
  let groups = 0;
  for (let row = 0; row < counts.length; groups++) {
    const start = row;
    const isEqual = (column: Uint32Array): boolean => column[row] === column[start];
    while (row < counts.length && columns.every(isEqual)) row += 1;
    starts[groups] = start;
    totals[groups] = sumOf(row - start, (at) => (weights[start + at] ?? 0) * (counts[start + at] ?? 0));
  }
  const first = starts.subarray(0, groups);
  return { columns: columns.map((column) => first.map((start) => column[start] ?? 0)), weights: totals.slice(0, groups) };
}
