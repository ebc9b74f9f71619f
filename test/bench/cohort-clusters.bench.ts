/**
 * Ward's method against SciPy, DBSCAN and HDBSCAN* against scikit-learn, on the same standardised rows and one thread each. Ours
 * includes the check of the columns, the sort into distinct rows, the profile and the assignment; theirs is the one call.
 * Agreement of labels by the adjusted Rand index; for DBSCAN also among the core points alone, because scikit-learn gives
 * a border point to the cluster that it happens to reach first. Without Python or an index the bench says so and ends.
 *
 * node --conditions=cohortium-source test/bench/cohort-clusters.bench.ts [--rows 100000]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { dbscan } from '../../skills/cohort/core/methods/dbscan/index.ts';
import { hdbscan } from '../../skills/cohort/core/methods/hdbscan/index.ts';
import { hierarchical } from '../../skills/cohort/core/methods/hierarchical/index.ts';
import type { Assignment, FeatureColumns } from '../../skills/cohort/core/methods/method.ts';
import { adjustedRandIndex, standardise } from '../../skills/cohort/core/methods/quality/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';

const { values: given } = parseArgs({ options: { rows: { type: 'string', default: '100000' } } });
const features = 8;
const clouds = 8;

const python = pythonWith('scikit-learn', ['scikit-learn==1.7.2'], 'import sklearn');
if (python) {
  const peer = new PythonPeer(python, 'cohort_clusters.py');
  console.log('| method | data | rows | peer, CPU s | ours, CPU s | ours / theirs | agreement |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const [name, make] of [
    ['separated', separated],
    ['shopping', shopping],
  ] as const) {
    const tenThousand = make(10_000);
    await compareWard(peer, name, tenThousand);
    measureLandmarks(name, make(20_000));
    await compareHdbscan(peer, name, tenThousand);
    await compareDbscan(peer, name, make(Number(given.rows)));
  }
  peer.close();
}

interface Timed<Result> {
  readonly cpu: number;
  readonly result: Result;
}

function timed<Result>(run: () => Result): Timed<Result> {
  const before = process.cpuUsage();
  const result = run();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1e6, result };
}

function report(method: string, name: string, rows: number, theirs: number, ours: number, agreement: string): void {
  const count = rows.toLocaleString('en');
  console.log(
    `| ${method} | ${name} | ${count} | ${theirs.toFixed(2)} | ${ours.toFixed(2)} | ${(ours / theirs).toFixed(2)} | ${agreement} |`,
  );
}

async function compareWard(peer: PythonPeer, name: string, data: FeatureColumns): Promise<void> {
  const { request, labels } = exchange(name, data);
  const theirs = await peer.ask({ ...request, job: 'ward', k: clouds });
  const { cpu, result } = timed(() => {
    const model = hierarchical.fit({ cut: { cohorts: clouds }, standardise: false }, data, 'bench');
    return { model, assigned: hierarchical.assign(model, data) };
  });
  const highest = (result.model.dendrogram.height.at(-1) ?? 0) / (theirs.result['highest'] ?? 1);
  report(
    'Ward',
    name,
    request.rows,
    theirs.cpu,
    cpu,
    `ARI ${adjustedRandIndex(result.assigned.label, labels()).toFixed(6)}, highest merge × ${highest.toFixed(12)}`,
  );
}

/** Landmarks against exact Ward: sum of squares within cohorts. */
function measureLandmarks(name: string, data: FeatureColumns): void {
  const run = (exactRows: number): Timed<{ label: Int32Array; within: number }> =>
    timed(() => {
      const model = hierarchical.fit({ cut: { cohorts: clouds }, standardise: false, exactRows }, data, 'bench');
      const { label } = hierarchical.assign(model, data);
      return { label, within: within(data, label) };
    });
  const exact = run(20_000);
  const quick = run(1);
  console.log(
    `Ward by 300 landmarks, ${name}, 20,000 rows: ${quick.cpu.toFixed(2)} s, exact ${exact.cpu.toFixed(2)} s; sum of squares ` +
      `× ${(quick.result.within / exact.result.within).toFixed(4)}, ARI ${adjustedRandIndex(quick.result.label, exact.result.label).toFixed(3)}`,
  );
}

