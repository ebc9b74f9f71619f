/**
 * Gaussian mixtures against scikit-learn 1.7.2 from PyPI on the same standardised rows: log-likelihood and labels from the same
 * start, and CPU time on one thread. "Own start" compares what a caller gets: ours tries five starts and samples 200,000 rows,
 * scikit-learn makes one start by k-means and fits on all rows.
 *
 * node --conditions=cohortium-source test/bench/cohort-gaussian-mixture.bench.ts [--rows 100000]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { type CovarianceKind, gaussianMixture, type MixtureStart } from '../../skills/cohort/core/methods/gaussian-mixture/index.ts';
import type { FeatureColumns } from '../../skills/cohort/core/methods/method.ts';
import { adjustedRandIndex } from '../../skills/cohort/core/methods/quality/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { type Answer, cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';

const { values: given } = parseArgs({ options: { rows: { type: 'string', default: '100000' } } });
const rows = Number(given.rows);
const size = 8;
const names = ['recency', 'frequency', 'value', 'basket', 'tenure', 'returns', 'visits', 'discount'];

const python = pythonWith('scikit-learn', ['scikit-learn==1.7.2'], 'import sklearn.mixture');
if (python) await compare(python);

async function compare(interpreter: string): Promise<void> {
  const peer = new PythonPeer(interpreter, 'cohort_gaussian_mixture.py');
  const sets = [
    { name: 'retail', data: retail() },
    { name: 'apart', data: apart() },
  ];
  console.log('| rows | covariance, start | log-likelihood theirs | ours | difference | ARI | iterations | CPU s theirs | ours | ratio |');
  console.log('|---|---|---|---|---|---|---|---|---|---|');
  for (const { name, data } of sets) {
    const file = write(name, data);
    const request = { file, rows, width: names.length, size, floor: 1e-3, labels: join(cacheFolder, 'labels.bin') };
    for (const kind of ['full', 'diagonal', 'tied'] as const) {
      const config = { covariance: kind, cohorts: size, scaling: 'none', maxRows: rows } as const;
      const start = startOf(kind, data);
      gaussianMixture.fit({ ...config, start, maxIterations: 3 }, data, 'warm'); // compiled before it is measured
      const asked = { ...request, kind: kind === 'diagonal' ? 'diag' : kind };
      const theirs = await peer.ask({ ...asked, start });
      show(`${name} ${rows}`, `${kind}, same start`, data, theirs, () => gaussianMixture.fit({ ...config, start }, data, 'bench'));
      if (kind === 'full') {
        const alone = await peer.ask(asked);
        show(`${name} ${rows}`, 'full, own start', data, alone, () =>
          gaussianMixture.fit({ cohorts: size, scaling: 'none' }, data, 'bench'),
        );
      }
    }
  }
  peer.close();
}

function show(what: string, how: string, data: FeatureColumns, theirs: Answer, fit: () => ReturnType<typeof gaussianMixture.fit>): void {
  const before = process.cpuUsage();
  const model = fit();
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const { logLikelihood = Number.NaN, iterations = Number.NaN } = theirs.result;
  const bytes = readFileSync(join(cacheFolder, 'labels.bin'));
  const labels = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const ari = adjustedRandIndex(labels, gaussianMixture.assign(model, data).label);
  console.log(
    `| ${what} | ${how} | ${logLikelihood.toFixed(6)} | ${model.logLikelihood.toFixed(6)} | ` +
      `${(model.logLikelihood - logLikelihood).toExponential(1)} | ${ari.toFixed(4)} | ${iterations} / ${model.iterations} | ` +
      `${theirs.cpu.toFixed(2)} | ${seconds.toFixed(2)} | ${(seconds / theirs.cpu).toFixed(2)} |`,
  );
}

/** Our first iteration from a start of our own, in the form that both sides take. */
function startOf(kind: CovarianceKind, data: FeatureColumns): MixtureStart {
  const model = gaussianMixture.fit(
    { cohorts: size, covariance: 'diagonal', scaling: 'none', maxIterations: 1, restarts: 1, maxRows: 20_000 },
    data,
    'start',
  );
  const width = names.length;
  const matrix = (precision: readonly number[]): number[] =>
    Array.from({ length: width * width }, (_, at) => (at % width === Math.floor(at / width) ? (precision[at % width] ?? 0) : 0));
  const inverse = model.covariances.map((variances) => variances.map((variance) => 1 / variance));
  const precisions = {
    diagonal: inverse,
    full: inverse.map(matrix),
    tied: [matrix(names.map(() => 1))],
  }[kind];
  return {
    weights: model.weights,
    means: model.means.map((mean) => mean.map((value, at) => value + (model.scale.mean[at] ?? 0))),
    precisions,
  };
}

/** Groups that shade into each other, skewed amounts, counts with spikes at small integers. */
function retail(): FeatureColumns {
  const rng = makeRng('retail');
  const columns = names.map(() => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    const rate = 0.3 + rng.gamma(0.8) * 2;
    const tenure = 30 + 700 * rng.uniform();
    const frequency = 1 + rng.poisson((rate * tenure) / 200);
    const basket = Math.exp(3 + 0.6 * rng.normal());
    const recency = Math.min(tenure, (rng.exponential() * 200) / rate);
    const values = [
      recency,
      frequency,
      Math.log(basket * frequency),
      Math.log(basket),
      tenure,
      rng.poisson(0.1 * frequency),
      rng.poisson(3 * rate),
      rng.beta(1 + (row % 3), 4),
    ];
    values.forEach((value, at) => {
      (columns[at] ?? new Float64Array(0))[row] = value;
    });
  }
  return standardised(columns);
}

/** Eight tilted normal groups, well apart. */
function apart(): FeatureColumns {
  const rng = makeRng('apart');
  const centres = Array.from({ length: size }, () => names.map(() => 4 * rng.normal()));
  const tilts = Array.from({ length: size }, () => names.map(() => names.map(() => 0.4 * rng.normal())));
  const columns = names.map(() => new Float64Array(rows));
  for (let row = 0; row < rows; row++) {
    const group = Math.floor(size * rng.uniform() * rng.uniform() ** 0.3);
    const noise = names.map(() => rng.normal());
    columns.forEach((column, at) => {
      const tilt = tilts[group]?.[at] ?? [];
      column[row] = (centres[group]?.[at] ?? 0) + (noise[at] ?? 0) * 0.5 + tilt.reduce((sum, part, k) => sum + part * (noise[k] ?? 0), 0);
    });
  }
  return standardised(columns);
}

function standardised(columns: Float64Array[]): FeatureColumns {
  return {
    names,
    columns: columns.map((column) => {
      const mean = column.reduce((sum, value) => sum + value, 0) / rows;
      const deviation = Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows);
      return column.map((value) => (value - mean) / deviation);
    }),
  };
}

function write(name: string, { columns }: FeatureColumns): string {
  mkdirSync(cacheFolder, { recursive: true });
  const file = join(cacheFolder, `mixture-${name}-${rows}.bin`);
  const all = new Float64Array(rows * columns.length);
  columns.forEach((column, at) => {
    for (let row = 0; row < rows; row++) all[row * columns.length + at] = column[row] ?? 0;
  });
  writeFileSync(file, Buffer.from(all.buffer));
  return file;
}
