/** The two directions in which customers differ most: what a scatter plot of many features is drawn along. */
import { orderFreeSums } from '../methods/quality/index.ts';

export interface PrincipalAxes {
  /** Weight of each column on the first and on the second axis; the largest weight of an axis is positive. */
  readonly loadings: readonly [readonly number[], readonly number[]];
  /** Share of the variance along each. */
  readonly share: readonly [number, number];
}

const rounds = 200;

/**
 * By power iteration on the covariance matrix, the second axis on what the first leaves.
 * @param columns standardised, of equal length
 */
export function principalAxes(columns: readonly Float64Array[]): PrincipalAxes {
  const width = columns.length;
  const rows = columns[0]?.length ?? 0;
  const matrix = new Float64Array(width * width);
  const product = new Float64Array(rows);
  for (let one = 0; one < width; one++) {
    for (let other = one; other < width; other++) {
      for (let row = 0; row < rows; row++) product[row] = (columns[one]?.[row] ?? 0) * (columns[other]?.[row] ?? 0);
      const value = (orderFreeSums(product)[0] ?? 0) / Math.max(1, rows);
      matrix[one * width + other] = value;
      matrix[other * width + one] = value;
    }
  }
  let trace = 0;
  for (let at = 0; at < width; at++) trace += matrix[at * width + at] ?? 0;
  const first = strongest(matrix, width);
  for (let one = 0; one < width; one++) {
    for (let other = 0; other < width; other++) {
      const at = one * width + other;
      matrix[at] = (matrix[at] ?? 0) - first.value * (first.vector[one] ?? 0) * (first.vector[other] ?? 0);
    }
  }
  const second = strongest(matrix, width);
  const shareOf = (value: number): number => (trace > 0 ? Math.min(1, Math.max(0, value) / trace) : 0);
  return { loadings: [Array.from(first.vector), Array.from(second.vector)], share: [shareOf(first.value), shareOf(second.value)] };
}

/** Place of each row on an axis. */
export function project(columns: readonly Float64Array[], loadings: readonly number[], rows: Uint32Array): Float64Array {
  return Float64Array.from(rows, (row) => columns.reduce((total, column, at) => total + (column[row] ?? 0) * (loadings[at] ?? 0), 0));
}

function strongest(matrix: Float64Array, width: number): { readonly vector: Float64Array; readonly value: number } {
  // Begins uneven, so that no direction is at right angles to the start by symmetry.
  let vector = unit(Float64Array.from({ length: width }, (_, at) => 1 + at / 7));
  let value = 0;
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(width);
    for (let one = 0; one < width; one++) {
      for (let other = 0; other < width; other++) {
        next[one] = (next[one] ?? 0) + (matrix[one * width + other] ?? 0) * (vector[other] ?? 0);
      }
    }
    value = Math.sqrt(next.reduce((total, part) => total + part * part, 0));
    if (!(value > 1e-12)) return { vector: new Float64Array(width), value: 0 };
    vector = unit(next);
  }
  const largest = vector.reduce((most, part) => (Math.abs(part) > Math.abs(most) ? part : most), 0);
  return { vector: largest < 0 ? vector.map((part) => -part + 0) : vector, value };
}

function unit(vector: Float64Array): Float64Array {
  const length = Math.sqrt(vector.reduce((total, part) => total + part * part, 0));
  return length > 0 ? vector.map((part) => part / length) : vector;
}
