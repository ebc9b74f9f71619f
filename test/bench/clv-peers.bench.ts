/**
 * CPU time of fits and predictions against lifetimes 0.11.3 from PyPI, and with --pymc also PyMC-Marketing, on the same rows,
 * in turns, so that both sides see the same load. The environments are made under the system's temporary folder on first use;
 * without Python or an index the bench says so and ends. Ours includes checking and grouping of the rows; theirs is the call
 * of their documentation. Nothing is measured over several threads except where it says so.
 *
 * node --conditions=cohortium-source test/bench/clv-peers.bench.ts [--rounds 3] [--customers 1000000] [--pymc]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';

import {
  bgNbd,
  fitGammaGamma,
  fitTiming,
  lifetimeValues,
  paretoNbd,
  posteriorDraws,
  predictTiming,
  summarizeHistories,
} from '../../skills/cohort/core/clv/index.ts';
import type { PredictTask } from './peers/predict-worker.ts';
import { type Answer, cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';
import { type Customers, simulateCustomers } from './peers/simulated-customers.ts';

const { values: given } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    customers: { type: 'string', default: '1000000' },
    pymc: { type: 'boolean', default: false },
  },
});
const rounds = Number(given.rounds);
const largest = Number(given.customers);
const horizon = 52;
/** Weeks in the twelve months of lifetimes, and its monthly discount of one percent. */
const twelveMonths = 12 * 4.345;
const ratePerWeek = Math.log(1.01) / 4.345;

interface Data {
  readonly file: string;
  readonly rows: number;
  readonly customers: Customers;
}

interface Comparison {
  readonly what: string;
  readonly target: string;
  readonly job: string;
  readonly data: Data;
  readonly ours: () => Readonly<Record<string, number>>;
  /** Repeats of ours within a measurement, so that it is long enough for the clock. */
  readonly repeats: number;
}

const python = pythonWith('lifetimes', ['lifetimes==0.11.3'], 'import lifetimes');
if (python) await compareLifetimes(python);
if (given.pymc) await comparePymc();

async function compareLifetimes(interpreter: string): Promise<void> {
  const peer = new PythonPeer(interpreter, 'lifetimes_peer.py');
  const cdnow = await cdnowData(peer);
  const million = simulatedData(largest);
  const tenth = simulatedData(Math.round(largest / 10));
  const fitBg = ({ customers }: Data) => ({ ...fitTiming(bgNbd, customers).params });
  const head = ({ x, tx, T, meanSpend }: Customers): Customers => ({
    x: x.subarray(0, 10_000),
    tx: tx.subarray(0, 10_000),
    T: T.subarray(0, 10_000),
    meanSpend: meanSpend.subarray(0, 10_000),
  });
  const model = fitTiming(bgNbd, head(million.customers));
  const pareto = fitTiming(paretoNbd, head(tenth.customers));
  const spend = fitGammaGamma(head(million.customers));
  const total = (column: Float64Array): Readonly<Record<string, number>> => ({ total: column.reduce((sum, value) => sum + value, 0) });
  const count = largest.toLocaleString('en');
  const fewer = tenth.rows.toLocaleString('en');
  const comparisons: Comparison[] = [
    { what: 'fit of BG/NBD, CDNOW', target: '≥ 30', job: 'bg-fit', data: cdnow, ours: () => fitBg(cdnow), repeats: 50 },
    { what: `fit of BG/NBD, ${fewer}`, target: '', job: 'bg-fit', data: tenth, ours: () => fitBg(tenth), repeats: 3 },
    { what: `fit of BG/NBD, ${count}`, target: '≥ 50', job: 'bg-fit', data: million, ours: () => fitBg(million), repeats: 1 },
    {
      what: 'fit of Pareto/NBD, CDNOW',
      target: '',
      job: 'pareto-fit',
      data: cdnow,
      ours: () => ({ ...fitTiming(paretoNbd, cdnow.customers).params }),
      repeats: 10,
    },
    {
      what: `fit of Pareto/NBD, ${fewer}`,
      target: '≥ 50',
      job: 'pareto-fit',
      data: tenth,
      ours: () => ({ ...fitTiming(paretoNbd, tenth.customers).params }),
      repeats: 1,
    },
    {
      what: `expectation of BG/NBD, ${count}`,
      target: '≥ 1.5',
      job: 'bg-expectation',
      data: million,
      ours: () => total(predictTiming(bgNbd, model, million.customers, { horizon, columns: ['expected'] }).expected),
      repeats: 1,
    },
    {
      what: `expectation of Pareto/NBD, ${fewer}`,
      target: '',
      job: 'pareto-expectation',
      data: tenth,
      ours: () => total(predictTiming(paretoNbd, pareto, tenth.customers, { horizon, columns: ['expected'] }).expected),
      repeats: 1,
    },
    {
      what: `12-month CLV, BG/NBD and Gamma-Gamma, ${count}`,
      target: '≥ 20',
      job: 'bg-clv',
      data: million,
      ours: () => {
        const request = { horizon: twelveMonths, ratePerTime: ratePerWeek };
        return total(
          lifetimeValues({ timing: { family: model.family, params: { ...model.params } }, spend }, million.customers, request).value,
        );
      },
      repeats: 1,
    },
  ];
  console.log('| what runs | lifetimes, CPU s | ours, CPU s | ratio | target |\n|---|---|---|---|---|');
  for (const comparison of comparisons) console.log(await compare(peer, comparison));
  await compareWorkers(peer, million, { ...model.params });
  peer.close();
}

