import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { fitBoosting } from '../../../../skills/cohort/core/boosting/index.ts';
import { column, makeTable, sha256 } from '../../../../skills/sdk/index.ts';
import { makeRng } from '../../../../skills/sdk/numeric/index.ts';
import { createMemoryContent } from '../../../../test/fixtures/memory-content.ts';
import { predictValues } from '../models/artefact.ts';
import type { ModelArtefact, ModelCard } from '../models/model-interface.ts';
import {
  readCutoffs,
  readRecords,
  recordName,
  removeUnfinished,
  scoreFileName,
  writeCutoffs,
  writeRecord,
} from '../scoring/score-records.ts';
import type { ScoreRecord, WindowRecord } from '../scoring/scoring-interface.ts';
import { designMatrix, featureSpecOf } from '../training/design-matrix.ts';
import { historyFeatures } from '../training/history-features.ts';
import type { TrainingRows } from '../training/training-interface.ts';
import { alertText } from './alert-text.ts';
import { columnsPicture, type JudgedRecord, tenthsPicture, windowsPicture } from './drift-pictures.ts';
import { modelReference } from './model-reference.ts';
import { watchFeatures } from './watch-features.ts';

const folder = mkdtempSync(join(tmpdir(), 'drift-'));
afterAll(() => rmSync(folder, { recursive: true }));

const content = createMemoryContent();
const measured = (value: number) => ({ value, low: value * 0.9, high: value * 1.1 });
const metrics = { rows: 9, customers: 9, rmse: measured(5000), r2: null, mae: measured(1), gini: null, bias: null };

function windowOf(isAlert: boolean, rmse = 5000): WindowRecord {
  return {
    judgedOn: '2026-07-06',
    snapshot: content.putJson({}),
    customers: 9,
    unmatched: 2,
    metrics: { ...metrics, rmse: measured(rmse) },
    baseline: { rmse: 4000, r2: 0.5 },
    drift: { rmseRise: 0.25, r2Fall: null, isRmseOver: isAlert, isR2Over: false },
    cohorts: [
      {
        name: 'location <Köln|Süd>',
        rows: 60,
        rmse: 2,
        baselineRmse: 1,
        rise: 1,
        low: 0.5,
        high: 1.5,
        p: 0.0025,
        adjusted: 0.005,
        isOver: true,
      },
    ],
    calibration: {
      observedOverExpected: null,
      poissonDeviance: 0,
      lift: [{ n: 9, meanPredicted: 0, observed: 0, observedOverExpected: null, lift: null, cumulativeShare: null }],
      isOff: false,
    },
    isAlert,
    alertFiles: [],
    proposal: null,
  };
}

function recordOf(cutoff: string, window: WindowRecord, modelId = 'clv_model_2'): JudgedRecord {
  return {
    format: 'cohortium/score-run@1',
    modelId,
    artefact: sha256('a'),
    card: sha256('c'),
    cutoff,
    historyMonths: 9,
    predMonths: 6,
    outcomeEnd: '2026-07-05',
    scoredAt: '2026-01-05T06:00:00.000Z',
    snapshot: content.putJson({}),
    customers: 9,
    files: { predictions: { name: `clv_predictions_${cutoff}_pred6m.csv`, sha256: sha256('p') } },
    tiers: [],
    clusters: null,
    watch: {
      reason: null,
      stability: [{ name: 'score', psi: 6.5, byChance: 0.1, bins: 10, missingBefore: 0, missingNow: 0 }],
      domain: null,
      estimate: null,
    },
    window,
    purgedAt: null,
  };
}

describe('the pictures of an alert', () => {
  it.each([1, 2, 40])('show %i window(s) without two dates on one place', (count) => {
    const windows = Array.from({ length: count }, (_, at) =>
      recordOf(`2026-01-${String((at % 28) + 1).padStart(2, '0')}`, windowOf(at === count - 1)),
    );
    const svg = windowsPicture(windows, 0.2, 'EUR');
    const dates = [...svg.matchAll(/<text x="([\d.]+)" y="320"/g)].map(([, x]) => Number(x));
    expect(dates.length).toBeGreaterThan(0);
    for (let at = 1; at < dates.length; at++) expect((dates[at] ?? 0) - (dates[at - 1] ?? 0)).toBeGreaterThan(72);
    expect(svg).not.toContain('NaN');
  });

  it('take a model that was perfect, nothing predicted, and a column off the scale', () => {
    const perfect = recordOf('2026-01-05', { ...windowOf(true, 0), baseline: { rmse: 0, r2: 1 } });
    for (const svg of [
      windowsPicture([perfect], 0.2, 'EUR'),
      tenthsPicture(perfect.window.calibration, '2026-01-05', 'EUR'),
      columnsPicture(perfect.watch!, '2026-01-05'),
    ])
      expect(svg).not.toMatch(/NaN|Infinity/);
  });
});

