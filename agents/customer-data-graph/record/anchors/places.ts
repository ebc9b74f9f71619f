/** Names of what is kept outside, the same at every place, and the folder as a place: it keeps copies and locks nothing. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { CohortiumError, systemRefusal } from '../../../../skills/sdk/index.ts';
import { writeNewFile } from '../../../adapters/files/write-new-file.ts';
import type { Checkpoint } from '../../../adapters/sqlite/ledger/note.ts';

export const checkpointFolder = 'checkpoints/';
export const timestampFolder = 'timestamps/';
export const segmentFolder = 'segments/';

/** Size and root stand in the name, so that a listing alone tells histories apart. */
export function checkpointKey({ size, root }: Pick<Checkpoint, 'size' | 'root'>): string {
  return `${checkpointFolder}${String(size).padStart(12, '0')}-${root}.note`;
}

/** Undefined for another object. */
export function readCheckpointKey(key: string): { readonly size: number; readonly root: string } | undefined {
  const [, size, root] = /^checkpoints\/(\d{12})-([0-9a-f]{64})\.note$/.exec(key) ?? [];
  return size === undefined || root === undefined ? undefined : { size: Number(size), root };
}

/**
 * Writes a copy; the same bytes again are that copy.
 * @throws {CohortiumError} ANCHOR_NOT_LOCKED when there are other bytes under the name; ANCHOR_UNREACHABLE, STORE_*
 */
export function copyTo(folder: string, key: string, bytes: Uint8Array): void {
  const path = join(folder, key);
  try {
    mkdirSync(dirname(path), { recursive: true });
    if (writeNewFile(path, bytes, 0o644) || readFileSync(path).equals(bytes)) return;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw systemRefusal(cause) ?? new CohortiumError('ANCHOR_UNREACHABLE', `${path} cannot be written: ${why}`, { cause });
  }
  throw new CohortiumError('ANCHOR_NOT_LOCKED', `${path} was changed, or holds another history; a copy is written once`);
}

export function keysIn(folder: string, below: string): readonly string[] {
  const path = join(folder, below);
  return existsSync(path)
    ? readdirSync(path)
        .map((name) => `${below}${name}`)
        .sort()
    : [];
}