async function compare(peer: PythonPeer, { what, target, job, data, ours, repeats }: Comparison): Promise<string> {
  const theirs: Answer[] = [];
  const seconds: number[] = [];
  // Both sides warm: modules imported and compiled, files in memory.
  let found: Readonly<Record<string, number>> = ours();
  const warm = performance.now() + 1000;
  while (performance.now() < warm) found = ours();
  if (!job.startsWith('pareto-fit')) await peer.ask({ job, file: data.file, rows: data.rows });
  for (let round = 0; round < rounds; round++) {
    theirs.push(await peer.ask({ job, file: data.file, rows: data.rows, seed: round }));
    const before = process.cpuUsage();
    for (let k = 0; k < repeats; k++) found = ours();
    const { user, system } = process.cpuUsage(before);
    seconds.push((user + system) / 1e6 / repeats);
  }
  const ratios = theirs.map(({ cpu }, round) => cpu / (seconds[round] ?? Number.NaN));
  const differences = Object.entries(theirs[0]?.result ?? {}).map(([name, value]) => Math.abs((found[name] ?? Number.NaN) / value - 1));
  return (
    `| ${what} | ${spread(theirs.map(({ cpu }) => cpu))} | ${spread(seconds)} | ${spread(ratios)} | ${target} | ` +
    `results differ by ${(100 * Math.max(...differences)).toFixed(3)} %`
  );
}

/** Wall-clock time on two threads against one, which is what a caller with two cores gains. */
async function compareWorkers(peer: PythonPeer, { file, rows, customers }: Data, params: PredictTask['params']): Promise<void> {
  const shared = new SharedArrayBuffer(32 * rows);
  [customers.x, customers.tx, customers.T].forEach((column, index) => new Float64Array(shared, 8 * index * rows, rows).set(column));
  const half = Math.ceil(rows / 2);
  const parts = [
    [0, half],
    [half, rows],
  ] as const;
  const workers = parts.map(([from, to]) => {
    const task: PredictTask = { params, horizon, shared, rows, from, to };
    return new Worker(new URL('peers/predict-worker.ts', import.meta.url), { workerData: task });
  });
  const runAll = async (): Promise<void> => {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise((resolve) => {
            worker.once('message', resolve);
            // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
            worker.postMessage('predict');
          }),
      ),
    );
  };
  await runAll();
  const theirs: number[] = [];
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    theirs.push((await peer.ask({ job: 'bg-expectation', file, rows })).wall);
    const before = performance.now();
    await runAll();
    seconds.push((performance.now() - before) / 1000);
  }
  const ratios = theirs.map((value, round) => value / (seconds[round] ?? Number.NaN));
  console.log(
    `| expectation of BG/NBD, ${rows.toLocaleString('en')}, two workers, elapsed time | ${spread(theirs)} | ${spread(seconds)} | ${spread(ratios)} | ≥ 4 |`,
  );
  await Promise.all(workers.map((worker) => worker.terminate()));
}

