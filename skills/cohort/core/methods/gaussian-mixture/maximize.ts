/**
 * Expectation–maximisation: posterior probabilities of the components for each row, then the mixture that makes the rows most
 * likely given those, until the mean log-likelihood gains less than a tolerance. Both steps share one pass over the rows.
 * @see Dempster, Laird & Rubin (1977), "Maximum likelihood from incomplete data via the EM algorithm"
 */
import { fastExp, fastLog } from '../../../../sdk/numeric/kernels/index.ts';
import { blockRows, type CovarianceShape, type Mixture, type MixtureSums } from './covariance-shape.ts';

export interface Maximized {
  readonly mixture: Mixture;
  /** Mean per row, of the mixture returned. */
  readonly logLikelihood: number;
  readonly iterations: number;
  readonly converged: boolean;
}

export interface StopRule {
  /** Least gain of the mean log-likelihood in an iteration. */
  readonly tolerance: number;
  readonly maxIterations: number;
  /** Added to every variance in every iteration. */
  readonly floor: number;
}

/** Below this difference of logarithms a probability is too small to change a sum that holds 1. */
const negligible = -37;
/** Keeps the mean of a component that nobody belongs to a number. */
const tiny = 10 * 2.220446049250313e-16;

/** Climbs from a start; rows are row-major on the scale of the mixture. */
export function maximize(shape: CovarianceShape, start: Mixture, rows: Float64Array, rule: StopRule): Maximized {
  const count = rows.length / start.width;
  let mixture = start;
  let before = Number.NEGATIVE_INFINITY;
  let iterations = 0;
  let converged = false;
  while (iterations < rule.maxIterations && !converged) {
    iterations += 1;
    const sums = emptySums(shape, mixture.size, mixture.width);
    const likelihood = sweep(shape, mixture, rows, sums) / count;
    mixture = estimate(shape, sums, count, rule.floor);
    converged = Math.abs(likelihood - before) < rule.tolerance;
    before = likelihood;
  }
  return { mixture, logLikelihood: sweep(shape, mixture, rows) / count, iterations, converged };
}

export function emptySums(shape: CovarianceShape, size: number, width: number): MixtureSums {
  return {
    counts: new Float64Array(size),
    first: new Float64Array(size * width),
    second: new Float64Array(shape.secondNumbers(size, width)),
  };
}

/** The mixture of greatest likelihood for posteriors that were summed up. */
export function estimate(shape: CovarianceShape, sums: MixtureSums, rows: number, floor: number): Mixture {
  const size = sums.counts.length;
  const width = sums.first.length / size;
  const counts = sums.counts.map((value) => value + tiny);
  const means = sums.first.map((value, at) => value / (counts[Math.floor(at / width)] ?? 1));
  return {
    size,
    width,
    weights: counts.map((value) => value / rows),
    means,
    covariances: shape.estimate(sums, means, counts, rows, floor),
  };
}

/** Log-likelihood of all rows; adds their posteriors to sums where given. */
function sweep(shape: CovarianceShape, mixture: Mixture, rows: Float64Array, sums?: MixtureSums): number {
  const { size, width } = mixture;
  const terms = shape.prepare(mixture);
  const values = new Float64Array(size * blockRows);
  const all = rows.length / width;
  let total = 0;
  for (let from = 0; from < all; from += blockRows) {
    const block = { rows, width, from, count: Math.min(blockRows, all - from) };
    shape.densities(terms, block, values);
    total += toPosteriors(values, size, block.count);
    if (sums) shape.accumulate(values, block, sums);
  }
  return total;
}

/**
 * Log densities of a block into posterior probabilities, in place.
 * @returns log-likelihood of the block
 */
export function toPosteriors(values: Float64Array, size: number, count: number): number {
  let total = 0;
  for (let row = 0; row < count; row++) {
    let highest = Number.NEGATIVE_INFINITY;
    for (let component = 0, at = row; component < size; component++, at += blockRows) {
      const value = values[at] ?? 0;
      if (value > highest) highest = value;
    }
    let sum = 0;
    for (let component = 0, at = row; component < size; component++, at += blockRows) {
      const value = values[at] ?? 0;
      // A row too far from everything for its density to be a number belongs to all alike.
      const gap = value === highest ? 0 : value - highest;
      const share = gap > negligible ? fastExp(gap) : 0;
      values[at] = share;
      sum += share;
    }
    const inverse = 1 / sum;
    for (let component = 0, at = row; component < size; component++, at += blockRows) values[at] = (values[at] ?? 0) * inverse;
    total += highest + fastLog(sum);
  }
  return total;
}
