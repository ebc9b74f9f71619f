/**
 * The split of a node that lowers the loss most, read off its histogram. Sums are whole numbers of steps, exact in doubles; ties go
 * to the first column, then the lowest bin.
 * @see Chen & Guestrin (2016), "XGBoost: A scalable tree boosting system", eq. 7, and section 3.4 for missing values
 */
import type { Kernel } from './kernel.ts';
import type { SplitSearch } from './split-search.ts';

/** Rows of a node, the sums of their gradients and curvatures in steps, and the values that monotone parents leave it. */
export interface NodeSums {
  readonly rows: number;
  readonly gradient: number;
  readonly curvature: number;
  readonly least: number;
  readonly most: number;
}

export interface Split {
  /** What the loss falls by, in the same unit for all nodes of a tree. */
  readonly gain: number;
  readonly column: number;
  /** Last bin of the left side; the last bin of all where only missing values go right. */
  readonly bin: number;
  readonly isMissingLeft: boolean;
  readonly left: NodeSums;
  readonly right: NodeSums;
}

export interface SplitRules {
  readonly minLeaf: number;
  /** In steps of curvature. */
  readonly ridge: number;
  /** Per column: 1 where the left side may not be above the right, −1 the reverse, 0 where either may. */
  readonly directions: Int8Array;
  readonly isMonotone: boolean;
}

/** Gains below this share of what they are the difference of are rounding. */
const noise = 1e-12;

/** @param histogram the address of the node's */
export function bestSplit(kernel: Kernel, histogram: number, node: NodeSums, rules: SplitRules): Split | undefined {
  const { layout, search } = kernel;
  const { rows, gradient, curvature } = node;
  const { ridge, directions, isMonotone, minLeaf } = rules;
  const own = isMonotone ? scoreWithin(node, ridge) : (gradient * gradient) / (curvature + ridge);
  search.begin({ rows, gradient, curvature, ridge, minLeaf, score: own + noise * own });
  let [found, column, isMissingLeft] = [0, 0, false];
  for (let at = 0; at < layout.width; at++) {
    const first = histogram + 16 * (layout.cellOf[at] ?? 0);
    const missing = histogram + 16 * ((layout.cellOf[at + 1] ?? 0) - 1);
    const hasMissing = search.isFilled(missing);
    const direction = directions[at] ?? 0;
    // Missing values go right at first, then left; without any, the last bin has nothing to its right.
    for (let pass = 0; pass < (hasMissing ? 2 : 1); pass++) {
      search.seed(pass === 1 ? missing : -1);
      const end = hasMissing && pass === 0 ? missing : missing - 16;
      const cell = isMonotone ? scanMonotone(search, first, end, node, rules, direction) : kernel.scan(first, end);
      if (cell === 0) continue;
      found = cell;
      column = at;
      isMissingLeft = hasMissing ? pass === 1 : 2 * search.found().rows > rows;
    }
  }
  if (found === 0) return undefined;
  const bin = (found - histogram) / 16 - (layout.cellOf[column] ?? 0);
  const { least, most } = node;
  const best = search.found();
  const left = { rows: best.rows, gradient: best.gradient, curvature: best.curvature, least, most };
  const right = { rows: rows - left.rows, gradient: gradient - left.gradient, curvature: curvature - left.curvature, least, most };
  const split = { gain: best.score - own, column, bin, isMissingLeft, left, right };
  const direction = directions[column] ?? 0;
  if (direction === 0) return split;
  // Nothing below either side may cross the middle of the two.
  const middle = (stepOf(left, ridge) + stepOf(right, ridge)) / 2;
  return direction > 0
    ? { ...split, left: { ...left, most: middle }, right: { ...right, least: middle } }
    : { ...split, left: { ...left, least: middle }, right: { ...right, most: middle } };
}

/** The same search as the kernel's, for values held within bounds and in one direction. */
function scanMonotone(search: SplitSearch, first: number, end: number, node: NodeSums, rules: SplitRules, direction: number): number {
  const { minLeaf, ridge } = rules;
  let found = 0;
  for (let cell = first; cell < end; cell += 16) {
    const { rows, gradient, curvature } = search.take(cell);
    if (rows < minLeaf || node.rows - rows < minLeaf) continue;
    const score = monotoneScore(gradient, curvature + ridge, node.gradient - gradient, node.curvature - curvature + ridge, node, direction);
    if (search.keep(score)) found = cell;
  }
  return found;
}

/** Newton's step of a node in the unit of the histogram, within what its parents leave it. */
export function stepOf({ gradient, curvature, least, most }: NodeSums, ridge: number): number {
  return Math.min(Math.max(-gradient / (curvature + ridge), least), most);
}

function monotoneScore(g: number, leftOwn: number, rest: number, rightOwn: number, { least, most }: NodeSums, direction: number): number {
  const left = Math.min(Math.max(-g / leftOwn, least), most);
  const right = Math.min(Math.max(-rest / rightOwn, least), most);
  if (direction * (right - left) < 0) return Number.NEGATIVE_INFINITY;
  return -(2 * g * left + leftOwn * left * left) - (2 * rest * right + rightOwn * right * right);
}

function scoreWithin(node: NodeSums, ridge: number): number {
  const step = stepOf(node, ridge);
  return -(2 * node.gradient * step + (node.curvature + ridge) * step * step);
}
