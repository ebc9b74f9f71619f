/**
 * Immutable files of rows, one per publication, named by the SHA-256 of their bytes: written in one pass, on disk before their
 * name exists, and read in pieces. Refuses pieces that are not there; knows nothing of what the rows mean.
 */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError, type Digest } from '../../../skills/sdk/index.ts';
import { flushFolder } from './write-new-file.ts';

/** Padded, so that rows begin at an offset that every number is aligned to. */
const head = Buffer.from('cohortium/rows@1'.padEnd(63).concat('\n'), 'latin1');

/** Files kept open for reading. */
const mostOpen = 64;

export interface PackWriter {
  /** @returns where the bytes begin */
  append(bytes: Uint8Array): number;
  /** Puts the file in place; it is on disk when this returns. */
  finish(): { readonly name: Digest; readonly bytes: number };
  /** Takes back everything that was appended. */
  discard(): void;
}

export interface RowPacks {
  begin(): PackWriter;
  /**
   * Fills `into` with the bytes from an offset on.
   * @throws {CohortiumError} CONTENT_NOT_FOUND when the file is absent, STORE_CORRUPT when it is too short
   */
  read(name: string, offset: number, into: Uint8Array): void;
  close(): void;
}

/** @param directory made when it is absent */
export function openRowPacks(directory: string): RowPacks {
  mkdirSync(directory, { recursive: true });
  const open = new Map<string, number>();
  const descriptorOf = (name: string): number => {
    const known = open.get(name);
    if (known !== undefined) return known;
    for (const [oldest, descriptor] of open) {
      if (open.size < mostOpen) break;
      closeSync(descriptor);
      open.delete(oldest);
    }
    const descriptor = openExisting(join(directory, `${name}.rows`));
    open.set(name, descriptor);
    return descriptor;
  };
  return {
    begin: () => startPack(directory),
    read(name, offset, into) {
      const descriptor = descriptorOf(name);
      for (let at = 0; at < into.length;) {
        const read = readSync(descriptor, into, at, into.length - at, offset + at);
        if (read === 0) {
          throw new CohortiumError(
            'STORE_CORRUPT',
            `${join(directory, name)}.rows ends before byte ${offset + into.length}; restore it from a backup`,
          );
        }
        at += read;
      }
    },
    close() {
      for (const descriptor of open.values()) closeSync(descriptor);
      open.clear();
    },
  };
}

/** Removes what a killed process had begun; call it while nobody else writes. */
export function removeUnfinishedPacks(directory: string): void {
  for (const file of readdirSync(directory)) if (file.endsWith('.tmp')) rmSync(join(directory, file), { force: true });
}

function startPack(directory: string): PackWriter {
  const temporary = join(directory, `${randomUUID()}.tmp`);
  const descriptor = openSync(temporary, 'wx', 0o600);
  const hash: Hash = createHash('sha256');
  let end = 0;
  const append = (bytes: Uint8Array): number => {
    const start = end;
    hash.update(bytes);
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    } catch (cause) {
      throw fullOr(cause, temporary);
    }
    end += bytes.length;
    return start;
  };
  append(head);
  return {
    append,
    finish() {
      try {
        fsyncSync(descriptor);
      } catch (cause) {
        throw fullOr(cause, temporary);
      } finally {
        closeSync(descriptor);
      }
      const name = hash.digest('hex') as Digest; // 64 hex digits by construction
      renameSync(temporary, join(directory, `${name}.rows`));
      flushFolder(directory);
      return { name, bytes: end };
    },
    discard() {
      closeSync(descriptor);
      rmSync(temporary, { force: true });
    },
  };
}

function openExisting(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new CohortiumError('CONTENT_NOT_FOUND', `${path} is absent, but the catalog lists it; restore it from a backup`, { cause });
  }
}

function fullOr(cause: unknown, path: string): unknown {
  const isFull = cause instanceof Error && 'code' in cause && cause.code === 'ENOSPC';
  return isFull ? new CohortiumError('STORE_FULL', `${path} could not be written: the disk is full`, { cause }) : cause;
}
