/**
 * k-means, silhouette and adjusted Rand index against scikit-learn on the same rows, in turns, one thread each. Ours includes
 * the check of the columns, the canonical order, the profile and the assignment; theirs is StandardScaler and KMeans.fit.
 * Without Python or an index the bench says so and ends.
 *
 * node --conditions=cohortium-source test/bench/cohort-k-means.bench.ts [--rounds 2] [--rows 1000000]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { kMeans, type KMeansConfig } from '../../skills/cohort/core/methods/k-means/index.ts';
import type { FeatureColumns } from '../../skills/cohort/core/methods/method.ts';
import { adjustedRandIndex, silhouette, standardise } from '../../skills/cohort/core/methods/quality/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';

const { values: given } = parseArgs({
  options: { rounds: { type: 'string', default: '2' }, rows: { type: 'string', default: '1000000' } },
});
const rounds = Number(given.rounds);
const features = 8;
const k = 8;

const python = pythonWith('scikit-learn', ['scikit-learn==1.7.2'], 'import sklearn');
if (python) {
  const peer = new PythonPeer(python, 'cohort_kmeans.py');
  console.log('| rows | data | what runs | scikit-learn, CPU s | ours, CPU s | ours / theirs | inertia, ours / theirs | ARI |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const rows of [10_000, 100_000, Number(given.rows)]) {
    for (const [name, data] of [
      ['separated', separated(rows)],
      ['shopping', shopping(rows)],
    ] as const) {
      await compare(peer, name, data);
    }
  }
  peer.close();
}

async function compare(peer: PythonPeer, name: string, data: FeatureColumns): Promise<void> {
  const rows = data.columns[0]?.length ?? 0;
  const file = join(cacheFolder, `k-means-${name}-${rows}.f64`);
  writeFileSync(file, Buffer.concat(data.columns.map((column) => Buffer.from(column.buffer))));
  const out = `${file}.labels`;
  const request = { file, rows, features, k, out };
  const theirs = { one: { cpu: Number.POSITIVE_INFINITY, inertia: 0 }, ten: { cpu: Number.POSITIVE_INFINITY, inertia: 0 } };
  const mine = { all: { cpu: Number.POSITIVE_INFINITY, inertia: 0 }, batches: { cpu: Number.POSITIVE_INFINITY, inertia: 0 } };
  let label: Int32Array = new Int32Array();
  const run = (config: Omit<KMeansConfig, 'k'>, into: { cpu: number; inertia: number }): void => {
    const before = process.cpuUsage();
    const model = kMeans.fit({ k, ...config }, data, 'bench');
    ({ label } = kMeans.assign(model, data));
    const { user, system } = process.cpuUsage(before);
    into.cpu = Math.min(into.cpu, (user + system) / 1e6);
    into.inertia = model.inertia;
  };
  for (let round = 0; round < rounds; round++) {
    for (const [side, starts] of [
      [theirs.one, 1],
      [theirs.ten, 10],
    ] as const) {
      const { cpu, result } = await peer.ask({ ...request, job: 'fit', starts });
      side.cpu = Math.min(side.cpu, cpu);
      side.inertia = result['inertia'] ?? Number.NaN;
    }
    run({ miniBatchAbove: 0 }, mine.batches);
    run({}, mine.all);
  }
  const bytes = readFileSync(out);
  const agreement = adjustedRandIndex(label, new Int32Array(bytes.buffer, bytes.byteOffset, rows));
  const line = (what: string, side: { cpu: number; inertia: number }, ours: { cpu: number; inertia: number }): void => {
    const inertia = (ours.inertia / side.inertia).toFixed(5);
    console.log(
      `| ${rows.toLocaleString('en')} | ${name} | ${what} | ${side.cpu.toFixed(2)} | ${ours.cpu.toFixed(2)} | ` +
        `${(ours.cpu / side.cpu).toFixed(2)} | ${inertia} | ${ours === mine.all ? agreement.toFixed(4) : ''} |`,
    );
  };
  line('10 starts', theirs.ten, mine.all);
  line('10 starts, theirs 1', theirs.one, mine.all);
  line('mini-batch, theirs 10 starts', theirs.ten, mine.batches);
  if (rows > 10_000) return;

  const second = `${file}.ours`;
  writeFileSync(second, Buffer.from(label.buffer));
  const { cpu, result } = await peer.ask({ job: 'quality', file, rows, features, first: second, second: out });
  const { columns } = standardise(data.columns);
  const before = process.cpuUsage();
  const whole = silhouette(columns, label, { sampleRows: rows });
  const { user, system } = process.cpuUsage(before);
  const sampled = silhouette(columns, label);
  console.log(
    `${name}: silhouette of all ${rows} rows ${whole.mean.toFixed(9)}, scikit-learn ${result['silhouette']?.toFixed(9)} in ` +
      `${((user + system) / 1e6 / cpu).toFixed(2)} of its CPU time; of ${sampled.rows} rows ${sampled.mean.toFixed(4)} ± ` +
      `${sampled.standardError.toFixed(4)}; adjusted Rand index ${agreement.toFixed(9)}, scikit-learn ` +
      `${result['adjustedRandIndex']?.toFixed(9)}`,
  );
}

/** Eight normal clouds. */
function separated(rows: number): FeatureColumns {
  const rng = makeRng('separated');
  const centres = Array.from({ length: k * features }, () => 3 * rng.normal());
  return filled(rows, () => {
    const cloud = rng.integer(k);
    return (feature) => (centres[cloud * features + feature] ?? 0) + rng.normal();
  });
}

/** Skewed, correlated, with heaps of one-time buyers: no clouds to be found. */
function shopping(rows: number): FeatureColumns {
  const rng = makeRng('shopping');
  return filled(rows, () => {
    const frequency = 1 + rng.poisson(rng.gamma(0.6) * 3);
    const level = Math.exp(3.5 + 0.6 * rng.normal());
    const values = [
      Math.floor(365 * rng.beta(0.8, 0.5 + frequency / 4)),
      frequency,
      frequency * level * (0.5 + rng.uniform()),
      level,
      rng.poisson(frequency * 4),
      rng.poisson(frequency / 2),
      rng.uniform() < 0.3 ? 1 : 0,
      rng.beta(1, 4),
    ];
    return (feature) => values[feature] ?? 0;
  });
}

function filled(rows: number, row: () => (feature: number) => number): FeatureColumns {
  const columns = Array.from({ length: features }, () => new Float64Array(rows));
  for (let index = 0; index < rows; index++) {
    const value = row();
    for (let feature = 0; feature < features; feature++) {
      const column = columns[feature];
      if (column) column[index] = value(feature);
    }
  }
  return { names: columns.map((_, feature) => `feature ${feature}`), columns };
}
