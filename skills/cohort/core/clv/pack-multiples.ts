/** Makes one whole number of a row of counts and days, a digit per column, so that rows can be compared and sorted as numbers. */
import { unitOf } from './rank-values.ts';

export interface PackedRows {
  readonly keys: Uint32Array;
  /** Of each column the number of values that its digit may have. */
  readonly sizes: readonly number[];
  /** Of each column the parts that its unit has: 7 for days in weeks. */
  readonly parts: readonly number[];
  /** Above every key. */
  readonly range: number;
}

/**
 * Keys of columns that all are whole multiples of a unit, such as counts and days.
 * @param columns of equal length
 * @param limit on the range of keys, ≤ 2³²
 * @returns undefined where a column has no unit, or the keys would pass the limit
 */
export function packMultiples(columns: readonly Float64Array[], limit: number): PackedRows | undefined {
  const keys = new Uint32Array(columns[0]?.length ?? 0);
  const sizes: number[] = [];
  const parts: number[] = [];
  let range = 1;
  // From the last digit on, because what a digit is worth depends on the sizes of those after it: one pass per column.
  for (const column of columns.toReversed()) {
    const most = limit / range - 1;
    const unit = unitOf(column, most);
    const largest = unit === undefined ? -1 : addMultiples(keys, column, unit, range, most);
    if (unit === undefined || largest < 0) return undefined;
    sizes.unshift(largest + 1);
    parts.unshift(unit);
    range *= largest + 1;
  }
  return { keys, sizes, parts, range };
}

/** Returns the largest multiple; −1 where a value is none, or is beyond the limit. */
function addMultiples(keys: Uint32Array, column: Float64Array, parts: number, worth: number, limit: number): number {
  let most = 0;
  for (let row = 0; row < keys.length; row++) {
    const value = column[row] ?? 0;
    const multiple = Math.floor(value * parts + 0.5);
    if (!(multiple / parts === value && multiple >= 0 && multiple <= limit)) return -1;
    if (multiple > most) most = multiple;
    keys[row] = (keys[row] ?? 0) + Math.imul(multiple, worth);
  }
  return most;
}
