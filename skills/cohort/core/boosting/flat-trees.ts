/** All trees of a model side by side in typed arrays, as the inner loops want them. */
import { CohortiumError } from '../../../sdk/errors.ts';
import type { BoostingModel } from './model.ts';
import { checkColumns } from './settings.ts';

export interface FlatTrees {
  /** First node of each tree, then the number of nodes. */
  readonly roots: Int32Array;
  readonly feature: Int32Array;
  readonly threshold: Float64Array;
  readonly missingLeft: Uint8Array;
  /** Left child among all nodes, −1 for a leaf; the right child is the next one. */
  readonly left: Int32Array;
  readonly value: Float64Array;
  readonly cover: Float64Array;
}

export function flattenTrees({ trees }: BoostingModel): FlatTrees {
  const roots = new Int32Array(trees.length + 1);
  for (const [at, tree] of trees.entries()) roots[at + 1] = (roots[at] ?? 0) + tree.feature.length;
  const nodes = roots[trees.length] ?? 0;
  const flat = {
    roots,
    feature: new Int32Array(nodes),
    threshold: new Float64Array(nodes),
    missingLeft: new Uint8Array(nodes),
    left: new Int32Array(nodes),
    value: new Float64Array(nodes),
    cover: new Float64Array(nodes),
  };
  for (const [at, tree] of trees.entries()) {
    const root = roots[at] ?? 0;
    flat.feature.set(tree.feature, root);
    flat.threshold.set(tree.threshold, root);
    flat.missingLeft.set(tree.missingLeft, root);
    flat.left.set(
      tree.left.map((child) => (child < 0 ? -1 : root + child)),
      root,
    );
    flat.value.set(tree.value, root);
    flat.cover.set(tree.cover, root);
  }
  return flat;
}

/** Whether a value goes to the left child of a node. */
export function goesLeft({ threshold, missingLeft }: FlatTrees, node: number, value: number): boolean {
  return Number.isNaN(value) ? missingLeft[node] === 1 : value <= (threshold[node] ?? 0);
}

/**
 * @returns the number of rows
 * @throws {CohortiumError} NUMERIC_DOMAIN unless there is one usable column per column of the fit
 */
export function checkAgainst({ names }: BoostingModel, columns: readonly Float64Array[]): number {
  if (columns.length !== names.length) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the model has the columns ${names.join(', ')}; found ${columns.length} columns`);
  }
  const rows = columns[0]?.length ?? 0;
  checkColumns(names, columns, rows);
  return rows;
}
