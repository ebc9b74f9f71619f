/**
 * Ways to bring value to cells, on FoodMart (5,581 customers, 1997) by store × media and by store × brand: forecasts of 91 days
 * from two origins against what was spent. Prints Markdown tables.
 *
 * node --conditions=cohortium-source test/bench/grain-methods.ts [path of foodmart_sales_1997_joined.csv.gz]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

import { mbgNbd } from '../../skills/cohort/core/clv/bg-nbd/index.ts';
import { makeGrid } from '../../skills/cohort/core/grid.ts';
import { chooseGrainMethod, grainMethodTitles } from '../../skills/cohort/core/rolling-origin/index.ts';

const shared = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'foodmart', 'foodmart_sales_1997_joined.csv.gz');
const file = process.argv[2] ?? shared;
if (!existsSync(file)) {
  console.error(`no data at ${file}`);
  process.exit(2);
}
const rows = gunzipSync(readFileSync(file))
  .toString('utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(','));
const column = (index: number): string[] => rows.map((row) => row[index] ?? '');
const index = new Map([...new Set(column(2))].map((id, account) => [id, account]));
const lines = {
  accounts: index.size,
  account: column(2).map((id) => index.get(id) ?? 0),
  day: column(1).map(Number),
  money: column(5).map((sales) => Math.round(Number(sales) * 100)),
};
const first = lines.day.reduce((least, day) => Math.min(least, day), Number.POSITIVE_INFINITY);
const none = rows.map(() => '');
const grains = { 'store × media': makeGrid(column(4), column(9), none), 'store × brand': makeGrid(column(4), none, column(10)) };

for (const [name, grid] of Object.entries(grains)) {
  const started = performance.now();
  const { evidence, scores, method } = chooseGrainMethod({
    lines: { ...lines, combination: grid.ofCell },
    grid,
    family: mbgNbd,
    origins: [first + 181, first + 272],
    horizonDays: 91,
  });
  console.log(`\n${name}, ${grid.location.length} cells: ${method}, ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  console.log('| Method | Origin | Cell MAE | Account-cell MAE | Cell deviance | Account-cell deviance | Total / actual | Score |');
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const entry of evidence) {
    const score = scores.find((row) => row.method === entry.method)?.score;
    const cells = [
      grainMethodTitles[entry.method],
      `day ${entry.origin - first + 1}`,
      (entry.cellError / 100).toFixed(1),
      (entry.accountCellError / 100).toFixed(2),
      entry.cellDeviance.toPrecision(3),
      entry.accountCellDeviance.toPrecision(3),
      (entry.expectedTotal / entry.actualTotal).toFixed(2),
      score?.toFixed(2) ?? '',
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}
