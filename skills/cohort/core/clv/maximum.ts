/**
 * Maximum likelihood on log-parameters: BFGS, Newton steps to finish, and the Hessian that standard errors and the boundary
 * check are read from.
 */
import { exp, factorCholesky, invertCholesky, log, minimizeBfgs, type Objective, solveCholesky } from '../../../sdk/numeric/index.ts';

export interface Maximum {
  /** Natural scale. */
  readonly parameters: readonly number[];
  /** Negative log-likelihood. */
  readonly value: number;
  /** Row-major second derivatives in the log-parameters. */
  readonly hessian: Float64Array;
  /** Largest over smallest eigenvalue of the Hessian; Infinity when not positive definite. */
  readonly condition: number;
  readonly iterations: number;
  readonly isConverged: boolean;
  readonly largestGradient: number;
}

/** A parameter this far out on the log scale sits on the boundary. */
export const boundaryLog = 8;

type NegativeLogLikelihood = (parameters: readonly number[], gradient: Float64Array) => number;

/**
 * @param negativeLogLikelihood value and gradient as functions of natural parameters
 * @param start natural scale, > 0
 * @param rough nearly the same function at a small part of the cost: the search begins where it is smallest, with its curvature
 */
export function maximizeOnLogScale(
  negativeLogLikelihood: NegativeLogLikelihood,
  start: readonly number[],
  rough?: NegativeLogLikelihood,
): Maximum {
  const objective = onLogScale(negativeLogLikelihood);
  const guide = rough && guideTo(onLogScale(rough), start);
  const found = guide
    ? minimizeBfgs(objective, guide.x, { inverseHessian: guide.inverseHessian })
    : minimizeBfgs(objective, Float64Array.from(start, log));
  let { x, value, gradient } = found;
  const hessian = guide ? hessianBeside(objective, guide.objective, x, gradient) : hessianOf(objective, x);
  const factor = factorCholesky(hessian, x.length);
  // One Hessian serves all steps: BFGS has stopped so close that it changes in its sixth digit at most.
  for (let step = 0; step < 3; step++) {
    // What is left of the gradient is rounding.
    if (guide && largest(gradient) <= 1e-13 * Math.abs(value)) break;
    if (!factor) break;
    const move = solveCholesky(factor, gradient);
    if (largest(move) > 0.1) break;
    const next = x.map((at, index) => at - (move[index] ?? 0));
    const nextGradient = new Float64Array(x.length);
    const nextValue = objective(next, nextGradient);
    if (!(nextValue <= value + 1e-9 * Math.abs(value)) || !(largest(nextGradient) < largest(gradient))) break;
    x = next;
    value = nextValue;
    gradient = nextGradient;
  }
  const { smallest, top } = eigenvalueRange(hessian, x.length);
  return {
    parameters: Array.from(x, naturalOf),
    value,
    hessian,
    condition: smallest > 0 ? top / smallest : Number.POSITIVE_INFINITY,
    iterations: found.iterations,
    isConverged: found.isConverged || largest(gradient) <= 1e-6 * Math.max(1, Math.abs(value)),
    largestGradient: largest(gradient),
  };
}

/** Variance on the log scale of the weak normal prior that stands in where the likelihood says less than it. */
const priorVariance = 4;

/**
 * Row-major covariance of the log-parameters: the inverse Hessian. Where the likelihood is flat in some direction, as on the
 * boundary, a weak normal prior around the fit is added, so that draws of parameters stay within reason.
 */
export function covarianceOf({ hessian, parameters }: Maximum): readonly number[] {
  const n = parameters.length;
  const plain = inverseOf(hessian, n);
  if (plain && parameters.every((_, index) => (plain[index * (n + 1)] ?? 0) <= priorVariance)) return Array.from(plain);
  const weighted = inverseOf(
    hessian.map((value, index) => value + (index % (n + 1) === 0 ? 1 / priorVariance : 0)),
    n,
  );
  if (weighted) return Array.from(weighted);
  // Not a maximum in some direction: the prior alone.
  return Array.from(hessian, (_, index) => (index % (n + 1) === 0 ? priorVariance : 0));
}

/** Largest variance of a log-parameter by the inverse Hessian; Infinity where that is not positive definite. */
export function largestVariance({ hessian, parameters }: Maximum): number {
  const n = parameters.length;
  const inverse = inverseOf(hessian, n);
  if (!inverse) return Number.POSITIVE_INFINITY;
  return parameters.reduce((top, _, index) => Math.max(top, inverse[index * (n + 1)] ?? 0), 0);
}

/** Undefined when the matrix is not positive definite. */
function inverseOf(matrix: Float64Array, n: number): Float64Array | undefined {
  const factor = factorCholesky(matrix, n);
  return factor && invertCholesky(factor, n);
}

/** Beyond e^±60 a parameter is as good as at its limit, and products of parameters still are finite. */
function naturalOf(value: number): number {
  return exp(Math.min(Math.max(value, -60), 60));
}

