import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import type { OccurrenceEntry } from '../../customer-data-graph/schedules/occurrence-store.ts';
import { openDatabase } from './open-database.ts';
import { createScheduleStore } from './schedule-store.ts';

const work = { kind: 'pipeline', name: 'clv', with: { daysBack: 2 } } as const;
const attempt = { schedule: 'a', trigger: 'calendar', dueMs: 1000, attempt: 1, runId: 'run-1', work, atMs: 1001 } as const;
const started: OccurrenceEntry = { ...attempt, state: 'started' };
const failure = { code: 'GRAPH_EMPTY', message: 'no purchases' };

function open() {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-occurrences-'));
  return { directory, store: createScheduleStore({ directory }) };
}

describe('the store of occurrences', () => {
  it('gives back what was added, after it was opened again too', () => {
    const { directory, store } = open();
    const entries: readonly OccurrenceEntry[] = [
      { schedule: 'a', trigger: 'calendar', dueMs: 500, state: 'skipped', atMs: 1001 },
      started,
      { ...attempt, state: 'retrying', error: failure, nextMs: 5000 },
      { ...attempt, dueMs: 2000, state: 'completed' },
      { ...attempt, dueMs: 3000, state: 'failed', error: failure },
      { ...attempt, trigger: 'manual', dueMs: 4000, state: 'cancelled', error: failure },
    ];
    for (const entry of entries) store.add(entry);
    store.close();
    const again = createScheduleStore({ directory });
    expect([...again.latest('a', 10)].reverse()).toEqual(entries.filter((entry) => entry !== started));
    expect(again.newest(attempt)).toEqual(entries[2]);
    expect(again.open()).toEqual([entries[2]]);
    expect(again.newest({ ...attempt, dueMs: 7 })).toBeUndefined();
    again.close();
  });

  it('keeps the first of two entries of the same occurrence, attempt and state', () => {
    const { store } = open();
    store.add(started);
    store.add({ ...started, runId: 'run-2', atMs: 9 });
    expect(store.latest(undefined, 9)).toEqual([started]);
  });

  it('knows the last calendar occurrence at or before an instant, whoever started others by hand', () => {
    const { store } = open();
    store.add(started);
    store.add({ ...started, dueMs: 9000 });
    store.add({ ...started, dueMs: 5000, trigger: 'manual' });
    expect([999, 1000, 8999, 9000].map((ms) => store.lastDueMs('a', ms))).toEqual([undefined, 1000, 1000, 9000]);
    expect(store.lastDueMs('b', 9000)).toBeUndefined();
  });

  it('has the newest calendar of every schedule', () => {
    const { store } = open();
    store.addCalendar({ schedule: 'b', calendar: null, sinceMs: 1 });
    store.addCalendar({ schedule: 'a', calendar: null, sinceMs: 2 });
    store.addCalendar({ schedule: 'b', calendar: null, sinceMs: 3 });
    expect(store.calendars()).toEqual([
      { schedule: 'a', calendar: null, sinceMs: 2 },
      { schedule: 'b', calendar: null, sinceMs: 3 },
    ]);
  });

  it('undoes a transaction as a whole', () => {
    const { store } = open();
    expect(() =>
      store.transact(() => {
        store.add(started);
        throw new Error('in between');
      }),
    ).toThrow('in between');
    expect(store.latest(undefined, 9)).toEqual([]);
  });

  it('refuses to have its rows changed, removed or replaced, by whoever', () => {
    const { directory, store } = open();
    store.add(started);
    store.addCalendar({ schedule: 'a', calendar: null, sinceMs: 1 });
    const database = openDatabase(join(directory, 'schedules.db'), '');
    for (const sql of [
      "UPDATE occurrence SET state = 'failed'",
      'DELETE FROM occurrence',
      "INSERT OR REPLACE INTO occurrence SELECT place, schedule, kind, due_ms, attempt, state, 'run-9', work, at_ms, error, next_ms FROM occurrence",
      'DELETE FROM calendar',
      'UPDATE calendar SET since_ms = 0',
    ]) {
      expect(() => database.exec(sql), sql).toThrow(/are never (changed|removed)/);
    }
    database.close();
    expect(store.latest(undefined, 9)).toEqual([started]);
  });
});
