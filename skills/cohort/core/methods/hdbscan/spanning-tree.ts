/**
 * Minimum spanning tree of the mutual reachability graph by Prim's method: exact, in memory proportional to the rows and time to
 * their square. Mutual reachability of two rows: the largest of their distance and both core distances.
 */
import { squaredDistance } from '../rows/box-distance.ts';

export interface SpanningTree {
  /** Rows that each edge joins; edges by ascending height. */
  readonly one: Uint32Array;
  readonly two: Uint32Array;
  /** Mutual reachability. */
  readonly height: Float64Array;
}

/**
 * @param values row-major, on the scale of distances
 * @param core squared core distance of each row
 */
export function spanningTree(values: Float64Array, core: Float64Array, dimensions: number): SpanningTree {
  const rows = core.length;
  // Rows outside of the tree so far, closed up, with the cheapest edge into it.
  const outside = Uint32Array.from({ length: rows }, (_, row) => row);
  const points = values.slice();
  const coreAt = core.slice();
  const cost = new Float64Array(rows).fill(Number.POSITIVE_INFINITY);
  const from = new Uint32Array(rows);
  const edges = Math.max(0, rows - 1);
  const one = new Uint32Array(edges);
  const two = new Uint32Array(edges);
  const squared = new Float64Array(edges);
  let row = 0;
  let left = rows;
  let place = 0;
  for (let edge = 0; edge < edges; edge++) {
    left -= 1;
    outside[place] = outside[left] ?? 0;
    points.copyWithin(place * dimensions, left * dimensions, (left + 1) * dimensions);
    coreAt[place] = coreAt[left] ?? 0;
    cost[place] = cost[left] ?? 0;
    from[place] = from[left] ?? 0;

    const offset = row * dimensions;
    const own = core[row] ?? 0;
    let best = Number.POSITIVE_INFINITY;
    let next = 0;
    for (let at = 0; at < left; at++) {
      let known = cost[at] ?? 0;
      const least = Math.max(own, coreAt[at] ?? 0);
      // No distance can make an edge cheaper than the core distances of its ends.
      if (least < known) {
        const reach = Math.max(least, squaredDistance(values, offset, points, at * dimensions, dimensions));
        if (reach < known) {
          known = reach;
          cost[at] = known;
          from[at] = row;
        }
      }
      if (known < best) {
        best = known;
        next = at;
      }
    }
    place = next;
    row = outside[next] ?? 0;
    one[edge] = from[next] ?? 0;
    two[edge] = row;
    squared[edge] = best;
  }
  const order = Uint32Array.from({ length: edges }, (_, edge) => edge).sort((a, b) => (squared[a] ?? 0) - (squared[b] ?? 0) || a - b);
  return {
    one: order.map((edge) => one[edge] ?? 0),
    two: order.map((edge) => two[edge] ?? 0),
    height: Float64Array.from(order, (edge) => Math.sqrt(squared[edge] ?? 0)),
  };
}
