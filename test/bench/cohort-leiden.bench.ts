/**
 * Leiden against leidenalg on the same planted graph: communities and degrees by power laws, 35 of 100 links across. Three seeds
 * each. Ours includes the check of the links, the order of the ids, the graph, the best of three runs and the profiles; theirs is
 * find_partition alone. Without Python or an index the bench says so and ends.
 *
 * node --conditions=cohortium-source test/bench/cohort-leiden.bench.ts [--nodes 100000]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { leiden, type LinkColumns } from '../../skills/cohort/core/methods/leiden/index.ts';
import { adjustedRandIndex } from '../../skills/cohort/core/methods/quality/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';

const { values: given } = parseArgs({ options: { nodes: { type: 'string', default: '100000' } } });

interface PeerAnswer {
  readonly build: number;
  readonly cpu: number;
  readonly modularity: number;
  readonly communities: number;
}

const python = pythonWith('leidenalg', ['leidenalg==0.12.0', 'igraph==1.0.0', 'numpy'], 'import leidenalg');
if (python) {
  const peer = new PythonPeer(python, 'cohort_leiden.py');
  console.log('| nodes | links | weights | leidenalg: Q of 3 seeds | CPU s, one seed | ours: Q, best of 3 | CPU s, all | one run, CPU s |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const nodes of [10_000, Number(given.nodes)]) {
    for (const isWeighted of [false, true]) await compare(peer, nodes, 10 * nodes, isWeighted);
  }
  peer.close();
}

async function compare(peer: PythonPeer, nodes: number, links: number, weighted: boolean): Promise<void> {
  const { data, truth } = planted(nodes, links, weighted);
  const file = join(cacheFolder, `leiden-${nodes}-${weighted ? 'weighted' : 'plain'}.bin`);
  writeFileSync(file, Buffer.concat([data.from, data.to, data.weight].map(({ buffer }) => Buffer.from(buffer))));
  const out = `${file}.labels`;
  const theirs: PeerAnswer[] = [];
  for (const seed of [1, 2, 3]) theirs.push(await peer.ask<PeerAnswer>({ file, nodes, links, seed, weighted, out }));
  const peerLabel = new Int32Array(new Uint8Array(readFileSync(out)).buffer);

  const timed = (runs: number): { readonly cpu: number; readonly model: ReturnType<typeof leiden.fit> } => {
    const before = process.cpuUsage();
    const model = leiden.fit({ runs }, data, 'bench');
    const { user, system } = process.cpuUsage(before);
    return { cpu: (user + system) / 1e6, model };
  };
  const one = timed(1);
  const all = timed(3);
  const { label } = leiden.assign(all.model, data);
  const cpu = theirs.reduce((total, answer) => total + answer.cpu, 0) / theirs.length;
  const best = Math.max(...theirs.map(({ modularity }) => modularity));
  console.log(
    `| ${nodes} | ${links} | ${weighted ? 'drawn' : '1'} | ${theirs.map(({ modularity }) => modularity.toFixed(4)).join(', ')} | ${cpu.toFixed(2)} | ${all.model.modularity.toFixed(4)} | ${all.cpu.toFixed(2)} | ${one.cpu.toFixed(2)} |`,
  );
  console.log(
    `  ours − best of theirs: ${(all.model.modularity - best).toFixed(4)}; CPU, best of three to one of theirs: ${(all.cpu / cpu).toFixed(2)}, one to one: ${(one.cpu / cpu).toFixed(2)}; ARI to planted: ours ${adjustedRandIndex(label, truth).toFixed(3)}, theirs ${adjustedRandIndex(peerLabel, truth).toFixed(3)}`,
  );
}

/** Different pairs only, so that both sides see the same links. */
function planted(nodes: number, links: number, weighted: boolean): { readonly data: LinkColumns; readonly truth: Int32Array } {
  const rng = makeRng(`planted ${nodes}`);
  const truth = new Int32Array(nodes);
  const first: number[] = [];
  for (let node = 0; node < nodes;) {
    const size = Math.min(1000, Math.floor(20 / Math.sqrt(1 - rng.uniform())));
    first.push(node);
    for (let left = size; left > 0 && node < nodes; left--) truth[node++] = first.length - 1;
  }
  first.push(nodes);
  // Running sums of the activity of the nodes: a uniform draw within a stretch of them picks by activity.
  const sums = new Float64Array(nodes + 1);
  for (let node = 0; node < nodes; node++) sums[node + 1] = (sums[node] ?? 0) + Math.min(50, (1 - rng.uniform()) ** (-1 / 1.5));
  const pick = (from: number, until: number): number => {
    const low = sums[from] ?? 0;
    const aim = low + rng.uniform() * ((sums[until] ?? 0) - low);
    let below = from;
    let above = until - 1;
    while (below < above) {
      const middle = (below + above) >> 1;
      if ((sums[middle + 1] ?? 0) <= aim) below = middle + 1;
      else above = middle;
    }
    return below;
  };
  const seen = new Set<number>();
  const from = new Int32Array(links);
  const to = new Int32Array(links);
  while (seen.size < links) {
    const a = pick(0, nodes);
    const group = truth[a] ?? 0;
    const b = rng.uniform() < 0.35 ? pick(0, nodes) : pick(first[group] ?? 0, first[group + 1] ?? nodes);
    const key = Math.min(a, b) * nodes + Math.max(a, b);
    if (a === b || seen.has(key)) continue;
    from[seen.size] = a;
    to[seen.size] = b;
    seen.add(key);
  }
  const weight = Float64Array.from(from, () => (weighted ? 0.2 + rng.exponential() : 1));
  return { data: { ids: Array.from({ length: nodes }, (_, node) => `c${String(node).padStart(8, '0')}`), from, to, weight }, truth };
}
