/** Rows as a row-major matrix on the scale of distances: standardised features, or features as they are given. */
import { inverseScale, type Scale, scaleOf } from '../quality/index.ts';

export interface Scaling extends Scale {
  /** Whether distances are between standardised features. */
  readonly isStandardised: boolean;
}

export function measureScaling(columns: readonly Float64Array[], isStandardised: boolean): Scaling {
  return { ...scaleOf(columns), isStandardised };
}

/** @param values row-major, original units */
export function scaleRows(values: Float64Array, scaling: Scaling): Float64Array {
  if (!scaling.isStandardised) return values;
  const dimensions = scaling.mean.length;
  const inverse = inverseScale(scaling);
  const scaled = new Float64Array(values.length);
  for (let at = 0; at < dimensions; at++) {
    const mean = scaling.mean[at] ?? 0;
    const factor = inverse[at] ?? 0;
    for (let place = at; place < values.length; place += dimensions) scaled[place] = ((values[place] ?? 0) - mean) * factor;
  }
  return scaled;
}

/** Columns as a row-major matrix. */
export function toRowMajor(columns: readonly ArrayLike<number>[]): Float64Array {
  const dimensions = columns.length;
  const rows = columns[0]?.length ?? 0;
  const flat = new Float64Array(rows * dimensions);
  for (const [at, column] of columns.entries()) {
    for (let row = 0; row < rows; row++) flat[row * dimensions + at] = (column[row] ?? 0) + 0; // −0 becomes 0
  }
  return flat;
}

/** A row-major matrix as columns. */
export function toColumns(values: Float64Array, dimensions: number): number[][] {
  const rows = values.length / dimensions;
  return Array.from({ length: dimensions }, (_, at) => Array.from({ length: rows }, (_, row) => values[row * dimensions + at] ?? 0));
}

/** These rows of a row-major matrix, in their order. */
export function takeRows(values: Float64Array, rows: ArrayLike<number>, dimensions: number): Float64Array {
  const taken = new Float64Array(rows.length * dimensions);
  for (let at = 0; at < rows.length; at++) {
    const from = (rows[at] ?? 0) * dimensions;
    taken.set(values.subarray(from, from + dimensions), at * dimensions);
  }
  return taken;
}