async function compareDbscan(peer: PythonPeer, name: string, data: FeatureColumns): Promise<void> {
  const { request, labels } = exchange(name, data);
  const minPoints = 16;
  const { cpu, result } = timed(() => {
    const model = dbscan.fit({ minPoints, standardise: false }, data, 'bench');
    return { model, assigned: dbscan.assign(model, data) };
  });
  const theirs = await peer.ask({ ...request, job: 'dbscan', eps: result.model.eps, minPoints });
  const { label, confidence } = result.assigned;
  const other = labels();
  const isCore = (_: number, row: number): boolean => label[row] !== -1 && confidence[row] === 1;
  const cores = adjustedRandIndex(label.filter(isCore), other.filter(isCore));
  const noise = label.filter((cohort, row) => cohort < 0 !== (other[row] ?? 0) < 0).length;
  const { profile, noise: outside } = result.model;
  report(
    'DBSCAN',
    name,
    request.rows,
    theirs.cpu,
    cpu,
    `ARI ${adjustedRandIndex(label, other).toFixed(6)}, core points ${cores.toFixed(6)}, ${noise} rows noise on one side only; ` +
      `${profile.length} cohorts, largest ${((profile[0]?.share ?? 0) * 100).toFixed(1)} %, noise ${((outside?.share ?? 0) * 100).toFixed(1)} %`,
  );
}

async function compareHdbscan(peer: PythonPeer, name: string, data: FeatureColumns): Promise<void> {
  const { request, labels } = exchange(name, data);
  const settings = { minClusterSize: 50, minSamples: 16 };
  const strength = `${request.file}.strength`;
  const { cpu, result } = timed((): Assignment & { cohorts: number } => {
    const model = hdbscan.fit({ ...settings, standardise: false }, data, 'bench');
    return { ...hdbscan.assign(model, data), cohorts: model.profile.length };
  });
  const theirs = await peer.ask({ ...request, ...settings, job: 'hdbscan', strength });
  const other = labels();
  const bytes = readFileSync(strength);
  const probability = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const off = Float64Array.from(result.label, (cohort, row) =>
    cohort < 0 || (other[row] ?? -1) < 0 ? 0 : Math.abs((result.confidence[row] ?? 0) - (probability[row] ?? 0)),
  ).sort();
  const noise = result.label.filter((cohort) => cohort < 0).length;
  report(
    'HDBSCAN*',
    name,
    request.rows,
    theirs.cpu,
    cpu,
    `ARI ${adjustedRandIndex(result.label, other).toFixed(6)}; ${result.cohorts} cohorts; noise ${noise}, theirs ${theirs.result['noise']}; ` +
      `strength off by at most ${(off.at(-1) ?? 0).toExponential(1)}`,
  );
}

function exchange(
  name: string,
  { columns }: FeatureColumns,
): { request: { file: string; rows: number; features: number; out: string }; labels: () => Int32Array } {
  const rows = columns[0]?.length ?? 0;
  const file = join(cacheFolder, `clusters-${name}-${rows}.f64`);
  writeFileSync(file, Buffer.concat(columns.map((column) => Buffer.from(column.buffer, column.byteOffset, column.byteLength))));
  const out = `${file}.labels`;
  const labels = (): Int32Array => {
    const bytes = readFileSync(out);
    return new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };
  return { request: { file, rows, features, out }, labels };
}

function within({ columns }: FeatureColumns, label: Int32Array): number {
  let total = 0;
  for (const column of columns) {
    const sums = new Map<number, { count: number; sum: number }>();
    for (const [row, cohort] of label.entries()) {
      const before = sums.get(cohort) ?? { count: 0, sum: 0 };
      sums.set(cohort, { count: before.count + 1, sum: before.sum + (column[row] ?? 0) });
    }
    for (const [row, cohort] of label.entries()) {
      const { count, sum } = sums.get(cohort) ?? { count: 1, sum: 0 };
      total += ((column[row] ?? 0) - sum / count) ** 2;
    }
  }
  return total;
}

/** Eight normal clouds. */
function separated(rows: number): FeatureColumns {
  const rng = makeRng('separated');
  const centres = Array.from({ length: clouds * features }, () => 3 * rng.normal());
  return filled(rows, () => {
    const cloud = rng.integer(clouds);
    return (feature) => (centres[cloud * features + feature] ?? 0) + rng.normal();
  });
}

/** Skewed and correlated as recency, frequency and money are, without clouds to be found. */
function shopping(rows: number): FeatureColumns {
  const rng = makeRng('shopping');
  return filled(rows, () => {
    const frequency = 1 + rng.poisson(rng.gamma(0.6) * 3);
    const level = Math.exp(3.5 + 0.6 * rng.normal());
    const values = [
      365 * rng.beta(0.8, 0.5 + frequency / 4),
      Math.log(frequency + rng.uniform()),
      Math.log(frequency * level * (0.5 + rng.uniform())),
      Math.log(level),
      rng.beta(1, 4),
      rng.beta(0.6 + frequency / 10, 2),
      30 * rng.gamma(2),
      rng.normal(),
    ];
    return (feature) => values[feature] ?? 0;
  });
}

function filled(rows: number, draw: () => (feature: number) => number): FeatureColumns {
  const columns = Array.from({ length: features }, () => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    const value = draw();
    for (const [feature, column] of columns.entries()) column[row] = value(feature);
  }
  return { names: columns.map((_, feature) => `feature ${feature + 1}`), columns: standardise(columns).columns };
}
