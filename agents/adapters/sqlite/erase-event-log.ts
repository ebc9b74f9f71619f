/**
 * Takes a person out of the event log: sealed segments, the inbox, the quarantine, and what recognises the person's signals again. New
 * segments are on disk before the log lists them, and old ones are removed after: stopped anywhere, it is called again.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Finding, Sought } from '../../customer-data-graph/erasure/eraser-interface.ts';
import { customersOfRow } from '../../customer-data-graph/ingest/row-reading.ts';
import { findSignals, partOf, segmentWithout } from '../duckdb/erase-signals.ts';
import type { SegmentRow } from '../duckdb/segment-digest.ts';
import type { SegmentEntry } from '../duckdb/segment-schema.ts';
import { forgetPages } from './erase-rows.ts';
import { keyOf } from './event-log-known.ts';
import { type Database, explainSqlite, openDatabase } from './open-database.ts';

const store = 'event log';

/** What became of segments: the old digest, and what stands in its place. */
export type RenamedSegments = ReadonlyMap<string, SegmentEntry | null>;

interface LogParts {
  readonly segments: readonly { readonly segment: SegmentEntry; readonly rewritten: readonly string[] }[];
  readonly inbox: readonly { readonly seq: number; readonly row: SegmentRow | null }[];
  readonly quarantine: readonly number[];
}

/** Looks through the log; adds the ids of the person's signals to what is sought. */
async function partsOf(database: Database, state: string, { names, finder }: Sought): Promise<LogParts> {
  const segments = await findSignals(join(state, 'segments'), listed(database), names, finder);
  for (const { goes } of segments) for (const id of goes) names.signals.add(id);
  const look = finder();
  const inbox = database
    .prepare<[], { readonly seq: number; readonly signal: string }>('SELECT seq, signal FROM inbox ORDER BY seq')
    .all()
    .flatMap(({ seq, signal }) => {
      const row = JSON.parse(signal) as SegmentRow; // written by the intake and nowhere else
      const part = partOf(row, names, look);
      if (part === 'stays') return [];
      if (part === 'goes') names.signals.add(row[0]);
      return [{ seq, row: part === 'goes' ? null : part.rewritten }];
    });
  const after = finder();
  const reading = database.prepare<[string], string>('SELECT body FROM reading WHERE digest = ?').pluck();
  const quarantine = database
    .prepare<[], QuarantinedRow>('SELECT seq, raw, form, message, resolved_by AS resolved FROM quarantine ORDER BY seq')
    .all()
    .filter(
      ({ raw, form, message, resolved }) =>
        after.mentions(raw) ||
        namesInRow(raw, reading.get(form.replace(/^row:/, ''))).some(after.isCustomer) ||
        after.mentions(message) ||
        (resolved !== null && (JSON.parse(resolved) as readonly string[]).some(after.isSignal)), // written by the quarantine
    )
    .map(({ seq }) => seq);
  return { segments, inbox, quarantine };
}

interface QuarantinedRow {
  readonly seq: number;
  readonly raw: string;
  readonly form: string;
  readonly message: string;
  /** Ids of the signals that took its place, as JSON. */
  readonly resolved: string | null;
}

