import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

/**
 * What erasures this state folder has been through: erasures.db. While one runs, whom it is about is kept here, so that a killed process
 * is taken up again, and so are the digests of what goes; afterwards only numbers, counts and digests of what is there stay. Compared with
 * the ledger they show when an older copy of the folder, or of one file in it, was put back.
 */
import type { Json } from '../../../skills/sdk/index.ts';
import type { SignedOrder } from '../../customer-data-graph/record/act-interface.ts';
import type { SegmentEntry } from '../duckdb/segment-schema.ts';
import { explainSqlite, openDatabase } from './open-database.ts';

/** Whom a running erasure is about, and how far it is. */
export interface RunningErasure {
  readonly id: string;
  /** `kind:value`. */
  readonly owners: readonly string[];
  /** Customer ids, former ones too. */
  readonly ids: readonly string[];
  readonly signals: readonly string[];
  readonly kids: readonly string[];
  readonly kept: readonly KeptKeys[];
  readonly by: string;
  /** Empty once it is on record, which others who are erased meanwhile are taken out of. */
  readonly why: string;
  /** What was signed when it was ordered, until that is on record; absent where an older version left it. */
  readonly order?: SignedOrder;
  /** Of the order on record: whose hand, and the digest of what they have signed. */
  readonly ordered?: OrderOnRecord;
  /** Index of the record erasure.started; null before it is written. */
  readonly started: number | null;
  readonly segments: readonly (readonly [string, SegmentEntry | null])[];
  /** What was found at the beginning, by store. */
  readonly found: readonly { readonly store: string; readonly what: string; readonly count: number }[];
  /** What went so far. */
  readonly erased: readonly { readonly store: string; readonly what: string; readonly count: number }[];
  readonly bodies: number;
  /** Records that lost fields which told of what went, so far. */
  readonly redacted: number;
  /** Records that keep such fields, because a hold keeps them. */
  readonly recordsHeld: number;
  /** Everything here is gone; subscribers have yet to acknowledge. */
  readonly isWaiting: boolean;
  /** Everything was done, and something is still there that a person has to look at. */
  readonly isStuck?: boolean;
}

export interface OrderOnRecord {
  readonly hand: Json;
  readonly order: string;
}

/** Keys that stay because the law wants their bodies. */
export interface KeptKeys {
  readonly class: string;
  readonly kids: readonly string[];
  /** Ids of rules and their citations. */
  readonly because: readonly string[];
  /** ISO date; null while the event that ends it has not come. */
  readonly until: string | null;
}

/** A file that an erasure wrote again, as it was then; it may have grown since. */
export interface RewrittenFile {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface ErasureJournal {
  /** In the order in which they were begun. */
  readonly running: () => readonly RunningErasure[];
  /** In place of what was there of it. */
  readonly save: (erasure: RunningErasure) => void;
  /** Drops one that has erased nothing. */
  readonly forget: (id: string) => void;
  /** Notes that it is done, and forgets whom it was about. */
  readonly finish: (id: string, files: readonly RewrittenFile[]) => void;
  /** The secret that digests of what goes are named by, made at first use, and the digests found so far. */
  readonly names: (id: string) => { readonly secret: string; readonly gone: readonly string[] };
  /** Notes digests before anything that has them goes. */
  readonly saveGone: (id: string, gone: readonly string[]) => void;
  /** Ids of erasures that this folder has been through. */
  readonly applied: () => ReadonlySet<string>;
  readonly files: () => readonly RewrittenFile[];
  readonly close: () => void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS running (id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS applied (id TEXT PRIMARY KEY) STRICT;
  CREATE TABLE IF NOT EXISTS naming (id TEXT PRIMARY KEY, secret TEXT NOT NULL, gone TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS file (path TEXT PRIMARY KEY, bytes INTEGER NOT NULL, sha256 TEXT NOT NULL) STRICT`;

export function erasureJournalPath(directory: string): string {
  return join(directory, 'erasures.db');
}

/** @param directory state folder @throws {CohortiumError} STORE_* as the disk says */
export function openErasureJournal(directory: string): ErasureJournal {
  const path = erasureJournalPath(directory);
  const database = openDatabase(path, schema);
  const safely = <Result>(work: () => Result): Result => explainSqlite(path, work);
  const forget = (): void => {
    database.pragma('wal_checkpoint(TRUNCATE)');
    // Bodies grow from page to page, and what is left in a page is overwritten only by writing the file anew.
    database.exec('VACUUM');
    database.pragma('wal_checkpoint(TRUNCATE)');
  };
  return {
    running: () =>
      safely(
        () =>
          database
            .prepare<[], string>('SELECT body FROM running ORDER BY rowid')
            .pluck()
            .all()
            .map((body) => JSON.parse(body) as RunningErasure), // written below and nowhere else
      ),
    save: (erasure) =>
      void safely(() =>
        database
          .prepare('INSERT INTO running (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body')
          .run(erasure.id, JSON.stringify(erasure)),
      ),
    forget: (id) =>
      safely(() => {
        database.prepare('DELETE FROM running WHERE id = ?').run(id);
        database.prepare('DELETE FROM naming WHERE id = ?').run(id);
        forget();
      }),
    names: (id) =>
      safely(() => {
        database.prepare("INSERT OR IGNORE INTO naming (id, secret, gone) VALUES (?, ?, '[]')").run(id, randomBytes(32).toString('hex'));
        const row = database
          .prepare<[string], { readonly secret: string; readonly gone: string }>('SELECT secret, gone FROM naming WHERE id = ?')
          .get(id);
        return { secret: row?.secret ?? '', gone: JSON.parse(row?.gone ?? '[]') as string[] }; // written below
      }),
    saveGone: (id, gone) => void safely(() => database.prepare('UPDATE naming SET gone = ? WHERE id = ?').run(JSON.stringify(gone), id)),
    finish: (id, files) =>
      safely(() => {
        database
          .transaction(() => {
            database.prepare('INSERT OR IGNORE INTO applied (id) VALUES (?)').run(id);
            const put = database.prepare('INSERT OR REPLACE INTO file (path, bytes, sha256) VALUES (?, ?, ?)');
            for (const { path: file, bytes, sha256 } of files) put.run(file, bytes, sha256);
            database.prepare('DELETE FROM running WHERE id = ?').run(id);
            database.prepare('DELETE FROM naming WHERE id = ?').run(id);
          })
          .immediate();
        forget();
      }),
    applied: () => safely(() => new Set(database.prepare<[], string>('SELECT id FROM applied').pluck().all())),
    files: () => safely(() => database.prepare<[], RewrittenFile>('SELECT path, bytes, sha256 FROM file ORDER BY path').all()),
    close: () => void database.close(),
  };
}
