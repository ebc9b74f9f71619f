/**
 * Consents and opt-outs as the log has them, one row for each consent-event, with how, when and under which notice it was given. A
 * projection: every row can be made again from the log, so consents.db may be deleted. Rows are only added; triggers refuse the rest.
 * Beside them stands what published values and messages rest on, so that a later refusal can be held against it.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { canonicalJson, digestOf, sha256 } from '../../../skills/sdk/index.ts';
import type { ConsentRow, NewConsent } from '../../customer-data-graph/consents/consent-row.ts';
import type { RunBasis } from '../../customer-data-graph/consents/run-basis.ts';
import type { LogPlace } from './event-log-tail.ts';
import { type Database, explainSqlite, openDatabase } from './open-database.ts';

const stays = (table: string): string => `
  CREATE TRIGGER IF NOT EXISTS ${table}_stays BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, 'rows of ${table} are never changed'); END;
  CREATE TRIGGER IF NOT EXISTS ${table}_remains BEFORE DELETE ON ${table} BEGIN SELECT RAISE(ABORT, 'rows of ${table} are never removed'); END;`;

const schema = `
  CREATE TABLE IF NOT EXISTS consent (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, event TEXT NOT NULL UNIQUE, owner TEXT NOT NULL, purpose TEXT NOT NULL,
    granted INTEGER NOT NULL, mode TEXT, at_ms INTEGER NOT NULL, method TEXT, notice_version TEXT, served_notice TEXT, jurisdiction TEXT,
    scope TEXT, source TEXT, string TEXT
  ) STRICT;
  CREATE INDEX IF NOT EXISTS consent_by_owner ON consent (owner, purpose, at_ms, event);
  CREATE INDEX IF NOT EXISTS consent_refused ON consent (place) WHERE granted = 0;
  CREATE TABLE IF NOT EXISTS sealed (event TEXT PRIMARY KEY, ordinal INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS segment (digest TEXT PRIMARY KEY, ordinal INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS basis (digest TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS message_basis (message TEXT PRIMARY KEY, basis TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS version_basis (version INTEGER PRIMARY KEY, basis TEXT NOT NULL) STRICT;
  ${['consent', 'sealed', 'segment', 'basis', 'message_basis', 'version_basis'].map(stays).join('')}
  CREATE TABLE IF NOT EXISTS reading (
    one INTEGER PRIMARY KEY CHECK (one = 1), generation TEXT NOT NULL, ordinal INTEGER NOT NULL, seq INTEGER NOT NULL
  ) STRICT`;

const columns = `place, id, event, owner, purpose, granted, mode, at_ms AS atMs, method, notice_version AS noticeVersion,
  served_notice AS servedNotice, jurisdiction, scope, source, string`;

/** Which refusals count as said after a snapshot. */
export interface RefusalQuestion {
  /** Digests of the snapshot's segments, in the order of sealing. */
  readonly segments: readonly string[];
  /** Epoch ms: what a run as of its day did not look at any more. */
  readonly asOfEndMs: number;
  readonly nowMs: number;
}

export interface SqliteConsentStore {
  /** How far the log was read. */
  readonly place: () => LogPlace;
  /** Adds what is not there yet, and how far that is; all or nothing. */
  readonly take: (news: ConsentNews) => void;
  /** Changes when a row is added. */
  readonly head: () => number;
  /** Tells this file from one that was made again. */
  readonly generation: () => string;
  /** Rows of some owners (`kind:value`) up to an instant, by (at, event); all purposes unless one is given. */
  readonly answersOf: (owners: readonly string[], untilMs: number, purpose?: string) => readonly ConsentRow[];
  /** The newest row of one owner and purpose. */
  readonly newest: (owner: string, purpose: string) => ConsentRow | undefined;
  /** Refusals that a run from a snapshot did not see, in the order they became known. */
  readonly refusalsAfter: (question: RefusalQuestion) => readonly ConsentRow[];
  /** Refusals that became known after a row. */
  readonly refusalsSince: (place: number) => readonly ConsentRow[];
  /** Refusals in segments after one, and those that wait in the inbox; the latter alone from the last ordinal on. */
  readonly refusalsBeyond: (ordinal: number) => readonly ConsentRow[];
  /** @returns digest of the basis */
  readonly keepBasis: (basis: RunBasis) => string;
  readonly noteMessages: (messageIds: readonly string[], basis: string) => void;
  readonly noteVersion: (version: number, basis: string) => void;
  readonly basisOfMessage: (messageId: string) => { readonly digest: string; readonly basis: RunBasis } | undefined;
  readonly basisOfVersion: (version: number) => { readonly digest: string; readonly basis: RunBasis } | undefined;
  readonly close: () => void;
}

export interface ConsentNews {
  readonly waiting: readonly NewConsent[];
  readonly sealed: readonly (NewConsent & { readonly ordinal: number })[];
  readonly segments: readonly { readonly digest: string; readonly ordinal: number }[];
  readonly place: LogPlace;
}

type StoredRow = Omit<ConsentRow, 'granted'> & { readonly granted: number };

/** Signals whose clock is ahead count from their arrival on, up to a day. */
const aheadMs = 86_400_000;