function onLogScale(negativeLogLikelihood: NegativeLogLikelihood): Objective {
  return (x, gradient) => {
    const natural = Array.from(x, naturalOf);
    const value = negativeLogLikelihood(natural, gradient);
    for (let index = 0; index < gradient.length; index++) gradient[index] = (gradient[index] ?? 0) * (natural[index] ?? 0);
    return value;
  };
}

interface Guide {
  readonly objective: Objective;
  readonly x: Float64Array;
  readonly inverseHessian: readonly number[];
}

/** Minimum of a cheap objective, unless it lies at a boundary: on the way there the real objective decides. */
function guideTo(objective: Objective, start: readonly number[]): Guide | undefined {
  const from = Float64Array.from(start, log);
  const { x, isConverged } = minimizeBfgs(objective, from);
  if (!isConverged || x.some((value, index) => Math.abs(value - (from[index] ?? 0)) > boundaryLog)) return undefined;
  const hessian = hessianOf(objective, x);
  const inverse = inverseOf(hessian, x.length);
  return inverse && { objective, x, inverseHessian: Array.from(inverse) };
}

/** Small enough for the sixth digit of a second derivative, large enough that rounding leaves more. */
const width = 1e-4;

/** Central differences of the gradient, made symmetric. */
function hessianOf(objective: Objective, x: Float64Array): Float64Array {
  const up = gradientsAround(objective, x, width);
  const down = gradientsAround(objective, x, -width);
  return symmetric(up.map((value, index) => (value - (down[index] ?? 0)) / (2 * width)));
}

/** Forward differences of the gradient, with the error of one-sided differences taken from a function that bends alike. */
function hessianBeside(objective: Objective, alike: Objective, x: Float64Array, gradient: Float64Array): Float64Array {
  const n = x.length;
  const ahead = gradientsAround(objective, x, width);
  const middle = gradientsAround(alike, x, 0).subarray(0, n);
  const up = gradientsAround(alike, x, width);
  const down = gradientsAround(alike, x, -width);
  return symmetric(
    ahead.map((value, index) => {
      const row = index % n;
      const bend = (up[index] ?? 0) - 2 * (middle[row] ?? 0) + (down[index] ?? 0);
      return (value - (gradient[row] ?? 0) - bend / 2) / width;
    }),
  );
}

/** Gradients where one coordinate after the other is shifted, one after the other. */
function gradientsAround(objective: Objective, x: Float64Array, shift: number): Float64Array {
  const n = x.length;
  const gradients = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    const shifted = x.slice();
    shifted[column] = (shifted[column] ?? 0) + shift;
    objective(shifted, gradients.subarray(column * n, (column + 1) * n));
  }
  return gradients;
}

function symmetric(matrix: Float64Array): Float64Array {
  const n = Math.sqrt(matrix.length);
  return matrix.map((value, index) => (value + (matrix[(index % n) * n + Math.floor(index / n)] ?? 0)) / 2);
}

/**
 * Lower triangle L with L·Lᵀ = matrix, for one that may be singular, as where parameters are fixed or bound to each other: a
 * direction without variance gets a zero column.
 */
export function semidefiniteFactor(matrix: ArrayLike<number>, n: number): Float64Array {
  const lower = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    const diagonal = matrix[column * (n + 1)] ?? 0;
    let rest = diagonal;
    for (let k = 0; k < column; k++) rest -= (lower[column * n + k] ?? 0) * (lower[column * n + k] ?? 0);
    if (!(rest > 1e-12 * diagonal)) continue;
    const pivot = Math.sqrt(rest);
    lower[column * (n + 1)] = pivot;
    for (let row = column + 1; row < n; row++) {
      let cross = matrix[row * n + column] ?? 0;
      for (let k = 0; k < column; k++) cross -= (lower[row * n + k] ?? 0) * (lower[column * n + k] ?? 0);
      lower[row * n + column] = cross / pivot;
    }
  }
  return lower;
}

/** Extreme eigenvalues of a small symmetric matrix by Jacobi rotations. @see Golub & Van Loan (2013), section 8.5 */
function eigenvalueRange(matrix: Float64Array, n: number): { readonly smallest: number; readonly top: number } {
  const a = Float64Array.from(matrix);
  const at = (row: number, column: number): number => a[row * n + column] ?? 0;
  for (let sweep = 0; sweep < 50; sweep++) {
    let offDiagonal = 0;
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        offDiagonal += Math.abs(at(p, q));
        if (at(p, q) === 0) continue;
        const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
        const c = 1 / Math.sqrt(t * t + 1);
        const s = t * c;
        for (let k = 0; k < n; k++) [a[k * n + p], a[k * n + q]] = [c * at(k, p) - s * at(k, q), s * at(k, p) + c * at(k, q)];
        for (let k = 0; k < n; k++) [a[p * n + k], a[q * n + k]] = [c * at(p, k) - s * at(q, k), s * at(p, k) + c * at(q, k)];
      }
    }
    if (offDiagonal < 1e-300) break;
  }
  const values = Array.from({ length: n }, (_, index) => at(index, index));
  return { smallest: Math.min(...values), top: Math.max(...values) };
}

function largest(vector: Float64Array): number {
  return vector.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
}
