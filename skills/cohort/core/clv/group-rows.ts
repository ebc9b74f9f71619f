/** Merges equal rows and counts them: a fit then costs as many terms as there are different histories. */
import { sumOf } from '../../../sdk/numeric/index.ts';

export interface GroupedRows {
  /** One array per input column, rows in ascending order of the columns. */
  readonly columns: readonly Float64Array[];
  /** How many input rows each row stands for, or the sum of their weights. */
  readonly weights: Float64Array;
}

/** One column's part of a key. */
interface Digit {
  /** Distinct values, ascending; a row's digit is the index of its value. */
  readonly values: Float64Array;
  /** Set where the keys of the columns before were replaced by their ranks, because the product was too large for a double. */
  readonly before: Float64Array | undefined;
}

/**
 * The result is the same for every order of the input rows. Each row becomes one number, a digit per column, because a typed
 * array of numbers sorts many times faster than rows do by a comparison function.
 * @param columns of equal length, without NaN
 * @param weights how many rows each row stands for, > 0; 1 where absent
 */
export function groupRows(columns: readonly ArrayLike<number>[], weights?: ArrayLike<number>): GroupedRows {
  if (!weights) return countRows(columns);
  // The weight is a last column first: a sum over ascending weights does not depend on the order of the rows.
  const counted = countRows([...columns, weights]);
  return mergeWeights(counted.columns.slice(0, -1), counted.columns.at(-1) ?? new Float64Array(), counted.weights);
}

/** Sums weight × count over neighbours that are equal in all columns. */
function mergeWeights(columns: readonly Float64Array[], weights: Float64Array, counts: Float64Array): GroupedRows {
  const starts: number[] = [];
  const totals: number[] = [];
  for (let row = 0; row < counts.length;) {
    const start = row;
    while (row < counts.length && columns.every((column) => column[row] === column[start])) row += 1;
    starts.push(start);
    totals.push(sumOf(row - start, (at) => (weights[start + at] ?? 0) * (counts[start + at] ?? 0)));
  }
  return {
    columns: columns.map((column) => Float64Array.from(starts, (start) => column[start] ?? 0)),
    weights: Float64Array.from(totals),
  };
}

function countRows(columns: readonly ArrayLike<number>[]): GroupedRows {
  const length = columns[0]?.length ?? 0;
  let keys = new Float64Array(length);
  let range = 1;
  const digits: Digit[] = [];
  for (const column of columns) {
    const { values, ranks } = rankValues(column);
    let before: Float64Array | undefined;
    if (range * values.length > Number.MAX_SAFE_INTEGER) {
      const compact = rankValues(keys);
      before = compact.values;
      keys = Float64Array.from(compact.ranks);
      range = before.length;
    }
    for (let row = 0; row < length; row++) keys[row] = (keys[row] ?? 0) * values.length + (ranks[row] ?? 0);
    range *= values.length;
    digits.push({ values, before });
  }
  const { distinct, weights } = countSorted(keys.sort());
  return { columns: readDigits(distinct, digits), weights };
}

/** Distinct values in ascending order, and where each row's value is among them. */
export function rankValues(column: ArrayLike<number>): { readonly values: Float64Array; readonly ranks: Uint32Array } {
  const seen = new Map<number, number>();
  const ranks = new Uint32Array(column.length);
  for (let row = 0; row < column.length; row++) {
    const value = column[row] ?? 0;
    let index = seen.get(value);
    if (index === undefined) {
      index = seen.size;
      seen.set(value, index);
    }
    ranks[row] = index;
  }
  const values = Float64Array.from(seen.keys()).sort();
  const rankOfIndex = new Uint32Array(values.length);
  values.forEach((value, rank) => {
    rankOfIndex[seen.get(value) ?? 0] = rank;
  });
  for (let row = 0; row < ranks.length; row++) ranks[row] = rankOfIndex[ranks[row] ?? 0] ?? 0;
  return { values, ranks };
}

function countSorted(keys: Float64Array): { readonly distinct: Float64Array; readonly weights: Float64Array } {
  const distinct = new Float64Array(keys.length);
  const weights = new Float64Array(keys.length);
  let groups = 0;
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row] ?? 0;
    if (row === 0 || key !== distinct[groups - 1]) distinct[groups++] = key;
    weights[groups - 1] = (weights[groups - 1] ?? 0) + 1;
  }
  return { distinct: distinct.subarray(0, groups), weights: weights.slice(0, groups) };
}

function readDigits(keys: Float64Array, digits: readonly Digit[]): Float64Array[] {
  const columns = digits.map(() => new Float64Array(keys.length));
  keys.forEach((whole, row) => {
    let key = whole;
    for (let index = digits.length - 1; index >= 0; index--) {
      const { values, before } = digits[index] ?? { values: new Float64Array(1), before: undefined };
      const digit = key % values.length;
      key = (key - digit) / values.length;
      if (before) key = before[key] ?? 0;
      const column = columns[index];
      if (column) column[row] = values[digit] ?? 0;
    }
  });
  return columns;
}
