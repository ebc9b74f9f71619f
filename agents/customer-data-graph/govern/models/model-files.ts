/** Where models and what belongs to them lie in an operator directory, and how such a file is written: whole, on disk, or not at all. */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { flushFolder } from '../../../adapters/files/write-new-file.ts';

export interface ModelFiles {
  /** `<sha256>.json` each. */
  readonly artefacts: string;
  readonly cards: string;
  readonly proposals: string;
  readonly manifest: string;
  /** Views of the manifest. */
  readonly manifestCsv: string;
  readonly latestMetrics: string;
  readonly gridSearch: string;
}

/** @param directory of the operator */
export function modelFiles(directory: string): ModelFiles {
  const models = join(directory, 'models');
  return {
    artefacts: join(models, 'artefacts'),
    cards: join(models, 'cards'),
    proposals: join(models, 'proposals'),
    manifest: join(models, 'champion_manifest.jsonl'),
    manifestCsv: join(models, 'champion_manifest.csv'),
    latestMetrics: join(models, 'clv_model_latest.metrics.json'),
    gridSearch: join(directory, 'outputs', 'grid_search'),
  };
}

/** `20260131T060000Z` of epoch milliseconds: how file names write an instant. */
export function fileTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}

/**
 * Writes a file that appears complete or not at all, and is on disk when this returns; replaces one of that name.
 * @throws {CohortiumError} STORE_FULL
 */
export function replaceFile(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  const bytes = typeof content === 'string' ? Buffer.from(content, 'utf8') : content;
  try {
    const file = openSync(temporary, 'wx');
    try {
      for (let offset = 0; offset < bytes.length;) offset += writeSync(file, bytes, offset);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
    flushFolder(dirname(path));
  } catch (cause) {
    rmSync(temporary, { force: true });
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC')) throw cause;
    throw new CohortiumError('STORE_FULL', `${path} could not be written: the disk is full`, { cause });
  }
}

/** The text of a file; undefined where there is none. */
export function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
