/** Dense symmetric positive definite systems by Cholesky's factor; matrices are row-major in one array. Meant for up to a thousand rows. */

/**
 * Lower triangle L with L·Lᵀ = matrix, the upper triangle zero.
 * @param matrix symmetric, n × n
 * @returns undefined when the matrix is not positive definite
 * @see Golub & Van Loan (2013), "Matrix Computations", algorithm 4.2.1
 */
export function factorCholesky(matrix: ArrayLike<number>, n: number): Float64Array | undefined {
  const lower = new Float64Array(n * n);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column <= row; column++) {
      let rest = matrix[row * n + column] ?? 0;
      for (let k = 0; k < column; k++) rest -= (lower[row * n + k] ?? 0) * (lower[column * n + k] ?? 0);
      if (row === column) {
        if (!(rest > 0)) return undefined;
        lower[row * n + row] = Math.sqrt(rest);
      } else lower[row * n + column] = rest / (lower[column * n + column] ?? 1);
    }
  }
  return lower;
}

/**
 * Solution of L·Lᵀ·y = right.
 * @param lower as {@link factorCholesky} gives it, n × n with n the length of right
 */
export function solveCholesky(lower: Float64Array, right: ArrayLike<number>): Float64Array {
  const n = right.length;
  const y = Float64Array.from(right);
  for (let row = 0; row < n; row++) {
    let rest = y[row] ?? 0;
    for (let k = 0; k < row; k++) rest -= (lower[row * n + k] ?? 0) * (y[k] ?? 0);
    y[row] = rest / (lower[row * n + row] ?? 1);
  }
  for (let row = n - 1; row >= 0; row--) {
    let rest = y[row] ?? 0;
    for (let k = row + 1; k < n; k++) rest -= (lower[k * n + row] ?? 0) * (y[k] ?? 0);
    y[row] = rest / (lower[row * n + row] ?? 1);
  }
  return y;
}

/** Inverse of the matrix that L is the factor of, row-major and exactly symmetric. */
export function invertCholesky(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  const unit = new Float64Array(n);
  for (let column = 0; column < n; column++) {
    unit.fill(0);
    unit[column] = 1;
    const solved = solveCholesky(lower, unit);
    for (let row = column; row < n; row++) {
      inverse[row * n + column] = solved[row] ?? 0;
      inverse[column * n + row] = solved[row] ?? 0;
    }
  }
  return inverse;
}
