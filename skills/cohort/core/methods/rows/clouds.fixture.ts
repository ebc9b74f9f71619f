/** Sixty rows for tests: three clouds taken in turns, and ten rows of dust. */
import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { FeatureColumns } from '../method.ts';

const centres = [
  [0, 0],
  [5, 6],
  [9, 1],
] as const;

export function cloudsAndDust(): FeatureColumns {
  const rng = makeRng('three clouds and dust');
  const x = new Float64Array(60);
  const y = new Float64Array(60);
  for (let row = 0; row < 60; row++) {
    const [atX, atY] = row < 50 ? (centres[row % 3] ?? [0, 0]) : [4, 3];
    const spread = row < 50 ? 0.6 : 4;
    x[row] = atX + spread * rng.normal();
    y[row] = atY + spread * rng.normal();
  }
  return { names: ['x', 'y'], columns: [x, y] };
}

/** Rows in an order of their own: place i holds row order[i]. */
export function reorder({ names, columns }: FeatureColumns, order: readonly number[]): FeatureColumns {
  return { names, columns: columns.map((column) => Float64Array.from(order, (row) => column[row] ?? 0)) };
}

/** Every row as many times. */
export function repeated({ names, columns }: FeatureColumns, times: number): FeatureColumns {
  return {
    names,
    columns: columns.map((column) => Float64Array.from({ length: column.length * times }, (_, at) => column[at % column.length] ?? 0)),
  };
}

export function columnsOf(...rows: readonly (readonly number[])[]): FeatureColumns {
  const names = (rows[0] ?? [0]).map((_, at) => `f${at}`);
  return { names, columns: names.map((_, at) => Float64Array.from(rows, (row) => row[at] ?? 0)) };
}

/** Labels as digits, a point for none. */
export function digits(label: Int32Array): string {
  return Array.from(label, (cohort) => (cohort < 0 ? '.' : String(cohort))).join('');
}

export function labelsOf(text: string): Int32Array {
  return Int32Array.from(text, (digit) => (digit === '.' ? -1 : Number(digit)));
}

/** A fixed order that is far from the one given. */
export function shuffled(length: number): number[] {
  const rng = makeRng('other order');
  const order = Array.from({ length }, (_, row) => row);
  for (let last = length - 1; last > 0; last--) {
    const other = rng.integer(last + 1);
    [order[last], order[other]] = [order[other] ?? 0, order[last] ?? 0];
  }
  return order;
}
