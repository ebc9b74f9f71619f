/**
 * Grows one tree from the leaf that gains most, until it has as many leaves as it may. Only the smaller child of a split is counted
 * row by row; the larger has what is left of its parent.
 */
import { bestSplit, type NodeSums, type Split, type SplitRules, stepOf } from './best-split.ts';
import type { Kernel } from './kernel.ts';

/** A tree over bins, in columns over nodes; children side by side, after their parent. */
export interface GrownTree {
  readonly column: Int32Array;
  readonly bin: Int32Array;
  readonly missingLeft: Uint8Array;
  /** −1 for a leaf. */
  readonly left: Int32Array;
  /** Newton's step of each node, in the unit of the histogram. */
  readonly step: Float64Array;
  /** Rows of each node in the order of the kernel, from and to, in rows. */
  readonly from: Int32Array;
  readonly to: Int32Array;
}

interface Node extends NodeSums {
  from: number;
  to: number;
  left: number;
  histogram: number;
  split: Split | undefined;
}

/**
 * @param leaves at most; the kernel has one histogram more than that
 * @param sums of all rows
 */
export function growTree(kernel: Kernel, leaves: number, rules: SplitRules, sums: NodeSums): GrownTree {
  const { layout, buffer } = kernel;
  const words = new Int32Array(buffer);
  const free = Array.from({ length: leaves }, (_, at) => layout.histogramsAt + at * layout.histogramBytes).toReversed();
  const canSplit = (node: NodeSums): boolean => node.rows >= 2 * rules.minLeaf;
  const makeNode = (of: NodeSums, from: number): Node => ({ ...of, from, to: from + of.rows, left: -1, histogram: -1, split: undefined });
  const look = (node: Node): void => {
    node.split = bestSplit(kernel, node.histogram, node, rules);
    if (!node.split) release(node);
  };
  const release = (node: Node): void => {
    if (node.histogram >= 0) free.push(node.histogram);
    node.histogram = -1;
  };
  const count = (node: Node): void => {
    node.histogram = free.pop() ?? -1;
    words.fill(0, node.histogram / 4, (node.histogram + layout.histogramBytes) / 4);
    kernel.build(4 * node.from, 4 * node.to, node.histogram);
  };

  const root = makeNode(sums, 0);
  const nodes = [root];
  if (canSplit(root)) {
    count(root);
    look(root);
  }
  for (let grown = 1; grown < leaves; grown++) {
    let best: Node | undefined;
    for (const node of nodes) if (node.split && node.left < 0 && node.split.gain > (best?.split?.gain ?? 0)) best = node;
    const split = best?.split;
    if (!best || !split) break;
    // The right side: codes above the bin, with that of missing values, which is the last, or without.
    const cells = (layout.cellOf[split.column + 1] ?? 0) - (layout.cellOf[split.column] ?? 0);
    const rightCells = cells - split.bin - (split.isMissingLeft ? 2 : 1);
    kernel.divide(4 * best.from, 4 * best.to, split.column, split.bin + 1, rightCells);
    const left = makeNode(split.left, best.from);
    const right = makeNode(split.right, left.to);
    best.left = nodes.length;
    nodes.push(left, right);
    const isLast = grown + 1 === leaves;
    const [smaller, larger] = left.rows <= right.rows ? [left, right] : [right, left];
    if (isLast || !canSplit(larger)) {
      release(best);
      continue;
    }
    count(smaller);
    larger.histogram = best.histogram;
    best.histogram = -1;
    kernel.subtract(larger.histogram, smaller.histogram);
    look(larger);
    if (canSplit(smaller)) look(smaller);
    else release(smaller);
  }
  return {
    column: Int32Array.from(nodes, ({ left, split }) => (left < 0 ? -1 : (split?.column ?? -1))),
    bin: Int32Array.from(nodes, ({ left, split }) => (left < 0 ? 0 : (split?.bin ?? 0))),
    missingLeft: Uint8Array.from(nodes, ({ left, split }) => (left >= 0 && split?.isMissingLeft === true ? 1 : 0)),
    left: Int32Array.from(nodes, ({ left }) => left),
    step: Float64Array.from(nodes, (node) => stepOf(node, rules.ridge)),
    from: Int32Array.from(nodes, ({ from }) => from),
    to: Int32Array.from(nodes, ({ to }) => to),
  };
}
