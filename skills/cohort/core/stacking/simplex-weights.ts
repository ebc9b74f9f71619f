/**
 * Weights of models on the simplex that minimise the Poisson deviance of their mixture, pulled towards given weights. The
 * problem is convex, so the minimum is the only one up to models that are alike, which get equal weights.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { factorCholesky, log, solveCholesky, sumOf } from '../../../sdk/numeric/index.ts';
import { leastExpected } from './poisson-deviance.ts';

/** Out-of-fold expected counts of each model and what came true. */
export interface StackRows {
  /** One column per model, ≥ 0. */
  readonly predictions: readonly ArrayLike<number>[];
  readonly actual: ArrayLike<number>;
  /** Of each row, > 0. */
  readonly weight?: ArrayLike<number> | undefined;
}

export interface SimplexWeights {
  /** ≥ 0, sum to one. */
  readonly weights: readonly number[];
  /** By how much the objective, in units of log-likelihood, can at most be above its minimum. */
  readonly gap: number;
  readonly iterations: number;
}

/** The log barrier that keeps weights off zero ends at this share of the purchases, so the gap does too. */
const finalBarrier = 1e-8;
const barrierStep = 0.1;
const newtonSteps = 60;

/**
 * Minimises Σ_i v_i·(μ_i − y_i·ln μ_i) − Σ_m (strength·target_m)·ln w_m with μ_i = Σ_m w_m·μ_im over the simplex: the second
 * term is a Dirichlet prior worth `strength` purchases. Newton's method along a decreasing barrier.
 * @param target weights to be pulled to, > 0, sum to one
 * @param strength ≥ 0; Infinity gives the target
 * @param rows indexes of the rows to use; all where absent
 * @returns weights with a certified gap
 * @throws {CohortiumError} NUMERIC_NO_CONVERGENCE when Newton's method stops early
 * @see Boyd & Vandenberghe (2004), "Convex Optimization", sections 11.2 and 11.3
 * @see Wolpert (1992), "Stacked generalization"; Breiman (1996), "Stacked regressions", section 2
 */
export function fitSimplexWeights(
  data: StackRows,
  target: readonly number[],
  strength: number,
  rows: ArrayLike<number> = Int32Array.from({ length: data.actual.length }, (_, row) => row),
): SimplexWeights {
  const models = data.predictions.length;
  if (models === 1) return { weights: [1], gap: 0, iterations: 0 };
  if (strength === Number.POSITIVE_INFINITY || rows.length === 0) return { weights: [...target], gap: 0, iterations: 0 };
  // Where models are nearly alike the minimum is nearly flat and rounding decides; in one order of the models it decides one way.
  const compare = comparison(data, target, rows);
  const order = target.map((_, model) => model).sort(compare);
  const sorted = solve(
    { ...data, predictions: order.map((model) => data.predictions[model] ?? []) },
    order.map((model) => target[model] ?? 0),
    strength,
    rows,
  );
  const weights = target.map((_, model) => {
    const alike = order.flatMap((other, place) => (compare(model, other) === 0 ? [sorted.weights[place] ?? 0] : []));
    return sumOf(alike.length, (at) => alike[at] ?? 0) / alike.length;
  });
  return { ...sorted, weights };
}

/** Compares models by their predictions, then by their targets. */
function comparison(
  { predictions }: StackRows,
  target: readonly number[],
  rows: ArrayLike<number>,
): (one: number, other: number) => number {
  return (one, other) => {
    if (one === other) return 0;
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at] ?? 0;
      const difference = (predictions[one]?.[row] ?? 0) - (predictions[other]?.[row] ?? 0);
      if (difference !== 0) return difference;
    }
    return (target[one] ?? 0) - (target[other] ?? 0);
  };
}

function solve(data: StackRows, target: readonly number[], strength: number, rows: ArrayLike<number>): SimplexWeights {
  const models = data.predictions.length;
  const problem = gather(data, rows);
  let weights: Float64Array = Float64Array.from(target, (value) => 0.9 * value + 0.1 / models);
  const last = (finalBarrier * Math.max(1, problem.purchases)) / models;
  const pull = target.map((value) => strength * value);
  // A strong pull is a barrier in itself: no need to come from far away.
  let barrier = strength > 0 ? last : Math.max(last, problem.purchases / (10 * models));
  let iterations = 0;
  for (;;) {
    const penalty = Float64Array.from(pull, (value) => value + barrier);
    for (let step = 0; ; step++) {
      const move = newtonMove(problem, weights, penalty);
      iterations += 1;
      if (move.decrement <= 1e-9 * barrier * models) break;
      const next = descend(problem, weights, penalty, move);
      if (!next) break;
      if (step === newtonSteps) {
        throw new CohortiumError('NUMERIC_NO_CONVERGENCE', `stacking weights stopped with a Newton decrement of ${move.decrement}`);
      }
      weights = next;
    }
    if (barrier <= last) break;
    barrier = Math.max(last, barrier * barrierStep);
  }
  return { weights: [...weights], gap: gapOf(problem, weights, pull), iterations };
}

interface Problem {
  readonly models: number;
  /** Predictions of the rows, row by row. */
  readonly mu: Float64Array;
  /** v·y of each row. */
  readonly counted: Float64Array;
  /** Σ v·μ of each model: the linear part of the objective. */
  readonly linear: Float64Array;
  readonly purchases: number;
}

