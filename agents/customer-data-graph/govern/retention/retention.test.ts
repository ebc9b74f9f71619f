import '../../../../test/property-seed.ts';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { canonicalJson, sha256 } from '../../../../skills/sdk/index.ts';
import { addMonths, dayOfIsoDate, isoDate } from '../../../../skills/sdk/numeric/index.ts';
import { operatorPaths, type OperatorPaths } from '../../config.ts';
import { writeCards } from '../models/cards.ts';
import { championOf } from '../models/champion-of-card.ts';
import { previousOf, readManifest, signedBytes } from '../models/manifest.ts';
import { modelFiles } from '../models/model-files.ts';
import type { ManifestEntry, ModelCard, ProposedChange } from '../models/model-interface.ts';
import { addPerson, signerOf } from '../models/people.ts';
import { propose } from '../models/proposals.ts';
import { readRecords, writeOutput, writeRecord } from '../scoring/score-records.ts';
import type { ScoreRecord } from '../scoring/scoring-interface.ts';
import { planRetention } from './plan-retention.ts';
import { purge } from './purge.ts';

const folder = mkdtempSync(join(tmpdir(), 'retention-'));
afterAll(() => rmSync(folder, { recursive: true }));

let made = 0;
function emptyShop(): OperatorPaths {
  const paths = operatorPaths(join(folder, `shop-${made++}`));
  mkdirSync(paths.state, { recursive: true });
  for (const id of ['ada', 'grace']) addPerson(paths, id, undefined, 0);
  return paths;
}

const ref = { digest: sha256('input'), mediaType: 'application/json', size: 1 } as unknown as ModelCard['inputs']['snapshot']; // only its digest is read

/** A model of a day: its artefact and its card. */
function addModel({ directory }: OperatorPaths, day: string): ModelCard {
  const stamp = day.replaceAll('-', '');
  const text = canonicalJson({ stamp });
  const measured = { value: 1, low: 1, high: 1 };
  const card: ModelCard = {
    format: 'cohortium/model-card@1',
    model_id: `clv_model_${stamp}T000000Z`,
    timestamp: `${day}T00:00:00Z`,
    code_commit: null,
    training_cutoff: day,
    history_months: 9,
    pred_months: 6,
    hyperparameters: { loss: 'poisson' },
    baseline_rmse: 1,
    baseline_r2: 0.5,
    merchant: 'm',
    currency: 'EUR',
    artefact: sha256(text),
    inputs: {
      snapshot: ref,
      data: { ...ref, digest: sha256(`data ${stamp}`) },
      earlier: [{ cutoff: day, customers: 1, data: { ...ref, digest: sha256(`earlier ${stamp}`) } }],
      firstDate: day,
      lastDate: day,
    },
    learnt_origins: 2,
    customers: 1,
    buyers: 1,
    features: { names: [], channels: [], digest: sha256('features') },
    seed: 's',
    libraries: {},
    absentHistoryModels: [],
    evaluation: {
      origins: [],
      all: { rows: 1, customers: 1, rmse: measured, r2: measured, mae: measured, gini: measured, bias: measured },
      slices: [],
      deciles: [],
      calibration: { observedOverExpected: measured, poissonDeviance: 0, lift: [] },
    },
    windowsApproval: null,
  };
  put(join(modelFiles(directory).artefacts, `${card.artefact}.json`), text);
  writeCards(directory, card);
  return card;
}

/** What approving appends. */
function approved(paths: OperatorPaths, change: ProposedChange): void {
  const entries = readManifest(paths.directory);
  const proposal = propose(paths, change, 'ada', 0);
  const { person, sign } = signerOf(paths, 'grace');
  const statement: Omit<ManifestEntry, 'signature'> = {
    format: 'cohortium/champion-manifest@1',
    index: entries.length,
    previous: previousOf(entries),
    proposal: proposal.id,
    change,
    proposedBy: 'ada',
    approvedBy: 'grace',
    approvedAt: '2026-01-01T00:00:00.000Z',
    note: '',
    key: person.key,
  };
  const { manifest } = modelFiles(paths.directory);
  const before = existsSync(manifest) ? readFileSync(manifest, 'utf8') : '';
  put(manifest, `${before}${canonicalJson({ ...statement, signature: sign(signedBytes(statement)) })}\n`);
}

const championChange = (card: ModelCard): ProposedChange => ({ kind: 'champion', champion: championOf(card, sha256(canonicalJson(card))) });

