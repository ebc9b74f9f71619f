/**
 * Pareto-smoothed importance weights: the largest weights are replaced by the expected order statistics of a generalised
 * Pareto distribution fitted to them, whose shape k says whether the proposal can be trusted at all.
 */
import { exp, expm1, log, log1p, sum, sumOf } from '../../../../sdk/numeric/index.ts';

export interface SmoothedWeights {
  /** In the order given; they sum to one. */
  readonly weights: Float64Array;
  /** Shape of the tail of the weights: below 0.5 good, above 0.7 not to be trusted. −Infinity when all weights are alike. */
  readonly paretoK: number;
}

/**
 * @param logRatios log of target over proposal, up to a constant; −Infinity is a weight of zero
 * @see Vehtari, Simpson, Gelman, Yao & Gabry (2024), "Pareto smoothed importance sampling", JMLR 25, section 2
 */
export function smoothWeights(logRatios: Float64Array): SmoothedWeights {
  const top = logRatios.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const weights = logRatios.map((value) => exp(value - top));
  const order = Uint32Array.from(weights, (_, index) => index).sort((i, j) => (weights[i] ?? 0) - (weights[j] ?? 0) || i - j);
  const size = weights.length;
  const tail = Math.floor(Math.min(size / 5, 3 * Math.sqrt(size)));
  const cut = weights[order[size - tail - 1] ?? 0] ?? 0;
  const exceedances = Float64Array.from(order.subarray(size - tail), (index) => (weights[index] ?? 0) - cut);
  let paretoK = Number.NEGATIVE_INFINITY;
  if (tail >= 5 && (exceedances[0] ?? 0) > 0 && (exceedances[tail - 1] ?? 0) > (exceedances[0] ?? 0)) {
    const { shape, scale } = fitGeneralisedPareto(exceedances);
    paretoK = shape;
    order.subarray(size - tail).forEach((index, rank) => {
      // No smoothed weight is larger than the largest raw one.
      weights[index] = Math.min(1, cut + paretoQuantile((rank + 0.5) / tail, shape, scale));
    });
  }
  const total = sum(weights);
  return { weights: weights.map((weight) => weight / total), paretoK };
}

function paretoQuantile(p: number, shape: number, scale: number): number {
  const tail = -log1p(-p);
  return Math.abs(shape) < 1e-12 ? scale * tail : (scale * expm1(shape * tail)) / shape;
}

/**
 * Empirical Bayes estimate; the shape is drawn towards one half by the weight of ten observations.
 * @param x ascending, > 0
 * @see Zhang & Stephens (2009), "A new and efficient estimation method for the generalized Pareto distribution", section 3
 */
export function fitGeneralisedPareto(x: Float64Array): { readonly shape: number; readonly scale: number } {
  const n = x.length;
  const last = x[n - 1] ?? 1;
  const quartile = x[Math.floor(n / 4 + 0.5) - 1] ?? last;
  const points = 30 + Math.floor(Math.sqrt(n));
  const shapeAt = (b: number): number => sumOf(n, (index) => log1p(-b * (x[index] ?? 0))) / n;
  const grid = Float64Array.from({ length: points }, (_, j) => 1 / last + (1 - Math.sqrt(points / (j + 0.5))) / (3 * quartile));
  const likelihood = grid.map((b) => {
    const k = shapeAt(b);
    return n * (log(-b / k) - k - 1);
  });
  const top = likelihood.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const share = likelihood.map((value) => exp(value - top));
  const b = sumOf(points, (index) => (grid[index] ?? 0) * (share[index] ?? 0)) / sum(share);
  const shape = shapeAt(b);
  return { shape: (n * shape + 5) / (n + 10), scale: -shape / b };
}
