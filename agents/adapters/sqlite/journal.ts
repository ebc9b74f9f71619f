/**
 * A journal on SQLite: entries that are only added, each carrying the digest of the one before. Triggers refuse to change or remove a
 * row; a row that was changed all the same, by another tool, is found when the journal is read. For what has to be remembered as it
 * was said at the time, in thousands of entries and not in millions.
 */
import { join } from 'node:path';

import { canonicalJson, CohortiumError, type Digest, digestOf, type Json } from '../../../skills/sdk/index.ts';
import { type Database, explainSqlite, openDatabase } from './open-database.ts';

export interface NewEntry {
  /** What makes it one entry: a second one with the same key is none. */
  readonly key: string;
  /** What it is about, such as a cohort or an experiment. */
  readonly subject: string;
  readonly kind: string;
  readonly body: Json;
}

export interface JournalEntry extends NewEntry {
  /** 1 for the first. */
  readonly place: number;
  readonly atMs: number;
  readonly digest: Digest;
}

export interface Journal {
  /** Adds entries in their order, all or none; those whose key is there already are passed over. Answers those that were added. */
  readonly append: (entries: readonly NewEntry[], atMs: number) => readonly JournalEntry[];
  /**
   * All entries, oldest first.
   * @throws {CohortiumError} STORE_CORRUPT naming the first that is not as it was written
   */
  readonly entries: () => readonly JournalEntry[];
  readonly close: () => void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS entry (
    place INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, subject TEXT NOT NULL, kind TEXT NOT NULL, at_ms INTEGER NOT NULL,
    body TEXT NOT NULL, digest TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER IF NOT EXISTS entry_stays BEFORE UPDATE ON entry
    BEGIN SELECT RAISE(ABORT, 'entries of a journal are never changed'); END;
  CREATE TRIGGER IF NOT EXISTS entry_remains BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'entries of a journal are never removed'); END`;

interface Row {
  readonly place: number;
  readonly key: string;
  readonly subject: string;
  readonly kind: string;
  readonly at_ms: number;
  readonly body: string;
  readonly digest: string;
}

/** What the first entry has for the digest of the one before. */
const beforeFirst = '0'.repeat(64);

/**
 * @param directory state folder; <name>.db is made in it
 * @throws {CohortiumError} STORE_DURABILITY, STORE_CORRUPT, STORE_BUSY or STORE_FULL
 */
export function createJournal({ directory, name }: { readonly directory: string; readonly name: string }): Journal {
  const path = join(directory, `${name}.db`);
  const database = openDatabase(path, schema);
  const statements = {
    all: database.prepare<[], Row>('SELECT * FROM entry ORDER BY place'),
    last: database.prepare<[], Row>('SELECT * FROM entry ORDER BY place DESC LIMIT 1'),
    known: database.prepare<[string], { readonly place: number }>('SELECT place FROM entry WHERE key = ?'),
    add: database.prepare('INSERT INTO entry (place, key, subject, kind, at_ms, body, digest) VALUES (?, ?, ?, ?, ?, ?, ?)'),
  };
  const append = database.transaction((entries: readonly NewEntry[], atMs: number): readonly JournalEntry[] => {
    const added: JournalEntry[] = [];
    let last = statements.last.get();
    for (const entry of entries) {
      if (statements.known.get(entry.key)) continue;
      const row = { ...entry, place: (last?.place ?? 0) + 1, at_ms: atMs, body: canonicalJson(entry.body) };
      const digest = chained(row, last?.digest ?? beforeFirst);
      statements.add.run(row.place, row.key, row.subject, row.kind, row.at_ms, row.body, digest);
      last = { ...row, digest };
      added.push({ ...entry, place: row.place, atMs, digest });
    }
    return added;
  });
  return {
    append: (entries, atMs) => explainSqlite(path, () => append.immediate(entries, Math.round(atMs))),
    entries: () =>
      explainSqlite(path, () => {
        let before = beforeFirst;
        return statements.all.all().map((row, at): JournalEntry => {
          const { place, key, subject, kind, at_ms: atMs } = row;
          const digest = chained(row, before);
          if (digest !== row.digest || place !== at + 1)
            throw new CohortiumError(
              'STORE_CORRUPT',
              `${path}: entry ${at + 1} is not as it was written, or one before it is gone; restore the file from a copy`,
            );
          before = digest;
          return { place, key, subject, kind, atMs, body: JSON.parse(row.body) as Json, digest }; // written by this file
        });
      }),
    close: () => void database.close(),
  };
}

function chained({ place, key, subject, kind, at_ms: atMs, body }: Omit<Row, 'digest'>, previous: string): Digest {
  return digestOf([previous, place, key, subject, kind, atMs, body]);
}

/** Chains the entries anew from the first: after a person was taken out of them, inside the transaction that did it. */
export function chainAnew(database: Database): void {
  const set = database.prepare('UPDATE entry SET body = ?, digest = ? WHERE place = ?');
  let before = beforeFirst;
  for (const row of database.prepare<[], Row>('SELECT * FROM entry ORDER BY place').all()) {
    const body = canonicalJson(JSON.parse(row.body) as Json); // written by this file
    before = chained({ ...row, body }, before);
    set.run(body, before, row.place);
  }
}
