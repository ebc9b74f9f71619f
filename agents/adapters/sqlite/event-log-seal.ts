/**
 * Moves the inbox into segments. Order of steps: files complete and on disk, then one transaction that lists them and
 * empties the inbox. A crash before the transaction leaves the inbox as it was, and the next seal writes the same files
 * again; a crash after it leaves nothing to do. Either way nothing is lost or doubled.
 */
import { join } from 'node:path';

import type { CallOptions, ContentStore, Ref, SealReport } from '../../../skills/sdk/index.ts';
import { isoDate } from '../../../skills/sdk/numeric/index.ts';
import { countCustomerKeys } from '../duckdb/segment-census.ts';
import type { SegmentRow } from '../duckdb/segment-digest.ts';
import type { SegmentEntry, Snapshot } from '../duckdb/segment-schema.ts';
import { maxSegmentRows, SegmentWriter } from '../duckdb/segment-writer.ts';
import { type Database, explainSqlite } from './open-database.ts';

export interface SealPlace {
  readonly database: Database;
  /** Of inbox.db, for messages. */
  readonly path: string;
  readonly directory: string;
  readonly content: ContentStore;
  /** ISO 4217. */
  readonly currency: string;
  readonly maxSegmentRows?: number;
  readonly identityRules?: () => Ref | undefined;
}

/** Rows read from the inbox at a time; between two pages other work of the process gets its turn. */
const pageRows = 20_000;

/**
 * Seals what is in the inbox now; what arrives meanwhile waits for the next time.
 * @throws {CohortiumError} STORE_FULL, and whatever the signal was aborted with
 */
export async function sealInbox(place: SealPlace, { signal, idempotencyKey }: CallOptions): Promise<SealReport> {
  const { database } = place;
  const remembered = database.prepare<[string], string>('SELECT report FROM seal WHERE idempotency_key = ?').pluck().get(idempotencyKey);
  if (remembered !== undefined) return JSON.parse(remembered) as SealReport; // written below and nowhere else
  const lastSeq = database.prepare<[], number | null>('SELECT max(seq) FROM inbox').pluck().get() ?? null;
  if (lastSeq !== null) {
    const entries = await writeSegments(place, lastSeq, signal);
    explainSqlite(place.path, () => listSegments(database, entries, lastSeq));
  }
  const report = await describe(place);
  explainSqlite(place.path, () =>
    database
      .prepare('INSERT INTO seal (idempotency_key, report) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(idempotencyKey, JSON.stringify(report)),
  );
  return report;
}

async function writeSegments(place: SealPlace, lastSeq: number, signal: AbortSignal): Promise<readonly SegmentEntry[]> {
  const page = place.database.prepare<[number, number, number], { readonly seq: number; readonly signal: string }>(
    'SELECT seq, signal FROM inbox WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?',
  );
  const writer = await SegmentWriter.open(join(place.directory, 'segments'), place.maxSegmentRows ?? maxSegmentRows);
  try {
    for (let seq = 0; seq < lastSeq;) {
      signal.throwIfAborted();
      const rows = page.all(seq, lastSeq, pageRows);
      const last = rows.at(-1);
      if (!last) break;
      seq = last.seq;
      writer.add(rows.map((row) => JSON.parse(row.signal) as SegmentRow)); // written by the intake and nowhere else
      await new Promise((resume) => setImmediate(resume));
    }
    signal.throwIfAborted();
    return await writer.finish();
  } finally {
    writer.close();
  }
}

function listSegments(database: Database, entries: readonly SegmentEntry[], lastSeq: number): void {
  const add = database.prepare('INSERT INTO segment (digest, events, first_day, last_day) VALUES (?, ?, ?, ?)');
  database
    .transaction(() => {
      for (const entry of entries) add.run(entry.digest, entry.events, entry.firstDay, entry.lastDay);
      database.prepare('DELETE FROM inbox WHERE seq <= ?').run(lastSeq);
    })
    .immediate();
}

/** What is sealed so far, as a snapshot says it. */
export function sealedSnapshot({ database, identityRules }: Pick<SealPlace, 'database' | 'identityRules'>): Snapshot {
  const segments = database
    .prepare<[], SegmentEntry>(
      `SELECT digest, digest || '.parquet' AS file, events, first_day AS firstDay, last_day AS lastDay FROM segment ORDER BY ordinal`,
    )
    .all();
  let events = 0;
  for (const entry of segments) events += entry.events;
  const rules = identityRules?.();
  return {
    format: 'cohortium/snapshot@1',
    segments,
    events,
    firstDate: segments.length === 0 ? '' : isoDate(Math.min(...segments.map((entry) => entry.firstDay))),
    lastDate: segments.length === 0 ? '' : isoDate(Math.max(...segments.map((entry) => entry.lastDay))),
    ...(rules ? { identityRules: rules } : {}),
  };
}

async function describe(place: SealPlace): Promise<SealReport> {
  const { database, directory, content, currency } = place;
  const snapshot = sealedSnapshot(place);
  return {
    snapshot: content.putJson(snapshot),
    events: snapshot.events,
    segments: snapshot.segments.length,
    customers: await countCustomerKeys(join(directory, 'segments'), snapshot.segments),
    quarantined: Number(database.prepare("SELECT count(*) FROM quarantine WHERE status = 'open'").pluck().get()),
    currency,
    firstDate: snapshot.firstDate,
    lastDate: snapshot.lastDate,
  };
}