function gather({ predictions, actual, weight }: StackRows, rows: ArrayLike<number>): Problem {
  const models = predictions.length;
  const mu = new Float64Array(rows.length * models);
  const counted = new Float64Array(rows.length);
  const weightOf = (at: number): number => weight?.[rows[at] ?? 0] ?? 1;
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] ?? 0;
    for (let model = 0; model < models; model++) mu[at * models + model] = Math.max(leastExpected, predictions[model]?.[row] ?? 0);
    counted[at] = weightOf(at) * (actual[row] ?? 0);
  }
  const linear = Float64Array.from(predictions, (_, model) => sumOf(rows.length, (at) => weightOf(at) * (mu[at * models + model] ?? 0)));
  return { models, mu, counted, linear, purchases: sumOf(counted.length, (at) => counted[at] ?? 0) };
}

function objective({ models, mu, counted, linear }: Problem, weights: Float64Array, penalty: Float64Array): number {
  let value = 0;
  for (let model = 0; model < models; model++) {
    value += (linear[model] ?? 0) * (weights[model] ?? 0) - (penalty[model] ?? 0) * log(weights[model] ?? 0);
  }
  for (let row = 0; row < counted.length; row++) {
    const y = counted[row] ?? 0;
    if (y === 0) continue;
    let mixed = 0;
    for (let model = 0; model < models; model++) mixed += (mu[row * models + model] ?? 0) * (weights[model] ?? 0);
    value -= y * log(mixed);
  }
  return value;
}

interface Move {
  /** Change of the logarithms of the weights, to first order: dw = w·direction. */
  readonly direction: Float64Array;
  readonly slope: number;
  /** Half the squared Newton decrement: how much lower the quadratic model goes. */
  readonly decrement: number;
}

/** Newton's step on Σ w = 1, in units of the weights so that the system is well scaled when some are tiny. */
function newtonMove(problem: Problem, weights: Float64Array, penalty: Float64Array): Move {
  const { models, mu, counted, linear } = problem;
  const gradient = Float64Array.from(weights, (value, model) => (linear[model] ?? 0) * value - (penalty[model] ?? 0));
  const hessian = new Float64Array(models * models);
  const part = new Float64Array(models);
  for (let row = 0; row < counted.length; row++) {
    const y = counted[row] ?? 0;
    if (y === 0) continue;
    let mixed = 0;
    for (let model = 0; model < models; model++) {
      part[model] = (mu[row * models + model] ?? 0) * (weights[model] ?? 0);
      mixed += part[model] ?? 0;
    }
    for (let a = 0; a < models; a++) {
      const share = (part[a] ?? 0) / mixed;
      gradient[a] = (gradient[a] ?? 0) - y * share;
      for (let b = 0; b <= a; b++) hessian[a * models + b] = (hessian[a * models + b] ?? 0) + y * share * ((part[b] ?? 0) / mixed);
    }
  }
  for (let a = 0; a < models; a++) {
    for (let b = 0; b < a; b++) hessian[b * models + a] = hessian[a * models + b] ?? 0;
    hessian[a * (models + 1)] = (hessian[a * (models + 1)] ?? 0) + (penalty[a] ?? 0);
  }
  const lower = factorCholesky(hessian, models);
  if (!lower) throw new CohortiumError('NUMERIC_NO_CONVERGENCE', 'the stacking problem is singular in double precision');
  const byGradient = solveCholesky(lower, gradient);
  const bySum = solveCholesky(lower, weights);
  const dot = (a: Float64Array, b: Float64Array): number => sumOf(models, (index) => (a[index] ?? 0) * (b[index] ?? 0));
  const multiplier = dot(weights, byGradient) / dot(weights, bySum);
  const direction = byGradient.map((value, model) => multiplier * (bySum[model] ?? 0) - value);
  const slope = dot(gradient, direction);
  return { direction, slope, decrement: -slope / 2 };
}

/** Backtracking; undefined when rounding hides any further descent. */
function descend(problem: Problem, weights: Float64Array, penalty: Float64Array, { direction, slope }: Move): Float64Array | undefined {
  const lowest = direction.reduce((least, value) => Math.min(least, value), 0);
  const from = objective(problem, weights, penalty);
  for (let length = lowest < 0 ? Math.min(1, -0.99 / lowest) : 1; length > 1e-10; length /= 2) {
    const next = weights.map((value, model) => value * (1 + length * (direction[model] ?? 0)));
    const total = sumOf(next.length, (model) => next[model] ?? 0);
    const scaled = next.map((value) => value / total);
    if (objective(problem, scaled, penalty) < from + 1e-4 * length * slope) return scaled;
  }
  return undefined;
}

/** Frank–Wolfe gap of the objective without the barrier: it is convex, so its minimum is no further below. */
function gapOf({ models, mu, counted, linear }: Problem, weights: Float64Array, pull: readonly number[]): number {
  const gradient = Float64Array.from(
    weights,
    (value, model) => (linear[model] ?? 0) - ((pull[model] ?? 0) > 0 ? (pull[model] ?? 0) / value : 0),
  );
  for (let row = 0; row < counted.length; row++) {
    const y = counted[row] ?? 0;
    if (y === 0) continue;
    let mixed = 0;
    for (let model = 0; model < models; model++) mixed += (mu[row * models + model] ?? 0) * (weights[model] ?? 0);
    for (let model = 0; model < models; model++) gradient[model] = (gradient[model] ?? 0) - (y * (mu[row * models + model] ?? 0)) / mixed;
  }
  const mean = sumOf(models, (model) => (weights[model] ?? 0) * (gradient[model] ?? 0));
  return Math.max(0, mean - gradient.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY));
}