async function comparePymc(): Promise<void> {
  const lifetimes = pythonWith('lifetimes', ['lifetimes==0.11.3'], 'import lifetimes');
  const pymc = pythonWith('pymc-marketing', ['pymc-marketing'], 'from pymc_marketing.clv import BetaGeoModel');
  if (!lifetimes || !pymc) return;
  const shipper = new PythonPeer(lifetimes, 'lifetimes_peer.py');
  const cdnow = await cdnowData(shipper);
  shipper.close();
  const peer = new PythonPeer(pymc, 'pymc_peer.py');
  const statistics = summarizeHistories(cdnow.customers);
  const runs = [
    {
      job: 'map',
      what: 'BG/NBD on CDNOW, maximum a posteriori',
      ours: () => ({ ...fitTiming(bgNbd, cdnow.customers, { prior: { sd: 2 } }).params }),
    },
    {
      job: 'posterior',
      what: 'BG/NBD on CDNOW, 4,000 draws of the posterior',
      ours: () => {
        const draws = posteriorDraws(bgNbd, fitTiming(bgNbd, cdnow.customers), statistics, { seed: 'bench' });
        return { draws: draws.draws.length };
      },
    },
  ];
  console.log('| what runs | PyMC-Marketing, CPU s | ours, CPU s | ratio |\n|---|---|---|---|');
  for (const { job, what, ours } of runs) {
    const theirs: number[] = [];
    const seconds: number[] = [];
    for (let round = 0; round < rounds; round++) {
      theirs.push((await peer.ask({ job, file: cdnow.file, rows: cdnow.rows })).cpu);
      const before = process.cpuUsage();
      ours();
      const { user, system } = process.cpuUsage(before);
      seconds.push((user + system) / 1e6);
    }
    const ratios = theirs.map((value, round) => value / (seconds[round] ?? Number.NaN));
    console.log(`| ${what} | ${spread(theirs)} | ${spread(seconds)} | ${spread(ratios)} |`);
  }
  peer.close();
}

async function cdnowData(peer: PythonPeer): Promise<Data> {
  const file = join(cacheFolder, 'cdnow.bin');
  const { rows } = await peer.ask<{ rows: number }>({ job: 'cdnow', file });
  const bytes = readFileSync(file);
  const columns = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  const column = (index: number): Float64Array => columns.slice(index * rows, (index + 1) * rows);
  return { file, rows, customers: { x: column(0), tx: column(1), T: column(2), meanSpend: column(3) } };
}

function simulatedData(rows: number): Data {
  const customers = simulateCustomers(rows);
  mkdirSync(cacheFolder, { recursive: true });
  const file = join(cacheFolder, `simulated-${rows}.bin`);
  const { x, tx, T, meanSpend } = customers;
  writeFileSync(file, Buffer.concat([x, tx, T, meanSpend].map((column) => Buffer.from(column.buffer))));
  return { file, rows, customers };
}

/** Median, with the lowest and the highest. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  const show = (value = Number.NaN): string => (value >= 10 ? value.toFixed(0) : value.toPrecision(2));
  return `${show(sorted[Math.floor((sorted.length - 1) / 2)])} (${show(sorted[0])}–${show(sorted.at(-1))})`;
}
