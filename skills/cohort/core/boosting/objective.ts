/**
 * What a loss asks of the rows: where predictions start, and after each tree the gradient and curvature of every row. These are
 * rounded to whole numbers of a step so small that the largest has 14 to 31 bits, and so large that no sum of them is ever rounded: a
 * histogram is the same in whatever order rows are added or taken off.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { log } from '../../../sdk/numeric/index.ts';
import { fastExp } from '../../../sdk/numeric/kernels/index.ts';
import { orderFreeSums } from '../methods/quality/order-free-sums.ts';
import type { NodeSums } from './best-split.ts';
import { bitsOf } from './kernel-layout.ts';
import type { Kernel } from './kernel.ts';
import type { BoostingLoss } from './model.ts';
import { weightedQuantile } from './weighted-quantile.ts';

/** A leaf multiplies a Poisson mean by e to this at most, before the learning rate: Newton's step overshoots where means are tiny. */
const longestPoissonStep = 4;
/** Adding and subtracting 1.5 · 2⁵² rounds to a whole number. */
const rounder = 6_755_399_441_055_744;
/** Keeps the logarithm of a mean finite. */
const leastMean = 1e-300;

export interface Objective {
  readonly start: number;
  /** Sums over all rows in steps. */
  readonly sums: () => NodeSums;
  /** Ridge in steps of curvature. */
  readonly ridge: (l2: number) => number;
  /** Value of a leaf before the learning rate, given its rows in the kernel's order and Newton's step in steps. */
  readonly leafValue: (from: number, to: number, step: number) => number;
  /** Adds values to the predictions of rows in the kernel's order, and makes their next gradients. */
  readonly move: (leaves: readonly LeafMove[]) => void;
  /** Mean loss of the rows as they are predicted now. */
  readonly loss: () => number;
}

export interface LeafMove {
  readonly from: number;
  readonly to: number;
  readonly value: number;
}

/** @param weight > 0 */
export function makeObjective(loss: BoostingLoss, target: Float64Array, weight: Float64Array, kernel: Kernel): Objective {
  const { layout, buffer } = kernel;
  const rows = target.length;
  const order = new Int32Array(buffer, layout.orderAt, rows);
  const steps = new Int32Array(buffer, layout.stepsAt, 2 * rows);
  const bits = bitsOf(rows);
  const [gradientSteps, curvatureSteps] = [largestOf(Math.min(31, 51 - bits)), largestOf(Math.min(31, 64 - 2 * bits))];
  const start = startOf(loss, target, weight);
  let [gradientScale, curvatureScale] = [0, 0];
  let [gradient, curvature] = [0, 0];
  const heaviest = largestIn(weight);
  // One weight for all is not read row by row: loops wait for memory more than for the processor.
  const even = weight.every((share) => share === heaviest) ? heaviest : 0;

  const shared = {
    start,
    sums: (): NodeSums => ({ rows, gradient, curvature, least: Number.NEGATIVE_INFINITY, most: Number.POSITIVE_INFINITY }),
    ridge: (l2: number) => l2 * curvatureScale,
  };
  /** Leaf of each row, so that what follows goes through the rows from first to last. */
  const leafOf = new Uint8Array(rows);
  const markLeaves = (leaves: readonly LeafMove[]): void => {
    for (const [leaf, { from, to }] of leaves.entries()) {
      for (let at = from; at < to; at++) leafOf[order[at] ?? 0] = leaf;
    }
  };
  const newton = (step: number): number => (step * curvatureScale) / gradientScale;

  if (loss === 'poisson') {
    // Weighted means, multiplied by e to the value of a leaf: one exponential per leaf, none per row.
    const mean = weight.map((share) => share * fastExp(start));
    const sought = weight.map((share, row) => share * (target[row] ?? 0));
    const largestSought = largestIn(sought);
    let largestMean = largestIn(mean);
    const move = (leaves: readonly LeafMove[]): void => {
      const factors = Float64Array.from(leaves, ({ value }) => fastExp(value));
      const bound = largestMean * largestIn(factors);
      curvatureScale = powerOfTwo(curvatureSteps / bound);
      gradientScale = powerOfTwo(gradientSteps / Math.max(bound, largestSought));
      markLeaves(leaves);
      moveRows(factors, gradientScale, curvatureScale);
    };
    const moveRows = (factors: Float64Array, gradientScale: number, curvatureScale: number): void => {
      let gradients = 0;
      let curvatures = 0;
      let largest = 0;
      for (let row = 0; row < rows; row++) {
        const next = (mean[row] ?? 0) * (factors[leafOf[row] ?? 0] ?? 1);
        mean[row] = next;
        if (next > largest) largest = next;
        const g = (next - (sought[row] ?? 0)) * gradientScale + rounder - rounder;
        const rounded = next * curvatureScale + rounder - rounder;
        const h = rounded < 1 ? 1 : rounded;
        steps[2 * row] = g;
        steps[2 * row + 1] = h;
        gradients += g;
        curvatures += h;
      }
      gradient = gradients;
      curvature = curvatures;
      largestMean = largest;
    };
    move([{ from: 0, to: rows, value: 0 }]);
    return {
      ...shared,
      leafValue: (_from, _to, step) => Math.min(newton(step), longestPoissonStep),
      move,
      loss: () =>
        meanLoss(
          loss,
          target,
          mean.map((value, row) => log(Math.max(leastMean, value / (weight[row] ?? 1)))),
          weight,
        ),
    };
  }

  // How far each prediction is above its target.
  const excess = target.map((value) => start - value);
  curvatureScale = powerOfTwo(curvatureSteps / heaviest);
  for (let row = 0; row < rows; row++) {
    steps[2 * row + 1] = Math.max(1, Math.round((weight[row] ?? 0) * curvatureScale));
    curvature += steps[2 * row + 1] ?? 0;
  }
  const loseNow = (): number =>
    meanLoss(
      loss,
      target,
      excess.map((value, row) => value + (target[row] ?? 0)),
      weight,
    );

  if (loss === 'squared') {
    let largestExcess = 0;
    for (let row = 0; row < rows; row++) largestExcess = Math.max(largestExcess, Math.abs(excess[row] ?? 0));
    const move = (leaves: readonly LeafMove[]): void => {
      const values = Float64Array.from(leaves, ({ value }) => value);
      const longest = largestIn(values.map(Math.abs));
      gradientScale = powerOfTwo(gradientSteps / ((largestExcess + longest) * heaviest || 1));
      markLeaves(leaves);
      moveRows(values, gradientScale);
    };
    const moveRows = (values: Float64Array, gradientScale: number): void => {
      let gradients = 0;
      let largest = 0;
      for (let row = 0; row < rows; row++) {
        const next = (excess[row] ?? 0) + (values[leafOf[row] ?? 0] ?? 0);
        excess[row] = next;
        const size = Math.abs(next);
        if (size > largest) largest = size;
        const g = (even > 0 ? even : (weight[row] ?? 0)) * next * gradientScale + rounder - rounder;
        steps[2 * row] = g;
        gradients += g;
      }
      gradient = gradients;
      largestExcess = largest;
    };
    move([{ from: 0, to: rows, value: 0 }]);
    return { ...shared, leafValue: (_from, _to, step) => newton(step), move, loss: loseNow };
  }

  const { quantile } = loss;
  gradientScale = powerOfTwo(gradientSteps / (heaviest * Math.max(quantile, 1 - quantile)));
  const below = new Float64Array(rows);
  const curvatures = new Int32Array(rows);
  const move = (leaves: readonly LeafMove[]): void => {
    markLeaves(leaves);
    moveRows(Float64Array.from(leaves, ({ value }) => value));
  };
  const moveRows = (values: Float64Array): void => {
    const [above, under] = [1 - quantile, -quantile].map((side) => side * gradientScale) as [number, number];
    let gradients = 0;
    for (let row = 0; row < rows; row++) {
      const next = (excess[row] ?? 0) + (values[leafOf[row] ?? 0] ?? 0);
      excess[row] = next;
      const g = (even > 0 ? even : (weight[row] ?? 0)) * (next > 0 ? above : under) + rounder - rounder;
      steps[2 * row] = g;
      gradients += g;
    }
    gradient = gradients;
  };
  move([{ from: 0, to: rows, value: 0 }]);
  return {
    ...shared,
    leafValue: (from, to) => {
      for (let at = from; at < to; at++) {
        const row = order[at] ?? 0;
        below[at] = -(excess[row] ?? 0);
        curvatures[at] = steps[2 * row + 1] ?? 0;
      }
      return weightedQuantile(below.subarray(from, to), curvatures.subarray(from, to), quantile);
    },
    move,
    loss: loseNow,
  };
}

