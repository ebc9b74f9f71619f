/**
 * Newton's method with halved steps for logistic losses of a few coefficients. Convex losses only: every step goes downhill
 * or is not taken.
 */
import { factorCholesky, softplus, sigmoid, solveCholesky } from '../../../sdk/numeric/index.ts';

export interface LogisticProblem {
  /** One column per coefficient. */
  readonly columns: readonly Float64Array[];
  /** Wanted probability of each row, in [0, 1]. */
  readonly target: Float64Array;
  readonly weight: Float64Array;
  /** Added to every linear predictor. */
  readonly offset?: Float64Array;
  /** Coefficients are pulled towards `centre` by a normal prior of this precision. */
  readonly precision: number;
  readonly centre: readonly number[];
  readonly start: readonly number[];
  /** Stop when no component of the gradient is larger. */
  readonly tolerance: number;
}

const mostRounds = 100;
const leastStep = 1e-10;
/** Added to the curvature, so that a flat direction is no division by zero. */
const ridge = 1e-12;

export interface LogisticFit {
  readonly coefficients: readonly number[];
  /** Curvature at the end, row by row: the inverse of the covariance. */
  readonly information: Float64Array;
}

/** @see Lin, Lin & Weng (2007), "A note on Platt's probabilistic outputs for support vector machines", algorithm 1 */
export function minimizeLogistic(problem: LogisticProblem): LogisticFit {
  const size = problem.start.length;
  let coefficients = [...problem.start];
  let loss = lossAt(problem, coefficients);
  let { gradient, information } = derivativesAt(problem, coefficients);
  for (let round = 0; round < mostRounds; round++) {
    if (gradient.every((own) => Math.abs(own) < problem.tolerance)) break;
    const factor = factorCholesky(information, size);
    if (factor === undefined) break;
    const direction = solveCholesky(factor, gradient);
    let slope = 0;
    for (let at = 0; at < size; at++) slope -= (direction[at] ?? 0) * (gradient[at] ?? 0);
    let step = 1;
    let isBetter = false;
    for (; step >= leastStep; step /= 2) {
      const next = coefficients.map((own, at) => own - step * (direction[at] ?? 0));
      const lossThere = lossAt(problem, next);
      if (lossThere < loss + 1e-4 * step * slope) {
        coefficients = next;
        loss = lossThere;
        isBetter = true;
        break;
      }
    }
    if (!isBetter) break;
    ({ gradient, information } = derivativesAt(problem, coefficients));
  }
  return { coefficients, information };
}

function linearAt({ columns, offset }: LogisticProblem, coefficients: readonly number[], row: number): number {
  let linear = offset?.[row] ?? 0;
  for (let at = 0; at < columns.length; at++) linear += (coefficients[at] ?? 0) * (columns[at]?.[row] ?? 0);
  return linear;
}

function lossAt(problem: LogisticProblem, coefficients: readonly number[]): number {
  const { target, weight, precision, centre } = problem;
  let loss = 0;
  for (let at = 0; at < coefficients.length; at++) {
    const off = (coefficients[at] ?? 0) - (centre[at] ?? 0);
    loss += (precision * off * off) / 2;
  }
  for (let row = 0; row < target.length; row++) {
    const linear = linearAt(problem, coefficients, row);
    loss += (weight[row] ?? 0) * (softplus(linear) - (target[row] ?? 0) * linear);
  }
  return loss;
}

function derivativesAt(
  problem: LogisticProblem,
  coefficients: readonly number[],
): { readonly gradient: Float64Array; readonly information: Float64Array } {
  const { columns, target, weight, precision, centre } = problem;
  const size = coefficients.length;
  const gradient = Float64Array.from(coefficients, (own, at) => precision * (own - (centre[at] ?? 0)));
  const information = new Float64Array(size * size);
  for (let at = 0; at < size; at++) information[at * size + at] = precision + ridge;
  for (let row = 0; row < target.length; row++) {
    const p = sigmoid(linearAt(problem, coefficients, row));
    const pull = (weight[row] ?? 0) * (p - (target[row] ?? 0));
    const curve = (weight[row] ?? 0) * p * (1 - p);
    for (let i = 0; i < size; i++) {
      const own = columns[i]?.[row] ?? 0;
      gradient[i] = (gradient[i] ?? 0) + pull * own;
      for (let j = 0; j < size; j++) {
        information[i * size + j] = (information[i * size + j] ?? 0) + curve * own * (columns[j]?.[row] ?? 0);
      }
    }
  }
  return { gradient, information };
}
