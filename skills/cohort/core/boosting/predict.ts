/** Predictions of a stored model, in blocks of rows that stay close to the processor while every tree passes over them. */
import { fastExp } from '../../../sdk/numeric/kernels/index.ts';
import { checkAgainst, flattenTrees, type FlatTrees } from './flat-trees.ts';
import type { BoostingModel } from './model.ts';
import { readBoosting } from './read-model.ts';

const blockRows = 256;

export interface BoostingPredictor {
  /** On the scale of the fit: a logarithm for Poisson. */
  readonly score: (columns: readonly Float64Array[]) => Float64Array;
  /** On the scale of the target. */
  readonly predict: (columns: readonly Float64Array[]) => Float64Array;
}

/**
 * Checks a model once for many predictions, such as one row at a time.
 * @throws {CohortiumError} BOOSTING_MODEL_INVALID; the predictions NUMERIC_DOMAIN for columns that are not those of the fit
 */
export function boostingPredictor(model: BoostingModel): BoostingPredictor {
  const flat = flattenTrees(readBoosting(model));
  const score = (columns: readonly Float64Array[]): Float64Array => scoreRows(model, flat, columns);
  const predict = (columns: readonly Float64Array[]): Float64Array =>
    model.loss === 'poisson' ? score(columns).map(fastExp) : score(columns);
  return { score, predict };
}

/**
 * Predictions on the scale of the target: means for Poisson and squared loss, the quantile otherwise.
 * @param columns in the order of `model.names`; NaN is missing
 * @throws {CohortiumError} BOOSTING_MODEL_INVALID, NUMERIC_DOMAIN
 */
export function predictBoosting(model: BoostingModel, columns: readonly Float64Array[]): Float64Array {
  return boostingPredictor(model).predict(columns);
}

/** Predictions on the scale of the fit, which the Shapley values add up to. */
export function scoreBoosting(model: BoostingModel, columns: readonly Float64Array[]): Float64Array {
  return boostingPredictor(model).score(columns);
}

function scoreRows(model: BoostingModel, flat: FlatTrees, columns: readonly Float64Array[]): Float64Array {
  const rows = checkAgainst(model, columns);
  const scores = new Float64Array(rows).fill(model.start);
  const width = columns.length;
  const block = new Float64Array(Math.min(rows, blockRows) * width);
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from);
    let hasMissing = false;
    for (const [at, column] of columns.entries()) {
      for (let row = 0; row < count; row++) {
        const value = column[from + row] ?? 0;
        if (Number.isNaN(value)) hasMissing = true;
        block[row * width + at] = value;
      }
    }
    const into = scores.subarray(from, from + count);
    if (hasMissing) addTreesMissing(flat, block, width, into);
    else addTrees(flat, block, width, into);
  }
  return scores;
}

function addTrees({ roots, feature, threshold, left, value }: FlatTrees, block: Float64Array, width: number, scores: Float64Array): void {
  for (let tree = 0; tree + 1 < roots.length; tree++) {
    const root = roots[tree] ?? 0;
    for (let row = 0; row < scores.length; row++) {
      const base = row * width;
      let node = root;
      for (let child = left[node] ?? -1; child >= 0; child = left[node] ?? -1) {
        node = (block[base + (feature[node] ?? 0)] ?? 0) <= (threshold[node] ?? 0) ? child : child + 1;
      }
      scores[row] = (scores[row] ?? 0) + (value[node] ?? 0);
    }
  }
}

function addTreesMissing(flat: FlatTrees, block: Float64Array, width: number, scores: Float64Array): void {
  const { roots, feature, threshold, missingLeft, left, value } = flat;
  for (let tree = 0; tree + 1 < roots.length; tree++) {
    const root = roots[tree] ?? 0;
    for (let row = 0; row < scores.length; row++) {
      const base = row * width;
      let node = root;
      for (let child = left[node] ?? -1; child >= 0; child = left[node] ?? -1) {
        const asked = block[base + (feature[node] ?? 0)] ?? 0;
        const isLeft = asked <= (threshold[node] ?? 0) || (Number.isNaN(asked) && missingLeft[node] === 1);
        node = isLeft ? child : child + 1;
      }
      scores[row] = (scores[row] ?? 0) + (value[node] ?? 0);
    }
  }
}
