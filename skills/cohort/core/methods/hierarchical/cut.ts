/** Where a dendrogram is cut into cohorts. */
import { domain, requireWhole } from '../rows/check-settings.ts';
import { findRoot } from '../rows/union-find.ts';
import type { Dendrogram } from './ward.ts';

/** Into so many cohorts, fewer where there are fewer distinct rows; or all merges up to and including a height are made. */
export type Cut = { readonly cohorts: number } | { readonly height: number };

/** @throws {CohortiumError} NUMERIC_DOMAIN when the number or the height is out of range */
export function checkCut(cut: Cut): void {
  if ('cohorts' in cut) requireWhole('cut.cohorts', cut.cohorts, 1);
  else if (!(cut.height >= 0)) throw domain(`cut.height is ${cut.height}; give a height of at least 0`);
}

/** @returns the root below which each leaf lies after the cut */
export function cutDendrogram({ left, right, height }: Dendrogram, cut: Cut): Int32Array {
  const leaves = height.length + 1;
  let merges = 0;
  if ('cohorts' in cut) merges = Math.max(0, leaves - cut.cohorts);
  else while (merges < height.length && (height[merges] ?? 0) <= cut.height) merges += 1;
  const root = new Uint32Array(leaves + merges);
  for (let node = 0; node < root.length; node++) root[node] = node;
  for (let merge = 0; merge < merges; merge++) {
    root[left[merge] ?? 0] = leaves + merge;
    root[right[merge] ?? 0] = leaves + merge;
  }
  return Int32Array.from({ length: leaves }, (_, leaf) => findRoot(root, leaf));
}
