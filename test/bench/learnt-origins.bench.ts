/**
 * From how many cut-offs should a value model learn, and does a level from the newest of them help? Models of one to four cut-offs, half
 * a prediction time apart, are judged on the same later times, which none of their outcomes reach into: simulated merchants of 48
 * months, whose seasons and growth differ by seed, and CDNOW where its files are there. A level is the scale of `cohortium/calibration`,
 * fitted on the newest cut-off that a model learnt from (`newest`), or on what the same kind of model, trained one prediction time
 * earlier, predicted for it (`before`).
 *
 * node --conditions=cohortium-source test/bench/learnt-origins.bench.ts [--seeds b,c,d,e] [--customers 2000] [--judged 3]
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { predictValues } from '../../agents/customer-data-graph/govern/models/artefact.ts';
import { holdsHistory } from '../../agents/customer-data-graph/govern/training/evaluate.ts';
import { fitArtefact } from '../../agents/customer-data-graph/govern/training/fit-artefact.ts';
import { labelledReader, rememberAnswers } from '../../agents/customer-data-graph/govern/training/model-rows.ts';
import { latestCutoff, shifted } from '../../agents/customer-data-graph/govern/training/month-windows.ts';
import type { TrainingRows } from '../../agents/customer-data-graph/govern/training/training-interface.ts';
import { type BareMetrics, measureValues } from '../../agents/customer-data-graph/govern/training/value-metrics.ts';
import { simulateIntoLog } from '../../agents/customer-data-graph/index.ts';
import { importFile } from '../../agents/customer-data-graph/ingest/import-file.ts';
import { initOperatorDirectory } from '../../agents/customer-data-graph/operator-directory.ts';
import { openWorkspace } from '../../agents/customer-data-graph/workspace.ts';
import type { BoostingConfig } from '../../skills/cohort/core/boosting/index.ts';
import { meanScale } from '../../skills/recalibrate/core/index.ts';
import { dayOfIsoDate, isoDate, sumOf } from '../../skills/sdk/numeric/index.ts';

const { values: given } = parseArgs({
  options: {
    seeds: { type: 'string', default: 'b,c,d,e' },
    customers: { type: 'string', default: '2000' },
    judged: { type: 'string', default: '3' },
  },
});
const boosting: BoostingConfig = { loss: 'poisson', rounds: 150, leaves: 12, learningRate: 0.05, minLeaf: 20, l2: 1, seed: 'bench' };
const most = 4;

interface Found extends BareMetrics {
  readonly cutoffs: number;
  readonly level: 'none' | 'newest' | 'before';
  readonly judged: string;
}

async function judge(directory: string, historyMonths: number, predMonths: number, times: number): Promise<readonly Found[]> {
  const workspace = openWorkspace(directory);
  try {
    const log = await workspace.eventLog().seal({}, { signal: AbortSignal.timeout(3_600_000), idempotencyKey: directory });
    const first = dayOfIsoDate(log.firstDate) ?? 0;
    const read = labelledReader(rememberAnswers(workspace), { snapshot: log.snapshot, historyMonths, predMonths }, log, undefined);
    const step = Math.ceil(predMonths / 2);
    const last = dayOfIsoDate(latestCutoff(log.lastDate, predMonths)) ?? 0;
    const fit = async (days: readonly number[]) => {
      const tables: TrainingRows[] = [];
      for (const day of days) tables.push(await read(isoDate(day)));
      const [newest, ...earlier] = tables;
      if (!newest) throw new Error('a model learns from one cut-off at least');
      return { model: fitArtefact(newest, earlier, boosting, 'EUR'), newest };
    };
    const found: Found[] = [];
    for (let back = 0; back < times; back++) {
      const judgedDay = shifted(last, -back * step);
      const newestDay = shifted(judgedDay, -predMonths);
      for (let cutoffs = 1; cutoffs <= most; cutoffs++) {
        const days = Array.from({ length: cutoffs }, (_, at) => shifted(newestDay, -at * step));
        if (!holdsHistory(days.at(-1) ?? 0, historyMonths, first)) break;
        const rows = await read(isoDate(judgedDay));
        const { model, newest } = await fit(days);
        const predicted = predictValues(model, rows);
        const add = (level: Found['level'], values: Float64Array) =>
          found.push({ cutoffs, level, judged: isoDate(judgedDay), ...measureValues({ predicted: values, actual: outcomeOf(rows) }) });
        const scaled = (of: Float64Array) => meanScale.predict(meanScale.fit({}, { predicted: of, outcome: outcomeOf(newest) }), predicted);
        add('none', predicted);
        add('newest', scaled(predictValues(model, newest)));
        const before = days.map((day) => shifted(day, -predMonths));
        if (holdsHistory(before.at(-1) ?? 0, historyMonths, first)) add('before', scaled(predictValues((await fit(before)).model, newest)));
      }
    }
    return found;
  } finally {
    await workspace.close();
  }
}

function outcomeOf(rows: TrainingRows): Float64Array {
  return rows.outcomeMinor ?? new Float64Array(rows.customerId.length);
}

/** Each beside the model of one cut-off without a level on the same later times. */
function report(what: string, all: readonly Found[]): void {
  console.log(`\n${what}\n`);
  console.log(
    '| cut-offs | level | later times | RMSE | R² | of one cut-off: RMSE | R² | Gini, gain | mean bias, either side | of one cut-off |',
  );
  console.log('| --: | --- | --: | --: | --: | --: | --: | --: | --: | --: |');
  for (let cutoffs = 1; cutoffs <= most; cutoffs++) {
    for (const level of ['none', 'newest', 'before'] as const) {
      const own = all.flatMap((one, at) => {
        const start = all
          .slice(0, at + 1)
          .findLast((other) => other.cutoffs === 1 && other.level === 'none' && other.judged === one.judged);
        return one.cutoffs === cutoffs && one.level === level && start ? [{ one, start }] : [];
      });
      if (own.length === 0) continue;
      const mean = (of: (pair: (typeof own)[number]) => number): number =>
        sumOf(own.length, (at) => {
          const pair = own[at];
          return pair ? of(pair) : 0;
        }) / own.length;
      const cells = [
        mean(({ one }) => one.rmse / 100).toFixed(2),
        mean(({ one }) => one.r2 ?? 0).toFixed(3),
        mean(({ start }) => start.rmse / 100).toFixed(2),
        mean(({ start }) => start.r2 ?? 0).toFixed(3),
        mean(({ one, start }) => (one.gini ?? 0) - (start.gini ?? 0)).toFixed(3),
        mean(({ one }) => Math.abs(one.bias ?? 0)).toFixed(3),
        mean(({ start }) => Math.abs(start.bias ?? 0)).toFixed(3),
      ];
      console.log(`| ${cutoffs} | ${level} | ${own.length} | ${cells.join(' | ')} |`);
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'learnt-origins-'));
try {
  const simulated: Found[] = [];
  for (const seed of given.seeds.split(',')) {
    const directory = join(folder, seed);
    await initOperatorDirectory(directory, { currency: 'EUR' });
    await simulateIntoLog(directory, { seed, customers: Number(given.customers), months: 48 });
    simulated.push(...(await judge(directory, 9, 6, Number(given.judged))));
  }
  report(`simulated merchants, seeds ${given.seeds}, ${given.customers} customers, 9 months of history, 6 of prediction`, simulated);
  const cdnow = join(import.meta.dirname, '..', '..', '..', 'shared', 'data', 'cdnow');
  for (const [name, header] of [
    ['CDNOW_sample.txt', '[master, customer, date, cds, dollars]'],
    ['CDNOW_master.txt', '[customer, date, cds, dollars]'],
  ] as const) {
    if (!existsSync(join(cdnow, name))) continue;
    const directory = join(folder, name);
    await initOperatorDirectory(directory, { currency: 'USD' });
    const map = join(directory, 'map.yaml');
    writeFileSync(
      map,
      `delimiter: whitespace\nheader: ${header}\ndateFormat: yyyyMMdd\ncolumns: { customer: customer, at: date, amount: dollars }\n`,
    );
    const workspace = openWorkspace(directory);
    await importFile({ file: join(cdnow, name), map }, { log: workspace.eventLog(), currency: 'USD' });
    await workspace.close();
    report(`${name}, 6 months of history, 3 of prediction`, await judge(directory, 6, 3, 3));
  }
} finally {
  rmSync(folder, { recursive: true });
}
