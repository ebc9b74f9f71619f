/**
 * The only way this project opens SQLite. WAL with synchronous=FULL, set explicitly and asserted before and after the
 * first commit, because better-sqlite3 builds drop to NORMAL at the first write in WAL mode unless told otherwise.
 * Refuses to go on when the assertion fails: an acknowledged write must survive a power cut.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { erasuresBeside } from './ledger/erasures-on-record.ts';
import { type Database, explainSqlite, openForReading } from './open-for-reading.ts';

export { type Database, explainSqlite } from './open-for-reading.ts';

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
    const timeout = options.busyTimeoutMs ?? 5000;
    if (options.readonly) return openForReading(path, timeout);
    const database = new SqliteDatabase(path, { timeout });
    database.pragma(`page_size = ${options.pageSize ?? 4096}`);
    stampNew(database);
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
 * A store that is made after erasures has nobody in it who was erased, and says so from its first page on: before the file goes over to
 * the log, because the stamp is looked for in the file itself. One that has a page is left as it is, whatever its stamp.
 */
function stampNew(database: Database): void {
  if (Number(database.pragma('page_count', { simple: true })) > 0) return;
  const erasures = erasuresBeside(database.name);
  if (erasures > 0) database.pragma(`user_version = ${erasures}`);
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
