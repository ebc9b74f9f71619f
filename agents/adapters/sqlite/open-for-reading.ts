/** Opens SQLite for who only reads, and says in coded errors what SQLite refuses. Makes no file and changes no row. */
import SqliteDatabase from 'better-sqlite3';

import { CohortiumError, forbidden } from '../../../skills/sdk/index.ts';

export type Database = SqliteDatabase.Database;

/** A power cut while the file was made can leave a rollback journal, which a connection that only reads may not put back. */
export function openForReading(path: string, timeout: number): Database {
  const database = new SqliteDatabase(path, { readonly: true, timeout });
  try {
    database.pragma('schema_version');
    return database;
  } catch (error) {
    database.close();
    if (!(error instanceof SqliteDatabase.SqliteError) || error.code !== 'SQLITE_READONLY_ROLLBACK') throw error;
    const recovering = new SqliteDatabase(path, { timeout });
    recovering.pragma('schema_version');
    recovering.close();
    return new SqliteDatabase(path, { readonly: true, timeout });
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
