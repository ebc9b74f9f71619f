/** Leiden as a cohort method: fit on links, assign by links, confidence as the share of link weight inside the cohort. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { Assignment, CohortMethod } from '../method.ts';
import { findCommunities, modularity } from './find-communities.ts';
import { buildGraph, checkLinks, type Graph, type LinkColumns, orderOfIds } from './links.ts';
import type { CommunityProfile, LeidenConfig, LeidenModel } from './model.ts';

const hubsShown = 5;

/**
 * Communities of customers that are linked to each other more than to the rest.
 * @see Traag, Waltman & van Eck (2019), "From Louvain to Leiden: guaranteeing well-connected communities"
 */
export const leiden: CohortMethod<LinkColumns, LeidenConfig, LeidenModel> = {
  id: 'leiden',
  title: 'Graph clustering (Leiden)',
  fit,
  assign,
};

function fit(config: LeidenConfig, data: LinkColumns, seed: string): LeidenModel {
  const { resolution = 1, runs = 3, rounds = 2, minMembers = 2 } = config;
  if (!(resolution > 0 && resolution < Number.POSITIVE_INFINITY)) throw outOfRange('resolution', 'a number > 0', resolution);
  for (const [name, value] of Object.entries({ runs, rounds, minMembers })) {
    if (!(Number.isInteger(value) && value >= 1)) throw outOfRange(name, 'a whole number ≥ 1', value);
  }
  checkLinks(data);
  const order = orderOfIds(data.ids);
  const graph = buildGraph(data, order);
  const rng = makeRng(seed);
  let best: Int32Array = new Int32Array(0);
  let most = Number.NEGATIVE_INFINITY;
  const found: number[] = [];
  for (let run = 0; run < runs; run++) {
    const label = findCommunities(graph, resolution, rounds, rng.split(`leiden run ${run}`));
    const quality = modularity(graph, label, resolution);
    found.push(quality);
    if (quality > most) {
      most = quality;
      best = label;
    }
  }
  const cohorts = numberBySize(best, minMembers);
  const ids = Array.from(order, (row) => data.ids[row] ?? '');
  return {
    method: 'leiden',
    resolution,
    customers: graph.nodes,
    links: graph.targets.length / 2,
    weight: graph.total / 2,
    modularity: most,
    runs: found,
    ids,
    label: Array.from(best),
    cohorts: profileCommunities(graph, best, cohorts, ids),
  };
}

function assign(model: LeidenModel, data: LinkColumns): Assignment {
  checkLinks(data);
  const order = orderOfIds(data.ids);
  const graph = buildGraph(data, order);
  const known = new Map(model.ids.map((id, index) => [id, model.label[index] ?? -1]));
  const fitted = Int32Array.from(order, (row) => known.get(data.ids[row] ?? '') ?? -2);
  const label = new Int32Array(graph.nodes).fill(-1);
  const confidence = new Float64Array(graph.nodes);
  const linked = new Float64Array(model.cohorts.length);
  for (let node = 0; node < graph.nodes; node++) {
    const last = graph.offsets[node + 1] ?? 0;
    for (let at = graph.offsets[node] ?? 0; at < last; at++) {
      const cohort = fitted[graph.targets[at] ?? 0] ?? -1;
      if (cohort >= 0) linked[cohort] = (linked[cohort] ?? 0) + (graph.weights[at] ?? 0);
    }
    // A customer that was not in the fit joins the cohort that most of its link weight leads to, the larger one when level.
    let own = fitted[node] ?? -1;
    if (own === -2) {
      own = -1;
      let most = 0;
      for (let cohort = 0; cohort < linked.length; cohort++) {
        if ((linked[cohort] ?? 0) <= most) continue;
        most = linked[cohort] ?? 0;
        own = cohort;
      }
    }
    const row = order[node] ?? 0;
    const strength = graph.strength[node] ?? 0;
    label[row] = own;
    confidence[row] = own >= 0 && strength > 0 ? Math.min(1, (linked[own] ?? 0) / strength) : 0;
    linked.fill(0);
  }
  return { label, confidence, kind: 'margin' };
}

/** Numbers communities by descending size, then by first node; those below `minMembers` become −1. In place. */
function numberBySize(label: Int32Array, minMembers: number): number {
  const sizes: number[] = [];
  for (const own of label) sizes[own] = (sizes[own] ?? 0) + 1;
  const kept = sizes
    .map((size, own) => ({ size, own }))
    .filter(({ size }) => size >= minMembers)
    .sort((a, b) => b.size - a.size || a.own - b.own);
  const number = new Int32Array(sizes.length).fill(-1);
  for (const [cohort, { own }] of kept.entries()) number[own] = cohort;
  for (let node = 0; node < label.length; node++) label[node] = number[label[node] ?? 0] ?? -1;
  return kept.length;
}

function profileCommunities(graph: Graph, label: Int32Array, cohorts: number, ids: readonly string[]): CommunityProfile[] {
  const size = new Float64Array(cohorts);
  const strength = new Float64Array(cohorts);
  const inside = new Float64Array(cohorts);
  const hubs = Array.from({ length: cohorts }, (): { readonly id: string; readonly weight: number }[] => []);
  for (let node = 0; node < graph.nodes; node++) {
    const own = label[node] ?? -1;
    if (own < 0) continue;
    let within = 0;
    const last = graph.offsets[node + 1] ?? 0;
    for (let at = graph.offsets[node] ?? 0; at < last; at++) if (label[graph.targets[at] ?? 0] === own) within += graph.weights[at] ?? 0;
    size[own] = (size[own] ?? 0) + 1;
    strength[own] = (strength[own] ?? 0) + (graph.strength[node] ?? 0);
    inside[own] = (inside[own] ?? 0) + within;
    const list = hubs[own] ?? [];
    let place = list.length;
    while (place > 0 && (list[place - 1]?.weight ?? 0) < within) place -= 1;
    if (place >= hubsShown) continue;
    list.splice(place, 0, { id: ids[node] ?? '', weight: within });
    if (list.length > hubsShown) list.pop();
  }
  return hubs.map((list, own) => {
    const whole = strength[own] ?? 0;
    const within = inside[own] ?? 0;
    const smaller = Math.min(whole, graph.total - whole);
    return {
      size: size[own] ?? 0,
      share: (size[own] ?? 0) / graph.nodes,
      inside: whole > 0 ? Math.min(1, within / whole) : 0,
      expected: whole > 0 ? whole / graph.total : 0,
      conductance: smaller > 0 ? Math.max(0, (whole - within) / smaller) : 0,
      hubs: list,
    };
  });
}

function outOfRange(name: string, range: string, found: unknown): CohortiumError {
  return new CohortiumError('NUMERIC_DOMAIN', `${name} must be ${range}; found ${String(found)}: correct the configuration of leiden`);
}
