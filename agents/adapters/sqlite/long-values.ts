/**
 * Values of a SQLite file that are too long for a page: in the bytes of the file they stand in pieces, with other pages between, so that who
 * looks for something inside of them has to read the rows. Reads only.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';

import { isCohortiumError } from '../../../skills/sdk/index.ts';
import { openDatabase } from './open-database.ts';

const header = 'SQLite format 3\0';

/** Bytes of a row that stay in one piece on a page of 512 bytes, the smallest there is, and more of them on a larger one. */
const shortest = 64;

/** Long texts and bytes, as Latin-1; none of a file that is no SQLite file, or is damaged. The file that is a lock holds none. */
export function* longValues(path: string): Generator<string> {
  if (basename(path) === 'lock.db' || !isSqlite(path)) return;
  try {
    const database = openDatabase(path, '', { readonly: true });
    try {
      const tables = database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
      for (const table of tables) {
        const columns = database.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck().all(table);
        for (const column of columns) {
          const values = database
            .prepare<[], Buffer>(`SELECT CAST("${column}" AS BLOB) FROM "${table}" WHERE length("${column}") >= ${shortest}`)
            .pluck();
          for (const value of values.iterate()) yield value.toString('latin1');
        }
      }
    } finally {
      database.close();
    }
  } catch (error) {
    if (!isCohortiumError(error) || error.code !== 'STORE_CORRUPT') throw error;
  }
}

function isSqlite(path: string): boolean {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(header.length);
    return readSync(file, bytes, 0, bytes.length, 0) === bytes.length && bytes.toString('latin1') === header;
  } finally {
    closeSync(file);
  }
}
