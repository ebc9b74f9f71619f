/**
 * Rows in feature order, equal ones once with their number. A method that computes from these alone gives the same result for
 * every order of rows, and the same cohort to equal customers.
 */

export interface DistinctRows {
  /** Original units, row-major, ascending by first feature, then second, and so on. */
  readonly values: Float64Array;
  readonly dimensions: number;
  readonly count: number;
  /** How many rows are this one. */
  readonly weight: Float64Array;
  /** Distinct row of each given row. */
  readonly rowOf: Uint32Array;
}

/** @param columns finite, of equal length, at least one */
export function distinctRows(columns: readonly Float64Array[]): DistinctRows {
  const dimensions = columns.length;
  const rows = columns[0]?.length ?? 0;
  const flat = new Float64Array(rows * dimensions);
  for (const [at, column] of columns.entries()) {
    for (let row = 0; row < rows; row++) flat[row * dimensions + at] = (column[row] ?? 0) + 0; // + 0 makes −0 the same as 0
  }
  const order = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) order[row] = row;
  order.sort((a, b) => compareRows(flat, a, flat, b, dimensions));
  const values = new Float64Array(rows * dimensions);
  const weight = new Float64Array(rows);
  const rowOf = new Uint32Array(rows);
  let count = 0;
  for (let rank = 0; rank < rows; rank++) {
    const row = order[rank] ?? 0;
    if (count === 0 || compareRows(flat, row, values, count - 1, dimensions) !== 0) {
      values.set(flat.subarray(row * dimensions, (row + 1) * dimensions), count * dimensions);
      count += 1;
    }
    weight[count - 1] = (weight[count - 1] ?? 0) + 1;
    rowOf[row] = count - 1;
  }
  return { values: values.slice(0, count * dimensions), dimensions, count, weight: weight.slice(0, count), rowOf };
}

/** Below, at or above 0 as a row of one matrix comes before, is equal to or comes after a row of another. */
function compareRows(left: Float64Array, a: number, right: Float64Array, b: number, dimensions: number): number {
  for (let at = 0; at < dimensions; at++) {
    const difference = (left[a * dimensions + at] ?? 0) - (right[b * dimensions + at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Position of a row among sorted distinct rows, by bisection; −1 where it is not among them. */
export function findRow(sorted: Float64Array, row: Float64Array, at: number, dimensions: number): number {
  let low = 0;
  let high = sorted.length / dimensions - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const side = compareRows(sorted, middle, row, at, dimensions);
    if (side === 0) return middle;
    if (side < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
