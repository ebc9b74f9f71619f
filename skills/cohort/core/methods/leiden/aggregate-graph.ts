/** The graph whose nodes are the parts of another one. Links within a part vanish into its strength. */
import type { Graph } from './links.ts';

/**
 * @param part part of each node, numbered from 0 without gaps
 * @param parts number of parts
 */
export function aggregateGraph(graph: Graph, part: Int32Array, parts: number): Graph {
  const { nodes, offsets, targets, weights, strength } = graph;
  const starts = new Int32Array(parts + 1);
  for (let node = 0; node < nodes; node++) {
    const after = (part[node] ?? 0) + 1;
    starts[after] = (starts[after] ?? 0) + 1;
  }
  for (let own = 0; own < parts; own++) starts[own + 1] = (starts[own + 1] ?? 0) + (starts[own] ?? 0);
  const members = new Int32Array(nodes);
  const next = starts.slice();
  for (let node = 0; node < nodes; node++) {
    const own = part[node] ?? 0;
    const place = next[own] ?? 0;
    next[own] = place + 1;
    members[place] = node;
  }

  const joinedOffsets = new Int32Array(parts + 1);
  const joinedStrength = new Float64Array(parts);
  const joinedTargets = new Int32Array(targets.length);
  const joinedWeights = new Float64Array(targets.length);
  /** Where the link to a part stands in the row being written. */
  const place = new Int32Array(parts).fill(-1);
  let kept = 0;
  for (let own = 0; own < parts; own++) {
    const begin = kept;
    let whole = 0;
    const lastMember = starts[own + 1] ?? 0;
    for (let index = starts[own] ?? 0; index < lastMember; index++) {
      const node = members[index] ?? 0;
      whole += strength[node] ?? 0;
      const last = offsets[node + 1] ?? 0;
      for (let at = offsets[node] ?? 0; at < last; at++) {
        const other = part[targets[at] ?? 0] ?? 0;
        if (other === own) continue;
        let where = place[other] ?? 0;
        if (where < begin) {
          where = kept++;
          place[other] = where;
          joinedTargets[where] = other;
        }
        joinedWeights[where] = (joinedWeights[where] ?? 0) + (weights[at] ?? 0);
      }
    }
    joinedStrength[own] = whole;
    joinedOffsets[own + 1] = kept;
  }
  return {
    nodes: parts,
    offsets: joinedOffsets,
    targets: joinedTargets.slice(0, kept),
    weights: joinedWeights.slice(0, kept),
    strength: joinedStrength,
    total: graph.total,
  };
}
