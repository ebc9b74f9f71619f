/**
 * Intent against scikit-learn's LogisticRegression on the same rows, one thread each: coefficients, area under the curve, CPU time.
 * Ours is the whole fit with the check, the parts, calibration, judgement and bands; theirs StandardScaler and fit alone. Ends with
 * an error where a coefficient differs by more than 1e-4. Without Python or an index the bench says so and ends.
 *
 * node --conditions=cohortium-source test/bench/cohort-intent.bench.ts [--rows 1000000]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { intent, type IntentRows } from '../../skills/cohort/core/methods/intent/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';

const { values: given } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const features = 8;

const python = pythonWith('scikit-learn', ['scikit-learn==1.7.2'], 'import sklearn');
if (python) {
  const peer = new PythonPeer(python, 'cohort_intent.py');
  console.log(
    '| rows | scikit-learn, CPU s | ours, CPU s | ours / theirs | coefficients differ by | AUC theirs, ours, boosted trees | calibration error |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const rows of [10_000, 100_000, Number(given.rows)]) await compare(peer, rows);
  peer.close();
}

async function compare(peer: PythonPeer, rows: number): Promise<void> {
  const data = shoppers(rows);
  const file = join(cacheFolder, `intent-${rows}.f64`);
  const out = `${file}.coefficients`;
  writeFileSync(file, Buffer.concat([...data.columns, data.outcome].map((column) => Buffer.from(column.buffer))));
  const theirs = await peer.ask({ file, rows, features, later: rows / 4, ridge: 1, out });
  const bytes = readFileSync(out);
  const coefficients = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const before = process.cpuUsage();
  const model = intent.fit({}, data);
  const { user, system } = process.cpuUsage(before);
  const cpu = (user + system) / 1e6;
  const mine = [model.intercept, ...model.effects.map(({ standardised }) => standardised)];
  const worst = Math.max(...mine.map((value, at) => Math.abs(value - (coefficients[at] ?? Number.NaN))));
  if (!(worst < 1e-4)) process.exitCode = 1;
  const { auc = Number.NaN, histogramAuc = Number.NaN } = theirs.result;
  console.log(
    `| ${rows.toLocaleString('en')} | ${theirs.cpu.toFixed(3)} | ${cpu.toFixed(3)} | ${(cpu / theirs.cpu).toFixed(2)} | ${worst.toExponential(1)} | ` +
      `${auc.toFixed(5)}, ${model.quality.auc.toFixed(5)}, ${histogramAuc.toFixed(5)} | ${model.quality.calibrationError.toFixed(4)} (${model.map.kind}) |`,
  );
}

/** Who buys again: often and lately, less so with returns; with an interaction that no line has. */
function shoppers(rows: number): IntentRows & { readonly outcome: Float64Array } {
  const rng = makeRng('intent');
  const columns = Array.from({ length: features }, () => new Float64Array(rows));
  const outcome = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const frequency = 1 + rng.poisson(rng.gamma(0.6) * 3);
    const recency = Math.floor(365 * rng.beta(0.8, 0.5 + frequency / 4));
    const email = rng.uniform() < 0.4 ? 1 : 0;
    const values = [
      recency,
      frequency,
      Math.log(frequency * (20 + 80 * rng.uniform())),
      rng.poisson(frequency / 3),
      email,
      rng.beta(1, 4),
      rng.normal(),
      rng.gamma(2),
    ];
    values.forEach((value, at) => ((columns[at] ?? new Float64Array())[row] = value));
    const odds = 0.3 - recency / 90 + 0.12 * Math.min(frequency, 12) + 0.6 * email * (recency < 60 ? 1 : -1) - 0.1 * (values[3] ?? 0);
    outcome[row] = rng.uniform() < 1 / (1 + Math.exp(-odds)) ? 1 : 0;
  }
  return {
    names: columns.map((_, at) => `feature ${at + 1}`),
    columns,
    outcome,
    isLater: Float64Array.from({ length: rows }, (_, row) => (row >= rows - rows / 4 ? 1 : 0)),
  };
}
