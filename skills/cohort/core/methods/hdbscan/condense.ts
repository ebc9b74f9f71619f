/**
 * The condensed tree of HDBSCAN*: going down from all rows at growing density λ = 1/distance, a group splits where both parts have
 * enough rows; a smaller part falls out of it row by row.
 * @see Campello, Moulavi & Sander (2013), "Density-based clustering based on hierarchical density estimates", section 3;
 * Campello, Moulavi, Zimek & Sander (2015) for the same with outlier scores
 */
import { findRoot } from '../rows/union-find.ts';
import type { SpanningTree } from './spanning-tree.ts';

export interface CondensedTree {
  /** Group above each group; 0 for the root, which is group 0. Groups come after the one above them. */
  readonly parent: readonly number[];
  /** λ at which each group appears. */
  readonly birth: readonly number[];
  /** Largest λ at which a row or a part leaves each group. */
  readonly death: readonly number[];
  /** Σ over its rows of λ at leaving less λ at birth. */
  readonly stability: readonly number[];
  /** Group that each row falls out of, and at which λ. */
  readonly groupOf: Uint32Array;
  readonly lambda: Float64Array;
}

/**
 * @param weight rows behind each row
 * @param core core distance of each row
 * @param minSize fewest rows of a group
 */
export function condense(tree: SpanningTree, weight: Float64Array, core: Float64Array, minSize: number): CondensedTree {
  const leaves = weight.length;
  const { left, right, size } = mergesOf(tree, weight);
  const densityAt = densityScale(tree.height, core);
  const parent = [0];
  const birth = [0];
  const death = [0];
  const stability = [0];
  const groupOf = new Uint32Array(leaves);
  const lambda = new Float64Array(leaves);

  const leave = (group: number, at: number, rows: number): void => {
    death[group] = Math.max(death[group] ?? 0, at);
    stability[group] = (stability[group] ?? 0) + (at - (birth[group] ?? 0)) * rows;
  };
  const dropRows = (top: number, group: number, at: number): void => {
    const stack = [top];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node >= leaves) {
        stack.push(right[node - leaves] ?? 0, left[node - leaves] ?? 0);
        continue;
      }
      groupOf[node] = group;
      lambda[node] = at;
      leave(group, at, weight[node] ?? 0);
    }
  };

  const open: { readonly node: number; readonly group: number }[] = [{ node: size.length - 1, group: 0 }];
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, group } = next;
    if (node < leaves) {
      // Equal rows stay together until their own density is passed.
      dropRows(node, group, densityAt(core[node] ?? 0));
      continue;
    }
    const at = densityAt(tree.height[node - leaves] ?? 0);
    const parts = [left[node - leaves] ?? 0, right[node - leaves] ?? 0];
    const large = parts.filter((part) => (size[part] ?? 0) >= minSize);
    for (const part of parts) {
      if ((size[part] ?? 0) < minSize) dropRows(part, group, at);
      else if (large.length === 1) open.push({ node: part, group });
      else {
        leave(group, at, size[part] ?? 0);
        open.push({ node: part, group: parent.length });
        parent.push(group);
        birth.push(at);
        death.push(0);
        stability.push(0);
      }
    }
  }
  return { parent, birth, death, stability, groupOf, lambda };
}

/** Both parts of each merge, lowest first; merge i is node leaves + i. Sizes are by node. */
function mergesOf({ one, two }: SpanningTree, weight: Float64Array): { left: Uint32Array; right: Uint32Array; size: Float64Array } {
  const leaves = weight.length;
  const root = Uint32Array.from({ length: leaves + one.length }, (_, node) => node);
  const size = new Float64Array(root.length);
  size.set(weight);
  const left = new Uint32Array(one.length);
  const right = new Uint32Array(one.length);
  for (let merge = 0; merge < one.length; merge++) {
    const a = findRoot(root, one[merge] ?? 0);
    const b = findRoot(root, two[merge] ?? 0);
    left[merge] = Math.min(a, b);
    right[merge] = Math.max(a, b);
    root[a] = leaves + merge;
    root[b] = leaves + merge;
    size[leaves + merge] = (size[a] ?? 0) + (size[b] ?? 0);
  }
  return { left, right, size };
}

/** λ of a distance. Equal rows count as dense as the closest rows that are not equal, since 1/0 would outweigh everything. */
function densityScale(height: Float64Array, core: Float64Array): (distance: number) => number {
  const floor = smallestPositive(height, smallestPositive(core, Number.POSITIVE_INFINITY));
  if (floor === Number.POSITIVE_INFINITY) return () => 1;
  return (distance) => 1 / Math.max(distance, floor);
}

function smallestPositive(values: Float64Array, otherwise: number): number {
  return values.reduce((least, value) => (value > 0 && value < least ? value : least), otherwise);
}
