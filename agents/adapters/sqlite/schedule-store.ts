/**
 * Occurrences of schedules on SQLite: schedules.db, two tables that are only added to. Triggers refuse to change or remove a row, so
 * that what has happened once cannot be made to happen again.
 */
import { join } from 'node:path';

import type { Digest } from '../../../skills/sdk/index.ts';
import type {
  OccurrenceEntry,
  OccurrenceKey,
  OccurrenceStore,
  OpenOccurrence,
  ScheduledWork,
  ScheduleFailure,
  Trigger,
} from '../../customer-data-graph/schedules/occurrence-store.ts';
import { explainSqlite, openDatabase } from './open-database.ts';

const insertOnly = (table: string): string => `
  CREATE TRIGGER IF NOT EXISTS ${table}_stays BEFORE UPDATE ON ${table}
    BEGIN SELECT RAISE(ABORT, 'entries of schedules are never changed'); END;
  CREATE TRIGGER IF NOT EXISTS ${table}_remains BEFORE DELETE ON ${table}
    BEGIN SELECT RAISE(ABORT, 'entries of schedules are never removed'); END`;

const schema = `
  CREATE TABLE IF NOT EXISTS calendar (
    place INTEGER PRIMARY KEY, schedule TEXT NOT NULL, calendar TEXT NOT NULL, since_ms INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS calendar_of ON calendar (schedule, place);
  CREATE TABLE IF NOT EXISTS occurrence (
    place INTEGER PRIMARY KEY, schedule TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('calendar', 'manual')),
    due_ms INTEGER NOT NULL, attempt INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('started', 'completed', 'cancelled', 'retrying', 'failed', 'skipped')),
    run_id TEXT NOT NULL, work TEXT NOT NULL, at_ms INTEGER NOT NULL, error TEXT NOT NULL, next_ms INTEGER NOT NULL,
    UNIQUE (schedule, kind, due_ms, attempt, state)
  ) STRICT;
  ${insertOnly('calendar')};
  ${insertOnly('occurrence')}`;

interface Row {
  readonly schedule: string;
  readonly kind: Trigger;
  readonly due_ms: number;
  readonly attempt: number;
  readonly state: OccurrenceEntry['state'];
  readonly run_id: string;
  readonly work: string;
  readonly at_ms: number;
  readonly error: string;
  readonly next_ms: number;
}

/** The newest row of each occurrence. */
const standing = `SELECT * FROM occurrence AS one WHERE place = (
  SELECT max(place) FROM occurrence WHERE schedule = one.schedule AND kind = one.kind AND due_ms = one.due_ms)`;

/**
 * @param directory state folder; schedules.db is made in it
 * @throws {CohortiumError} STORE_DURABILITY, STORE_CORRUPT, STORE_BUSY or STORE_FULL
 */
export function createScheduleStore({ directory }: { readonly directory: string }): OccurrenceStore {
  const path = join(directory, 'schedules.db');
  const database = openDatabase(path, schema);
  const explained = <Result>(work: () => Result): Result => explainSqlite(path, work);
  const statements = {
    calendars: database.prepare<[], { readonly schedule: string; readonly calendar: string; readonly since_ms: number }>(
      'SELECT * FROM calendar AS one WHERE place = (SELECT max(place) FROM calendar WHERE schedule = one.schedule) ORDER BY schedule',
    ),
    addCalendar: database.prepare('INSERT INTO calendar (schedule, calendar, since_ms) VALUES (?, ?, ?)'),
    add: database.prepare(`INSERT INTO occurrence (schedule, kind, due_ms, attempt, state, run_id, work, at_ms, error, next_ms)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`),
    lastDue: database.prepare<[string, number], { readonly last: number | null }>(
      "SELECT max(due_ms) AS last FROM occurrence WHERE schedule = ? AND kind = 'calendar' AND due_ms <= ?",
    ),
    newest: database.prepare<[string, string, number], Row>(
      'SELECT * FROM occurrence WHERE schedule = ? AND kind = ? AND due_ms = ? ORDER BY place DESC LIMIT 1',
    ),
    open: database.prepare<[], Row>(`${standing} AND state IN ('started', 'retrying') ORDER BY due_ms, schedule`),
    latest: database.prepare<[number], Row>(`${standing} ORDER BY due_ms DESC, schedule, kind LIMIT ?`),
    latestOf: database.prepare<[string, number], Row>(`${standing} AND schedule = ? ORDER BY due_ms DESC, kind LIMIT ?`),
  };
  return {
    transact: (work) => explained(() => (database.inTransaction ? work() : database.transaction(work).immediate())),
    calendars: () =>
      explained(() =>
        statements.calendars.all().map(({ schedule, calendar, since_ms: sinceMs }) => ({
          schedule,
          calendar: calendar === '' ? null : (calendar as Digest), // written by this file
          sinceMs,
        })),
      ),
    addCalendar: ({ schedule, calendar, sinceMs }) => void explained(() => statements.addCalendar.run(schedule, calendar ?? '', sinceMs)),
    add: (entry) =>
      explained(() => {
        const { schedule, trigger, dueMs, state, atMs } = entry;
        const { attempt, runId, work } = entry.state === 'skipped' ? { attempt: 0, runId: '', work: null } : entry;
        const error = 'error' in entry ? entry.error : null;
        const nextMs = entry.state === 'retrying' ? entry.nextMs : 0;
        statements.add.run(
          schedule,
          trigger,
          dueMs,
          attempt,
          state,
          runId,
          JSON.stringify(work),
          atMs,
          JSON.stringify(error),
          Math.round(nextMs),
        );
      }),
    lastDueMs: (schedule, untilMs) => explained(() => statements.lastDue.get(schedule, untilMs)?.last ?? undefined),
    newest: ({ schedule, trigger, dueMs }) =>
      explained(() => {
        const row = statements.newest.get(schedule, trigger, dueMs);
        return row && entryOf(row);
      }),
    open: () => explained(() => statements.open.all().map((row) => entryOf(row) as OpenOccurrence)), // by the states asked for
    latest: (schedule, limit) =>
      explained(() => (schedule === undefined ? statements.latest.all(limit) : statements.latestOf.all(schedule, limit)).map(entryOf)),
    close: () => void database.close(),
  };
}

function entryOf(row: Row): OccurrenceEntry {
  const key: OccurrenceKey & { readonly atMs: number } = {
    schedule: row.schedule,
    trigger: row.kind,
    dueMs: row.due_ms,
    atMs: row.at_ms,
  };
  const { state } = row;
  if (state === 'skipped') return { ...key, state };
  const attempt = { ...key, attempt: row.attempt, runId: row.run_id, work: JSON.parse(row.work) as ScheduledWork }; // written by this file
  if (state === 'started' || state === 'completed') return { ...attempt, state };
  const error = JSON.parse(row.error) as ScheduleFailure; // likewise
  return state === 'retrying' ? { ...attempt, state, error, nextMs: row.next_ms } : { ...attempt, state, error };
}
