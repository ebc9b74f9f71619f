/** The nearest row of a tree, and the k nearest, with their distances. Exact; of equally near rows the first given one. */
import { leastSquared, squaredDistance } from './box-distance.ts';
import type { KdTree } from './kd-tree.ts';

export interface Nearest {
  /** Row as given to the tree; −1 where none is within the limit. */
  row: number;
  squared: number;
}

/**
 * A search that is reused from point to point.
 * @returns a search up to and including a squared distance; the object that it returns is the same each time
 */
export function nearestIn(tree: KdTree): (point: Float64Array, offset: number, limit: number) => Nearest {
  const { start, end, second, points, rowAt, dimensions, stackSize } = tree;
  const stack = new Uint32Array(stackSize);
  const reach = new Float64Array(stackSize);
  const found: Nearest = { row: -1, squared: 0 };
  return (point, offset, limit) => {
    found.row = -1;
    let best = limit;
    let top = 1;
    stack[0] = 0;
    reach[0] = leastSquared(tree, 0, point, offset);
    while (top > 0) {
      top -= 1;
      const node = stack[top] ?? 0;
      if ((reach[top] ?? 0) > best) continue;
      const other = second[node] ?? 0;
      if (other !== 0) {
        const first = node + 1;
        const toFirst = leastSquared(tree, first, point, offset);
        const toOther = leastSquared(tree, other, point, offset);
        const isFirstNearer = toFirst <= toOther;
        stack[top] = isFirstNearer ? other : first;
        reach[top] = isFirstNearer ? toOther : toFirst;
        stack[top + 1] = isFirstNearer ? first : other;
        reach[top + 1] = isFirstNearer ? toFirst : toOther;
        top += 2;
        continue;
      }
      const stop = end[node] ?? 0;
      for (let place = start[node] ?? 0; place < stop; place++) {
        const squared = squaredDistance(point, offset, points, place * dimensions, dimensions);
        if (squared > best) continue;
        const row = rowAt[place] ?? 0;
        if (squared < best || found.row < 0 || row < found.row) {
          best = squared;
          found.row = row;
        }
      }
    }
    found.squared = best;
    return found;
  };
}

export interface Neighbours {
  /** How many are found; fewer than asked for only where the tree has fewer. */
  count: number;
  /** Rows as given to the tree, nearest first. */
  readonly row: Uint32Array;
  readonly squared: Float64Array;
}

/**
 * The nearest rows that together have a weight of at least k: a row that stands for five equal ones counts five times.
 * @param weight of each given row, ≥ 1
 * @returns a search whose result object is the same each time
 */
export function neighboursIn(tree: KdTree, weight: Float64Array, k: number): (point: Float64Array, offset: number) => Neighbours {
  const { start, end, second, points, rowAt, dimensions, stackSize } = tree;
  const stack = new Uint32Array(stackSize);
  const reach = new Float64Array(stackSize);
  const found: Neighbours = { count: 0, row: new Uint32Array(k + 1), squared: new Float64Array(k + 1) };
  const { row: rows, squared: distances } = found;
  return (point, offset) => {
    let held = 0;
    let count = 0;
    let bound = Number.POSITIVE_INFINITY;
    let top = 1;
    stack[0] = 0;
    reach[0] = 0;
    while (top > 0) {
      top -= 1;
      const node = stack[top] ?? 0;
      if ((reach[top] ?? 0) > bound) continue;
      const other = second[node] ?? 0;
      if (other !== 0) {
        const first = node + 1;
        const toFirst = leastSquared(tree, first, point, offset);
        const toOther = leastSquared(tree, other, point, offset);
        const isFirstNearer = toFirst <= toOther;
        stack[top] = isFirstNearer ? other : first;
        reach[top] = isFirstNearer ? toOther : toFirst;
        stack[top + 1] = isFirstNearer ? first : other;
        reach[top + 1] = isFirstNearer ? toFirst : toOther;
        top += 2;
        continue;
      }
      const stop = end[node] ?? 0;
      for (let place = start[node] ?? 0; place < stop; place++) {
        const squared = squaredDistance(point, offset, points, place * dimensions, dimensions);
        if (squared > bound) continue;
        const row = rowAt[place] ?? 0;
        let slot = count;
        while (slot > 0 && isAfter(distances[slot - 1] ?? 0, rows[slot - 1] ?? 0, squared, row)) {
          distances[slot] = distances[slot - 1] ?? 0;
          rows[slot] = rows[slot - 1] ?? 0;
          slot -= 1;
        }
        distances[slot] = squared;
        rows[slot] = row;
        count += 1;
        held += weight[row] ?? 1;
        while (held - (weight[rows[count - 1] ?? 0] ?? 1) >= k) {
          count -= 1;
          held -= weight[rows[count] ?? 0] ?? 1;
        }
        if (held >= k) bound = distances[count - 1] ?? 0;
      }
    }
    found.count = count;
    return found;
  };
}

function isAfter(distance: number, row: number, otherDistance: number, otherRow: number): boolean {
  return distance > otherDistance || (distance === otherDistance && row > otherRow);
}
