/**
 * What features say about a score: a least-squares stand-in for it on its ranks, and the same without one feature. It is not the model
 * that made the score, and `explained` says how much of the score it has hold of; what it says of features is worth as much.
 */
import { factorCholesky, midRankShares, normalQuantile, solveCholesky, sumOf } from '../../../sdk/numeric/index.ts';
import { categoryMeans, codeFeature, type CodedFeature, type Feature, foldsOf, othersOf } from './encode-features.ts';

export interface Surrogate {
  /** Normal scores of the ranks that are stood in for. */
  readonly ranks: Float64Array;
  readonly fitted: Float64Array;
  /** R² out of fold; 0 for no more than the mean. */
  readonly explained: number;
  /** Fitted without one feature, by its name. */
  readonly without: ReadonlyMap<string, Float64Array>;
}

const folds = 5;
const ridge = 1;

/** @param score of each customer @param features of the same customers */
export function fitSurrogate(score: Float64Array, features: readonly Feature[]): Surrogate {
  const ranks = midRankShares(score).map((share) => normalQuantile(share));
  const rows = Int32Array.from(score.keys());
  const coded = features.map((feature) => codeFeature(feature, rows));
  const split = foldsOf(score.length, folds);
  const columns = coded.map((feature) => outOfFold(feature, ranks, split));
  const fitted = leastSquares(columns, ranks);
  const total = sumOf(ranks.length, (row) => (ranks[row] ?? 0) * (ranks[row] ?? 0));
  const rest = sumOf(ranks.length, (row) => ((ranks[row] ?? 0) - (fitted[row] ?? 0)) * ((ranks[row] ?? 0) - (fitted[row] ?? 0)));
  return {
    ranks,
    fitted,
    explained: total > 0 ? Math.max(0, 1 - rest / total) : 0,
    without: new Map(
      coded.map(({ name }, at) => [
        name,
        leastSquares(
          columns.filter((_, other) => other !== at),
          ranks,
        ),
      ]),
    ),
  };
}

function outOfFold(feature: CodedFeature, target: Float64Array, split: readonly Int32Array[]): Float64Array {
  const column = new Float64Array(target.length);
  split.forEach((held, fold) => {
    const means = categoryMeans(feature, target, othersOf(split, fold));
    for (const row of held) column[row] = means[feature.codes[row] ?? 0] ?? 0;
  });
  return column;
}

/** Predictions by columns and an intercept; the mean where there are no columns. */
function leastSquares(columns: readonly Float64Array[], target: Float64Array): Float64Array {
  const rows = target.length;
  const all = [new Float64Array(rows).fill(1), ...columns];
  const width = all.length;
  const normal = new Float64Array(width * width);
  const right = new Float64Array(width);
  all.forEach((own, at) => {
    right[at] = sumOf(rows, (row) => (own[row] ?? 0) * (target[row] ?? 0));
    all.forEach((other, to) => {
      normal[at * width + to] = sumOf(rows, (row) => (own[row] ?? 0) * (other[row] ?? 0)) + (at === to ? (at === 0 ? 1e-9 : ridge) : 0);
    });
  });
  const factor = factorCholesky(normal, width);
  const weights = factor ? solveCholesky(factor, right) : new Float64Array(width);
  return Float64Array.from({ length: rows }, (_, row) => sumOf(width, (at) => (weights[at] ?? 0) * (all[at]?.[row] ?? 0)));
}
