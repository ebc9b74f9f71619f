/**
 * Maximum likelihood on log-parameters: BFGS, Newton steps to finish, and the Hessian that standard errors and the boundary
 * check are read from.
 */
import { exp, log, minimizeBfgs, type Objective } from '../../../sdk/numeric/index.ts';

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

/**
 * @param negativeLogLikelihood value and gradient as functions of natural parameters
 * @param start natural scale, > 0
 */
export function maximizeOnLogScale(
  negativeLogLikelihood: (parameters: readonly number[], gradient: Float64Array) => number,
  start: readonly number[],
): Maximum {
  const objective: Objective = (x, gradient) => {
    const natural = Array.from(x, naturalOf);
    const value = negativeLogLikelihood(natural, gradient);
    for (let index = 0; index < gradient.length; index++) gradient[index] = (gradient[index] ?? 0) * (natural[index] ?? 0);
    return value;
  };
  const found = minimizeBfgs(objective, Float64Array.from(start, log));
  let { x, value, gradient } = found;
  const hessian = hessianOf(objective, x);
  // One Hessian serves all steps: BFGS has stopped so close that it changes in its sixth digit at most.
  for (let step = 0; step < 3; step++) {
    const move = solve(hessian, gradient);
    if (!move || largest(move) > 0.1) break;
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
  const plain = choleskyFactor(hessian, n) ? invert(hessian, n) : [];
  const isSharp = plain.length > 0 && parameters.every((_, index) => (plain[index * (n + 1)] ?? 0) <= priorVariance);
  if (isSharp) return plain;
  const weighted = hessian.map((value, index) => value + (index % (n + 1) === 0 ? 1 / priorVariance : 0));
  if (choleskyFactor(weighted, n)) return invert(weighted, n);
  // Not a maximum in some direction: the prior alone.
  return Array.from(hessian, (_, index) => (index % (n + 1) === 0 ? priorVariance : 0));
}

/** Largest variance of a log-parameter by the inverse Hessian; Infinity where that is not positive definite. */
export function largestVariance({ hessian, parameters }: Maximum): number {
  const n = parameters.length;
  if (!choleskyFactor(hessian, n)) return Number.POSITIVE_INFINITY;
  const inverse = invert(hessian, n);
  return parameters.reduce((top, _, index) => Math.max(top, inverse[index * (n + 1)] ?? 0), 0);
}

/** Beyond e^±60 a parameter is as good as at its limit, and products of parameters still are finite. */
function naturalOf(value: number): number {
  return exp(Math.min(Math.max(value, -60), 60));
}

/** Central differences of the gradient, made symmetric. */
function hessianOf(objective: Objective, x: Float64Array): Float64Array {
  const n = x.length;
  const hessian = new Float64Array(n * n);
  const width = 1e-4;
  for (let column = 0; column < n; column++) {
    const [up, down] = [width, -width].map((shift) => {
      const gradient = new Float64Array(n);
      objective(
        x.map((value, index) => (index === column ? value + shift : value)),
        gradient,
      );
      return gradient;
    });
    for (let row = 0; row < n; row++) hessian[row * n + column] = ((up?.[row] ?? 0) - (down?.[row] ?? 0)) / (2 * width);
  }
  return hessian.map((value, index) => (value + (hessian[(index % n) * n + Math.floor(index / n)] ?? 0)) / 2);
}

/** Lower triangle L with L·Lᵀ = matrix; undefined when not positive definite. */
export function choleskyFactor(matrix: ArrayLike<number>, n: number): Float64Array | undefined {
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

function solve(matrix: Float64Array, right: Float64Array): Float64Array | undefined {
  const n = right.length;
  const lower = choleskyFactor(matrix, n);
  if (!lower) return undefined;
  const y = new Float64Array(n);
  for (let row = 0; row < n; row++) {
    let rest = right[row] ?? 0;
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

function invert(matrix: Float64Array, n: number): number[] {
  const columns = Array.from({ length: n }, (_, column) => solve(matrix, new Float64Array(n).fill(1, column, column + 1)));
  return Array.from({ length: n * n }, (_, index) => columns[index % n]?.[Math.floor(index / n)] ?? 0);
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
