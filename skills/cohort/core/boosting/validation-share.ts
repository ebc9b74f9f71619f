/** Early stopping: rows set aside by their content and the seed, and how well they are predicted after each round. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { makeRng } from '../../../sdk/numeric/index.ts';
import { canonicalOrder, takeRows } from '../methods/quality/canonical-order.ts';
import { codesOf } from './bins.ts';
import type { GrownTree } from './grow-tree.ts';
import type { BoostingLoss, BoostingRows, BoostingSettings } from './model.ts';
import { meanLoss } from './objective.ts';

/** Stands for missing where rows are ordered by content; no value can be it. */
const missingValue = -1e200;

export interface RowParts {
  readonly fitted: Uint32Array;
  readonly validation: Uint32Array;
}

/**
 * All rows to fit without early stopping; with it, a share drawn from the rows in an order that their values alone decide.
 * @throws {CohortiumError} NUMERIC_DOMAIN where there are fewer than two rows to part
 */
export function partRows(data: BoostingRows, rows: Uint32Array, { earlyStopping, seed }: BoostingSettings): RowParts {
  if (!earlyStopping) return { fitted: rows, validation: new Uint32Array() };
  if (rows.length < 2) {
    throw new CohortiumError('NUMERIC_DOMAIN', `early stopping needs a row to fit and one to judge on; found ${rows.length}`);
  }
  const present = data.columns.map((column) => column.map((value) => (Number.isNaN(value) ? missingValue : value)));
  const content = takeRows([...present, data.target, ...(data.weight ? [data.weight] : [])], rows);
  const wanted = Math.min(rows.length - 1, Math.max(1, Math.round(rows.length * earlyStopping.share)));
  const isJudged = new Uint8Array(rows.length);
  const rng = makeRng(`boosting validation ${seed}`);
  let left = wanted;
  // Knuth's selection sampling: each of the rows still to come has the same chance.
  for (const [place, index] of canonicalOrder(content).entries()) {
    if (rng.uniform() * (rows.length - place) >= left) continue;
    isJudged[index] = 1;
    left -= 1;
  }
  return { fitted: rows.filter((_, index) => isJudged[index] === 0), validation: rows.filter((_, index) => isJudged[index] === 1) };
}

export interface Judge {
  /** Adds a tree to the predictions of the validation rows. */
  readonly add: (tree: GrownTree, values: Float64Array) => void;
  /** Mean loss before the first tree and after each. */
  readonly losses: () => readonly number[];
  /** Number of trees with the least loss, the fewest of several. */
  readonly best: () => number;
}

export function makeJudge(
  loss: BoostingLoss,
  data: BoostingRows,
  rows: Uint32Array,
  edges: readonly Float64Array[],
  start: number,
): Judge | undefined {
  if (rows.length === 0) return undefined;
  const codes = data.columns.map((column, at) => codesOf(column, rows, edges[at] ?? new Float64Array()));
  const [target = new Float64Array()] = takeRows([data.target], rows);
  const [weight = new Float64Array()] = data.weight ? takeRows([data.weight], rows) : [new Float64Array(rows.length).fill(1)];
  const score = new Float64Array(rows.length).fill(start);
  const losses = [meanLoss(loss, target, score, weight)];
  let best = 0;
  return {
    add: ({ column, bin, missingLeft, left }, values) => {
      for (let row = 0; row < rows.length; row++) {
        let node = 0;
        for (let child = left[0] ?? -1; child >= 0; child = left[node] ?? -1) {
          const asked = column[node] ?? 0;
          const code = codes[asked]?.[row] ?? 0;
          const isMissing = code === (edges[asked]?.length ?? 0) + 1;
          const isLeft = isMissing ? missingLeft[node] === 1 : code <= (bin[node] ?? 0);
          node = isLeft ? child : child + 1;
        }
        score[row] = (score[row] ?? 0) + (values[node] ?? 0);
      }
      losses.push(meanLoss(loss, target, score, weight));
      if ((losses.at(-1) ?? 0) < (losses[best] ?? 0)) best = losses.length - 1;
    },
    losses: () => losses,
    best: () => best,
  };
}
