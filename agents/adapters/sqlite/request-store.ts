/**
 * Requests of persons as the steps taken on them: added, never changed, and removed only when the time is over for which their log is
 * kept. Each step is a record of the ledger before it stands here, so that the file can be held against it.
 */
import { join } from 'node:path';

import { CohortiumError, canonicalJson, type Json } from '../../../skills/sdk/index.ts';
import { type RequestState, requestAfter, type RequestStep, type TakenStep } from '../../customer-data-graph/requests/request.ts';
import { type Database, explainSqlite, openDatabase } from './open-database.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS step (
    request TEXT NOT NULL, place INTEGER NOT NULL, at TEXT NOT NULL, by TEXT NOT NULL, body TEXT NOT NULL, record INTEGER NOT NULL,
    PRIMARY KEY (request, place)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS purged (request TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS reference (partner TEXT NOT NULL, reference TEXT NOT NULL, request TEXT NOT NULL, PRIMARY KEY (partner, reference)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS token (agent TEXT NOT NULL, digest TEXT NOT NULL, added_ms INTEGER NOT NULL, PRIMARY KEY (agent, digest)) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS seen (digest TEXT PRIMARY KEY, expires_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS callback (
    request TEXT NOT NULL, url TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, due_ms INTEGER NOT NULL, PRIMARY KEY (request, url)
  ) STRICT, WITHOUT ROWID;
  CREATE TRIGGER IF NOT EXISTS step_stays BEFORE UPDATE ON step BEGIN SELECT RAISE(ABORT, 'steps of a request are never changed'); END;
  CREATE TRIGGER IF NOT EXISTS step_remains BEFORE DELETE ON step WHEN NOT EXISTS (SELECT 1 FROM purged WHERE request = OLD.request)
    BEGIN SELECT RAISE(ABORT, 'steps of a request are removed only with all of it'); END;
  CREATE TRIGGER IF NOT EXISTS step_follows BEFORE INSERT ON step WHEN NEW.place <> (SELECT count(*) FROM step WHERE request = NEW.request)
    BEGIN SELECT RAISE(ABORT, 'a step follows the one before'); END`;

interface Row {
  readonly request: string;
  readonly place: number;
  readonly at: string;
  readonly by: string;
  readonly body: string;
  readonly record: number;
}

/** What protocols remember: digests of tokens and of messages that were used, and callbacks. */
export interface ProtocolMemory {
  readonly tokens: (agent: string) => readonly string[];
  /** The newest few of an agent count; older ones are forgotten. */
  readonly addToken: (agent: string, digest: string) => void;
  /** False where the message was used before. */
  readonly firstSeen: (digest: string, expiresMs: number) => boolean;
  readonly dueCallbacks: (nowMs: number) => readonly { readonly request: string; readonly url: string; readonly attempts: number }[];
  readonly settleCallback: (request: string, url: string, state: 'taken' | 'pending' | 'given-up', dueMs: number) => void;
}

export interface SqliteRequestStore {
  readonly protocol: ProtocolMemory;
  /** Adds the next step; a step that somebody else took meanwhile is an error, not a second one. @throws {CohortiumError} REQUEST_REFUSED */
  readonly take: (request: string, step: TakenStep) => void;
  /** @throws {CohortiumError} REQUEST_NOT_FOUND */
  readonly one: (request: string) => RequestState;
  /** Oldest first. */
  readonly all: () => readonly RequestState[];
  /** The request that a partner calls so. */
  readonly referred: (partner: string, reference: string) => string | undefined;
  /** Removes requests with all of their steps; what stays is that they were here. */
  readonly purge: (requests: readonly string[], at: string) => void;
  readonly close: () => void;
}

/**
 * @param directory state folder; requests.db is made in it
 * @throws {CohortiumError} STORE_DURABILITY, STORE_CORRUPT, STORE_BUSY, STORE_FULL, STORE_FORBIDDEN
 */
export function createRequestStore({ directory }: { readonly directory: string }): SqliteRequestStore {
  const path = join(directory, 'requests.db');
  const database = openDatabase(path, schema);
  const stepsOf = database.prepare<[string], Row>('SELECT * FROM step WHERE request = ? ORDER BY place');
  const add = database.prepare('INSERT INTO step (request, place, at, by, body, record) VALUES (?, ?, ?, ?, ?, ?)');
  const listen = database.prepare(
    "INSERT INTO callback (request, url, state, attempts, due_ms) VALUES (?, ?, 'taken', 0, 0) ON CONFLICT DO NOTHING",
  );
  const wake = database.prepare("UPDATE callback SET state = 'pending', attempts = 0, due_ms = 0 WHERE request = ?");
  const refer = database.prepare('INSERT INTO reference (partner, reference, request) VALUES (?, ?, ?)');
  const take = database.transaction((request: string, { place, at, by, step, record }: TakenStep) => {
    const known = stepsOf.all(request).length;
    if (known !== place) throw new CohortiumError('REQUEST_REFUSED', `request ${request} has gone on meanwhile; look at it again`);
    // Plain data; the types of steps hold nothing else.
    add.run(request, place, at, by, canonicalJson(step as unknown as Json), record);
    const origin = step.kind === 'received' ? step.received.origin : null;
    if (origin?.reference !== null && origin?.reference !== undefined) refer.run(origin.partner, origin.reference, request);
    // Whoever asked to be told is told of the state that a step left, once; the receipt is told by its answer.
    for (const url of origin?.callbacks ?? []) listen.run(request, url);
    if (place > 0) wake.run(request);
  });
  const purge = database.transaction((requests: readonly string[], at: string) => {
    for (const request of requests) {
      database.prepare('INSERT INTO purged (request, at) VALUES (?, ?) ON CONFLICT DO NOTHING').run(request, at);
      database.prepare('DELETE FROM step WHERE request = ?').run(request);
      database.prepare('DELETE FROM reference WHERE request = ?').run(request);
      database.prepare('DELETE FROM callback WHERE request = ?').run(request);
    }
  });
  return {
    protocol: protocolMemory(path, database),
    take: (request, step) => explainSqlite(path, () => take.immediate(request, step)),
    one: (request) => {
      const rows = explainSqlite(path, () => stepsOf.all(request));
      if (rows.length === 0) throw new CohortiumError('REQUEST_NOT_FOUND', `there is no request '${request.slice(0, 64)}'`);
      return requestAfter(request, rows.map(stepOf));
    },
    all: () => {
      const rows = explainSqlite(path, () => database.prepare<[], Row>('SELECT * FROM step ORDER BY request, place').all());
      const byRequest = Map.groupBy(rows, ({ request }) => request);
      return [...byRequest]
        .map(([request, steps]) => requestAfter(request, steps.map(stepOf)))
        .sort((a, b) => (a.receivedAt === b.receivedAt ? (a.id < b.id ? -1 : 1) : a.receivedAt < b.receivedAt ? -1 : 1));
    },
    referred: (partner, reference) =>
      explainSqlite(path, () =>
        database
          .prepare<[string, string], { readonly request: string }>('SELECT request FROM reference WHERE partner = ? AND reference = ?')
          .get(partner, reference),
      )?.request,
    purge: (requests, at) => {
      explainSqlite(path, () => purge.immediate(requests, at));
      // What was removed is not to be read from the log of the file either.
      if (requests.length > 0) explainSqlite(path, () => database.pragma('wal_checkpoint(TRUNCATE)'));
    },
    close: () => void database.close(),
  };
}

/** Tokens of an agent that are good at a time: one that is set up anew does not cut the work of the one before. */
const keptTokens = 3;

function protocolMemory(path: string, database: Database): ProtocolMemory {
  const safely = <Result>(work: () => Result): Result => explainSqlite(path, work);
  const firstSeen = database.transaction((digest: string, expiresMs: number): boolean => {
    const { changes } = database
      .prepare('INSERT INTO seen (digest, expires_ms) VALUES (?, ?) ON CONFLICT DO NOTHING')
      .run(digest, expiresMs);
    return changes > 0;
  });
  const addToken = database.transaction((agent: string, digest: string) => {
    const next =
      database.prepare<[string], number>('SELECT coalesce(max(added_ms), 0) + 1 FROM token WHERE agent = ?').pluck().get(agent) ?? 1;
    database.prepare('INSERT INTO token (agent, digest, added_ms) VALUES (?, ?, ?)').run(agent, digest, next);
    database.prepare('DELETE FROM token WHERE agent = ? AND added_ms <= ?').run(agent, next - keptTokens);
  });
  return {
    tokens: (agent) =>
      safely(() => database.prepare<[string], string>('SELECT digest FROM token WHERE agent = ? ORDER BY added_ms').pluck().all(agent)),
    addToken: (agent, digest) => safely(() => addToken.immediate(agent, digest)),
    firstSeen: (digest, expiresMs) => safely(() => firstSeen.immediate(digest, expiresMs)),
    dueCallbacks: (nowMs) =>
      safely(() =>
        database
          .prepare<[number], { readonly request: string; readonly url: string; readonly attempts: number }>(
            "SELECT request, url, attempts FROM callback WHERE state = 'pending' AND due_ms <= ? ORDER BY due_ms, request, url LIMIT 100",
          )
          .all(nowMs),
      ),
    settleCallback: (request, url, state, dueMs) =>
      safely(
        () =>
          void database
            .prepare('UPDATE callback SET state = ?, attempts = attempts + 1, due_ms = ? WHERE request = ? AND url = ?')
            .run(state, Math.round(dueMs), request, url),
      ),
  };
}

function stepOf({ place, at, by, body, record }: Row): TakenStep {
  return { place, at, by, step: JSON.parse(body) as RequestStep, record }; // written by this file
}
