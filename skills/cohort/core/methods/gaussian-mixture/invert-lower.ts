/**
 * Inverse of a lower triangular matrix.
 * @param lower n × n, row-major, as a Cholesky factor is
 * @returns its lower triangle row by row, n(n + 1)/2 numbers
 */
export function invertLower(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array((n * (n + 1)) / 2);
  for (let column = 0; column < n; column++) {
    for (let row = column; row < n; row++) {
      let rest = row === column ? 1 : 0;
      for (let k = column; k < row; k++) rest -= (lower[row * n + k] ?? 0) * (inverse[(k * (k + 1)) / 2 + column] ?? 0);
      inverse[(row * (row + 1)) / 2 + column] = rest / (lower[row * n + row] ?? 1);
    }
  }
  return inverse;
}