describe('the text of an alert', () => {
  it('says what is above its limit, keeps names from being markup, and names nobody', () => {
    const record = recordOf('2026-01-05', windowOf(true));
    const text = alertText({
      record,
      windows: [record],
      card: { evaluation: { calibration: { observedOverExpected: null } } } as ModelCard, // all that is read of it
      limits: { rmse: 0.2, r2: 0.15 },
      currency: 'EUR',
      pictures: { windows: 'w.svg', tenths: 't.svg', columns: null },
      proposal: null,
    });
    expect(text).toContain('| RMSE | 40.00 EUR | 50.00 EUR | 45.00 EUR to 55.00 EUR | +25.0 % | +20 % | **above the limit** |');
    expect(text).toContain('| R² | 0.500 | – | – | – | -15 % | within |');
    expect(text).toContain(String.raw`location \<Köln\|Süd\>`);
    expect(text).toContain('2 are part of another customer by now');
    expect(text).toContain('One alert changes nothing');
  });
});

describe('records of cut-offs', () => {
  it('come back by cut-off, in a folder that is the operator’s alone, and tell an edit', () => {
    const directory = join(folder, 'records');
    for (const cutoff of ['2026-02-02', '2026-01-05']) writeRecord(directory, recordOf(cutoff, windowOf(false)));
    expect(readRecords(directory).map(({ cutoff }) => cutoff)).toEqual(['2026-01-05', '2026-02-02']);
    expect(statSync(join(directory, 'outputs')).mode & 0o077).toBe(0);
    const runs = join(directory, 'outputs', 'score_runs');
    expect(readdirSync(runs)).toHaveLength(2);
    const file = join(runs, recordName(recordOf('2026-01-05', windowOf(false))));
    for (const text of ['', '{}', 'null', readFileSync(file, 'utf8').replace('"isAlert":false', '"isAlert":true')]) {
      writeFileSync(file, text);
      expect(() => readRecords(directory)).toThrow(expect.objectContaining({ code: 'SCORE_FILE_CHANGED' }) as Error);
    }
  });

  it('lose what a kill left half-written, and nothing else', () => {
    const directory = join(folder, 'unfinished');
    writeRecord(directory, recordOf('2026-01-05', windowOf(false)));
    const runs = join(directory, 'outputs', 'score_runs');
    writeFileSync(join(runs, 'x.json.91a6a26c-12ec-42d7-bbf4-be8b8a25ed15.tmp'), '');
    writeFileSync(join(directory, 'outputs', 'mine.tmp'), '');
    removeUnfinished(directory);
    expect([readdirSync(runs).length, readdirSync(join(directory, 'outputs')).toSorted()]).toEqual([1, ['mine.tmp', 'score_runs']]);
  });

  it('give the files of a second model names of their own, whichever is the newer', () => {
    const first: ScoreRecord = recordOf('2026-01-05', windowOf(false), 'clv_model_2');
    for (const modelId of ['clv_model_1', 'clv_model_3'])
      expect(scoreFileName('ranked', { ...first, modelId }, [first])).toBe(`clv_ranked_predictions_2026-01-05_pred6m_${modelId}.csv`);
    expect(scoreFileName('ranked', first, [first])).toBe('clv_ranked_predictions_2026-01-05_pred6m.csv');
    expect(scoreFileName('drift_alert', { ...first, cutoff: '2026-01-19' }, [first], 'md')).toBe('clv_drift_alert_2026-01-19_pred6m.md');
  });

  it('know the next cut-off, and refuse days that are not in order', () => {
    const directory = join(folder, 'cutoffs');
    expect(readCutoffs(directory)).toBeUndefined();
    writeCutoffs(directory, { first: '2026-01-05', last: '2026-01-05', next: '2026-01-19' });
    expect(readCutoffs(directory)).toEqual({ first: '2026-01-05', last: '2026-01-05', next: '2026-01-19' });
    writeCutoffs(directory, { first: '2026-01-05', last: '2026-01-19', next: '2026-01-19' });
    expect(() => readCutoffs(directory)).toThrow(expect.objectContaining({ code: 'SCORE_FILE_CHANGED' }) as Error);
  });
});

