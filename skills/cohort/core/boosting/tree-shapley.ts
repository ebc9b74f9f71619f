/**
 * Shapley values of trees where a column that is not asked for is averaged over by the rows of the fit that went either way.
 * @see Lundberg, Erion & Lee (2018), "Consistent individualized feature attribution for tree ensembles", algorithm 2
 */
import { type FlatTrees, goesLeft } from './flat-trees.ts';

/**
 * Adds the values of one row to `into`.
 * @param row one value per column
 */
export function addTreeShapley(flat: FlatTrees, row: Float64Array, into: Float64Array): void {
  const most = deepestOf(flat) + 2;
  // One stretch of the path per depth, because either branch changes what it was given.
  const size = (most * (most + 1)) / 2 + most;
  const path = { feature: new Int32Array(size), zero: new Float64Array(size), one: new Float64Array(size), weight: new Float64Array(size) };
  for (let tree = 0; tree + 1 < flat.roots.length; tree++) walk(flat, row, into, path, flat.roots[tree] ?? 0, 0, 0, 1, 1, -1);
}

interface Path {
  readonly feature: Int32Array;
  /** Share of the paths that flow on without the column, and with it. */
  readonly zero: Float64Array;
  readonly one: Float64Array;
  /** Sum of permutation weights over subsets of each size. */
  readonly weight: Float64Array;
}

/** @param at where the stretch of the parent lies; @param length how long it is */
function walk(
  flat: FlatTrees,
  row: Float64Array,
  into: Float64Array,
  path: Path,
  node: number,
  at: number,
  length: number,
  zero: number,
  one: number,
  feature: number,
): void {
  const own = at + length;
  path.feature.copyWithin(own, at, own);
  path.zero.copyWithin(own, at, own);
  path.one.copyWithin(own, at, own);
  path.weight.copyWithin(own, at, own);
  extend(path, own, length, zero, one, feature);
  const child = flat.left[node] ?? -1;
  if (child < 0) {
    const value = flat.value[node] ?? 0;
    for (let element = 1; element <= length; element++) {
      const weight = unwoundSum(path, own, length, element);
      const column = path.feature[own + element] ?? 0;
      const share = (path.one[own + element] ?? 0) - (path.zero[own + element] ?? 0);
      into[column] = (into[column] ?? 0) + weight * share * value;
    }
    return;
  }
  const asked = flat.feature[node] ?? 0;
  const hot = goesLeft(flat, node, row[asked] ?? 0) ? child : child + 1;
  const cold = hot === child ? child + 1 : child;
  let [earlierZero, earlierOne, depth] = [1, 1, length];
  for (let element = 1; element <= length; element++) {
    if (path.feature[own + element] !== asked) continue;
    earlierZero = path.zero[own + element] ?? 0;
    earlierOne = path.one[own + element] ?? 0;
    unwind(path, own, length, element);
    depth -= 1;
    break;
  }
  const cover = flat.cover[node] ?? 1;
  const hotShare = ((flat.cover[hot] ?? 0) / cover) * earlierZero;
  const coldShare = ((flat.cover[cold] ?? 0) / cover) * earlierZero;
  walk(flat, row, into, path, hot, own, depth + 1, hotShare, earlierOne, asked);
  walk(flat, row, into, path, cold, own, depth + 1, coldShare, 0, asked);
}

function extend(
  { feature, zero, one, weight }: Path,
  own: number,
  length: number,
  zeroShare: number,
  oneShare: number,
  column: number,
): void {
  feature[own + length] = column;
  zero[own + length] = zeroShare;
  one[own + length] = oneShare;
  weight[own + length] = length === 0 ? 1 : 0;
  for (let size = length - 1; size >= 0; size--) {
    const current = weight[own + size] ?? 0;
    weight[own + size + 1] = (weight[own + size + 1] ?? 0) + (oneShare * current * (size + 1)) / (length + 1);
    weight[own + size] = (zeroShare * current * (length - size)) / (length + 1);
  }
}

/** Takes an element out of the path, as if it had never been added. */
function unwind({ feature, zero, one, weight }: Path, own: number, length: number, element: number): void {
  const oneShare = one[own + element] ?? 0;
  const zeroShare = zero[own + element] ?? 0;
  let next = weight[own + length] ?? 0;
  for (let size = length - 1; size >= 0; size--) {
    const current = weight[own + size] ?? 0;
    if (oneShare === 0) weight[own + size] = (current * (length + 1)) / (zeroShare * (length - size));
    else {
      const unwound = (next * (length + 1)) / ((size + 1) * oneShare);
      weight[own + size] = unwound;
      next = current - (unwound * zeroShare * (length - size)) / (length + 1);
    }
  }
  for (let later = element; later < length; later++) {
    feature[own + later] = feature[own + later + 1] ?? 0;
    zero[own + later] = zero[own + later + 1] ?? 0;
    one[own + later] = one[own + later + 1] ?? 0;
  }
}

/** What the weights would sum to without an element. */
function unwoundSum({ zero, one, weight }: Path, own: number, length: number, element: number): number {
  const oneShare = one[own + element] ?? 0;
  const zeroShare = zero[own + element] ?? 0;
  let next = weight[own + length] ?? 0;
  let total = 0;
  for (let size = length - 1; size >= 0; size--) {
    const current = weight[own + size] ?? 0;
    if (oneShare === 0) total += (current * (length + 1)) / (zeroShare * (length - size));
    else {
      const unwound = (next * (length + 1)) / ((size + 1) * oneShare);
      total += unwound;
      next = current - (unwound * zeroShare * (length - size)) / (length + 1);
    }
  }
  return total;
}

/** Mean of the trees over the rows of their fit, by cover. */
export function meanByCover({ roots, left, value, cover }: FlatTrees): number {
  const mean = value.slice();
  let total = 0;
  for (let tree = 0; tree + 1 < roots.length; tree++) {
    const root = roots[tree] ?? 0;
    for (let node = (roots[tree + 1] ?? 0) - 1; node >= root; node--) {
      const child = left[node] ?? -1;
      if (child < 0) continue;
      const [one, other] = [cover[child] ?? 0, cover[child + 1] ?? 0];
      mean[node] = ((mean[child] ?? 0) * one + (mean[child + 1] ?? 0) * other) / (one + other);
    }
    total += mean[root] ?? 0;
  }
  return total;
}

function deepestOf({ roots, left }: FlatTrees): number {
  const depth = new Int32Array(left.length);
  let deepest = 0;
  for (let node = 0; node < (roots[roots.length - 1] ?? 0); node++) {
    const child = left[node] ?? -1;
    if (child < 0) continue;
    const below = (depth[node] ?? 0) + 1;
    depth[child] = below;
    depth[child + 1] = below;
    deepest = Math.max(deepest, below);
  }
  return deepest;
}