/** @throws {CohortiumError} STORE_* as the disk says */
export function createConsentStore({ directory }: { readonly directory: string }): SqliteConsentStore {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'consents.db');
  const database = openDatabase(path, schema);
  const safely = <Result>(work: () => Result): Result => explainSqlite(path, work);
  safely(() => database.prepare('INSERT INTO reading VALUES (1, ?, 0, 0) ON CONFLICT DO NOTHING').run(randomUUID()));
  const rows = (sql: string, ...given: unknown[]): readonly ConsentRow[] =>
    safely(() => database.prepare<unknown[], StoredRow>(sql).all(...given)).map(rowOf);
  const one = (sql: string, ...given: unknown[]): unknown =>
    safely(() =>
      database
        .prepare(sql)
        .pluck()
        .get(...given),
    );
  const take = takeInto(database);
  const basisAt = (digest: unknown): { readonly digest: string; readonly basis: RunBasis } | undefined => {
    if (typeof digest !== 'string') return undefined;
    const body = one('SELECT body FROM basis WHERE digest = ?', digest);
    return typeof body === 'string' ? { digest, basis: JSON.parse(body) as RunBasis } : undefined; // written below and nowhere else
  };
  return {
    place: () => safely(() => database.prepare<[], LogPlace>('SELECT ordinal, seq FROM reading').get()) ?? { ordinal: 0, seq: 0 },
    take: (news) => safely(() => take.immediate(news)),
    head: () => Number(one('SELECT coalesce(max(place), 0) FROM consent')),
    generation: () => String(one('SELECT generation FROM reading')),
    answersOf: (owners, untilMs, purpose) =>
      rows(
        `SELECT ${columns} FROM consent WHERE owner IN (SELECT value FROM json_each(?)) AND at_ms <= ? ${purpose === undefined ? '' : 'AND purpose = ?'}
         ORDER BY at_ms, event`,
        JSON.stringify(owners),
        untilMs,
        ...(purpose === undefined ? [] : [purpose]),
      ),
    newest: (owner, purpose) =>
      rows(`SELECT ${columns} FROM consent WHERE owner = ? AND purpose = ? ORDER BY at_ms DESC, event DESC LIMIT 1`, owner, purpose)[0],
    refusalsAfter: ({ segments, asOfEndMs, nowMs }) => {
      const last = one(
        'SELECT coalesce(max(ordinal), 0) FROM segment WHERE digest IN (SELECT value FROM json_each(?))',
        JSON.stringify(segments),
      );
      return rows(
        `SELECT ${columns} FROM consent c WHERE granted = 0 AND (
           (coalesce((SELECT ordinal FROM sealed s WHERE s.event = c.event), ${Number.MAX_SAFE_INTEGER}) > ? AND at_ms <= ?)
           OR (at_ms >= ? AND at_ms <= ?)
         ) ORDER BY place`,
        last,
        nowMs + aheadMs,
        asOfEndMs,
        nowMs,
      );
    },
    refusalsSince: (place) => rows(`SELECT ${columns} FROM consent WHERE granted = 0 AND place > ? ORDER BY place`, place),
    refusalsBeyond: (ordinal) =>
      rows(
        `SELECT ${columns} FROM consent c WHERE granted = 0
           AND coalesce((SELECT ordinal FROM sealed s WHERE s.event = c.event), ${Number.MAX_SAFE_INTEGER}) > ? ORDER BY place`,
        ordinal,
      ),
    keepBasis: (basis) => {
      const digest = digestOf({ ...basis });
      safely(() => database.prepare('INSERT INTO basis VALUES (?, ?) ON CONFLICT DO NOTHING').run(digest, canonicalJson({ ...basis })));
      return digest;
    },
    noteMessages: (messageIds, basis) =>
      safely(() => {
        const note = database.prepare('INSERT INTO message_basis VALUES (?, ?) ON CONFLICT DO NOTHING');
        database.transaction(() => messageIds.forEach((id) => note.run(id, basis))).immediate();
      }),
    noteVersion: (version, basis) =>
      void safely(() => database.prepare('INSERT INTO version_basis VALUES (?, ?) ON CONFLICT DO NOTHING').run(version, basis)),
    basisOfMessage: (id) => basisAt(one('SELECT basis FROM message_basis WHERE message = ?', id)),
    basisOfVersion: (version) => basisAt(one('SELECT basis FROM version_basis WHERE version = ?', version)),
    close: () => void database.close(),
  };
}

function takeInto(database: Database) {
  const add = database.prepare(`
    INSERT INTO consent (id, event, owner, purpose, granted, mode, at_ms, method, notice_version, served_notice, jurisdiction, scope, source, string)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);
  const seal = database.prepare('INSERT INTO sealed VALUES (?, ?) ON CONFLICT DO NOTHING');
  const list = database.prepare('INSERT INTO segment VALUES (?, ?) ON CONFLICT DO NOTHING');
  const move = database.prepare('UPDATE reading SET ordinal = ?, seq = ? WHERE ordinal < ? OR (ordinal = ? AND seq < ?)');
  const addOne = (one: NewConsent): void => {
    const { event, owner, purpose, granted, mode, atMs, method, noticeVersion, servedNotice, jurisdiction, scope, source, string } = one;
    const rest = [mode, atMs, method, noticeVersion, servedNotice, jurisdiction, scope, source, string];
    add.run(consentId(event), event, owner, purpose, granted ? 1 : 0, ...rest);
  };
  return database.transaction(({ waiting, sealed, segments, place }: ConsentNews) => {
    for (const one of sealed) {
      addOne(one);
      seal.run(one.event, one.ordinal);
    }
    for (const one of waiting) addOne(one);
    for (const { digest, ordinal } of segments) list.run(digest, ordinal);
    move.run(place.ordinal, place.seq, place.ordinal, place.ordinal, place.seq);
  });
}

/** Derived from the event, so that a row has the same id in a file that was made again. */
function consentId(event: string): string {
  return `con-${sha256(event).slice(0, 20)}`;
}

function rowOf(row: StoredRow): ConsentRow {
  return { ...row, granted: row.granted === 1 };
}