/** Signals name customers by their fields, which every text is looked through for; rows of files by their columns. */
function namesInRow(raw: string, reading: string | undefined): readonly string[] {
  if (reading !== undefined) return customersOfRow(reading, raw);
  return /^\s*[[{]/.test(raw) ? [] : raw.split(/[,;\t|]/).map((field) => field.trim());
}

function findingsOf({ segments, inbox, quarantine }: LogParts, { names }: Sought): readonly Finding[] {
  const findings = [
    { store, what: 'signals', count: names.signals.size },
    {
      store,
      what: 'signals of others that name the person',
      count: segments.reduce((sum, { rewritten }) => sum + rewritten.length, 0) + inbox.filter(({ row }) => row !== null).length,
    },
    { store, what: 'quarantined arrivals', count: quarantine.length },
    { store, what: 'segments written anew', count: segments.length },
  ];
  return findings.filter(({ count }) => count > 0);
}

/** @param state state folder */
export async function findInEventLog(state: string, sought: Sought): Promise<readonly Finding[]> {
  const path = join(state, 'inbox.db');
  if (!existsSync(path)) return [];
  const database = openDatabase(path, '', { readonly: true });
  try {
    return findingsOf(await partsOf(database, state, sought), sought);
  } finally {
    database.close();
  }
}

/** @param remember called with what was found before anything is removed, so that it is known after a crash */
export async function eraseFromEventLog(
  state: string,
  sought: Sought,
  remember: (renamed: RenamedSegments) => void,
): Promise<readonly Finding[]> {
  const path = join(state, 'inbox.db');
  if (!existsSync(path)) return [];
  const database = openDatabase(path, '');
  try {
    const parts = await partsOf(database, state, sought);
    const renamed = new Map<string, SegmentEntry | null>();
    for (const { segment } of parts.segments) {
      renamed.set(segment.digest, await segmentWithout(join(state, 'segments'), segment, sought.names, sought.finder()));
    }
    remember(renamed);
    explainSqlite(path, () => database.transaction(() => removeRows(database, parts, renamed, sought)).immediate());
    removeUnlisted(state, listed(database));
    forgetPages(database, path, sought);
    return findingsOf(parts, sought);
  } finally {
    database.close();
  }
}

function removeRows(database: Database, { segments, inbox, quarantine }: LogParts, renamed: RenamedSegments, { names }: Sought): void {
  const now = database.prepare('UPDATE segment SET digest = ?, events = ?, first_day = ?, last_day = ? WHERE digest = ?');
  const gone = database.prepare('DELETE FROM segment WHERE digest = ?');
  for (const [digest, entry] of renamed) {
    if (entry) now.run(entry.digest, entry.events, entry.firstDay, entry.lastDay, digest);
    else gone.run(digest);
  }
  const drop = database.prepare('DELETE FROM inbox WHERE seq = ?');
  const put = database.prepare('UPDATE inbox SET signal = ? WHERE seq = ?');
  for (const { seq, row } of inbox) {
    if (row === null) drop.run(seq);
    else put.run(JSON.stringify(row), seq);
  }
  const release = database.prepare('DELETE FROM quarantine WHERE seq = ?');
  for (const seq of quarantine) release.run(seq);
  const forget = ['known', 'known_recent'].map((table) => database.prepare(`DELETE FROM ${table} WHERE id = ?`));
  for (const id of names.signals) for (const statement of forget) statement.run(keyOf(id));
  // Signals of others that named the person are known by their id alone: the digest would tell what they said.
  const rewritten = [...segments.flatMap((segment) => segment.rewritten), ...inbox.flatMap(({ row }) => (row === null ? [] : [row[0]]))];
  const unlearn = ['known', 'known_recent'].map((table) => database.prepare(`UPDATE ${table} SET digest = '' WHERE id = ?`));
  for (const id of rewritten) for (const statement of unlearn) statement.run(keyOf(id));
}

/** Files that no list names any more, and what was made of them. */
function removeUnlisted(state: string, segments: readonly SegmentEntry[]): void {
  const kept = new Set<string>(segments.map(({ digest }) => digest));
  const isOld = (name: string): boolean => /^[0-9a-f]{64}\./.test(name) && !kept.has(name.slice(0, 64));
  for (const folder of ['segments', 'buckets']) {
    const directory = join(state, folder);
    if (!existsSync(directory)) continue;
    for (const name of readdirSync(directory)) {
      if (isOld(name) || name === 'census.json') rmSync(join(directory, name), { force: true });
    }
  }
}

function listed(database: Database): readonly SegmentEntry[] {
  return database
    .prepare<[], SegmentEntry>(
      `SELECT digest, digest || '.parquet' AS file, events, first_day AS firstDay, last_day AS lastDay FROM segment ORDER BY ordinal`,
    )
    .all();
}
