/**
 * Personas against the planted truth, and against KPrototypes of kmodes 0.12.2 from PyPI on the same standardised rows with the same
 * gamma and number of starts: cost, agreement with what was planted, CPU time on one thread. kmodes runs on few rows only, because
 * it moves one row at a time in Python.
 *
 * node --conditions=cohortium-source test/bench/cohort-persona.bench.ts [--rows 1000000] [--peer-rows 5000]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { persona } from '../../skills/cohort/core/methods/persona/index.ts';
import { adjustedRandIndex, standardise } from '../../skills/cohort/core/methods/quality/index.ts';
import { plantPersonas } from '../fixtures/planted-personas.ts';
import { cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';

const { values: given } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, 'peer-rows': { type: 'string', default: '5000' } },
});
const size = 6;
const restarts = 5;

console.log('| rows | who | cost per row | ARI to the planted personas | best possible | CPU s |\n|---|---|---|---|---|---|');
ours(Number(given['peer-rows']));
await theirs(Number(given['peer-rows']));
ours(Number(given.rows));

function ours(rows: number): void {
  const { data, truth, best } = plantPersonas(rows, 'planted');
  const before = process.cpuUsage();
  const model = persona.fit({ cohorts: size, restarts, maxRows: rows <= 20_000 ? rows : 200_000 }, data, 'bench');
  const { user, system } = process.cpuUsage(before);
  show(
    rows,
    'ours',
    model.cost,
    adjustedRandIndex(persona.assign(model, data).label, truth),
    adjustedRandIndex(best, truth),
    (user + system) / 1e6,
  );
}

async function theirs(rows: number): Promise<void> {
  const python = pythonWith('kmodes', ['kmodes==0.12.2'], 'import kmodes.kprototypes');
  if (!python) return;
  const { data, truth, best } = plantPersonas(rows, 'planted');
  const columns = [...standardise(data.columns).columns, ...data.categories.map(({ codes }) => codes)];
  const all = new Float64Array(rows * columns.length);
  for (const [at, column] of columns.entries()) for (let row = 0; row < rows; row++) all[row * columns.length + at] = column[row] ?? 0;
  mkdirSync(cacheFolder, { recursive: true });
  const [file, labels] = [join(cacheFolder, 'personas.bin'), join(cacheFolder, 'persona-labels.bin')];
  writeFileSync(file, Buffer.from(all.buffer));
  const { gamma } = persona.fit({ cohorts: size, restarts: 1 }, data, 'gamma');
  const peer = new PythonPeer(python, 'cohort_persona.py');
  const shape = { numbers: data.columns.length, categories: data.categories.length };
  const { cpu, result } = await peer.ask({ file, rows, ...shape, size, gamma, restarts, labels });
  peer.close();
  const bytes = readFileSync(labels);
  const found = new Int32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  show(rows, 'kmodes', (result['cost'] ?? Number.NaN) / rows, adjustedRandIndex(found, truth), adjustedRandIndex(best, truth), cpu);
}

function show(rows: number, who: string, cost: number, ari: number, best: number, cpu: number): void {
  console.log(
    `| ${rows.toLocaleString('en')} | ${who} | ${cost.toFixed(6)} | ${ari.toFixed(4)} | ${best.toFixed(4)} | ${cpu.toFixed(2)} |`,
  );
}
