/**
 * The only way this project opens an encrypted SQLite file: SQLCipher 4 pages under a raw 256-bit key, WAL with synchronous=FULL set
 * and asserted, deleted bytes overwritten. Refuses a file that does not open with the key.
 * @see https://utelle.github.io/SQLite3MultipleCiphers/docs/ciphers/cipher_sqlcipher/
 */
import SqliteDatabase from 'better-sqlite3-multiple-ciphers';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { type Database, explainSqlite } from '../sqlite/open-database.ts';

export type EncryptedDatabase = Database;

/**
 * @param pageKey 64 hex digits
 * @throws {CohortiumError} VAULT_KEY_WRONG when the file does not open with this key
 * @throws {CohortiumError} STORE_DURABILITY, STORE_BUSY, STORE_FULL, STORE_FORBIDDEN, STORE_CORRUPT
 */
export function openEncrypted(path: string, pageKey: string, schema: string, options: { readonly readonly: boolean }): EncryptedDatabase {
  return explainSqlite(path, () => {
    const database = new SqliteDatabase(path, { readonly: options.readonly, timeout: 5000 });
    try {
      database.pragma("cipher = 'sqlcipher'");
      database.pragma('legacy = 4'); // the page layout of SQLCipher 4, which its own tools read
      database.pragma(`key = "x'${pageKey}'"`);
      refuseOtherKey(database, path);
      if (options.readonly) return database;
      database.pragma('journal_mode = WAL');
      database.pragma('synchronous = FULL');
      database.pragma('recursive_triggers = ON');
      database.pragma('secure_delete = ON');
      database.pragma('temp_store = MEMORY'); // temporary files would not be encrypted
      database.pragma('cache_size = -131072'); // every page that leaves the cache is encrypted anew
      assertSettings(database);
      database.exec(`BEGIN IMMEDIATE; ${schema}; COMMIT`);
      assertSettings(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

/**
 * Writes every page anew, then cuts the WAL. SQLite overwrites a row that is deleted, but not the copies that stay in the gap of a page
 * when its rows are moved to another. Takes the memory and the time of the whole file.
 * @throws {CohortiumError} STORE_BUSY, STORE_FULL; what was deleted may still be in the file
 */
export function rewritePages(database: EncryptedDatabase): void {
  database.exec('VACUUM');
  truncateWal(database);
}

/**
 * Puts what was committed into the file and cuts the WAL to nothing, so that neither holds what was deleted.
 * @throws {CohortiumError} STORE_BUSY when a reader keeps the WAL from being cut; what was deleted may still be in it
 */
export function truncateWal(database: EncryptedDatabase): void {
  const [answer] = database.pragma('wal_checkpoint(TRUNCATE)') as readonly { readonly busy: number }[]; // columns documented by SQLite
  if (answer?.busy !== 0) {
    const message = `${database.name} is being read by another process, so deleted keys may still stand in its WAL; end that process and repeat`;
    throw new CohortiumError('STORE_BUSY', message, { detail: { path: database.name } });
  }
}

function refuseOtherKey(database: EncryptedDatabase, path: string): void {
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
  } catch (cause) {
    if (!(cause instanceof SqliteDatabase.SqliteError) || cause.code !== 'SQLITE_NOTADB') throw cause;
    throw new CohortiumError('VAULT_KEY_WRONG', `${path} does not open with the vault key that was given, or its first page is damaged`, {
      cause,
      detail: { path },
    });
  }
}

function assertSettings(database: EncryptedDatabase): void {
  const setting = (name: string): string => String(database.pragma(name, { simple: true }));
  const [journal, synchronous, secure] = [setting('journal_mode'), setting('synchronous'), setting('secure_delete')];
  if (journal === 'wal' && synchronous === '2' && secure === '1') return;
  throw new CohortiumError(
    'STORE_DURABILITY',
    `${database.name} runs with journal_mode=${journal}, synchronous=${synchronous}, secure_delete=${secure}; wal, 2 (FULL) and 1 are required`,
    { detail: { path: database.name, journal, synchronous, secure } },
  );
}