/** Predictions of a day by a model. */
function addScores({ directory }: OperatorPaths, card: ModelCard, cutoff: string, isJudged: boolean): ScoreRecord {
  const file = (stem: string) => writeOutput(directory, `${stem}_${cutoff}_pred6m.csv`, `${stem} of ${cutoff}`);
  const outcomeEnd = isoDate(addMonths(dayOfIsoDate(cutoff) ?? 0, 6) ?? 0);
  return writeRecord(directory, {
    format: 'cohortium/score-run@1',
    modelId: card.model_id,
    artefact: card.artefact,
    card: sha256(canonicalJson(card)),
    cutoff,
    historyMonths: 9,
    predMonths: 6,
    outcomeEnd,
    scoredAt: `${cutoff}T06:00:00.000Z`,
    snapshot: ref,
    customers: 1,
    files: { predictions: file('clv_predictions'), ranked: file('clv_ranked_predictions') },
    tiers: [],
    clusters: { features: [], clusters: 1, largestUsed: 0, silhouette: null, previousCutoff: null, stayed: null },
    watch: null,
    window: isJudged
      ? {
          judgedOn: outcomeEnd,
          snapshot: ref,
          customers: 1,
          unmatched: 0,
          metrics: card.evaluation.all,
          baseline: { rmse: 1, r2: 0.5 },
          drift: null,
          cohorts: [],
          calibration: { ...card.evaluation.calibration, isOff: false },
          isAlert: true,
          alertFiles: [writeOutput(directory, `clv_drift_alert_${cutoff}_pred6m.md`, 'alert')],
          proposal: null,
        }
      : null,
    purgedAt: null,
  });
}

