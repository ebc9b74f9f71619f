/**
 * Leiden over levels: move nodes, refine, let each part be a node, and again, until every community is one node. Every community
 * that is returned is connected.
 */
import type { Rng } from '../../../../sdk/numeric/index.ts';
import { aggregateGraph } from './aggregate-graph.ts';
import type { Graph } from './links.ts';
import { moveNodes } from './move-nodes.ts';
import { refineCommunities, renumber } from './refine-communities.ts';

/**
 * One run of Leiden for modularity.
 * @param resolution γ > 0: higher finds more and smaller communities
 * @param rounds how often the whole is repeated from where it ended, ≥ 1; ends early when nothing changes
 * @returns community of each node, numbered from 0 by first node
 * @see Traag, Waltman & van Eck (2019), "From Louvain to Leiden: guaranteeing well-connected communities"
 */
export function findCommunities(graph: Graph, resolution: number, rounds: number, rng: Rng): Int32Array {
  const label = Int32Array.from({ length: graph.nodes }, (_, node) => node);
  if (graph.total === 0) return label;
  for (let round = 0; round < rounds; round++) {
    const before = label.slice();
    runLevels(graph, resolution, label, rng);
    splitUnconnected(graph, label);
    if (before.every((own, node) => own === label[node])) break;
  }
  return label;
}

/** From the partition given to one that no level improves; in place. */
function runLevels(base: Graph, resolution: number, label: Int32Array, rng: Rng): void {
  let graph = base;
  let own = label.slice();
  /** Node of the level that each customer is in. */
  const holder = Int32Array.from({ length: base.nodes }, (_, node) => node);
  for (;;) {
    const communities = moveNodes(graph, resolution, own, shuffled(graph.nodes, rng));
    if (communities === graph.nodes) break;
    const { part, parts } = refineCommunities(graph, resolution, own, shuffled(graph.nodes, rng));
    if (parts === graph.nodes) break;
    const coarse = new Int32Array(parts);
    for (let node = 0; node < graph.nodes; node++) coarse[part[node] ?? 0] = own[node] ?? 0;
    renumber(coarse, graph.nodes);
    graph = aggregateGraph(graph, part, parts);
    for (let node = 0; node < holder.length; node++) holder[node] = part[holder[node] ?? 0] ?? 0;
    own = coarse;
  }
  for (let node = 0; node < holder.length; node++) label[node] = own[holder[node] ?? 0] ?? 0;
}

/** Gives every connected piece of a community its own number, by first node; in place. */
export function splitUnconnected({ nodes, offsets, targets }: Graph, label: Int32Array): void {
  const piece = new Int32Array(nodes).fill(-1);
  const stack = new Int32Array(nodes);
  let pieces = 0;
  for (let start = 0; start < nodes; start++) {
    if (piece[start] !== -1) continue;
    let height = 1;
    stack[0] = start;
    piece[start] = pieces;
    while (height > 0) {
      height -= 1;
      const node = stack[height] ?? 0;
      const last = offsets[node + 1] ?? 0;
      for (let at = offsets[node] ?? 0; at < last; at++) {
        const target = targets[at] ?? 0;
        if (piece[target] !== -1 || label[target] !== label[node]) continue;
        piece[target] = pieces;
        stack[height] = target;
        height += 1;
      }
    }
    pieces += 1;
  }
  label.set(piece);
}

/** 0 … count − 1 in random order. */
function shuffled(count: number, rng: Rng): Int32Array {
  const order = Int32Array.from({ length: count }, (_, index) => index);
  for (let index = count - 1; index > 0; index--) {
    const other = rng.integer(index + 1);
    const held = order[index] ?? 0;
    order[index] = order[other] ?? 0;
    order[other] = held;
  }
  return order;
}

/**
 * Share of link weight inside communities, less what chance would put there.
 * @returns Q = Σ (inside / 2m − γ (strength / 2m)²), at most 1; 0 without links
 * @see Newman & Girvan (2004), "Finding and evaluating community structure in networks"; γ of Reichardt & Bornholdt (2006)
 */
export function modularity({ nodes, offsets, targets, weights, strength, total }: Graph, label: Int32Array, resolution: number): number {
  if (total === 0) return 0;
  const community = new Float64Array(nodes);
  let inside = 0;
  for (let node = 0; node < nodes; node++) {
    const own = label[node] ?? 0;
    community[own] = (community[own] ?? 0) + (strength[node] ?? 0);
    const last = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < last; at++) if (label[targets[at] ?? 0] === own) inside += weights[at] ?? 0;
  }
  let expected = 0;
  for (const whole of community) expected += (whole / total) * (whole / total);
  return inside / total - resolution * expected;
}
