/**
 * The refinement of Leiden: every community is rebuilt from single nodes, merging only along links within it, which is what keeps
 * the parts connected. Among the merges that do not lower modularity the best one is taken, as leidenalg does; the random choice
 * of the paper is left to the order of the visits.
 * @see Traag, Waltman & van Eck (2019), "From Louvain to Leiden", algorithm A.2, MergeNodesSubset
 */
import type { Graph } from './links.ts';

/**
 * @param label community of each node, in [0, nodes)
 * @param order nodes in the order of their visit
 * @returns part of each node, numbered from 0 without gaps, and the number of parts
 */
export function refineCommunities(
  graph: Graph,
  resolution: number,
  label: Int32Array,
  order: Int32Array,
): { readonly part: Int32Array; readonly parts: number } {
  const { nodes, offsets, targets, weights, strength } = graph;
  const perStrength = resolution / graph.total;
  const community = new Float64Array(nodes);
  const part = new Int32Array(nodes);
  const partStrength = Float64Array.from(strength);
  /** Weight of the links of a part to the rest of its community. */
  const outward = new Float64Array(nodes);
  const isSingle = new Uint8Array(nodes).fill(1);
  for (let node = 0; node < nodes; node++) {
    const own = label[node] ?? 0;
    part[node] = node;
    community[own] = (community[own] ?? 0) + (strength[node] ?? 0);
    let inside = 0;
    const last = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < last; at++) if (label[targets[at] ?? 0] === own) inside += weights[at] ?? 0;
    outward[node] = inside;
  }

  const linked = new Float64Array(nodes);
  const near = new Int32Array(nodes);
  for (let visit = 0; visit < nodes; visit++) {
    const node = order[visit] ?? 0;
    if (isSingle[node] === 0) continue;
    const own = label[node] ?? 0;
    const whole = community[own] ?? 0;
    const k = strength[node] ?? 0;
    const factor = k * perStrength;
    if ((outward[node] ?? 0) < factor * (whole - k)) continue;

    let found = 0;
    const last = offsets[node + 1] ?? 0;
    for (let at = offsets[node] ?? 0; at < last; at++) {
      const target = targets[at] ?? 0;
      if (label[target] !== own) continue;
      const other = part[target] ?? 0;
      const before = linked[other] ?? 0;
      if (before === 0) near[found++] = other;
      linked[other] = before + (weights[at] ?? 0);
    }
    let best = node;
    let most = 0;
    let joint = 0;
    for (let index = 0; index < found; index++) {
      const other = near[index] ?? 0;
      const weight = linked[other] ?? 0;
      linked[other] = 0;
      const size = partStrength[other] ?? 0;
      const score = weight - factor * size;
      if (score > most && (outward[other] ?? 0) >= size * perStrength * (whole - size)) {
        most = score;
        best = other;
        joint = weight;
      }
    }
    if (best === node) continue;
    part[node] = best;
    isSingle[best] = 0;
    isSingle[node] = 0;
    partStrength[best] = (partStrength[best] ?? 0) + k;
    outward[best] = (outward[best] ?? 0) + (outward[node] ?? 0) - 2 * joint;
  }
  return { part, parts: renumber(part) };
}

/**
 * Numbers communities from 0 in the order of their first node, in place.
 * @param below above every number given
 * @returns number of communities
 */
export function renumber(label: Int32Array, below = label.length): number {
  const numbers = new Int32Array(below).fill(-1);
  let count = 0;
  for (let node = 0; node < label.length; node++) {
    const own = label[node] ?? 0;
    if (numbers[own] === -1) numbers[own] = count++;
    label[node] = numbers[own] ?? 0;
  }
  return count;
}
