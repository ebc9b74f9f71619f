/**
 * Peak memory of a fit and of predictions for ten million customers in columns, predicted by the million. Prints the resident
 * set after each step and the highest that the process ever had.
 *
 * node --conditions=cohortium-source test/bench/clv-memory.ts [--customers 10000000] [--chunk 1000000]
 */
import { parseArgs } from 'node:util';

import { bgNbd, fitTiming, predictTiming } from '../../skills/cohort/core/clv/index.ts';
import { simulateCustomers } from './peers/simulated-customers.ts';

const { values: given } = parseArgs({
  options: { customers: { type: 'string', default: '10000000' }, chunk: { type: 'string', default: '1000000' } },
});
const rows = Number(given.customers);
const chunk = Number(given.chunk);

let before = process.cpuUsage();

function report(what: string): void {
  const { user, system } = process.cpuUsage(before);
  const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(2)} GB`;
  const peak = gigabytes(process.resourceUsage().maxRSS * 1024);
  console.log(`${what}: ${((user + system) / 1e6).toFixed(1)} CPU s, resident ${gigabytes(process.memoryUsage().rss)}, peak ${peak}`);
  before = process.cpuUsage();
}

const { x, tx, T } = simulateCustomers(rows);
report(`${rows.toLocaleString('en')} customers in columns`);
const model = fitTiming(bgNbd, { x, tx, T });
report(`fit on ${model.distinct.toLocaleString('en')} distinct histories`);
const expected = new Float64Array(rows);
for (let from = 0; from < rows; from += chunk) {
  const part = { x: x.subarray(from, from + chunk), tx: tx.subarray(from, from + chunk), T: T.subarray(from, from + chunk) };
  expected.set(predictTiming(bgNbd, model, part, { horizon: 52, columns: ['expected'] }).expected, from);
}
report('expected purchases of every customer');
