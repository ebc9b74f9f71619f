/** One cell's log-parameters given the population: the posterior mode and its Laplace covariance. */
import { exp, factorCholesky, invertCholesky, solveCholesky } from '../../../sdk/numeric/index.ts';
import type { NegativeLogLikelihood } from '../clv/family.ts';

export interface CellMode {
  /** Log-parameters at the mode. */
  readonly theta: Float64Array;
  /** Row-major inverse of the second derivatives of the negative log-posterior. */
  readonly covariance: Float64Array;
  /** Negative log-likelihood at the mode, without the prior. */
  readonly value: number;
  readonly isConverged: boolean;
  /** Second derivatives of the likelihood near the mode, for the next call. */
  readonly curvature: Curvature;
}

export interface Curvature {
  readonly at: Float64Array;
  /** Row-major, of the negative log-likelihood. */
  readonly hessian: Float64Array;
}

/** Beyond e^±30 a parameter is as good as at its limit, and products of parameters are finite. */
const farthestLog = 30;
const differenceWidth = 1e-4;
const smallMove = 1e-7;

/** A Hessian serves while the point has moved by less than this on the log scale: it changes by as much of itself. */
const trusted = 0.02;

/**
 * Newton's method from a warm start. The Hessian of the likelihood comes from differences of its gradient and is kept while the
 * mode stays near: between rounds of EM it hardly moves.
 * @param start log-parameters
 * @param mean of the normal prior of the log-parameters
 * @param precision row-major inverse covariance of the prior
 * @param known curvature from a call before
 */
export function mapCell(
  likelihood: NegativeLogLikelihood,
  start: ArrayLike<number>,
  mean: ArrayLike<number>,
  precision: Float64Array,
  known?: Curvature,
): CellMode {
  const n = mean.length;
  let point = evaluate(likelihood, Float64Array.from(start), mean, precision);
  let curvature = known && isNear(known.at, point.theta) ? known : curvatureAt(likelihood, point.theta);
  let factor = factorWith(curvature, precision);
  const renew = (): void => {
    curvature = curvatureAt(likelihood, point.theta);
    factor = factorWith(curvature, precision);
  };
  let isConverged = false;
  for (let step = 0; step < 60 && !isConverged; step++) {
    const move = solveCholesky(factor, point.gradient);
    const longest = move.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
    if (longest <= smallMove) {
      isConverged = true;
      continue;
    }
    const next = search(likelihood, point, move, Math.min(1, 1 / longest), mean, precision);
    if (next) {
      point = next;
      if (!isNear(curvature.at, point.theta)) renew();
    } else if (curvature.at === point.theta) {
      // Rounding hides any further descent.
      isConverged = longest <= 1e-3;
      break;
    } else renew();
  }
  return { theta: point.theta, covariance: invertCholesky(factor, n), value: point.value, isConverged, curvature };
}

function isNear(one: Float64Array, other: Float64Array): boolean {
  return one.every((value, index) => Math.abs(value - (other[index] ?? 0)) <= trusted);
}

interface Point {
  readonly theta: Float64Array;
  /** Of the likelihood alone. */
  readonly value: number;
  /** With the prior. */
  readonly penalised: number;
  readonly gradient: Float64Array;
}

function evaluate(likelihood: NegativeLogLikelihood, theta: Float64Array, mean: ArrayLike<number>, precision: Float64Array): Point {
  const n = theta.length;
  const { value, gradient } = onLogs(likelihood, theta);
  let penalty = 0;
  for (let row = 0; row < n; row++) {
    let pull = 0;
    for (let column = 0; column < n; column++) pull += (precision[row * n + column] ?? 0) * ((theta[column] ?? 0) - (mean[column] ?? 0));
    gradient[row] = (gradient[row] ?? 0) + pull;
    penalty += (pull * ((theta[row] ?? 0) - (mean[row] ?? 0))) / 2;
  }
  return { theta, value, penalised: value + penalty, gradient };
}

/** Value and gradient in the log-parameters. */
function onLogs(likelihood: NegativeLogLikelihood, theta: Float64Array): { readonly value: number; readonly gradient: Float64Array } {
  const natural = Array.from(theta, (value) => exp(Math.min(Math.max(value, -farthestLog), farthestLog)));
  const gradient = new Float64Array(theta.length);
  const value = likelihood(natural, gradient);
  for (let index = 0; index < gradient.length; index++) gradient[index] = (gradient[index] ?? 0) * (natural[index] ?? 0);
  return { value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value, gradient };
}

function search(
  likelihood: NegativeLogLikelihood,
  from: Point,
  move: Float64Array,
  longest: number,
  mean: ArrayLike<number>,
  precision: Float64Array,
): Point | undefined {
  for (let length = longest; length > 1e-6; length /= 3) {
    const theta = from.theta.map((value, index) => value - length * (move[index] ?? 0));
    const point = evaluate(likelihood, theta, mean, precision);
    if (point.penalised < from.penalised) return point;
  }
  return undefined;
}

function curvatureAt(likelihood: NegativeLogLikelihood, at: Float64Array): Curvature {
  const n = at.length;
  const hessian = new Float64Array(n * n);
  for (let column = 0; column < n; column++) {
    const [up, down] = [differenceWidth, -differenceWidth].map((shift) => {
      return onLogs(
        likelihood,
        at.map((value, index) => (index === column ? value + shift : value)),
      ).gradient;
    });
    for (let row = 0; row < n; row++) hessian[row * n + column] = ((up?.[row] ?? 0) - (down?.[row] ?? 0)) / (2 * differenceWidth);
  }
  return { at, hessian };
}

/** Off a maximum the likelihood may bend upwards; its curvature is then taken back until the sum is positive definite. */
function factorWith({ at, hessian }: Curvature, precision: Float64Array): Float64Array {
  const n = at.length;
  for (let share = 1; share > 0.01; share /= 2) {
    const total = hessian.map((value, index) => {
      const other = hessian[(index % n) * n + Math.floor(index / n)] ?? 0;
      return (share * (value + other)) / 2 + (precision[index] ?? 0);
    });
    const factor = factorCholesky(total, n);
    if (factor) return factor;
  }
  return factorCholesky(precision, n) ?? precision;
}
