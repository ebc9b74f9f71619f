/**
 * Gradient boosting against scikit-learn's HistGradientBoostingRegressor on the same simulated customers: CPU time of fit and of
 * predict on one thread each, in turns, the middle of the rounds; normalised Gini and loss on customers that neither fit saw.
 * Ends with an error where the Gini differs by more than 0.005. Without Python or an index the bench says so and ends.
 *
 * node --conditions=cohortium-source test/bench/boosting.bench.ts [--rows 16000,100000,1000000] [--rounds 3]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import {
  boostingPredictor,
  type BoostingLoss,
  type BoostingModel,
  fitBoosting,
  shapleyOfBoosting,
} from '../../skills/cohort/core/boosting/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';

const { values: given } = parseArgs({
  options: { rows: { type: 'string', default: '16000,100000,1000000' }, rounds: { type: 'string', default: '3' } },
});
const trees = 200;
const names = ['tenure', 'recency', 'frequency', 'gap', 'gap deviation', 'spend', 'last', 'largest', 'returns', 'email share'];
const losses: readonly BoostingLoss[] = ['poisson', 'squared', { quantile: 0.9 }];

interface Customers {
  readonly columns: readonly Float64Array[];
  readonly target: Float64Array;
}

const python = pythonWith('scikit-learn', ['scikit-learn==1.7.2'], 'import sklearn');
if (python) {
  const peer = new PythonPeer(python, 'boosting.py');
  console.log(
    '| rows fitted | loss | scikit-learn, CPU s | ours, CPU s | ours / theirs | Gini theirs, ours | loss theirs, ours | predict, µs a row theirs, ours |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  await compare(peer, 4000, 'poisson', 1, false);
  for (const rows of given.rows.split(',').map(Number)) {
    for (const loss of losses) await compare(peer, rows, loss, rows > 200_000 ? 1 : Number(given.rounds), true);
  }
  peer.close();
  timeShapley();
}

async function compare(peer: PythonPeer, rows: number, loss: BoostingLoss, rounds: number, isShown: boolean): Promise<void> {
  const later = Math.max(rows / 4, 20_000);
  const data = simulate(rows + later);
  const file = join(cacheFolder, `boosting-${rows}.f64`);
  const out = `${file}.predicted`;
  writeFileSync(file, Buffer.concat([...data.columns, data.target].map((column) => Buffer.from(column.buffer))));
  const [theirFits, ourFits, theirPredictions, ourPredictions]: number[][] = [[], [], [], []];
  const seen = { columns: data.columns.map((column) => column.slice(0, rows)), names, target: data.target.slice(0, rows) };
  const unseen = data.columns.map((column) => column.slice(rows));
  let predicted = new Float64Array();
  for (let round = 0; round < rounds; round++) {
    const asked = typeof loss === 'string' ? { loss: loss === 'squared' ? 'squared_error' : loss } : { loss: 'quantile', ...loss };
    const answer = await peer.ask({ file, rows: rows + later, features: names.length, later, rounds: trees, out, ...asked });
    theirFits?.push(answer.cpu);
    theirPredictions?.push(answer.result['predictCpu'] ?? Number.NaN);
    let model: BoostingModel | undefined;
    ourFits?.push(cpuOf(() => (model = fitBoosting({ loss, rounds: trees }, seen))));
    const predictor = model && boostingPredictor(model);
    ourPredictions?.push(cpuOf(() => (predicted = Float64Array.from(predictor?.predict(unseen) ?? []))));
  }
  if (!isShown) return;
  const bytes = readFileSync(out);
  const theirs = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const actual = data.target.slice(rows);
  const [theirGini, ourGini] = [normalisedGini(actual, theirs), normalisedGini(actual, predicted)];
  if (typeof loss === 'string' && !(Math.abs(theirGini - ourGini) <= 0.005)) process.exitCode = 1;
  const [theirFit, ourFit] = [middle(theirFits), middle(ourFits)];
  const perRow = (seconds: readonly number[] | undefined): string => ((1e6 * middle(seconds)) / later).toFixed(2);
  console.log(
    `| ${rows.toLocaleString('en')} | ${typeof loss === 'string' ? loss : `quantile ${loss.quantile}`} | ${theirFit.toFixed(2)} | ${ourFit.toFixed(2)} | ` +
      `${(ourFit / theirFit).toFixed(2)} | ${theirGini.toFixed(4)}, ${ourGini.toFixed(4)} | ` +
      `${meanLoss(loss, actual, theirs).toFixed(4)}, ${meanLoss(loss, actual, predicted).toFixed(4)} | ` +
      `${perRow(theirPredictions)}, ${perRow(ourPredictions)} |`,
  );
}

function timeShapley(): void {
  const { columns, target } = simulate(16_000);
  const model = fitBoosting({ loss: 'poisson', rounds: 100 }, { columns, names, target });
  const first = (rows: number): Float64Array[] => columns.map((column) => column.slice(0, rows));
  shapleyOfBoosting(model, first(20));
  const paths = cpuOf(() => shapleyOfBoosting(model, first(500))) / 500;
  const background = cpuOf(() => shapleyOfBoosting(model, first(100), first(50))) / 100;
  console.log(
    `\nShapley values, 100 trees: ${(1000 * paths).toFixed(2)} ms a row by paths, ${(1000 * background).toFixed(2)} ms against 50 rows`,
  );
}

/** What customers bought up to a day and in the half year after; few of many buy again, by how they have bought and by what no line tells. */
function simulate(rows: number): Customers {
  const rng = makeRng(`boosting ${rows}`);
  const columns = names.map(() => new Float64Array(rows));
  const target = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const tenure = 30 + rng.integer(900);
    const rate = rng.gamma(0.7) / 60;
    const leaving = rng.exponential() * 300;
    const regularity = 1 + rng.integer(3);
    const price = 20 * (0.2 + rng.gamma(2));
    const gaps: number[] = [];
    let [day, largest, spend, last] = [0, 0, 0, 0];
    const buy = (): void => {
      last = Math.round(100 * price * (0.3 + 0.7 * rng.gamma(2)));
      spend += last;
      largest = Math.max(largest, last);
    };
    buy();
    for (;;) {
      let gap = 0;
      for (let part = 0; part < regularity; part++) gap += rng.exponential() / (regularity * rate);
      if (day + gap > Math.min(tenure, leaving)) break;
      day += gap;
      gaps.push(gap);
      buy();
    }
    const mean = gaps.reduce((total, gap) => total + gap, 0) / gaps.length;
    const email = rng.beta(1, 2);
    const values = [
      tenure,
      tenure - Math.floor(day),
      gaps.length + 1,
      mean,
      gaps.length < 2 ? Number.NaN : Math.sqrt(gaps.reduce((total, gap) => total + (gap - mean) ** 2, 0) / (gaps.length - 1)),
      spend / (gaps.length + 1),
      last,
      largest,
      rng.poisson(gaps.length / 8),
      email,
    ];
    values.forEach((value, at) => ((columns[at] ?? new Float64Array())[row] = value));
    const expected = leaving > tenure ? 180 * rate * (email > 0.5 ? 1.4 : 0.9) : 0;
    const orders = rng.poisson(Math.min(expected, 60));
    for (let order = 0; order < orders; order++) target[row] = (target[row] ?? 0) + price * (0.3 + 0.7 * rng.gamma(2));
  }
  return { columns, target };
}

