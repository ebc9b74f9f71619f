/**
 * Minimisation by BFGS with a line search that meets the strong Wolfe conditions. Meant for a handful of parameters on a log
 * scale; no bounds, so parametrise such that every point is allowed.
 */

export interface BfgsOptions {
  readonly maxIterations?: number;
  /** Longest step in any one coordinate; keeps early steps sane on a log scale. */
  readonly stepCap?: number;
  /** Stops when the largest gradient component is at most this times max(1, |value|). */
  readonly gradientTolerance?: number;
  /** Row-major positive definite guess at the inverse Hessian at the start; a good one makes the first steps those of Newton. */
  readonly inverseHessian?: ArrayLike<number> | undefined;
}

export interface BfgsResult {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
  readonly iterations: number;
  readonly isConverged: boolean;
  readonly message: string;
}

/** Returns the value at x and writes the gradient. */
export type Objective = (x: Float64Array, gradient: Float64Array) => number;

/**
 * @param start finite, with a finite objective
 * @see Nocedal & Wright (2006), "Numerical Optimization", algorithms 6.1, 3.5 and 3.6
 */
export function minimizeBfgs(objective: Objective, start: Float64Array, options: BfgsOptions = {}): BfgsResult {
  const { maxIterations = 500, stepCap = 2, gradientTolerance = 1e-9, inverseHessian } = options;
  const n = start.length;
  let point: Point = evaluate(objective, Float64Array.from(start));
  let inverse = inverseHessian ? Float64Array.from(inverseHessian) : identity(n);
  let isFresh = inverseHessian === undefined;
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (largest(point.gradient) <= gradientTolerance * Math.max(1, Math.abs(point.value))) {
      return finish(point, iteration, true, 'gradient is small enough');
    }
    let direction = multiply(inverse, point.gradient).map((d) => -d);
    if (dot(direction, point.gradient) >= 0) {
      inverse = identity(n);
      isFresh = true;
      direction = point.gradient.map((g) => -g);
    }
    const longest = largest(direction);
    if (longest > stepCap) direction = direction.map((d) => (d * stepCap) / longest);
    const next = searchLine(objective, point, direction);
    if (!next) {
      if (isFresh) return finish(point, iteration, false, 'no step lowers the value');
      inverse = identity(n);
      isFresh = true;
      continue;
    }
    inverse = update(inverse, point, next, isFresh);
    isFresh = false;
    const isStuck = next.value === point.value && next.x.every((value, index) => value === point.x[index]);
    point = next;
    if (isStuck) return finish(point, iteration + 1, false, 'the value does not change any more');
  }
  return finish(point, maxIterations, false, `stopped after ${maxIterations} iterations`);
}

interface Point {
  readonly x: Float64Array;
  readonly value: number;
  readonly gradient: Float64Array;
}

function finish(point: Point, iterations: number, isConverged: boolean, message: string): BfgsResult {
  return { ...point, iterations, isConverged, message };
}

function evaluate(objective: Objective, x: Float64Array): Point {
  const gradient = new Float64Array(x.length);
  const value = objective(x, gradient);
  return { x, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value, gradient };
}

const sufficientDecrease = 1e-4;
const curvature = 0.9;

function searchLine(objective: Objective, from: Point, direction: Float64Array): Point | undefined {
  const slope0 = dot(from.gradient, direction);
  const at = (step: number): Point =>
    evaluate(
      objective,
      from.x.map((value, index) => value + step * (direction[index] ?? 0)),
    );
  const isTooHigh = (point: Point, step: number): boolean => !(point.value <= from.value + sufficientDecrease * step * slope0);
  let lower = { step: 0, point: from };
  let step = 1;
  for (let trial = 0; trial < 30; trial++) {
    const point = at(step);
    if (isTooHigh(point, step) || (trial > 0 && point.value >= lower.point.value)) return zoom(lower, { step, point });
    const slope = dot(point.gradient, direction);
    if (Math.abs(slope) <= -curvature * slope0) return point;
    if (slope >= 0) return zoom({ step, point }, lower);
    lower = { step, point };
    step *= 2;
  }
  return lower.step > 0 ? lower.point : undefined;

  function zoom(low: { step: number; point: Point }, high: { step: number; point: Point }): Point | undefined {
    let [best, other] = [low, high];
    for (let trial = 0; trial < 60; trial++) {
      const middle = interpolate(best, other);
      const point = at(middle);
      if (isTooHigh(point, middle) || point.value >= best.point.value) other = { step: middle, point };
      else {
        const slope = dot(point.gradient, direction);
        if (Math.abs(slope) <= -curvature * slope0) return point;
        if (slope * (other.step - best.step) >= 0) other = best;
        best = { step: middle, point };
      }
      if (Math.abs(other.step - best.step) <= 1e-16 * Math.max(1, best.step)) break;
    }
    return best.step > 0 ? best.point : undefined;
  }

  /** Minimum of the parabola through both values and the slope at the better end, kept off the ends. */
  function interpolate(a: { step: number; point: Point }, b: { step: number; point: Point }): number {
    const width = b.step - a.step;
    const slope = dot(a.point.gradient, direction);
    const bend = b.point.value - a.point.value - slope * width;
    const share = Number.isFinite(bend) && bend > 0 ? (-slope * width) / (2 * bend) : 0.5;
    return a.step + width * Math.min(Math.max(share, 0.1), 0.9);
  }
}

function update(inverse: Float64Array, from: Point, to: Point, isFresh: boolean): Float64Array {
  const n = from.x.length;
  const s = to.x.map((value, index) => value - (from.x[index] ?? 0));
  const y = to.gradient.map((value, index) => value - (from.gradient[index] ?? 0));
  const sy = dot(s, y);
  if (!(sy > 1e-300)) return inverse;
  // The first matrix is scaled to the curvature just seen (Nocedal & Wright eq. 6.20).
  const base = isFresh ? identity(n).map((value) => value * (sy / dot(y, y))) : inverse;
  const hy = multiply(base, y);
  const factor = (1 + dot(y, hy) / sy) / sy;
  return base.map((value, index) => {
    const i = Math.floor(index / n);
    const j = index % n;
    const si = s[i] ?? 0;
    const sj = s[j] ?? 0;
    return value + factor * si * sj - (si * (hy[j] ?? 0) + (hy[i] ?? 0) * sj) / sy;
  });
}

function identity(n: number): Float64Array {
  return new Float64Array(n * n).map((_, index) => (index % (n + 1) === 0 ? 1 : 0));
}

function multiply(matrix: Float64Array, vector: Float64Array): Float64Array {
  const n = vector.length;
  return new Float64Array(n).map((_, row) => {
    let total = 0;
    for (let column = 0; column < n; column++) total += (matrix[row * n + column] ?? 0) * (vector[column] ?? 0);
    return total;
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let total = 0;
  for (let index = 0; index < a.length; index++) total += (a[index] ?? 0) * (b[index] ?? 0);
  return total;
}

function largest(vector: Float64Array): number {
  let top = 0;
  for (const value of vector) top = Math.max(top, Math.abs(value));
  return top;
}