/** The best constant, on the scale of the fit. */
function startOf(loss: BoostingLoss, target: Float64Array, weight: Float64Array): number {
  if (typeof loss === 'object') {
    const heaviest = largestIn(weight);
    const steps = Int32Array.from(weight, (share) => Math.max(1, Math.round((share / heaviest) * 2147483647)));
    return weightedQuantile(target.slice(), steps, loss.quantile);
  }
  const mean = totalOf(target.map((value, row) => value * (weight[row] ?? 0))) / totalOf(weight);
  if (loss === 'squared') return mean;
  if (mean > 0) return log(mean);
  throw new CohortiumError('NUMERIC_DOMAIN', `the weighted mean of the targets is ${mean}, too small for a logarithm; give other units`);
}

/**
 * Weighted mean loss: half the deviance of Poisson or squared loss, or the pinball loss; the same in whatever order rows come.
 * @param score on the scale of the fit
 */
export function meanLoss(loss: BoostingLoss, target: Float64Array, score: Float64Array, weight: Float64Array): number {
  const losses = weight.map((share, row) => share * lossOf(loss, target[row] ?? 0, score[row] ?? 0));
  return totalOf(losses) / totalOf(weight);
}

function lossOf(loss: BoostingLoss, y: number, score: number): number {
  if (loss === 'poisson') return (y > 0 ? y * (log(y) - score) : 0) - (y - fastExp(score));
  const error = y - score;
  if (loss === 'squared') return (error * error) / 2;
  return error >= 0 ? loss.quantile * error : (loss.quantile - 1) * error;
}

function totalOf(values: Float64Array): number {
  return orderFreeSums(values)[0] ?? 0;
}

function largestIn(values: ArrayLike<number>): number {
  let most = 0;
  for (let at = 0; at < values.length; at++) most = Math.max(most, values[at] ?? 0);
  return most;
}

/** The largest power of two up to a number > 0: whole targets and weights are then no rounding at all. */
function powerOfTwo(value: number): number {
  const double = new Float64Array([value]);
  const words = new Int32Array(double.buffer);
  words[0] = 0;
  words[1] = (words[1] ?? 0) & 0x7ff00000;
  return double[0] ?? 0;
}

/** The largest whole number of that many bits. */
function largestOf(bits: number): number {
  return bits === 31 ? 2147483647 : (1 << bits) - 1;
}
