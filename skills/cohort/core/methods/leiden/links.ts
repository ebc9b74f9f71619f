/**
 * Weighted undirected links between customers, as they are given and as a graph in compressed rows. The graph is built in the
 * order of the ids with sorted rows, so neither the order of the customers nor of the links changes a bit of what follows.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';

/** Customers and the links between them: co-purchase, referral, household. */
export interface LinkColumns {
  /** One per customer (a row), all different. */
  readonly ids: readonly string[];
  /** Row of one end of each link. */
  readonly from: Int32Array;
  /** Row of the other end; which end is which says nothing. */
  readonly to: Int32Array;
  /** > 0, finite. Links between the same two customers add up. */
  readonly weight: Float64Array;
}

/** A graph in compressed sparse rows; each link is in the rows of both its ends. */
export interface Graph {
  readonly nodes: number;
  /** `nodes + 1` positions in `targets` and `weights`. */
  readonly offsets: Int32Array;
  readonly targets: Int32Array;
  readonly weights: Float64Array;
  /** Weight of all links of a node, also of those within it where it stands for several customers. */
  readonly strength: Float64Array;
  /** Sum of the strengths: twice the weight of all links. */
  readonly total: number;
}

/**
 * Rows in ascending order of their ids, by UTF-16 units.
 * @throws {CohortiumError} NUMERIC_DOMAIN when an id occurs twice
 */
export function orderOfIds(ids: readonly string[]): Int32Array {
  const order = Int32Array.from({ length: ids.length }, (_, row) => row);
  const at = (row: number): string => ids[row] ?? '';
  let isSorted = true;
  for (let row = 1; row < ids.length && isSorted; row++) isSorted = at(row - 1) < at(row);
  if (isSorted) return order;
  order.sort((a, b) => (at(a) < at(b) ? -1 : 1));
  for (let rank = 1; rank < order.length; rank++) {
    const id = at(order[rank] ?? 0);
    if (id === at(order[rank - 1] ?? 0)) {
      throw new CohortiumError('NUMERIC_DOMAIN', `ids must be different; '${id}' is there twice: give every customer one row`);
    }
  }
  return order;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when a link leads out of the rows or to itself, or a weight is not a positive number */
export function checkLinks({ ids, from, to, weight }: LinkColumns): void {
  if (from.length !== to.length || from.length !== weight.length) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `columns of links must be of one length; found from ${from.length}, to ${to.length}, weight ${weight.length}`,
    );
  }
  for (let link = 0; link < from.length; link++) {
    const a = from[link] ?? 0;
    const b = to[link] ?? 0;
    const w = weight[link] ?? 0;
    if (a >= 0 && b >= 0 && a < ids.length && b < ids.length && a !== b && w > 0 && w < Number.POSITIVE_INFINITY) continue;
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `link ${link} must join two different rows of ${ids.length} with a weight > 0; found ${a} – ${b} with weight ${w}: leave it out or correct it`,
    );
  }
}

/**
 * The graph of the links, its nodes in the given order.
 * @param order row of each node
 */
export function buildGraph({ ids, from, to, weight }: LinkColumns, order: Int32Array): Graph {
  const nodes = ids.length;
  const rank = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) rank[order[node] ?? 0] = node;
  const links = from.length;
  const starts = new Int32Array(nodes + 1);
  for (let link = 0; link < links; link++) {
    const a = (rank[from[link] ?? 0] ?? 0) + 1;
    const b = (rank[to[link] ?? 0] ?? 0) + 1;
    starts[a] = (starts[a] ?? 0) + 1;
    starts[b] = (starts[b] ?? 0) + 1;
  }
  for (let node = 0; node < nodes; node++) starts[node + 1] = (starts[node + 1] ?? 0) + (starts[node] ?? 0);

  // Scattered by one end, then, in that order, by the other: the second scatter leaves every row sorted.
  const byEnd = { source: new Int32Array(2 * links), target: new Int32Array(2 * links), weight: new Float64Array(2 * links) };
  let next = starts.slice();
  for (let half = 0; half < 2 * links; half++) {
    const link = half >> 1;
    const a = rank[(half & 1 ? to : from)[link] ?? 0] ?? 0;
    const b = rank[(half & 1 ? from : to)[link] ?? 0] ?? 0;
    const place = next[b] ?? 0;
    next[b] = place + 1;
    byEnd.source[place] = a;
    byEnd.target[place] = b;
    byEnd.weight[place] = weight[link] ?? 0;
  }
  const targets = new Int32Array(2 * links);
  const weights = new Float64Array(2 * links);
  next = starts.slice();
  for (let half = 0; half < 2 * links; half++) {
    const a = byEnd.source[half] ?? 0;
    const place = next[a] ?? 0;
    next[a] = place + 1;
    targets[place] = byEnd.target[half] ?? 0;
    weights[place] = byEnd.weight[half] ?? 0;
  }
  return joinParallel(nodes, starts, targets, weights);
}

/** Adds up links between the same two nodes, smallest first, in place. */
function joinParallel(nodes: number, starts: Int32Array, targets: Int32Array, weights: Float64Array): Graph {
  const offsets = new Int32Array(nodes + 1);
  const strength = new Float64Array(nodes);
  let kept = 0;
  let total = 0;
  for (let node = 0; node < nodes; node++) {
    const end = starts[node + 1] ?? 0;
    let own = 0;
    for (let at = starts[node] ?? 0; at < end;) {
      const target = targets[at] ?? 0;
      let until = at + 1;
      while (until < end && targets[until] === target) until += 1;
      if (until - at > 1) weights.subarray(at, until).sort();
      let joint = 0;
      for (; at < until; at++) joint += weights[at] ?? 0;
      targets[kept] = target;
      weights[kept] = joint;
      own += joint;
      kept += 1;
    }
    strength[node] = own;
    total += own;
    offsets[node + 1] = kept;
  }
  return { nodes, offsets, targets: targets.subarray(0, kept), weights: weights.subarray(0, kept), strength, total };
}