function addGrid(paths: OperatorPaths, stamp: string): ProposedChange {
  const grid = modelFiles(paths.directory).gridSearch;
  const name = (what: string): string => `clv_grid_search_${what}`;
  const named = (file: string) => {
    put(join(grid, file), file);
    return { name: file, sha256: sha256(file) };
  };
  named(name(`heatmap_r2_${stamp}.png`));
  return {
    kind: 'windows',
    windows: {
      before: { historyMonths: 9, predMonths: 6 },
      after: { historyMonths: 6, predMonths: 6 },
      results: named(name(`results_${stamp}.csv`)),
      trials: named(name(`trials_${stamp}.jsonl`)),
    },
  };
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function hold(paths: OperatorPaths, id: string, text: string): void {
  put(join(paths.registries, 'holds', `${id}.yaml`), `id: ${id}\nreason: an audit\nby: legal\nsince: 2026-01-01\n${text}\n`);
}

const at = (day: string) => ({ now: () => Date.parse(`${day}T12:00:00Z`) });
const goes = (paths: OperatorPaths, today: string): string[] =>
  planRetention(paths, today)
    .filter(({ decision }) => decision === 'purge')
    .map(({ path }) => path);
const why = (paths: OperatorPaths, today: string, path: string): readonly string[] =>
  planRetention(paths, today).find((item) => item.path.includes(path))?.reasons ?? ['no such item'];

describe('predictions', () => {
  it('go a year after they were made, once judged, and leave their digests', () => {
    const paths = emptyShop();
    const card = addModel(paths, '2024-01-01');
    for (const cutoff of ['2024-02-05', '2024-08-05']) addScores(paths, card, cutoff, true);
    expect(goes(paths, '2025-02-04').filter((path) => path.startsWith('outputs'))).toEqual([]);
    // The alert was written half a year later, and its cut-off goes as a whole.
    expect(why(paths, '2025-02-06', 'clv_predictions_2024-02-05')).toEqual([
      expect.stringContaining('goes together with outputs/clv_drift_alert'),
    ]);
    const report = purge({ paths, clock: at('2025-08-06') }, true);
    expect(report.purged.filter((path) => path.startsWith('outputs'))).toEqual([
      'outputs/clv_drift_alert_2024-02-05_pred6m.md',
      'outputs/clv_predictions_2024-02-05_pred6m.csv',
      'outputs/clv_ranked_predictions_2024-02-05_pred6m.csv',
    ]);
    const [first] = readRecords(paths.directory);
    expect(first?.purgedAt).toBe('2025-08-06T12:00:00.000Z');
    expect(first?.files.predictions?.sha256).toBe(sha256('clv_predictions of 2024-02-05'));
    expect(purge({ paths, clock: at('2025-08-06') }, true).purged).toEqual([]);
    expect(why(paths, '2030-01-01', 'clv_predictions_2024-08-05')).toEqual(['cluster numbers are carried over from it']);
  });

  it('stay for ever while nobody has judged them', () => {
    const paths = emptyShop();
    const card = addModel(paths, '2024-01-01');
    addScores(paths, card, '2024-02-05', false);
    addScores(paths, card, '2024-03-04', true);
    expect(why(paths, '2033-01-01', 'clv_predictions_2024-02-05')).toEqual(['has not been judged: its outcome ends on 2024-08-05']);
    expect(why(paths, '2025-01-01', 'models/artefacts')).toContain('its predictions have not been judged');
  });

  it('are gone for good also when the purge was stopped half-way', () => {
    const paths = emptyShop();
    const card = addModel(paths, '2024-01-01');
    const record = addScores(paths, card, '2024-02-05', true);
    addScores(paths, card, '2025-08-05', true);
    writeRecord(paths.directory, { ...record, purgedAt: '2026-02-01T00:00:00.000Z' });
    expect(purge({ paths, clock: at('2026-02-02') }, true).purged.filter((path) => path.includes('2024-02-05'))).toHaveLength(3);
  });
});

describe('models', () => {
  it('that were never approved lose the artefact after nine months and the card after seven years', () => {
    const paths = emptyShop();
    const { artefact, model_id: id } = addModel(paths, '2019-05-31');
    expect(goes(paths, '2020-02-29')).toEqual([]);
    expect(goes(paths, '2020-03-01')).toEqual([`models/artefacts/${artefact}.json`]);
    const { purged } = purge({ paths, clock: at('2026-06-01') }, true);
    expect(purged).toEqual([
      `models/artefacts/${artefact}.json`,
      `models/cards/${id}.cdx.json`,
      `models/cards/${id}.json`,
      `models/cards/${id}.md`,
    ]);
    const notes = readFileSync(join(paths.directory, 'models', 'purged.jsonl'), 'utf8')
      .trim()
      .split('\n');
    expect(notes).toHaveLength(4);
    expect(notes[0]).toContain(artefact);
  });

  it('that are in force or wait for approval stay whole, however old', () => {
    const paths = emptyShop();
    const [old, champion, waits] = ['2015-01-01', '2016-01-01', '2017-01-01'].map((day) => addModel(paths, day));
    if (!old || !champion || !waits) throw new Error('three models were made');
    approved(paths, championChange(old));
    approved(paths, championChange(champion));
    propose(paths, championChange(waits), 'ada', 0);
    expect(goes(paths, '2033-01-01')).toEqual([`models/artefacts/${old.artefact}.json`]);
    expect(why(paths, '2033-01-01', champion.artefact)).toEqual(['is the champion']);
    expect(why(paths, '2033-01-01', waits.artefact)).toEqual([expect.stringContaining('waits for approval as champion-')]);
    expect(why(paths, '2033-01-01', `${old.model_id}.json`)).toEqual(['the manifest names it, and its lines are never removed']);
  });

  it('keep what they are reproduced from', () => {
    const paths = emptyShop();
    const card = addModel(paths, '2016-01-01');
    const inputs = planRetention(paths, '2016-12-01').filter(({ class: kind }) => kind === 'inputs');
    expect(inputs.map(({ path }) => path).toSorted()).toEqual([ref.digest, card.inputs.data.digest, sha256(`earlier 20160101`)].toSorted());
    expect(inputs.every(({ decision, reasons }) => decision === 'keep' && reasons[0] === `${card.model_id} is reproduced from it`)).toBe(
      true,
    );
  });

  it('are left alone when no card says what an artefact is', () => {
    const paths = emptyShop();
    put(join(modelFiles(paths.directory).artefacts, `${'0'.repeat(64)}.json`), '{}');
    expect(why(paths, '2099-01-01', 'artefacts')).toEqual(['no card says when it was made']);
  });
});

describe('grids', () => {
  it('stay until a later one supersedes them, and while windows in force or proposed rest on them', () => {
    const paths = emptyShop();
    const [first, second, third] = ['20250101T000000Z', '20250401T000000Z', '20250701T000000Z'].map((stamp) => addGrid(paths, stamp));
    if (!first || !second || !third) throw new Error('three grids were made');
    approved(paths, first);
    propose(paths, second, 'ada', 0);
    expect(goes(paths, '2026-01-01')).toEqual([]);
    approved(paths, third);
    expect(goes(paths, '2026-01-01')).toHaveLength(6);
    expect(purge({ paths, clock: at('2026-01-01') }, true).purged.every((path) => !path.includes('20250701'))).toBe(true);
    expect(readdirSync(modelFiles(paths.directory).gridSearch)).toHaveLength(3);
  });
});

describe('holds', () => {
  it.each([
    ['a model', 'models: [clv_model_20190101T000000Z]'],
    ['a cut-off', 'cutoffs: [2019-02-04]'],
    ['a path', 'paths: [outputs/clv_predictions_2019-02-04_pred6m.csv]'],
    ['a folder', 'paths: [outputs/]'],
    ['everything', 'everything: true'],
  ])('on %s keep it, until they end', (_what, text) => {
    const paths = emptyShop();
    const card = addModel(paths, '2019-01-01');
    addScores(paths, card, '2019-02-04', true);
    addScores(paths, card, '2019-03-04', true);
    expect(goes(paths, '2026-06-30')).toContain('outputs/clv_predictions_2019-02-04_pred6m.csv');
    hold(paths, 'audit', `${text}\nuntil: 2026-06-30`);
    expect(why(paths, '2026-06-30', 'clv_predictions_2019-02-04')).toContain("hold 'audit' by legal: an audit");
    purge({ paths, clock: at('2026-06-30') }, true);
    expect(existsSync(join(paths.directory, 'outputs', 'clv_predictions_2019-02-04_pred6m.csv'))).toBe(true);
    purge({ paths, clock: at('2026-07-01') }, true);
    expect(existsSync(join(paths.directory, 'outputs', 'clv_predictions_2019-02-04_pred6m.csv'))).toBe(false);
  });

  it.each([
    ['on nothing', 'audit.yaml', 'id: audit\nreason: r\nby: b\nsince: 2026-01-01\n'],
    ['with a typo', 'audit.yaml', 'id: audit\nreason: r\nby: b\nsince: 2026-01-01\nmodel: [x]\neverything: true\n'],
    ['under another name', 'other.yaml', 'id: audit\nreason: r\nby: b\nsince: 2026-01-01\neverything: true\n'],
    ['that is no YAML', 'audit.yaml', 'id: [audit'],
    ['in another form', 'audit.txt', 'id: audit\n'],
  ])('%s stop every purge', (_what, name, text) => {
    const paths = emptyShop();
    addModel(paths, '2015-01-01');
    put(join(paths.registries, 'holds', name), text);
    expect(() => purge({ paths, clock: at('2026-01-01') }, true)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error);
    expect(readdirSync(join(paths.directory, 'models', 'cards'))).toHaveLength(3);
  });
});

describe('a purge', () => {
  it('removes nothing that a hold names, a card needs or the manifest says, whatever the day', () => {
    const paths = emptyShop();
    const cards = ['2018-01-01', '2019-01-01', '2020-01-01', '2021-01-01'].map((day) => addModel(paths, day));
    const [first, second, third, fourth] = cards;
    if (!first || !second || !third || !fourth) throw new Error('four models were made');
    approved(paths, championChange(first));
    approved(paths, championChange(second));
    addScores(paths, third, '2020-02-03', false);
    addScores(paths, second, '2020-03-02', true);
    hold(paths, 'court', `models: [${fourth.model_id}]`);
    const needed = [
      `models/artefacts/${second.artefact}.json`,
      `models/artefacts/${third.artefact}.json`,
      `models/artefacts/${fourth.artefact}.json`,
      ...[first, second, third, fourth].map(({ model_id: id }) => `models/cards/${id}.json`),
      'models/champion_manifest.jsonl',
      'outputs/clv_predictions_2020-02-03_pred6m.csv',
    ];
    fc.assert(
      fc.property(fc.integer({ min: dayOfIsoDate('2021-01-01') ?? 0, max: dayOfIsoDate('2060-01-01') ?? 0 }), (day) => {
        const { purged } = purge({ paths, clock: at(isoDate(day)) }, true);
        expect(purged.filter((path) => needed.includes(path))).toEqual([]);
        for (const path of needed) expect(existsSync(join(paths.directory, path))).toBe(true);
      }),
      { numRuns: 25 },
    );
    expect(existsSync(join(paths.directory, 'models', 'artefacts', `${first.artefact}.json`))).toBe(false);
  });

  it('that is a dry run removes nothing and says why', () => {
    const paths = emptyShop();
    addModel(paths, '2015-01-01');
    const report = purge({ paths, clock: at('2026-01-01') }, false);
    expect(report).toMatchObject({ isDryRun: true, purged: [] });
    expect(report.items.filter(({ decision }) => decision === 'purge')).toHaveLength(4);
    expect(readdirSync(join(paths.directory, 'models', 'cards'))).toHaveLength(3);
  });

  it('of a directory without models has nothing to do', () => {
    expect(purge({ paths: emptyShop(), clock: at('2026-01-01') }, true)).toMatchObject({ items: [], purged: [] });
  });

  it('is refused while a record or a card is not as it was written', () => {
    const paths = emptyShop();
    const card = addModel(paths, '2015-01-01');
    addScores(paths, card, '2015-02-02', true);
    const runs = join(paths.directory, 'outputs', 'score_runs');
    const [name = ''] = readdirSync(runs);
    writeFileSync(join(runs, name), readFileSync(join(runs, name), 'utf8').replace('"customers":1', '"customers":2'));
    expect(() => purge({ paths, clock: at('2026-01-01') }, true)).toThrow(expect.objectContaining({ code: 'SCORE_FILE_CHANGED' }) as Error);
    const json = join(paths.directory, 'models', 'cards', `${card.model_id}.json`);
    writeFileSync(json, readFileSync(json, 'utf8').replace('"customers":1', '"customers":2'));
    expect(() => planRetention(paths, '2026-01-01')).toThrow(expect.objectContaining({ code: 'MODEL_FILE_CHANGED' }) as Error);
  });
});
