/** Merges equal rows and counts them: a fit then costs as many terms as there are different histories. */
import { sumOf } from '../../../sdk/numeric/index.ts';
import { packMultiples } from './pack-multiples.ts';
import { sortKeys } from './radix-sort.ts';
import { rankValues, toDoubles } from './rank-values.ts';

export interface GroupedRows {
  /** One array per input column, rows in ascending order of the columns. */
  readonly columns: readonly Float64Array[];
  /** How many input rows each row stands for, or the sum of their weights. */
  readonly weights: Float64Array;
}

/**
 * The result is the same for every order of the input rows.
 * @param columns of equal length
 * @param weights how many rows each row stands for, > 0; 1 where absent
 */
export function groupRows(columns: readonly ArrayLike<number>[], weights?: ArrayLike<number>): GroupedRows {
  const arrays = columns.map(toDoubles);
  if (!weights) return countRows(arrays);
  // The weight is a last column first: a sum over ascending weights does not depend on the order of the rows.
  const counted = countRows([...arrays, toDoubles(weights)]);
  return mergeWeights(counted.columns.slice(0, -1), counted.columns.at(-1) ?? new Float64Array(0), counted.weights);
}

/** Each row becomes one number, a digit per column, because numbers sort many times faster than rows do. */
function countRows(columns: readonly Float64Array[]): GroupedRows {
  const packed = packMultiples(columns, word);
  if (packed) {
    const { columns: digits, weights } = countNarrow(packed.keys, packed.sizes);
    return { columns: digits.map((digit, at) => readMultiples(digit, packed.parts[at] ?? 1)), weights };
  }
  const ranked = columns.map(rankValues);
  const sizes = ranked.map(({ values }) => values.length);
  const ranks = ranked.map((column) => column.ranks);
  const range = sizes.reduce((product, size) => product * size, 1);
  const { columns: digits, weights } = range <= word ? countNarrow(joinRanks(ranks, sizes), sizes) : countWide(ranks, sizes);
  return { columns: digits.map((digit, at) => readValues(digit, ranked[at]?.values ?? new Float64Array(0))), weights };
}

const word = 4_294_967_296;

function readMultiples(multiples: Uint32Array, parts: number): Float64Array {
  const column = new Float64Array(multiples.length);
  for (let row = 0; row < column.length; row++) column[row] = (multiples[row] ?? 0) / parts;
  return column;
}

function readValues(ranks: Uint32Array, values: Float64Array): Float64Array {
  const column = new Float64Array(ranks.length);
  for (let row = 0; row < ranks.length; row++) column[row] = values[ranks[row] ?? 0] ?? 0;
  return column;
}

function joinRanks(ranks: readonly Uint32Array[], sizes: readonly number[]): Uint32Array {
  const keys = new Uint32Array(ranks[0]?.length ?? 0);
  ranks.forEach((column, at) => {
    const size = sizes[at] ?? 1;
    for (let row = 0; row < keys.length; row++) keys[row] = Math.imul(keys[row] ?? 0, size) + (column[row] ?? 0);
  });
  return keys;
}

interface Counted {
  readonly columns: readonly Uint32Array[];
  readonly weights: Float64Array;
}

/** Keys below this are counted in a table, where there are as many rows. */
const counted = 65_536;

/**
 * Keys of one 32-bit word, which are overwritten: the usual case, and half the memory. Of many rows the lowest keys are counted
 * where they are met and only the others are sorted: customers without a repeat purchase, often more than half, have the lowest.
 */
function countNarrow(keys: Uint32Array, sizes: readonly number[]): Counted {
  const range = sizes.reduce((product, size) => product * size, 1);
  const low = new Uint32Array(keys.length < counted ? 0 : Math.min(range, counted));
  const high = sortKeys({ low: keys.subarray(0, countLow(keys, low)) }, range).low;
  const starts = keepFirstOfRuns(high);
  let lowGroups = 0;
  for (let key = 0; key < low.length; key++) if ((low[key] ?? 0) > 0) lowGroups += 1;
  const distinct = new Uint32Array(lowGroups + starts.length);
  const weights = new Float64Array(distinct.length);
  let group = 0;
  for (let key = 0; key < low.length; key++) {
    const count = low[key] ?? 0;
    if (count === 0) continue;
    distinct[group] = key;
    weights[group] = count;
    group += 1;
  }
  distinct.set(high.subarray(0, starts.length), lowGroups);
  weights.set(lengthsOfRuns(starts, high.length), lowGroups);
  const columns = sizes.map(() => new Uint32Array(distinct.length));
  for (let at = sizes.length - 1; at >= 0; at--) splitDigit(distinct, columns[at] ?? distinct, sizes[at] ?? 1);
  return { columns, weights };
}

/** Counts the keys that the table has room for, moves the others to the front, and returns how many those are. */
function countLow(keys: Uint32Array, table: Uint32Array): number {
  let others = 0;
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] ?? 0;
    if (key < table.length) table[key] = (table[key] ?? 0) + 1;
    else keys[others++] = key;
  }
  return others;
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
function countWide(columns: readonly Uint32Array[], sizes: readonly number[]): Counted {
  const rows = columns[0]?.length ?? 0;
  let keys = new Float64Array(rows);
  let range = 1;
  const digits: Digit[] = [];
  for (const [at, ranks] of columns.entries()) {
    const size = sizes[at] ?? 1;
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
function mergeWeights(columns: readonly Float64Array[], weights: Float64Array, counts: Float64Array): GroupedRows {
  const starts = new Uint32Array(counts.length);
  const totals = new Float64Array(counts.length);
  let groups = 0;
  for (let row = 0; row < counts.length; groups++) {
    const start = row;
    const isEqual = (column: Float64Array): boolean => column[row] === column[start];
    while (row < counts.length && columns.every(isEqual)) row += 1;
    starts[groups] = start;
    totals[groups] = sumOf(row - start, (at) => (weights[start + at] ?? 0) * (counts[start + at] ?? 0));
  }
  const first = starts.subarray(0, groups);
  return { columns: columns.map((column) => Float64Array.from(first, (start) => column[start] ?? 0)), weights: totals.slice(0, groups) };
}
