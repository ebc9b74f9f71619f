/**
 * Ward's method by nearest-neighbour chain: exact, in memory proportional to the rows, because the distance of two clusters
 * follows from their centroids and weights. Time grows with the square of the rows.
 * @see Murtagh & Contreras (2012), "Algorithms for hierarchical clustering: an overview"; Müllner (2011), arXiv:1109.2378
 */
import { squaredDistance } from '../rows/box-distance.ts';
import { findRoot } from '../rows/union-find.ts';

/**
 * A tree of merges, lowest first, as SciPy writes it: leaves are 0 … n − 1, the cluster made by merge i is n + i.
 * Plain JSON.
 */
export interface Dendrogram {
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** √(2·a·b/(a+b)) times the distance of the centroids of two clusters with a and b rows; ascending. */
  readonly height: readonly number[];
  /** Rows below each merge. */
  readonly size: readonly number[];
}

/**
 * @param values row-major, on the scale of distances; changed
 * @param weight rows behind each row; changed
 */
export function wardDendrogram(values: Float64Array, weight: Float64Array, dimensions: number): Dendrogram {
  const leaves = weight.length;
  const leafWeight = weight.slice();
  const one = new Uint32Array(Math.max(0, leaves - 1));
  const two = new Uint32Array(one.length);
  const height = new Float64Array(one.length);
  // One leaf of the cluster in each slot; slots are closed up, in their order, when a third of them is empty.
  const leafIn = new Uint32Array(leaves);
  for (let slot = 0; slot < leaves; slot++) leafIn[slot] = slot;
  const chain = new Uint32Array(leaves + 1);
  let length = 0;
  let slots = leaves;
  let alive = leaves;
  for (let merge = 0; merge < one.length;) {
    if (length === 0) {
      let first = 0;
      while ((weight[first] ?? 0) === 0) first += 1;
      chain[0] = first;
      length = 1;
    }
    const tip = chain[length - 1] ?? 0;
    const before = length > 1 ? (chain[length - 2] ?? 0) : -1;
    const { slot: next, cost } = nearestCluster(values, weight, dimensions, slots, tip, before);
    if (next !== before) {
      chain[length] = next;
      length += 1;
      continue;
    }
    one[merge] = leafIn[tip] ?? 0;
    two[merge] = leafIn[next] ?? 0;
    height[merge] = Math.sqrt(cost);
    join(values, weight, dimensions, Math.min(tip, next), Math.max(tip, next));
    length -= 2;
    merge += 1;
    alive -= 1;
    if (alive < slots * 0.67) {
      closeUp(values, weight, leafIn, dimensions, slots, chain.subarray(0, length));
      slots = alive;
    }
  }
  return sortMerges(one, two, height, leafWeight);
}

const nearest = { slot: 0, cost: 0 };

/** The cluster whose union with this one adds least to the sum of squares; the one before in the chain wins ties, then the first. */
function nearestCluster(
  values: Float64Array,
  weight: Float64Array,
  dimensions: number,
  slots: number,
  tip: number,
  before: number,
): typeof nearest {
  const own = weight[tip] ?? 0;
  const offset = tip * dimensions;
  const half = dimensions >>> 1;
  let slot = before;
  let best = Number.POSITIVE_INFINITY;
  if (before >= 0) {
    const other = weight[before] ?? 0;
    best = ((2 * own * other) / (own + other)) * squaredDistance(values, offset, values, before * dimensions, dimensions);
  }
  for (let at = 0; at < slots; at++) {
    const other = weight[at] ?? 0;
    if (other === 0 || at === tip) continue;
    const factor = (2 * own * other) / (own + other);
    const from = at * dimensions;
    let squared = 0;
    let feature = 0;
    for (; feature < half; feature++) {
      const away = (values[offset + feature] ?? 0) - (values[from + feature] ?? 0);
      squared += away * away;
    }
    if (factor * squared >= best) continue;
    for (; feature < dimensions; feature++) {
      const away = (values[offset + feature] ?? 0) - (values[from + feature] ?? 0);
      squared += away * away;
    }
    const cost = factor * squared;
    if (cost < best) {
      best = cost;
      slot = at;
    }
  }
  nearest.slot = slot;
  nearest.cost = best;
  return nearest;
}

function join(values: Float64Array, weight: Float64Array, dimensions: number, kept: number, gone: number): void {
  const a = weight[kept] ?? 0;
  const b = weight[gone] ?? 0;
  for (let at = 0; at < dimensions; at++) {
    const place = kept * dimensions + at;
    values[place] = (a * (values[place] ?? 0) + b * (values[gone * dimensions + at] ?? 0)) / (a + b);
  }
  weight[kept] = a + b;
  weight[gone] = 0;
}

function closeUp(
  values: Float64Array,
  weight: Float64Array,
  leafIn: Uint32Array,
  dimensions: number,
  slots: number,
  chain: Uint32Array,
): void {
  const slotOf = new Uint32Array(slots);
  let kept = 0;
  for (let slot = 0; slot < slots; slot++) {
    if ((weight[slot] ?? 0) === 0) continue;
    slotOf[slot] = kept;
    weight[kept] = weight[slot] ?? 0;
    leafIn[kept] = leafIn[slot] ?? 0;
    values.copyWithin(kept * dimensions, slot * dimensions, (slot + 1) * dimensions);
    kept += 1;
  }
  for (const [at, slot] of chain.entries()) chain[at] = slotOf[slot] ?? 0;
}

/** The chain finds merges out of order; sorted by height they name the clusters that they join. */
function sortMerges(one: Uint32Array, two: Uint32Array, height: Float64Array, leafWeight: Float64Array): Dendrogram {
  const leaves = leafWeight.length;
  const order = Array.from(height, (_, merge) => merge).sort((a, b) => (height[a] ?? 0) - (height[b] ?? 0) || a - b);
  const root = new Uint32Array(leaves + order.length);
  for (let node = 0; node < root.length; node++) root[node] = node;
  const rows = new Float64Array(root.length);
  rows.set(leafWeight);
  const left: number[] = [];
  const right: number[] = [];
  for (const [at, merge] of order.entries()) {
    const a = findRoot(root, one[merge] ?? 0);
    const b = findRoot(root, two[merge] ?? 0);
    const made = leaves + at;
    root[a] = made;
    root[b] = made;
    rows[made] = (rows[a] ?? 0) + (rows[b] ?? 0);
    left.push(Math.min(a, b));
    right.push(Math.max(a, b));
  }
  return { left, right, height: order.map((merge) => height[merge] ?? 0), size: Array.from(rows.subarray(leaves)) };
}
