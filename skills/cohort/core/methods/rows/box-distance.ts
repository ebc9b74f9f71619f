/** Squared distances from a point to a box of the tree. */
import type { KdTree } from './kd-tree.ts';

/** To the nearest point that the box could hold. */
export function leastSquared({ low, high, dimensions }: KdTree, node: number, point: Float64Array, offset: number): number {
  let total = 0;
  const corner = node * dimensions;
  for (let at = 0; at < dimensions; at++) {
    const value = point[offset + at] ?? 0;
    const below = (low[corner + at] ?? 0) - value;
    const above = value - (high[corner + at] ?? 0);
    if (below > 0) total += below * below;
    else if (above > 0) total += above * above;
  }
  return total;
}

/** To the farthest point that the box could hold. */
export function mostSquared({ low, high, dimensions }: KdTree, node: number, point: Float64Array, offset: number): number {
  let total = 0;
  const corner = node * dimensions;
  for (let at = 0; at < dimensions; at++) {
    const value = point[offset + at] ?? 0;
    const below = value - (low[corner + at] ?? 0);
    const above = (high[corner + at] ?? 0) - value;
    const far = below > above ? below : above;
    total += far * far;
  }
  return total;
}

/** Between two points; the sum runs over the features in their order, so that it is the same wherever it is taken. */
export function squaredDistance(a: Float64Array, from: number, b: Float64Array, to: number, dimensions: number): number {
  let total = 0;
  for (let at = 0; at < dimensions; at++) {
    const away = (a[from + at] ?? 0) - (b[to + at] ?? 0);
    total += away * away;
  }
  return total;
}
