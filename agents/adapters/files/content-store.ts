/**
 * Immutable objects as files, named by their digest: tables and canonical JSON. An object is on disk before its Ref exists,
 * and its bytes are digested again at every read from disk. Refuses damaged and absent objects; deletes nothing. Where an erasure has
 * put an object without the person in its place, a name that stands for the old digest answers with that, and says so to who asks.
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
  type TableToWrite,
} from '../../../skills/sdk/index.ts';
import { type ContentErasure, erasedSuffix, erasureOf } from './erased-content.ts';
import { listObject } from './object-list.ts';
import { flushFolder } from './write-new-file.ts';

/** Decoded tables kept in memory: as many as have this many bytes as files, and a table of texts takes twice that. */
const keptBytes = 64_000_000;

/** The store of files; other implementations need not know of erasures. */
export interface FileContentStore extends ContentStore {
  /** What was taken out of the object since it was written; undefined for one that is as it was. */
  readonly erasedBy: (ref: Pick<Ref, 'digest'>) => ContentErasure | undefined;
  /** Lets go of what is kept in memory: the files have changed. */
  readonly forget: () => void;
}

/**
 * Opens or makes the store of a directory: `<directory>/ab/<digest>`.
 * @throws {CohortiumError} from its methods: CONTENT_NOT_FOUND, CONTENT_DIGEST_MISMATCH, STORE_FULL; ARGUMENT_INVALID for a
 * value that canonical JSON cannot carry
 */
export function createContentStore(directory: string): FileContentStore {
  mkdirSync(directory, { recursive: true });
  const recent = new RecentTables(keptBytes);
  const pathOf = (digest: string): string => {
    // A digest becomes a path: anything else could name a file outside the store.
    if (/^[0-9a-f]{64}$/.test(digest)) return join(directory, digest.slice(0, 2), digest);
    throw new CohortiumError('CONTENT_NOT_FOUND', `a digest of 64 hex digits was expected; found '${digest.slice(0, 80)}'`);
  };

  const erasedBy = (digest: string): ContentErasure | undefined => (existsSync(pathOf(digest)) ? undefined : erasureOf(pathOf(digest)));

  /** The object, or the one in its place, with the digest that its bytes must have. @param passed names whose marks led here */
  const read = (ref: Ref, media: string, passed: readonly string[] = []): { readonly bytes: Buffer; readonly digest: string } => {
    if (ref.media !== media) {
      throw new CohortiumError('CONTENT_NOT_FOUND', `${ref.digest} is named as ${ref.media}, but was asked for as ${media}`);
    }
    try {
      return { bytes: readFileSync(pathOf(ref.digest)), digest: ref.digest };
    } catch (cause) {
      if (!isAbsent(cause)) throw cause;
      const erasure = erasureOf(pathOf(ref.digest));
      if (erasure?.replacement) {
        const through = [...passed, ref.digest];
        if (through.includes(erasure.replacement)) throw ringOfMarks(erasure.replacement);
        return read({ ...ref, digest: erasure.replacement }, media, through);
      }
      if (erasure) throw new CohortiumError('CONTENT_NOT_FOUND', `object ${ref.digest} was erased, and what was left of it is not known`);
      throw new CohortiumError('CONTENT_NOT_FOUND', `no object ${ref.digest} in ${directory}; restore it from a backup`, { cause });
    }
  };

  return {
    putTable(table: TableToWrite): Ref {
      const { bytes, digest } = encodeTable(table);
      writeOnce(directory, digest, bytes);
      return { digest, media: tableMedia, rows: table.rows };
    },
    getTable(ref: Ref): Table {
      const kept = recent.get(ref.digest);
      if (kept && ref.media === tableMedia) return kept;
      const stored = read(ref, tableMedia);
      const { table, digest } = decodeStored(stored.bytes, stored.digest);
      if (digest !== stored.digest) throw mismatch(stored.digest, digest);
      recent.set(ref.digest, table, stored.bytes.length);
      return table;
    },
    putJson(value: unknown): Ref {
      const bytes = Buffer.from(canonicalJson(value), 'utf8');
      const digest = sha256(bytes);
      writeOnce(directory, digest, bytes);
      return { digest, media: jsonMedia, rows: Array.isArray(value) ? value.length : 1 };
    },
    getJson(ref: Ref): unknown {
      const { bytes, digest: expected } = read(ref, jsonMedia);
      const digest = sha256(bytes);
      if (digest !== expected) throw mismatch(expected, digest);
      return JSON.parse(bytes.toString('utf8'));
    },
    has: (ref: Ref): boolean => existsSync(pathOf(ref.digest)) || typeof erasureOf(pathOf(ref.digest))?.replacement === 'string',
    erasedBy: ({ digest }) => erasedBy(digest),
    forget: () => recent.clear(),
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
function writeOnce(directory: string, digest: string, bytes: Uint8Array): void {
  const path = join(directory, digest.slice(0, 2), digest);
  if (existsSync(path)) return;
  listObject(directory, digest);
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

/** Keeps the tables used last, up to a number of bytes. Tables are read-only by type, so one copy serves all readers. */
class RecentTables {
  readonly #limit: number;
  readonly #tables = new Map<string, { readonly table: Table; readonly bytes: number }>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  clear(): void {
    this.#tables.clear();
    this.#bytes = 0;
  }

  get(digest: string): Table | undefined {
    const kept = this.#tables.get(digest);
    if (!kept) return undefined;
    this.#tables.delete(digest);
    this.#tables.set(digest, kept);
    return kept.table;
  }

  set(digest: string, table: Table, bytes: number): void {
    if (bytes > this.#limit || this.#tables.has(digest)) return;
    this.#tables.set(digest, { table, bytes });
    this.#bytes += bytes;
    for (const [oldest, dropped] of this.#tables) {
      if (this.#bytes <= this.#limit) break;
      this.#tables.delete(oldest);
      this.#bytes -= dropped.bytes;
    }
  }
}

/** An erasure marks what it took a person from with what is left, never with what led to it. */
function ringOfMarks(digest: string): CohortiumError {
  return new CohortiumError(
    'STORE_CORRUPT',
    `what stands in the place of object ${digest} leads back to it: a mark of an erasure was changed; restore ${digest}${erasedSuffix} from a backup`,
  );
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
