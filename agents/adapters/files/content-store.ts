/**
 * Immutable objects as files, named by their digest: tables and canonical JSON. An object is on disk before its Ref exists,
 * and its bytes are digested again at every read from disk. Refuses damaged and absent objects; deletes nothing.
 */
import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import {
  canonicalJson,
  CohortiumError,
  type ContentStore,
  decodeTable,
  type Digest,
  encodeTable,
  isCohortiumError,
  jsonMedia,
  type Ref,
  sha256,
  type Table,
  tableMedia,
} from '../../../skills/sdk/index.ts';
import { flushFolder } from './write-new-file.ts';

/** Decoded tables kept in memory, by rows times columns; about 64 MB of numbers. */
const keptCells = 8_000_000;

/**
 * Opens or makes the store of a directory: `<directory>/ab/<digest>`.
 * @throws {CohortiumError} from its methods: CONTENT_NOT_FOUND, CONTENT_DIGEST_MISMATCH, STORE_FULL; ARGUMENT_INVALID for a
 * value that canonical JSON cannot carry
 */
export function createContentStore(directory: string): ContentStore {
  mkdirSync(directory, { recursive: true });
  const recent = new RecentTables(keptCells);
  const pathOf = (digest: string): string => {
    // A digest becomes a path: anything else could name a file outside the store.
    if (/^[0-9a-f]{64}$/.test(digest)) return join(directory, digest.slice(0, 2), digest);
    throw new CohortiumError('CONTENT_NOT_FOUND', `a digest of 64 hex digits was expected; found '${digest.slice(0, 80)}'`);
  };

  const read = (ref: Ref, media: string): Buffer => {
    if (ref.media !== media) {
      throw new CohortiumError('CONTENT_NOT_FOUND', `${ref.digest} is named as ${ref.media}, but was asked for as ${media}`);
    }
    try {
      return readFileSync(pathOf(ref.digest));
    } catch (cause) {
      if (!isAbsent(cause)) throw cause;
      throw new CohortiumError('CONTENT_NOT_FOUND', `no object ${ref.digest} in ${directory}; restore it from a backup`, { cause });
    }
  };

  return {
    putTable(table: Table): Ref {
      const { bytes, digest } = encodeTable(table);
      writeOnce(pathOf(digest), bytes);
      return { digest, media: tableMedia, rows: table.rows };
    },
    getTable(ref: Ref): Table {
      const kept = recent.get(ref.digest);
      if (kept && ref.media === tableMedia) return kept;
      const { table, digest } = decodeStored(read(ref, tableMedia), ref.digest);
      if (digest !== ref.digest) throw mismatch(ref.digest, digest);
      recent.set(ref.digest, table);
      return table;
    },
    putJson(value: unknown): Ref {
      const bytes = Buffer.from(canonicalJson(value), 'utf8');
      const digest = sha256(bytes);
      writeOnce(pathOf(digest), bytes);
      return { digest, media: jsonMedia, rows: Array.isArray(value) ? value.length : 1 };
    },
    getJson(ref: Ref): unknown {
      const bytes = read(ref, jsonMedia);
      const digest = sha256(bytes);
      if (digest !== ref.digest) throw mismatch(ref.digest, digest);
      return JSON.parse(bytes.toString('utf8'));
    },
    has: (ref: Ref): boolean => existsSync(pathOf(ref.digest)),
  };
}

function decodeStored(bytes: Buffer, digest: string): { readonly table: Table; readonly digest: Digest } {
  try {
    return decodeTable(bytes);
  } catch (cause) {
    if (!isCohortiumError(cause)) throw cause;
    throw new CohortiumError('CONTENT_DIGEST_MISMATCH', `${digest} no longer holds a table: ${cause.message}`, { cause });
  }
}

/** Writes a file that appears complete or not at all, and is on disk when this returns. */
function writeOnce(path: string, bytes: Uint8Array): void {
  if (existsSync(path)) return;
  const folder = join(path, '..');
  const isNewFolder = mkdirSync(folder, { recursive: true }) !== undefined;
  // Two writers of one object must not share a half-written file; the name never gets into a digest.
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const descriptor = openSync(temporary, 'wx');
    try {
      for (let offset = 0; offset < bytes.length;) offset += writeSync(descriptor, bytes, offset);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
    flushFolder(folder);
    if (isNewFolder) flushFolder(join(folder, '..'));
  } catch (cause) {
    rmSync(temporary, { force: true });
    if (codeOf(cause) !== 'ENOSPC') throw cause;
    throw new CohortiumError('STORE_FULL', `${path} could not be written: the disk is full`, { cause });
  }
}

/** Keeps the tables used last, up to a number of cells. Tables are read-only by type, so one copy serves all readers. */
class RecentTables {
  readonly #limit: number;
  readonly #tables = new Map<string, Table>();
  #cells = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(digest: string): Table | undefined {
    const table = this.#tables.get(digest);
    if (!table) return undefined;
    this.#tables.delete(digest);
    this.#tables.set(digest, table);
    return table;
  }

  set(digest: string, table: Table): void {
    if (cellsOf(table) > this.#limit || this.#tables.has(digest)) return;
    this.#tables.set(digest, table);
    this.#cells += cellsOf(table);
    for (const [oldest, dropped] of this.#tables) {
      if (this.#cells <= this.#limit) break;
      this.#tables.delete(oldest);
      this.#cells -= cellsOf(dropped);
    }
  }
}

function cellsOf(table: Table): number {
  return table.rows * Object.keys(table.columns).length;
}

function mismatch(expected: string, found: string): CohortiumError {
  return new CohortiumError('CONTENT_DIGEST_MISMATCH', `object ${expected} has digest ${found}: its file was changed or damaged`);
}

function isAbsent(cause: unknown): boolean {
  return codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ENOTDIR';
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}