/** Area between the curve of what the best predicted bring and the diagonal, over that of a perfect order. */
function normalisedGini(actual: Float64Array, predicted: Float64Array): number {
  const giniBy = (key: Float64Array): number => {
    const order = Uint32Array.from(actual.keys()).sort((one, other) => (key[other] ?? 0) - (key[one] ?? 0) || one - other);
    const total = actual.reduce((sum, value) => sum + value, 0);
    let [sofar, area] = [0, 0];
    for (const row of order) {
      sofar += actual[row] ?? 0;
      area += sofar / total;
    }
    return (area - (actual.length + 1) / 2) / actual.length;
  };
  return giniBy(predicted) / giniBy(actual);
}

function meanLoss(loss: BoostingLoss, actual: Float64Array, predicted: Float64Array): number {
  let total = 0;
  for (const [row, y] of actual.entries()) {
    const mu = predicted[row] ?? 0;
    if (loss === 'poisson') total += (y > 0 ? y * Math.log(y / mu) : 0) - (y - mu);
    else if (loss === 'squared') total += (y - mu) ** 2 / 2;
    else total += y >= mu ? loss.quantile * (y - mu) : (1 - loss.quantile) * (mu - y);
  }
  return total / actual.length;
}

function cpuOf(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

function middle(values: readonly number[] | undefined): number {
  return values?.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