/** Half of the customers are steady, half spend anything; `share` of them of the second kind. */
function rowsOf(seed: string, size: number, share: number): TrainingRows {
  const rng = makeRng(seed);
  const wild = Array.from({ length: size }, () => rng.uniform() < share);
  const outcomeMinor = Float64Array.from(wild, (isWild) => (isWild ? 20_000 * rng.uniform() : 10_000 + 100 * rng.uniform()));
  return {
    request: { snapshot: content.putJson({}), cutoff: '2025-01-31', historyMonths: 9, predMonths: 6, isLabelled: true },
    outcomeEnd: '2025-07-31',
    horizonDays: 181,
    customerId: wild.map((_, row) => `c${row}`),
    home: { location: wild.map(() => 'l'), channel: wild.map(() => 'c'), brand: wild.map(() => 'b') },
    columns: Object.fromEntries(
      historyFeatures.map(([name]) => [
        name,
        Float64Array.from(wild, (isWild) => (name === 'gapDeviationDays' && isWild ? 50 : 5) + rng.uniform()),
      ]),
    ),
    channels: [],
    histories: { x: new Float64Array(size), tx: new Float64Array(size), T: new Float64Array(size), meanSpend: new Float64Array(size) },
    outcomeMinor,
    data: content.putJson({}),
  };
}

describe('the error estimated before outcomes', () => {
  const training = rowsOf('training', 800, 0.5);
  const features = featureSpecOf(training);
  const history = { timing: null, spend: null, absent: [] };
  const scaleMinor = 10_000;
  const hyperparameters = { loss: 'poisson', rounds: 20, leaves: 4, minLeaf: 20 } as const;

  it('rises with the share of customers whose spend is hard to tell, as the error itself does', () => {
    const { columns, names } = designMatrix(training, features, history);
    const boosting = fitBoosting(hyperparameters, {
      columns,
      names,
      target: (training.outcomeMinor ?? new Float64Array(0)).map((money) => money / scaleMinor),
    });
    const artefact: ModelArtefact = {
      format: 'cohortium/clv-model@1',
      cutoff: '2025-01-31',
      historyMonths: 9,
      predMonths: 6,
      currency: 'EUR',
      features,
      history,
      scaleMinor,
      boosting,
    };
    const data = content.putTable(
      makeTable({
        customerId: column.text([...training.customerId]),
        ...Object.fromEntries(Object.entries(training.home).map(([axis, values]) => [`home:${axis}`, column.text([...values])])),
        ...Object.fromEntries(Object.entries(training.columns).map(([name, values]) => [name, column.float64(values)])),
        ...Object.fromEntries(Object.entries(training.histories).map(([name, values]) => [`history:${name}`, column.float64(values)])),
        outcomeMinor: column.float64(training.outcomeMinor ?? new Float64Array(0)),
      }),
    );
    const card = {
      model_id: 'clv_model_1',
      training_cutoff: '2025-01-31',
      history_months: 9,
      pred_months: 6,
      features,
      hyperparameters,
      seed: 's',
      inputs: { snapshot: content.putJson({}), data },
    } as unknown as ModelCard; // all that is read of it
    const reference = modelReference(content, card, artefact);
    for (const share of [0.1, 0.5, 0.9]) {
      const now = rowsOf(`now ${share}`, 800, share);
      const value = predictValues(artefact, now);
      const found = Math.sqrt(value.reduce((total, own, row) => total + (own - (now.outcomeMinor?.[row] ?? 0)) ** 2, 0) / value.length);
      const { estimate, domain, stability } = watchFeatures(reference, artefact, now, value);
      expect(Math.abs((estimate?.rmse ?? 0) / found - 1)).toBeLessThan(0.15);
      expect(domain?.isOver).toBe(share !== 0.5);
      expect((stability.find(({ name }) => name === 'gapDeviationDays')?.psi ?? 0) > 0.25).toBe(share !== 0.5);
    }
    const gone = modelReference(content, { ...card, inputs: { ...card.inputs, data: { ...data, digest: sha256('gone') } } }, artefact);
    expect(watchFeatures(gone, artefact, training, predictValues(artefact, training))).toMatchObject({
      reason: expect.stringContaining('the training table of clv_model_1 cannot be read'),
      stability: [],
      estimate: null,
    });
  });
});
