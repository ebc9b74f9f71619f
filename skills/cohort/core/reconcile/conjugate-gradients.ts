/** Large symmetric positive definite systems that are known by their products only. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sumOf } from '../../../sdk/numeric/index.ts';

const relativeTolerance = 1e-13;

/** Good enough where rounding keeps the residual from falling further. */
const acceptedTolerance = 1e-9;

/**
 * Conjugate gradients preconditioned by the diagonal.
 * @param product matrix times a vector
 * @param diagonal of the matrix or near it, > 0
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when the residual stays above 1e-9 of the right-hand side
 * @see Golub & Van Loan (2013), "Matrix Computations", algorithm 11.5.1
 */
export function conjugateGradients(
  product: (vector: Float64Array) => Float64Array,
  right: Float64Array,
  diagonal: ArrayLike<number>,
): Float64Array {
  const n = right.length;
  const dot = (a: Float64Array, b: Float64Array): number => sumOf(n, (index) => (a[index] ?? 0) * (b[index] ?? 0));
  const x = new Float64Array(n);
  const residual = right.slice();
  const scale = Math.sqrt(dot(right, right));
  if (scale === 0) return x;
  let z = residual.map((value, index) => value / (diagonal[index] ?? 1));
  let direction = z.slice();
  let rz = dot(residual, z);
  let size = scale;
  for (let step = 0; step < 10 * n + 100 && size > relativeTolerance * scale; step++) {
    const image = product(direction);
    const bend = dot(direction, image);
    if (!(bend > 0)) break;
    const length = rz / bend;
    for (let index = 0; index < n; index++) {
      x[index] = (x[index] ?? 0) + length * (direction[index] ?? 0);
      residual[index] = (residual[index] ?? 0) - length * (image[index] ?? 0);
    }
    size = Math.sqrt(dot(residual, residual));
    z = residual.map((value, index) => value / (diagonal[index] ?? 1));
    const next = dot(residual, z);
    const ratio = next / rz;
    rz = next;
    direction = direction.map((value, index) => (z[index] ?? 0) + ratio * value);
  }
  if (size > acceptedTolerance * scale) {
    throw new CohortiumError(
      'NUMERIC_NO_CONVERGENCE',
      `conjugate gradients stopped with a residual of ${size / scale} of the right-hand side`,
    );
  }
  return x;
}
