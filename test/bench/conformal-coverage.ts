/**
 * How often 90 % intervals hold what single customers then bought, on CDNOW: 39 weeks seen, 39 to come. Half of the customers say
 * how far intervals have to reach, the other half judges, many times over. Prints a Markdown table of coverage by purchases so far.
 *
 * node --conditions=cohortium-source test/bench/conformal-coverage.ts [--splits 50] [--draws 200] [--file …/btyd_cdnowSummary_cbs.csv]
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { bgNbd } from '../../skills/cohort/core/clv/bg-nbd/index.ts';
import { fitStatistics } from '../../skills/cohort/core/clv/fit-timing.ts';
import { summarizeHistories } from '../../skills/cohort/core/clv/histories.ts';
import { forecastCustomers, laplaceDraws } from '../../skills/cohort/core/clv/intervals/index.ts';
import {
  type CohortIntervals,
  conformalisedQuantile,
  type IntervalColumns,
  type IntervalOutcomes,
  mondrianConformal,
  splitConformal,
} from '../../skills/recalibrate/core/conformal/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';

const { values: given } = parseArgs({
  options: {
    splits: { type: 'string', default: '50' },
    draws: { type: 'string', default: '200' },
    file: { type: 'string', default: join(import.meta.dirname, '../../../shared/data/cdnow/btyd_cdnowSummary_cbs.csv') },
  },
});

type Rows = CohortIntervals & IntervalOutcomes;
const level = 0.9;
const lines = readFileSync(given.file, 'utf8').trim().split(/\r?\n/u).slice(1);
const cell = (at: number): Float64Array => Float64Array.from(lines, (line) => Number(line.split(',')[at]));
const data = { x: cell(1), tx: cell(2), T: cell(3) };
const outcome = cell(4);
const cohort = Array.from(data.x, (x) => (x < 2 ? `${x} repeat${x === 1 ? '' : 's'}` : x < 5 ? '2–4 repeats' : '5 and more'));

const fit = fitStatistics(bgNbd, summarizeHistories(data));
const draws = laplaceDraws(bgNbd, fit, { seed: 'bench', draws: Number(given.draws) });
function rowsOf(withFuture: boolean): Rows {
  const { point, low, high } = forecastCustomers({ family: bgNbd, data, draws, horizon: 39, rng: makeRng('bench'), withFuture, level });
  return { predicted: point, low, high, outcome, cohort };
}

const methods: readonly (readonly [string, (fitted: Rows, judged: Rows) => IntervalColumns])[] = [
  ['as the model gives them', (_, judged) => judged],
  ['`interval`', (fitted, judged) => conformalisedQuantile.predict(conformalisedQuantile.fit({ level }, fitted), judged)],
  [
    '`scaled-residual`',
    (fitted, judged) =>
      splitConformal.predict(splitConformal.fit({ level, nonconformity: 'scaled-residual', leastWidth: 0.01 }, fitted), judged),
  ],
  [
    '`scaled-residual`, by cohort',
    (fitted, judged) =>
      mondrianConformal.predict(mondrianConformal.fit({ level, nonconformity: 'scaled-residual', leastWidth: 0.01 }, fitted), judged),
  ],
];

const names = ['0 repeats', '1 repeat', '2–4 repeats', '5 and more'];
console.log(`| intervals | reach by | everybody | ${names.join(' | ')} | width |`);
console.log(`| --- | --- | --- | ${names.map(() => '---').join(' | ')} | --- |`);
for (const withFuture of [false, true]) {
  const rows = rowsOf(withFuture);
  for (const [name, make] of methods) {
    const rng = makeRng('halves');
    const held = new Map<string, number[]>();
    let width = 0;
    for (let split = 0; split < Number(given.splits); split++) {
      const isFitted = Array.from(outcome, () => rng.uniform() < 0.5);
      const judged = take(rows, (row) => !isFitted[row]);
      const found = make(
        take(rows, (row) => isFitted[row] ?? false),
        judged,
      );
      const isIn = judged.outcome.map((value, row) => (value >= (found.low[row] ?? 0) && value <= (found.high[row] ?? 0) ? 1 : 0));
      for (const group of ['everybody', ...names]) {
        const own = isIn.filter((_, row) => group === 'everybody' || judged.cohort[row] === group);
        held.set(group, [...(held.get(group) ?? []), mean(own)]);
      }
      width += mean(found.high.map((high, row) => high - (found.low[row] ?? 0))) / Number(given.splits);
    }
    const shares = ['everybody', ...names].map((group) => `${(100 * mean(held.get(group) ?? [])).toFixed(1)} %`);
    console.log(`| ${withFuture ? 'parameters and future' : 'parameters'} | ${name} | ${shares.join(' | ')} | ${width.toFixed(1)} |`);
  }
}
console.log(
  `\n${names.map((name) => `${name}: ${cohort.filter((own) => own === name).length}`).join(', ')} customers; ${given.splits} splits.`,
);

function take(rows: Rows, isTaken: (row: number) => boolean): Rows {
  const pick = (column: Float64Array): Float64Array => column.filter((_, row) => isTaken(row));
  return {
    predicted: pick(rows.predicted),
    low: pick(rows.low),
    high: pick(rows.high),
    outcome: pick(rows.outcome),
    cohort: rows.cohort.filter((_, row) => isTaken(row)),
  };
}

function mean(values: ArrayLike<number>): number {
  let total = 0;
  for (let index = 0; index < values.length; index++) total += values[index] ?? 0;
  return total / values.length;
}
