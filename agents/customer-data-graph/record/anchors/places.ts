/** Names of what is kept outside, the same at every place, and the folder as a place: it keeps copies and locks nothing. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { CohortiumError, systemRefusal } from '../../../../skills/sdk/index.ts';
import { writeNewFile } from '../../../adapters/files/write-new-file.ts';
import type { Checkpoint } from '../../../adapters/sqlite/ledger/note.ts';
import type { ObjectLockStore } from '../anchor-interface.ts';

const checkpointFolder = 'checkpoints/';
export const timestampFolder = 'timestamps/';
export const segmentFolder = 'segments/';

/** Size and root stand in the name, so that a listing alone tells histories apart. */
export function checkpointKey({ size, root }: Pick<Checkpoint, 'size' | 'root'>): string {
  return `${checkpointFolder}${String(size).padStart(12, '0')}-${root}.note`;
}

/** Undefined for another object. */
function readCheckpointKey(key: string): { readonly size: number; readonly root: string } | undefined {
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

/** A copy of a checkpoint, as a place lists it. */
export interface CheckpointCopy {
  readonly key: string;
  /** As its name has them. */
  readonly said: { readonly size: number; readonly root: string };
  readonly read: () => Promise<Uint8Array>;
}

/** Ascending by size; empty where there is no such folder. @throws {CohortiumError} ANCHOR_UNREACHABLE, STORE_* */
export function copiesIn(folder: string): readonly CheckpointCopy[] {
  const path = join(folder, checkpointFolder);
  const names = existsSync(path) ? orUnreachable(path, () => readdirSync(path)) : [];
  return copiesOf(
    names.sort().map((name) => `${checkpointFolder}${name}`),
    async (key) => orUnreachable(join(folder, key), () => readFileSync(join(folder, key))),
  );
}

/** Every version, those under delete markers too: hiding an object removes no lock. @throws {CohortiumError} ANCHOR_UNREACHABLE */
export async function copiesAt(store: ObjectLockStore): Promise<readonly CheckpointCopy[]> {
  const versions = await store.list(checkpointFolder);
  return versions.flatMap(({ key, version }) => copiesOf([key], () => store.read(key, version)));
}

function copiesOf(keys: readonly string[], read: (key: string) => Promise<Uint8Array>): readonly CheckpointCopy[] {
  return keys.flatMap((key) => {
    const said = readCheckpointKey(key);
    return said ? [{ key, said, read: () => read(key) }] : [];
  });
}

function orUnreachable<Found>(path: string, work: () => Found): Found {
  try {
    return work();
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw systemRefusal(cause) ?? new CohortiumError('ANCHOR_UNREACHABLE', `${path} cannot be read: ${why}`, { cause });
  }
}
