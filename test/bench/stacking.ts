/**
 * What a stack of timing families gains, on public purchase logs: weights from two earlier origins, scored on a third one that
 * neither the models nor the weights have seen. Prints a Markdown table of mean Poisson deviances.
 *
 * node --conditions=cohortium-source test/bench/stacking.ts [data folder]
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { timingFamily } from '../../skills/cohort/core/clv/families.ts';
import { applyStack, outOfFold, poissonDeviance, stackModels } from '../../skills/cohort/core/stacking/index.ts';
import { dayOfIsoDate } from '../../skills/sdk/numeric/index.ts';

const folder = process.argv[2] ?? join(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const iso = (text: string): string => (text.includes('-') ? text : `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`);

interface Source {
  readonly file: string;
  /** Separator, and the columns of customer and date. */
  readonly split: RegExp;
  readonly customer: number;
  readonly date: number;
  readonly header: number;
}

const sources: Readonly<Record<string, Source>> = {
  'CDNOW sample': { file: 'cdnow/CDNOW_sample.txt', split: /\s+/u, customer: 0, date: 2, header: 0 },
  'CDNOW, all': { file: 'cdnow/CDNOW_master.txt', split: /\s+/u, customer: 0, date: 1, header: 1 },
  grocery: { file: 'grocery/groceryElog.csv', split: /,/u, customer: 0, date: 1, header: 1 },
  apparel: { file: 'apparel/clvtools_apparelTrans.csv', split: /,/u, customer: 0, date: 1, header: 1 },
};
const families = ['nbd', 'bg-nbd', 'mbg-nbd', 'pareto-nbd'].map(timingFamily);
const horizonDays = 91;

console.log(`| Data | Customers | ${families.map(({ title }) => title).join(' | ')} | Equal weights | Stack | Weights | Pull |`);
console.log(`| --- | --- |${families.map(() => ' --- |').join('')} --- | --- | --- | --- |`);
for (const [name, { file, split, customer, date, header }] of Object.entries(sources)) {
  if (!existsSync(join(folder, file))) continue;
  const rows = readFileSync(join(folder, file), 'utf8')
    .trim()
    .split('\n')
    .slice(header)
    .map((line) => line.trim().replaceAll('"', '').split(split));
  const purchases = {
    customerId: rows.map((row) => row[customer] ?? ''),
    day: rows.map((row) => dayOfIsoDate(iso(row[date] ?? '').slice(0, 10)) ?? Number.NaN),
  };
  const last = purchases.day.reduce((most, day) => Math.max(most, day), 0);
  const [test = 0, ...earlier] = [1, 2, 3].map((step) => last - step * horizonDays);
  const training = outOfFold({ purchases, families, origins: earlier.toReversed(), horizonDays });
  const unseen = outOfFold({ purchases, families: training.families.map(timingFamily), origins: [test], horizonDays });
  const stack = stackModels(training);
  const scores = unseen.predictions.map((predicted) => poissonDeviance(predicted, unseen.actual));
  const equal = { ...stack, overall: { ...stack.overall, weights: scores.map(() => 1 / scores.length) }, cohorts: [] };
  const cells = [
    name,
    unseen.actual.length,
    ...families.map(({ id }) => scores[training.families.indexOf(id)]?.toFixed(4) ?? 'left out'),
    poissonDeviance(applyStack(equal, unseen.predictions), unseen.actual).toFixed(4),
    poissonDeviance(applyStack(stack, unseen.predictions), unseen.actual).toFixed(4),
    stack.overall.weights.map((weight) => weight.toFixed(2)).join(' '),
    stack.strength.overall ?? 'equal',
  ];
  console.log(`| ${cells.join(' | ')} |`);
}
