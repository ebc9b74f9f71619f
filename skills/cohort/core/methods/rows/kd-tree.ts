/**
 * Tree of boxes over rows for searches by distance: exact, in flat arrays, built the same from the same rows. Rows of one leaf
 * lie side by side in memory. The searches are in files of their own.
 */

/** Rows in a leaf, at most. */
const leafRows = 12;

export interface KdTree {
  readonly dimensions: number;
  readonly count: number;
  /** Given row at each place of the tree. */
  readonly rowAt: Uint32Array;
  /** Row-major values by place. */
  readonly points: Float64Array;
  /** Places start … end − 1 of each node. */
  readonly start: Uint32Array;
  readonly end: Uint32Array;
  /** Second child of each node; the first is the next node. 0 for leaves. */
  readonly second: Uint32Array;
  /** Node above; 0 for the root, which is node 0. */
  readonly parent: Uint32Array;
  /** Leaf of each place. */
  readonly leafAt: Uint32Array;
  /** Corners of each node's box, row-major. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** More than any path from the root has nodes, twice. */
  readonly stackSize: number;
}

/** @param values row-major, at least one row */
export function buildKdTree(values: Float64Array, dimensions: number): KdTree {
  const count = values.length / dimensions;
  const rowAt = new Uint32Array(count);
  for (let row = 0; row < count; row++) rowAt[row] = row;
  const room = Math.max(1, 4 * Math.ceil(count / leafRows));
  const start = new Uint32Array(room);
  const end = new Uint32Array(room);
  const second = new Uint32Array(room);
  const parent = new Uint32Array(room);
  const leafAt = new Uint32Array(count);
  const low = new Float64Array(room * dimensions);
  const high = new Float64Array(room * dimensions);
  let nodes = 0;

  const grow = (from: number, to: number, above: number): number => {
    const node = nodes;
    nodes += 1;
    start[node] = from;
    end[node] = to;
    parent[node] = above;
    let widest = 0;
    let width = -1;
    for (let at = 0; at < dimensions; at++) {
      let least = Number.POSITIVE_INFINITY;
      let most = Number.NEGATIVE_INFINITY;
      for (let place = from; place < to; place++) {
        const value = values[(rowAt[place] ?? 0) * dimensions + at] ?? 0;
        if (value < least) least = value;
        if (value > most) most = value;
      }
      low[node * dimensions + at] = least;
      high[node * dimensions + at] = most;
      if (most - least > width) {
        width = most - least;
        widest = at;
      }
    }
    if (to - from <= leafRows) {
      leafAt.fill(node, from, to);
      return node;
    }
    const middle = (from + to) >>> 1;
    selectByFeature(rowAt, values, dimensions, widest, from, to - 1, middle);
    grow(from, middle, node);
    second[node] = grow(middle, to, node);
    return node;
  };
  grow(0, count, 0);

  const points = new Float64Array(values.length);
  for (let place = 0; place < count; place++) {
    const row = (rowAt[place] ?? 0) * dimensions;
    for (let at = 0; at < dimensions; at++) points[place * dimensions + at] = values[row + at] ?? 0;
  }
  let depth = 1;
  for (let size = count; size > 1; size /= 2) depth += 1;
  return {
    dimensions,
    count,
    rowAt,
    points,
    start: start.slice(0, nodes),
    end: end.slice(0, nodes),
    second: second.slice(0, nodes),
    parent: parent.slice(0, nodes),
    leafAt,
    low: low.slice(0, nodes * dimensions),
    high: high.slice(0, nodes * dimensions),
    stackSize: 2 * depth + 8,
  };
}

/** Puts the row that belongs at a place by one feature there, smaller ones before it and larger ones after. */
function selectByFeature(
  rowAt: Uint32Array,
  values: Float64Array,
  dimensions: number,
  feature: number,
  from: number,
  to: number,
  wanted: number,
): void {
  let left = from;
  let right = to;
  while (left < right) {
    const pivot = values[(rowAt[(left + right) >>> 1] ?? 0) * dimensions + feature] ?? 0;
    let i = left;
    let j = right;
    while (i <= j) {
      while ((values[(rowAt[i] ?? 0) * dimensions + feature] ?? 0) < pivot) i += 1;
      while ((values[(rowAt[j] ?? 0) * dimensions + feature] ?? 0) > pivot) j -= 1;
      if (i <= j) {
        const row = rowAt[i] ?? 0;
        rowAt[i] = rowAt[j] ?? 0;
        rowAt[j] = row;
        i += 1;
        j -= 1;
      }
    }
    if (wanted <= j) right = j;
    else if (wanted >= i) left = i;
    else return;
  }
}
