/**
 * Takes a person out of a SQLite file that somebody else's code writes: rows that are the person's are deleted, texts that name the person
 * are written again without. One transaction per file; triggers that keep rows from being changed are set aside inside it and put back.
 * Afterwards the write-ahead log is cut, and where old pages still hold a name the file is written anew.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

import type { Finding, Sought } from '../../customer-data-graph/erasure/eraser-interface.ts';
import { searchedTokens, textWithout } from '../../customer-data-graph/erasure/person-names.ts';
import { type Database, explainSqlite, openDatabase } from './open-database.ts';

/** A column of ids of signals; whoever sent one could choose it, so that it says nothing of customers. */
const signalColumn = 'event';

/** Whose rows go, by table. Everything else is looked through for texts. */
export interface RowRule {
  readonly table: string;
  /** The row goes when one of these columns is the person, or a signal of the person. */
  readonly columns: readonly string[];
  /** In words, for the report. */
  readonly what: string;
  /** The row stays, with the tombstone for the name; for rows that others refer to by number. */
  readonly isRenamed?: boolean;
}

export interface RowErasure {
  readonly path: string;
  readonly rules: readonly RowRule[];
  /** The only tables whose texts are looked through; all where absent. */
  readonly only?: readonly string[];
  /** Last work of the transaction, where a chain over rows has to be made again. */
  readonly afterwards?: (database: Database) => void;
  /** Work that is done whatever was found, at the end of the transaction. */
  readonly always?: (database: Database) => void;
  /** Names of segments that were written anew, old to new; null for one that is empty now. */
  readonly renamed?: ReadonlyMap<string, string | null>;
}

interface ColumnInfo {
  readonly name: string;
  readonly type: string;
  readonly pk: number;
}

/** Counts what would go. */
export function findRows(erasure: RowErasure, sought: Sought): readonly Finding[] {
  if (!existsSync(erasure.path)) return [];
  const database = openDatabase(erasure.path, '', { readonly: true });
  try {
    return explainSqlite(erasure.path, () => workOn(database, erasure, sought, false));
  } finally {
    database.close();
  }
}

/** Takes it out; what is counted is what was found. */
export function eraseRows(erasure: RowErasure, sought: Sought): readonly Finding[] {
  if (!existsSync(erasure.path)) return [];
  const database = openDatabase(erasure.path, '');
  try {
    return explainSqlite(erasure.path, () => {
      const work = (): readonly Finding[] => {
        const findings = workOn(database, erasure, sought, true);
        if (findings.length > 0) erasure.afterwards?.(database);
        erasure.always?.(database);
        return findings;
      };
      const found = database.transaction(() => withoutTriggers(database, work)).immediate();
      forgetPages(database, erasure.path, sought);
      return found;
    });
  } finally {
    database.close();
  }
}

/** Old pages: the log is cut; where the file still has a name or a digest in pages that were moved, it is written anew. */
export function forgetPages(database: Database, path: string, sought: Sought): void {
  database.pragma('wal_checkpoint(TRUNCATE)');
  if (!holdsBytes(path, searchedTokens(sought.names)) && !sought.gone.isInBytes(readFileSync(path, 'latin1'))) return;
  database.exec('VACUUM');
  database.pragma('wal_checkpoint(TRUNCATE)');
}

/** Whether the bytes of a file have one of these texts anywhere, as SQLite and plain files store them. */
export function holdsBytes(path: string, tokens: readonly string[]): boolean {
  const bytes = readFileSync(path);
  return tokens.some((token) => bytes.includes(token, 0, 'utf8'));
}

function workOn(database: Database, erasure: RowErasure, sought: Sought, isErasing: boolean): readonly Finding[] {
  const store = basename(erasure.path);
  const findings: Finding[] = [];
  const add = (what: string, count: number): void => {
    if (count > 0) findings.push({ store, what, count });
  };
  const tables = database
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name")
    .pluck()
    .all();
  for (const table of tables) {
    const rules = erasure.rules.filter((rule) => rule.table === table);
    for (const rule of rules) add(rule.what, byRule(database, rule, sought, isErasing));
  }
  for (const table of tables) {
    if (erasure.only?.includes(table) === false) continue;
    const skipped = isErasing ? [] : erasure.rules.filter((rule) => rule.table === table).map((rule) => rule.what);
    if (skipped.length > 0) continue; // counted by its rule already
    add(`texts in ${table}`, texts(database, table, erasure, sought, isErasing));
  }
  return findings;
}

