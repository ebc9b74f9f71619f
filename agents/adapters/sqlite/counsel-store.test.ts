import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { createCounselStore, type CounselStore, type ReviewCase } from './counsel-store.ts';

let directory = '';
let store: CounselStore;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'counsel-store-'));
  store = createCounselStore({ directory });
});
afterEach(() => {
  store.close();
  rmSync(directory, { recursive: true });
});

const aCase = (caseKey: string): ReviewCase => ({
  caseKey,
  purpose: 'ad-audience',
  sink: 'ads',
  facts: { residency: null, tier: 'high' },
  decisiveFacts: ['residency'],
  rules: [{ id: 'r-1', version: 'v' }],
  unknownFacts: ['residency'],
  policyDigest: 'd',
  openedAsOf: '2026-06-30',
  dueDay: '2026-07-30',
  clock: { regime: 'act', name: 'respondDays', amount: 30 },
});
const assign = { event: { kind: 'assign', to: 'ada' }, by: 'otto', note: 'Yours.', policyDigest: 'd' } as const;

/** As another program would open the file. */
function meddle(work: (database: SqliteDatabase.Database) => void): void {
  store.close();
  const database = new SqliteDatabase(join(directory, 'reviews.db'));
  work(database);
  database.close();
  store = createCounselStore({ directory });
}

describe('what happened to a review', () => {
  it('is found again by another process, whole', () => {
    const { id } = store.open(aCase('k1'), 5, 1000);
    store.append(id, assign, 2000);
    const before = store.review(id);
    store.close();
    store = createCounselStore({ directory });
    expect(store.review(id)).toEqual(before);
    expect(before).toMatchObject({
      ...aCase('k1'),
      round: 0,
      customers: 5,
      openedMs: 1000,
      standing: { state: 'assigned', assignee: 'ada' },
    });
    expect(before?.events.map(({ place, from, to }) => [place, from, to])).toEqual([
      [1, null, 'open'],
      [2, 'open', 'assigned'],
    ]);
  });

  it('is refused where it cannot follow, and nothing of it is kept', () => {
    const { id } = store.open(aCase('k1'), 5, 1000);
    expect(() => store.append(id, { ...assign, event: { kind: 'supply' } }, 2000)).toThrow(
      expect.objectContaining({ code: 'REVIEW_REFUSED' }),
    );
    expect(() => store.append('rev-0', assign, 2000)).toThrow(expect.objectContaining({ code: 'REVIEW_NOT_FOUND' }));
    expect(() =>
      store.atomically(() => {
        store.append(id, assign, 2000);
        throw new Error('power cut');
      }),
    ).toThrow('power cut');
    expect(store.review(id)?.standing.state).toBe('open');
    expect(store.append(id, assign, 3000).events).toHaveLength(2);
  });

  it('opens the next round of a case under a name of its own', () => {
    const first = store.open(aCase('k1'), 5, 1000);
    const second = store.open(aCase('k1'), 6, 2000);
    expect([first.round, second.round]).toEqual([0, 1]);
    expect(second.id).not.toBe(first.id);
    expect(store.latestOf('k1')?.id).toBe(second.id);
    expect(store.latestOf('k2')).toBeUndefined();
  });

  it.each([
    `UPDATE counsel_event SET by = 'eve'`,
    'DELETE FROM counsel_event',
    'DELETE FROM counsel_review',
    `UPDATE counsel_review SET facts = '{}'`,
    `UPDATE counsel_review SET due_day = '2999-01-01'`,
    `REPLACE INTO counsel_event SELECT * FROM counsel_event WHERE place = 1`,
    `UPDATE counsel_probe SET right_answer = 'approve'`,
  ])('is not to be changed: %s', (sql) => {
    const { id } = store.open(aCase('k1'), 5, 1000);
    store.addProbe({ review: id, rightAnswer: 'reject', because: 'x', by: 'otto' });
    meddle((database) => {
      database.pragma('recursive_triggers = ON');
      expect(() => database.exec(sql)).toThrow(/stays/);
    });
  });

  it.each([
    [`UPDATE counsel_event SET by = 'eve' WHERE place = 2`, 'event 2'],
    [`UPDATE counsel_event SET body = replace(body, 'ada', 'eve') WHERE place = 2`, 'event 2'],
    ['DELETE FROM counsel_event WHERE place = 1', 'event 1'],
    ['DELETE FROM counsel_event WHERE place = 2', 'it ends after event 1'],
  ])('is found out where it was changed all the same: %s', (sql, message) => {
    const { id } = store.open(aCase('k1'), 5, 1000);
    store.append(id, assign, 2000);
    store.recorded([1, 2]);
    meddle((database) => {
      for (const what of ['update', 'delete']) database.exec(`DROP TRIGGER counsel_event_no_${what}`);
      database.exec(sql);
    });
    expect(() => store.reviews()).toThrow(expect.objectContaining({ code: 'STORE_CORRUPT', message: expect.stringContaining(message) }));
  });
});

it('the ledger is told of every event once', () => {
  const { id } = store.open(aCase('k1'), 5, 1000);
  expect(store.unrecorded().map(({ place }) => place)).toEqual([1]);
  store.recorded([1]);
  store.append(id, assign, 2000);
  expect(store.unrecorded().map(({ place }) => place)).toEqual([2]);
});

it('a file of before signed decisions loses nothing, and nothing that nobody signed answers a case', () => {
  meddle((database) => {
    database.exec(`
      CREATE TABLE review (
        id TEXT PRIMARY KEY, case_key TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL, sink TEXT NOT NULL, facts TEXT NOT NULL,
        policies TEXT NOT NULL, unknown_facts TEXT NOT NULL, customers INTEGER NOT NULL, opened_as_of TEXT NOT NULL,
        status TEXT NOT NULL DEFAULT 'open', decided_by TEXT, note TEXT
      ) STRICT;
      INSERT INTO review VALUES ('rev-1', 'k1', 'p', 's', '{}', '[]', '[]', 3, '2026-06-30', 'approved', 'Ada', 'seen');
      INSERT INTO review VALUES ('rev-2', 'k2', 'p', 's', '{}', '[]', '[]', 3, '2026-06-30', 'rejected', 'Ada', NULL);
      INSERT INTO review VALUES ('rev-3', 'k3', 'p', 's', '{}', '[]', '[]', 3, '2026-06-30', 'open', NULL, NULL)`);
  });
  expect(store.reviews()).toEqual([]);
  expect(store.latestOf('k1')).toBeUndefined();
  meddle((database) => {
    expect(database.prepare('SELECT count(*) AS n FROM review_before_signatures').get()).toEqual({ n: 3 });
  });
});
