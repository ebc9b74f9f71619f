/**
 * The fast local move of Leiden: nodes in a queue move to the neighbouring community that raises modularity most, and wake the
 * neighbours that this may concern.
 * @see Traag, Waltman & van Eck (2019), "From Louvain to Leiden", algorithm A.2, MoveNodesFast
 */
import type { Graph } from './links.ts';

/** A gain below this share of the node's strength is rounding; without it nodes may circle for ever. */
const leastGain = 1e-10;

/**
 * Moves nodes until none gains.
 * @param label community of each node, in [0, nodes); overwritten
 * @param order nodes in the order of their first visit; overwritten
 * @returns number of communities left
 */
export function moveNodes(graph: Graph, resolution: number, label: Int32Array, order: Int32Array): number {
  const { nodes, offsets, targets, weights, strength } = graph;
  const perStrength = resolution / graph.total;
  const community = new Float64Array(nodes);
  const size = new Int32Array(nodes);
  for (let node = 0; node < nodes; node++) {
    const own = label[node] ?? 0;
    community[own] = (community[own] ?? 0) + (strength[node] ?? 0);
    size[own] = (size[own] ?? 0) + 1;
  }
  const empty = new Int32Array(nodes);
  let empties = 0;
  for (let own = 0; own < nodes; own++) if (size[own] === 0) empty[empties++] = own;

  const isWaiting = new Uint8Array(nodes).fill(1);
  const linked = new Float64Array(nodes);
  const near = new Int32Array(nodes);
  let head = 0;
  let waiting = nodes;
  while (waiting > 0) {
    const node = order[head] ?? 0;
    head = head + 1 === nodes ? 0 : head + 1;
    waiting -= 1;
    isWaiting[node] = 0;
    const first = offsets[node] ?? 0;
    const last = offsets[node + 1] ?? 0;
    const own = label[node] ?? 0;
    const k = strength[node] ?? 0;

    let found = 0;
    for (let at = first; at < last; at++) {
      const other = label[targets[at] ?? 0] ?? 0;
      const before = linked[other] ?? 0;
      if (before === 0) near[found++] = other;
      linked[other] = before + (weights[at] ?? 0);
    }
    const factor = k * perStrength;
    const stay = (linked[own] ?? 0) - factor * ((community[own] ?? 0) - k);
    let best = own;
    let most = stay + leastGain * k;
    for (let index = 0; index < found; index++) {
      const other = near[index] ?? 0;
      const score = (linked[other] ?? 0) - factor * (community[other] ?? 0);
      linked[other] = 0;
      if (score > most && other !== own) {
        most = score;
        best = other;
      }
    }
    if (most < 0 && empties > 0) best = empty[empties - 1] ?? 0;
    if (best === own) continue;

    if (size[best] === 0) empties -= 1;
    label[node] = best;
    community[own] = (community[own] ?? 0) - k;
    community[best] = (community[best] ?? 0) + k;
    size[own] = (size[own] ?? 0) - 1;
    size[best] = (size[best] ?? 0) + 1;
    if (size[own] === 0) {
      community[own] = 0;
      empty[empties++] = own;
    }
    for (let at = first; at < last; at++) {
      const neighbour = targets[at] ?? 0;
      if (isWaiting[neighbour] === 1 || label[neighbour] === best) continue;
      isWaiting[neighbour] = 1;
      const tail = head + waiting;
      order[tail >= nodes ? tail - nodes : tail] = neighbour;
      waiting += 1;
    }
  }
  return nodes - empties;
}
