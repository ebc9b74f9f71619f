import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { factorCholesky, invertCholesky, solveCholesky } from './cholesky.ts';

/** A·Aᵀ + I: positive definite, with a condition number below a thousand. */
const definite = fc
  .integer({ min: 1, max: 6 })
  .chain((n) => fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: n * n, maxLength: n * n }).map((a) => ({ n, a })))
  .map(({ n, a }) => ({
    n,
    matrix: Float64Array.from({ length: n * n }, (_, at) => {
      const [row, column] = [Math.floor(at / n), at % n];
      let total = row === column ? 1 : 0;
      for (let k = 0; k < n; k++) total += a[row * n + k]! * a[column * n + k]!;
      return total;
    }),
  }));

describe('Cholesky', () => {
  it('factors, solves and inverts', () => {
    fc.assert(
      fc.property(definite, ({ n, matrix }) => {
        const lower = factorCholesky(matrix, n)!;
        const right = Float64Array.from({ length: n }, (_, index) => index - 1.5);
        const solution = solveCholesky(lower, right);
        const inverse = invertCholesky(lower, n);
        for (let row = 0; row < n; row++) {
          let product = 0;
          for (let k = 0; k < n; k++) product += matrix[row * n + k]! * solution[k]!;
          expect(product).toBeCloseTo(right[row]!, 9);
          for (let column = 0; column < n; column++) {
            let entry = 0;
            for (let k = 0; k < n; k++) entry += matrix[row * n + k]! * inverse[k * n + column]!;
            expect(entry).toBeCloseTo(row === column ? 1 : 0, 9);
          }
        }
      }),
    );
  });

  it('says when a matrix is not positive definite', () => {
    expect(factorCholesky([1, 2, 2, 1], 2)).toBeUndefined();
    expect(factorCholesky([Number.NaN], 1)).toBeUndefined();
  });
});
