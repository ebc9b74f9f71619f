/**
 * The split of a node that lowers the loss most, read off its histogram. Sums are whole numbers of steps, exact in doubles; ties go
 * to the first column, then the lowest bin.
 * @see Chen & Guestrin (2016), "XGBoost: A scalable tree boosting system", eq. 7, and section 3.4 for missing values
 */
import type { KernelLayout } from './kernel.ts';

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

/** @param words the memory of the kernel, `histogram` the address of the node's */
export function bestSplit(
  words: Int32Array,
  { cellOf, width, countShift }: KernelLayout,
  histogram: number,
  node: NodeSums,
  { minLeaf, ridge, directions, isMonotone }: SplitRules,
): Split | undefined {
  const { rows, gradient, curvature } = node;
  const most = rows - minLeaf;
  const mask = ((1 << countShift) - 1) | 0;
  const own = isMonotone ? scoreWithin(node, ridge, node.least, node.most) : (gradient * gradient) / (curvature + ridge);
  let bestScore = own + noise * own;
  let found = false;
  let [column, bin, isMissingLeft] = [0, 0, false];
  let [leftRows, leftGradient, leftCurvature] = [0, 0, 0];
  for (let at = 0; at < width; at++) {
    const first = histogram / 4 + 4 * (cellOf[at] ?? 0);
    const missing = histogram / 4 + 4 * ((cellOf[at + 1] ?? 0) - 1);
    const missingRows = (words[missing + 3] ?? 0) >>> countShift;
    // Missing values go right in the first pass and left in the second; without any, one pass, without the last bin.
    for (let pass = 0; pass < (missingRows === 0 ? 1 : 2); pass++) {
      let [count, g, h] = [0, 0, 0];
      if (pass === 1) {
        count = missingRows;
        g = (words[missing + 1] ?? 0) * 4294967296 + ((words[missing] ?? 0) >>> 0);
        h = ((words[missing + 3] ?? 0) & mask) * 4294967296 + ((words[missing + 2] ?? 0) >>> 0);
      }
      const end = missingRows > 0 && pass === 0 ? missing : missing - 4;
      for (let cell = first; cell < end; cell += 4) {
        const high = words[cell + 3] ?? 0;
        if (high === 0) continue;
        count += high >>> countShift;
        if (count > most) break;
        h += (high & mask) * 4294967296 + ((words[cell + 2] ?? 0) >>> 0);
        g += (words[cell + 1] ?? 0) * 4294967296 + ((words[cell] ?? 0) >>> 0);
        if (count < minLeaf) continue;
        const [leftOwn, rightOwn] = [h + ridge, curvature - h + ridge];
        const rest = gradient - g;
        let score = (g * g * rightOwn + rest * rest * leftOwn) / (leftOwn * rightOwn);
        if (isMonotone) {
          score = monotoneScore(g, leftOwn, rest, rightOwn, node, directions[at] ?? 0);
        }
        if (!(score > bestScore)) continue;
        bestScore = score;
        found = true;
        column = at;
        bin = (cell - first) / 4;
        isMissingLeft = pass === 1 || (missingRows === 0 && 2 * count > rows);
        leftRows = count;
        leftGradient = g;
        leftCurvature = h;
      }
    }
  }
  if (!found) return undefined;
  const left = { rows: leftRows, gradient: leftGradient, curvature: leftCurvature, least: node.least, most: node.most };
  const right = {
    rows: rows - leftRows,
    gradient: gradient - leftGradient,
    curvature: curvature - leftCurvature,
    least: node.least,
    most: node.most,
  };
  const direction = directions[column] ?? 0;
  const gain = bestScore - own;
  if (direction === 0) return { gain, column, bin, isMissingLeft, left, right };
  // Nothing below either side may cross the middle of the two.
  const middle = (stepOf(left, ridge) + stepOf(right, ridge)) / 2;
  const [low, high] = direction > 0 ? [left, right] : [right, left];
  const lower = { ...low, most: middle };
  const upper = { ...high, least: middle };
  return direction > 0
    ? { gain, column, bin, isMissingLeft, left: lower, right: upper }
    : { gain, column, bin, isMissingLeft, left: upper, right: lower };
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

function scoreWithin(node: NodeSums, ridge: number, least: number, most: number): number {
  const step = stepOf({ ...node, least, most }, ridge);
  return -(2 * node.gradient * step + (node.curvature + ridge) * step * step);
}
