/** Core points of DBSCAN: rows with enough rows within eps. Exact; stops counting once there are enough. */
import { leastSquared, mostSquared, squaredDistance } from '../rows/box-distance.ts';
import type { KdTree } from '../rows/kd-tree.ts';

/**
 * @param weight rows behind each row given to the tree
 * @param limit squared eps; a row at exactly eps counts
 * @returns by place of the tree, 1 for a core point
 */
export function findCores(tree: KdTree, weight: Float64Array, limit: number, minPoints: number): Uint8Array {
  const { count, start, end, second, parent, leafAt, points, rowAt, dimensions, stackSize } = tree;
  const weightAt = new Float64Array(count);
  for (let place = 0; place < count; place++) weightAt[place] = weight[rowAt[place] ?? 0] ?? 0;
  const below = sumBelow(tree, weightAt);
  const stack = new Uint32Array(stackSize);

  /** Weight within eps in the part below a node, or more than is missing. */
  const countBelow = (top: number, place: number, missing: number): number => {
    const offset = place * dimensions;
    let counted = 0;
    let held = 1;
    stack[0] = top;
    while (held > 0 && counted < missing) {
      held -= 1;
      const node = stack[held] ?? 0;
      if (leastSquared(tree, node, points, offset) > limit) continue;
      if (mostSquared(tree, node, points, offset) <= limit) {
        counted += below[node] ?? 0;
        continue;
      }
      const other = second[node] ?? 0;
      if (other !== 0) {
        stack[held] = other;
        stack[held + 1] = node + 1;
        held += 2;
        continue;
      }
      const stop = end[node] ?? 0;
      for (let near = start[node] ?? 0; near < stop; near++) {
        if (squaredDistance(points, offset, points, near * dimensions, dimensions) <= limit) counted += weightAt[near] ?? 0;
      }
    }
    return counted;
  };

  const isCore = new Uint8Array(count);
  for (let place = 0; place < count; place++) {
    // From the own leaf upward: most rows have enough neighbours close by.
    let node = leafAt[place] ?? 0;
    let counted = countBelow(node, place, minPoints);
    while (node !== 0 && counted < minPoints) {
      const above = parent[node] ?? 0;
      counted += countBelow(node === above + 1 ? (second[above] ?? 0) : above + 1, place, minPoints - counted);
      node = above;
    }
    if (counted >= minPoints) isCore[place] = 1;
  }
  return isCore;
}

/** Sum over the places below each node. */
function sumBelow({ second, start, end }: KdTree, values: ArrayLike<number>): Float64Array {
  const sums = new Float64Array(second.length);
  // Children come after their parent.
  for (let node = second.length - 1; node >= 0; node--) {
    const other = second[node] ?? 0;
    if (other !== 0) sums[node] = (sums[node + 1] ?? 0) + (sums[other] ?? 0);
    else for (let place = start[node] ?? 0; place < (end[node] ?? 0); place++) sums[node] = (sums[node] ?? 0) + (values[place] ?? 0);
  }
  return sums;
}
