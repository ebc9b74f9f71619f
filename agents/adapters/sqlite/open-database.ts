/**
 * The only way this project opens SQLite. WAL with synchronous=FULL, set explicitly and asserted before and after the
 * first commit, because better-sqlite3 builds drop to NORMAL at the first write in WAL mode unless told otherwise.
 * Refuses to go on when the assertion fails: an acknowledged write must survive a power cut.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { CohortiumError, forbidden } from '../../../skills/sdk/index.ts';

export type Database = SqliteDatabase.Database;

export interface OpenOptions {
  /** Bytes, a power of two; takes effect when the file is created. */
  readonly pageSize?: number;
  readonly readonly?: boolean;
  /** Milliseconds to wait for another writer of the same process family. */
  readonly busyTimeoutMs?: number;
}

/**
 * Opens or creates a database file and runs its schema in one transaction.
 * @param schema `CREATE … IF NOT EXISTS` statements, run at every open unless readonly
 * @throws {CohortiumError} STORE_DURABILITY when synchronous is not FULL before or after the first commit
 * @throws {CohortiumError} STORE_BUSY, STORE_FULL, STORE_FORBIDDEN, STORE_CORRUPT as SQLite reports them
 */
export function openDatabase(path: string, schema: string, options: OpenOptions = {}): Database {
  return explainSqlite(path, () => {
    const database = new SqliteDatabase(path, { readonly: options.readonly ?? false, timeout: options.busyTimeoutMs ?? 5000 });
    if (options.readonly) return database;
    database.pragma(`page_size = ${options.pageSize ?? 4096}`);
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('recursive_triggers = ON');
    database.pragma('secure_delete = ON');
    database.pragma('foreign_keys = ON');
    assertDurable(database);
    database.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT`);
    assertDurable(database);
    return database;
  });
}

/**
 * @throws {CohortiumError} STORE_DURABILITY when the connection does not wait for the disk at every commit
 */
export function assertDurable(database: Database): void {
  const synchronous = Number(database.pragma('synchronous', { simple: true }));
  const journal = String(database.pragma('journal_mode', { simple: true }));
  if (synchronous < 2 || journal !== 'wal') {
    throw new CohortiumError(
      'STORE_DURABILITY',
      `${database.name} runs with journal_mode=${journal}, synchronous=${synchronous}; wal and 2 (FULL) are required`,
      { detail: { path: database.name, journal, synchronous } },
    );
  }
}

/**
 * Runs a function and turns SQLite's errors into coded ones; other errors pass unchanged.
 * @throws {CohortiumError} STORE_BUSY, STORE_FULL, STORE_FORBIDDEN or STORE_CORRUPT
 */
export function explainSqlite<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (cause) {
    throw explained(path, cause);
  }
}

function explained(path: string, cause: unknown): unknown {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED')) {
    return new CohortiumError('STORE_BUSY', `${path} is held by another process`, { cause, detail: { path } });
  }
  if (code.startsWith('SQLITE_FULL') || code.startsWith('SQLITE_IOERR') || code === 'ENOSPC') {
    return new CohortiumError('STORE_FULL', `${path} could not grow: ${code}; what was acknowledged is safe`, { cause, detail: { path } });
  }
  if (code.startsWith('SQLITE_READONLY') || code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_PERM')) {
    return new CohortiumError('STORE_FORBIDDEN', forbidden(path, code), { cause, detail: { path } });
  }
  if (code.startsWith('SQLITE_CORRUPT') || code.startsWith('SQLITE_NOTADB')) {
    return new CohortiumError('STORE_CORRUPT', `${path} is damaged: ${code}`, { cause, detail: { path } });
  }
  return cause;
}

/** Held for as long as a process writes to an operator directory; released by the operating system on kill -9. */
export interface DirectoryLock {
  readonly release: () => void;
}

/**
 * Takes the one writer's place in a directory. The lock is SQLite's own file lock, so a killed process leaves none behind.
 * @throws {CohortiumError} STORE_BUSY naming the process that holds it
 */
export function lockDirectory(directory: string): DirectoryLock {
  const path = join(directory, 'lock.db');
  const holder = join(directory, 'lock.json');
  const database = new SqliteDatabase(path, { timeout: 0 });
  try {
    database.pragma('journal_mode = DELETE');
    database.pragma('locking_mode = EXCLUSIVE');
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new CohortiumError('STORE_BUSY', `${dirname(path)} is held by process ${holderOf(holder)}`, { cause, detail: { path } });
  }
  writeFileSync(holder, JSON.stringify({ pid: process.pid }));
  return {
    release: () => {
      database.exec('ROLLBACK');
      database.close();
    },
  };
}

function holderOf(path: string): string {
  try {
    return String((JSON.parse(readFileSync(path, 'utf8')) as { readonly pid: number }).pid);
  } catch {
    return 'unknown';
  }
}