function byRule(database: Database, rule: RowRule, { names, finder }: Sought, isErasing: boolean): number {
  const info = columnsOf(database, rule.table);
  const columns = rule.columns.filter((column) => info.some(({ name }) => name === column));
  const [first] = columns;
  if (first === undefined) return 0;
  const keys = keyColumns(info);
  const found = finder();
  const isHit = (column: string, value: unknown): boolean =>
    typeof value === 'string' && (column === signalColumn ? found.isSignal(value) : found.isCustomer(value));
  const hits = database
    .prepare<[], Readonly<Record<string, unknown>>>(`SELECT ${list([...keys, ...columns])} FROM ${quoted(rule.table)}`)
    .all()
    .filter((row) => columns.some((column) => isHit(column, row[column])));
  if (!isErasing) return hits.length;
  const where = keys.map((key) => `${quoted(key)} IS ?`).join(' AND ');
  const change = rule.isRenamed
    ? database.prepare(`UPDATE ${quoted(rule.table)} SET ${quoted(first)} = ? WHERE ${where}`)
    : database.prepare(`DELETE FROM ${quoted(rule.table)} WHERE ${where}`);
  for (const [nth, row] of hits.entries()) {
    const place = keys.map((key) => row[key]);
    if (rule.isRenamed) change.run(nth === 0 ? names.tombstone : `${names.tombstone}/${nth}`, ...place);
    else change.run(...place);
  }
  return hits.length;
}

/** Writes texts of a table again without the person and without digests of what goes, and chains them anew where the table is a chain. */
function texts(database: Database, table: string, { renamed }: RowErasure, { finder, gone }: Sought, isErasing: boolean): number {
  const info = columnsOf(database, table);
  const wanted = info.filter(({ type }) => type === 'TEXT' || type === '').map(({ name }) => name);
  if (wanted.length === 0) return 0;
  const keys = keyColumns(info);
  const found = finder();
  const segments = [...(renamed ?? [])];
  const changed = (text: string, column: string): string | null => {
    let left = textWithout(text, found, 'remove', column);
    for (const [before, after] of segments) {
      if (!left.includes(before)) continue;
      if (left === before && after === null) return null;
      left = left.replaceAll(before, after ?? '');
    }
    return gone.rename(left);
  };
  let count = 0;
  const rows = database
    .prepare<[], Readonly<Record<string, unknown>>>(`SELECT ${list([...new Set([...keys, ...wanted])])} FROM ${quoted(table)}`)
    .all();
  for (const row of rows) {
    const changes = wanted.flatMap((column): [string, string | null][] => {
      const text = row[column];
      if (typeof text !== 'string' || text === '') return [];
      const left = changed(text, column);
      return left === text ? [] : [[column, left]];
    });
    if (changes.length === 0) continue;
    count += 1;
    if (!isErasing) continue;
    const where = keys.map((key) => `${quoted(key)} IS ?`).join(' AND ');
    const place = keys.map((key) => row[key]);
    if (changes.some(([, left]) => left === null)) {
      database.prepare(`DELETE FROM ${quoted(table)} WHERE ${where}`).run(...place);
      continue;
    }
    const sets = changes.map(([column]) => `${quoted(column)} = ?`).join(', ');
    // OR REPLACE: two rows that differ in the name alone are one now.
    database.prepare(`UPDATE OR REPLACE ${quoted(table)} SET ${sets} WHERE ${where}`).run(...changes.map(([, left]) => left), ...place);
  }
  return count;
}

function withoutTriggers<Result>(database: Database, work: () => Result): Result {
  const triggers = database
    .prepare<[], { readonly name: string; readonly sql: string }>("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${quoted(name)}`);
  const result = work();
  for (const { sql } of triggers) database.exec(sql);
  return result;
}

function columnsOf(database: Database, table: string): readonly ColumnInfo[] {
  return database.prepare<[], ColumnInfo>(`PRAGMA table_info(${quoted(table)})`).all();
}

function keyColumns(info: readonly ColumnInfo[]): readonly string[] {
  const keys = info.filter(({ pk }) => pk > 0).map(({ name }) => name);
  return keys.length > 0 ? keys : info.map(({ name }) => name);
}

function list(names: readonly string[]): string {
  return [...new Set(names)].map(quoted).join(', ');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
