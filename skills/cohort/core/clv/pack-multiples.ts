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
  const sizes: number[] = [];
  const parts: number[] = [];
  let range = 1;
  for (const column of columns) {
    const unit = unitOf(column, limit / range - 1);
    if (!unit) return undefined;
    sizes.push(unit.most + 1);
    parts.push(unit.parts);
    range *= unit.most + 1;
  }
  const keys = new Uint32Array(columns[0]?.length ?? 0);
  columns.forEach((column, at) => appendMultiples(keys, column, sizes[at] ?? 1, parts[at] ?? 1));
  return { keys, sizes, parts, range };
}

function appendMultiples(keys: Uint32Array, column: Float64Array, size: number, parts: number): void {
  for (let row = 0; row < keys.length; row++) {
    keys[row] = Math.imul(keys[row] ?? 0, size) + Math.floor((column[row] ?? 0) * parts + 0.5);
  }
}
