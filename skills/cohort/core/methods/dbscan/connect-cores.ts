/**
 * Joins core points that lie within eps of each other into groups. Every group but the largest looks for one foreign core point
 * in reach, joins its group, and so on, until no group finds any; parts of the tree that belong to the own group as a whole
 * are not entered. The groups are those of DBSCAN whichever link is found first.
 */
import { leastSquared, squaredDistance } from '../rows/box-distance.ts';
import type { KdTree } from '../rows/kd-tree.ts';
import { findRoot } from '../rows/union-find.ts';

/**
 * @param tree of core points alone
 * @param limit squared eps
 * @returns by place of the tree, a place that all core points of the group have in common
 */
export function connectCores(tree: KdTree, limit: number): Uint32Array {
  const { count, second, parent, leafAt } = tree;
  const root = new Uint32Array(count);
  for (let place = 0; place < count; place++) root[place] = place;
  joinWithinLeaves(tree, root, limit);
  const owner = new Int32Array(second.length);
  const findForeign = foreignSearch(tree, root, owner, limit);
  // Whether a group, by its root, has found a link in this round, or needs none.
  const isDone = new Uint8Array(count);
  const isClosed = new Uint8Array(count);
  for (;;) {
    markOwners(tree, root, owner);
    isDone.set(isClosed);
    isDone[largestGroup(root)] = 1;
    const waiting = new Set<number>();
    for (let place = 0; place < count; place++) {
      const own = findRoot(root, place);
      if (isDone[own] === 1) continue;
      waiting.add(own);
      let node = leafAt[place] ?? 0;
      let other = findForeign(node, place, own);
      while (node !== 0 && other < 0) {
        const above = parent[node] ?? 0;
        other = findForeign(node === above + 1 ? (second[above] ?? 0) : above + 1, place, own);
        node = above;
      }
      if (other < 0) continue;
      const joined = findRoot(root, other);
      root[own] = joined;
      // The joined group looks further in the next round.
      isDone[joined] = 1;
      waiting.delete(own);
      waiting.delete(joined);
    }
    // A group that looked everywhere and was not joined has nothing in reach.
    for (const own of waiting) isClosed[own] = 1;
    const largest = largestGroup(root);
    if (root.every((above, place) => above !== place || place === largest || isClosed[place] === 1)) break;
  }
  return root.map((_, place) => findRoot(root, place));
}

function joinWithinLeaves({ count, leafAt, end, points, dimensions }: KdTree, root: Uint32Array, limit: number): void {
  for (let place = 0; place < count; place++) {
    const stop = end[leafAt[place] ?? 0] ?? 0;
    for (let other = place + 1; other < stop; other++) {
      const one = findRoot(root, place);
      const two = findRoot(root, other);
      if (one === two) continue;
      if (squaredDistance(points, place * dimensions, points, other * dimensions, dimensions) <= limit) root[one] = two;
    }
  }
}

/** For each node a place whose group all places below it belong to, −1 where there are several groups. */
function markOwners({ second, start, end }: KdTree, root: Uint32Array, owner: Int32Array): void {
  for (let node = second.length - 1; node >= 0; node--) {
    const other = second[node] ?? 0;
    if (other !== 0) {
      const first = owner[node + 1] ?? -1;
      owner[node] = first === owner[other] ? first : -1;
      continue;
    }
    const from = start[node] ?? 0;
    let common = findRoot(root, from);
    for (let place = from + 1; place < (end[node] ?? 0) && common >= 0; place++) {
      if (findRoot(root, place) !== common) common = -1;
    }
    owner[node] = common;
  }
}

function largestGroup(root: Uint32Array): number {
  const sizes = new Uint32Array(root.length);
  let largest = 0;
  for (let place = 0; place < root.length; place++) {
    const own = findRoot(root, place);
    sizes[own] = (sizes[own] ?? 0) + 1;
  }
  for (let place = 0; place < sizes.length; place++) if ((sizes[place] ?? 0) > (sizes[largest] ?? 0)) largest = place;
  return largest;
}

/** A search below a node for a core point in reach that belongs to another group; −1 where there is none. */
function foreignSearch(
  tree: KdTree,
  root: Uint32Array,
  owner: Int32Array,
  limit: number,
): (top: number, place: number, own: number) => number {
  const { start, end, second, points, dimensions, stackSize } = tree;
  const stack = new Uint32Array(stackSize);
  return (top, place, own) => {
    const offset = place * dimensions;
    let held = 1;
    stack[0] = top;
    while (held > 0) {
      held -= 1;
      const node = stack[held] ?? 0;
      const whose = owner[node] ?? -1;
      if (whose >= 0 && findRoot(root, whose) === own) continue;
      if (leastSquared(tree, node, points, offset) > limit) continue;
      const other = second[node] ?? 0;
      if (other !== 0) {
        stack[held] = other;
        stack[held + 1] = node + 1;
        held += 2;
        continue;
      }
      const stop = end[node] ?? 0;
      for (let near = start[node] ?? 0; near < stop; near++) {
        if (findRoot(root, near) === own) continue;
        if (squaredDistance(points, offset, points, near * dimensions, dimensions) <= limit) return near;
      }
    }
    return -1;
  };
}
