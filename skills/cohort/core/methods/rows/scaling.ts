/** Brings features to one scale before distances are taken, and rows of later data to the same one. */
import { sumOf } from '../../../../sdk/numeric/index.ts';
import type { DistinctRows } from './distinct-rows.ts';

/** Distances are between standardised features, or between features as they are given. */
export type Scale = 'standard' | 'none';

export interface Scaling {
  readonly scale: Scale;
  /** Mean of each feature over all rows. */
  readonly centre: readonly number[];
  /** Standard deviation (divisor n) of each feature; 1 where it does not vary. */
  readonly spread: readonly number[];
}

export function measureScaling({ values, dimensions, count, weight }: DistinctRows, scale: Scale): Scaling {
  const total = sumOf(count, (row) => weight[row] ?? 0);
  const centre: number[] = [];
  const spread: number[] = [];
  for (let at = 0; at < dimensions; at++) {
    const mean = sumOf(count, (row) => (weight[row] ?? 0) * (values[row * dimensions + at] ?? 0)) / total;
    const squares = sumOf(count, (row) => {
      const away = (values[row * dimensions + at] ?? 0) - mean;
      return (weight[row] ?? 0) * away * away;
    });
    // A constant feature has a mean that is off by rounding, and must not be blown up to a spread of one.
    const deviation = Math.sqrt(squares / total);
    centre.push(mean);
    spread.push(deviation > 1e-12 * Math.abs(mean) ? deviation : 1);
  }
  return { scale, centre, spread };
}

/** Row-major values on the scale of distances. */
export function scaleRows(values: Float64Array, { scale, centre, spread }: Scaling): Float64Array {
  if (scale === 'none') return values;
  const dimensions = centre.length;
  const scaled = new Float64Array(values.length);
  for (let at = 0; at < dimensions; at++) {
    const mean = centre[at] ?? 0;
    const deviation = spread[at] ?? 1;
    for (let place = at; place < values.length; place += dimensions) scaled[place] = ((values[place] ?? 0) - mean) / deviation;
  }
  return scaled;
}

/** Columns as a row-major matrix in the order of rows, and the way back. */
export function toRowMajor(columns: readonly ArrayLike<number>[]): Float64Array {
  const dimensions = columns.length;
  const rows = columns[0]?.length ?? 0;
  const flat = new Float64Array(rows * dimensions);
  for (const [at, column] of columns.entries()) {
    for (let row = 0; row < rows; row++) flat[row * dimensions + at] = (column[row] ?? 0) + 0; // −0 becomes 0
  }
  return flat;
}

export function toColumns(values: Float64Array, dimensions: number): number[][] {
  const rows = values.length / dimensions;
  return Array.from({ length: dimensions }, (_, at) => Array.from({ length: rows }, (_, row) => values[row * dimensions + at] ?? 0));
}
