/**
 * outputs/score_runs: one record per cut-off and model, and the cut-off that comes next. Refuses a record, or a file that a record
 * names, that is not as it was written.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { canonicalJson, CohortiumError, compareText, digestOf, sha256 } from '../../../../skills/sdk/index.ts';
import { readIfThere, replaceFile } from '../models/model-files.ts';
import type { NamedFile } from '../models/model-interface.ts';
import type { ScoreFile, ScoreRecord } from './scoring-interface.ts';

/** House-Ware's names. */
const fileNames: Readonly<Record<ScoreFile, string>> = {
  predictions: 'clv_predictions',
  ranked: 'clv_ranked_predictions',
  clusters: 'clv_clusters',
  ranking: 'clv_cluster_ranking',
  actual: 'clv_predictions_actual',
};

export type ScoreKey = Pick<ScoreRecord, 'cutoff' | 'predMonths' | 'modelId'>;

export const outputsOf = (directory: string): string => join(directory, 'outputs');
export const scoreRunsOf = (directory: string): string => join(outputsOf(directory), 'score_runs');

export function recordName({ cutoff, predMonths, modelId }: ScoreKey): string {
  return `${cutoff}_pred${predMonths}m_${modelId}.json`;
}

/**
 * `clv_predictions_<DATE>_pred<X>m.csv`. Where another model has scored the same cut-off, its files keep their names, and these have
 * the id of their model in theirs.
 */
export function scoreFileName(what: ScoreFile | 'drift_alert', key: ScoreKey, records: readonly ScoreRecord[], ending = 'csv'): string {
  const window = `${key.cutoff}_pred${key.predMonths}m`;
  const plain = `${fileNames.predictions}_${window}.csv`;
  const isTaken = records.some((one) => one.modelId !== key.modelId && one.files.predictions?.name === plain);
  const stem = what === 'drift_alert' ? 'clv_drift_alert' : fileNames[what];
  return `${stem}_${window}${isTaken ? `_${key.modelId}` : ''}.${ending}`;
}

/**
 * Every record, by cut-off and then by model.
 * @throws {CohortiumError} SCORE_FILE_CHANGED naming a record that was edited
 */
export function readRecords(directory: string): readonly ScoreRecord[] {
  const folder = scoreRunsOf(directory);
  return recordNames(folder).map((name) => {
    const record = wholeRecord(folder, name);
    if (record) return record;
    throw new CohortiumError(
      'SCORE_FILE_CHANGED',
      `outputs/score_runs/${name} was edited or damaged: it is not what a run wrote; restore it`,
    );
  });
}

function recordNames(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^\d{4}-\d{2}-\d{2}_pred\d+m_clv_model_\w+\.json$/.test(name))
    .sort(compareText);
}

/** A record as it was written; undefined for one that was edited. */
function wholeRecord(folder: string, name: string): ScoreRecord | undefined {
  const { checksum, ...record } = parseObject(readFileSync(join(folder, name), 'utf8')) as Partial<ScoreRecord> & {
    readonly checksum?: string;
  }; // checked against its checksum below
  if (record.format === 'cohortium/score-run@1' && checksum === digestOf(record)) {
    const found = record as ScoreRecord; // as it was written
    if (recordName(found) === name) return found;
  }
  return undefined;
}

export function writeRecord(directory: string, record: ScoreRecord): ScoreRecord {
  shieldOutputs(directory);
  // Read back from its own text, so that what is used is what is on disk.
  const kept = JSON.parse(canonicalJson(record)) as ScoreRecord;
  replaceFile(join(scoreRunsOf(directory), recordName(kept)), canonicalJson({ ...kept, checksum: digestOf(kept) }));
  return kept;
}

/** Predictions are personal data: from the first ones on the folder is the operator's alone, until the operator says otherwise. */
function shieldOutputs(directory: string): void {
  const runs = scoreRunsOf(directory);
  if (existsSync(runs)) return;
  mkdirSync(outputsOf(directory), { recursive: true });
  chmodSync(outputsOf(directory), 0o700);
  mkdirSync(runs);
}

/** Removes what a kill left of files that were being written; only for who holds the lock of the directory. */
export function removeUnfinished(directory: string): void {
  for (const folder of [outputsOf(directory), scoreRunsOf(directory)]) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) if (/\.[0-9a-f-]{36}\.tmp$/.test(name)) rmSync(join(folder, name));
  }
}

/** Writes a file of outputs/ and names it. */
export function writeOutput(directory: string, name: string, content: string): NamedFile {
  shieldOutputs(directory);
  replaceFile(join(outputsOf(directory), name), content);
  return { name, sha256: sha256(content) };
}

/** Writes every record anew that a change makes another. One that was edited is left as it is, and stays refused. */
export function changeRecords(directory: string, change: (record: ScoreRecord) => ScoreRecord): void {
  const folder = scoreRunsOf(directory);
  for (const record of recordNames(folder).flatMap((name) => wholeRecord(folder, name) ?? [])) {
    const changed = change(record);
    if (canonicalJson(changed) !== canonicalJson(record)) writeRecord(directory, changed);
  }
}

/**
 * The text of a file that a record names.
 * @throws {CohortiumError} SCORE_FILE_CHANGED when it is absent, or not as it was written
 */
export function readOutput(directory: string, { name, sha256: expected }: NamedFile): string {
  const text = readIfThere(join(outputsOf(directory), name));
  if (text !== undefined && sha256(text) === expected) return text;
  const what = text === undefined ? 'is not there any more' : `has SHA-256 ${sha256(text)}, and ${expected} was recorded: it was edited`;
  throw new CohortiumError('SCORE_FILE_CHANGED', `outputs/${name} ${what}; restore it from a copy, nothing was written`);
}

/** Which cut-off was the first, which the last, and which comes next. */
export interface CutoffState {
  readonly first: string;
  readonly last: string;
  readonly next: string;
}

const stateName = 'last_score_cutoff.json';

/** @throws {CohortiumError} SCORE_FILE_CHANGED */
export function readCutoffs(directory: string): CutoffState | undefined {
  const text = readIfThere(join(scoreRunsOf(directory), stateName));
  if (text === undefined) return undefined;
  const { first, last, next } = parseObject(text);
  const isDate = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value);
  if (isDate(first) && isDate(last) && isDate(next) && first <= last && last < next) return { first, last, next };
  throw new CohortiumError(
    'SCORE_FILE_CHANGED',
    `outputs/score_runs/${stateName} has no first, last and next cut-off in order; restore it, or name a cut-off with --cutoff and --commit after removing it`,
  );
}

export function writeCutoffs(directory: string, state: CutoffState): void {
  replaceFile(join(scoreRunsOf(directory), stateName), `${JSON.stringify(state, undefined, 2)}\n`);
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}; // an object
  } catch {
    return {}; // what is expected of it says what is wrong
  }
}
