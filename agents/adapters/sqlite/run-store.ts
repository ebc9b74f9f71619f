/** The run store on SQLite: runs, machines, events, effects and timers in one file, so that a fold is one transaction. */
import type { RecordedFingerprint } from '../../../orchestrator/durable/fingerprint-form.ts';
import type { EffectRow, InstanceRow, RunRow, RunState, RunStore, TimerRow } from '../../../orchestrator/durable/run-store.ts';
import type { Digest, Json } from '../../../skills/sdk/index.ts';
import { assertDurable, explainSqlite, openDatabase } from './open-database.ts';

const schema = `
  CREATE TABLE IF NOT EXISTS run (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, pipeline TEXT NOT NULL, definition TEXT NOT NULL,
    definition_digest TEXT NOT NULL, as_of TEXT NOT NULL, state TEXT NOT NULL, error TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS instance (
    id TEXT PRIMARY KEY, run_id TEXT NOT NULL, step TEXT NOT NULL, attempt INTEGER NOT NULL, skill TEXT NOT NULL,
    machine TEXT NOT NULL, seq INTEGER NOT NULL, is_active INTEGER NOT NULL, snapshot TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS instance_of_run ON instance (run_id, is_active);
  CREATE TABLE IF NOT EXISTS event (
    instance_id TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (instance_id, seq)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS effect (
    place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, run_id TEXT NOT NULL, instance_id TEXT NOT NULL, step TEXT NOT NULL,
    attempt INTEGER NOT NULL, seq INTEGER NOT NULL, idx INTEGER NOT NULL, kind TEXT NOT NULL, input TEXT NOT NULL,
    state TEXT NOT NULL, output TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS effect_of_run ON effect (run_id, state, place);
  CREATE TABLE IF NOT EXISTS fingerprint (effect_id TEXT PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS timer (
    run_id TEXT NOT NULL, instance_id TEXT NOT NULL, id TEXT NOT NULL, due_ms INTEGER NOT NULL, event TEXT NOT NULL,
    PRIMARY KEY (instance_id, id)
  ) STRICT, WITHOUT ROWID`;

type Row = Readonly<Record<string, string | number>>;

/**
 * @param path file of the store; made when absent
 * @param options.readonly for commands that only look
 * @throws {CohortiumError} STORE_DURABILITY, STORE_CORRUPT, STORE_BUSY or STORE_FULL
 */
export function openRunStore(path: string, options: { readonly readonly?: boolean } = {}): RunStore {
  const database = openDatabase(path, schema, options);
  const prepare = (sql: string) => database.prepare<unknown[], Row>(sql);
  const json = (value: unknown): string => JSON.stringify(value);
  const statements = {
    insertRun: prepare('INSERT INTO run (id, pipeline, definition, definition_digest, as_of, state, error) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    run: prepare('SELECT * FROM run WHERE id = ?'),
    runs: prepare('SELECT * FROM run ORDER BY place'),
    setRunState: prepare('UPDATE run SET state = ?, error = ? WHERE id = ?'),
    countRuns: prepare('SELECT count(*) AS n FROM run WHERE definition_digest = ? AND as_of = ?'),
    saveInstance: prepare(`INSERT INTO instance (id, run_id, step, attempt, skill, machine, seq, is_active, snapshot)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET skill = excluded.skill, machine = excluded.machine, seq = excluded.seq,
        is_active = excluded.is_active, snapshot = excluded.snapshot`),
    instance: prepare('SELECT * FROM instance WHERE id = ?'),
    activeInstances: prepare('SELECT * FROM instance WHERE run_id = ? AND is_active = 1 ORDER BY id'),
    // The first fold of a pipeline is stored before its steps start and once more after; both say the same.
    appendEvent: prepare('INSERT INTO event (instance_id, seq, event) VALUES (?, ?, ?)'),
    insertEffect: prepare(`INSERT INTO effect (id, run_id, instance_id, step, attempt, seq, idx, kind, input, state, output)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`),
    effect: prepare('SELECT * FROM effect WHERE id = ?'),
    settleEffect: prepare("UPDATE effect SET state = ?, output = ? WHERE id = ? AND state = 'pending'"),
    keepFingerprint: prepare('INSERT INTO fingerprint (effect_id, body) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    fingerprint: prepare('SELECT body FROM fingerprint WHERE effect_id = ?'),
    dropEffects: prepare("UPDATE effect SET state = 'dropped' WHERE instance_id = ? AND state = 'pending'"),
    pendingEffects: prepare("SELECT * FROM effect WHERE run_id = ? AND state = 'pending' ORDER BY place LIMIT 64"),
    effects: prepare('SELECT * FROM effect WHERE run_id = ? ORDER BY step, attempt, seq, idx'),
    setTimer: prepare(`INSERT INTO timer (run_id, instance_id, id, due_ms, event)
      VALUES ((SELECT run_id FROM instance WHERE id = ?), ?, ?, ?, ?)
      ON CONFLICT (instance_id, id) DO UPDATE SET due_ms = excluded.due_ms, event = excluded.event`),
    clearTimer: prepare('DELETE FROM timer WHERE instance_id = ? AND id = ?'),
    clearTimers: prepare('DELETE FROM timer WHERE instance_id = ?'),
    timers: prepare('SELECT * FROM timer WHERE run_id = ? ORDER BY due_ms, instance_id, id'),
  };
  let isProven = options.readonly === true;
  return {
    transact: (work) =>
      explainSqlite(path, () => {
        if (database.inTransaction) return work();
        const result = database.transaction(work).immediate();
        if (!isProven) {
          assertDurable(database);
          isProven = true;
        }
        return result;
      }),
    insertRun: (run) => {
      const { id, pipeline, definition, definitionDigest, asOf, state, error } = run;
      statements.insertRun.run(id, pipeline, json(definition), definitionDigest, asOf, state, json(error));
    },
    run: (id) => mapRow(statements.run.get(id), runOf),
    runs: () => statements.runs.all().map(runOf),
    setRunState: (id, state, error) => void statements.setRunState.run(state, json(error), id),
    countRuns: (definition, asOf) => Number(statements.countRuns.get(definition, asOf)?.['n']),
    saveInstance: (row) => {
      const { id, runId, step, attempt, skill, machine, seq, isActive, snapshot } = row;
      statements.saveInstance.run(id, runId, step, attempt, skill, machine, seq, isActive ? 1 : 0, json(snapshot));
    },
    instance: (id) => mapRow(statements.instance.get(id), instanceOf),
    activeInstances: (runId) => statements.activeInstances.all(runId).map(instanceOf),
    appendEvent: (instanceId, seq, event) => void statements.appendEvent.run(instanceId, seq, json(event)),
    insertEffect: (row) => {
      const { id, runId, instanceId, step, attempt, seq, index, kind, input, state, output } = row;
      statements.insertEffect.run(id, runId, instanceId, step, attempt, seq, index, kind, json(input), state, json(output));
    },
    effect: (id) => mapRow(statements.effect.get(id), effectOf),
    settleEffect: (id, state, output) => void statements.settleEffect.run(state, json(output), id),
    keepFingerprint: (effectId, fingerprint) => void statements.keepFingerprint.run(effectId, json(fingerprint)),
    fingerprint: (effectId) =>
      mapRow(statements.fingerprint.get(effectId), (row) => parsed(row, 'body') as unknown as RecordedFingerprint) ?? null, // written above
    dropEffects: (instanceId) => void statements.dropEffects.run(instanceId),
    pendingEffects: (runId) => statements.pendingEffects.all(runId).map(effectOf),
    effects: (runId) => statements.effects.all(runId).map(effectOf),
    setTimer: ({ instanceId, id, dueMs, event }) =>
      void statements.setTimer.run(instanceId, instanceId, id, Math.round(dueMs), json(event)),
    clearTimer: (instanceId, id) => void statements.clearTimer.run(instanceId, id),
    clearTimers: (instanceId) => void statements.clearTimers.run(instanceId),
    timers: (runId) => statements.timers.all(runId).map(timerOf),
    close: () => void database.close(),
  };
}

function mapRow<Result>(row: Row | undefined, map: (row: Row) => Result): Result | undefined {
  return row === undefined ? undefined : map(row);
}

const text = (row: Row, name: string): string => String(row[name]);
const number = (row: Row, name: string): number => Number(row[name]);
const parsed = (row: Row, name: string): Json => JSON.parse(text(row, name)) as Json; // written by this file

function runOf(row: Row): RunRow {
  return {
    id: text(row, 'id'),
    pipeline: text(row, 'pipeline'),
    definition: parsed(row, 'definition'),
    definitionDigest: text(row, 'definition_digest') as Digest,
    asOf: text(row, 'as_of'),
    state: text(row, 'state') as RunState, // written by this file
    error: parsed(row, 'error') as RunRow['error'], // likewise
  };
}

function instanceOf(row: Row): InstanceRow {
  return {
    id: text(row, 'id'),
    runId: text(row, 'run_id'),
    step: text(row, 'step'),
    attempt: number(row, 'attempt'),
    skill: text(row, 'skill'),
    machine: text(row, 'machine') as Digest, // written by this file
    seq: number(row, 'seq'),
    isActive: number(row, 'is_active') === 1,
    snapshot: parsed(row, 'snapshot'),
  };
}

function effectOf(row: Row): EffectRow {
  return {
    id: text(row, 'id'),
    runId: text(row, 'run_id'),
    instanceId: text(row, 'instance_id'),
    step: text(row, 'step'),
    attempt: number(row, 'attempt'),
    seq: number(row, 'seq'),
    index: number(row, 'idx'),
    kind: text(row, 'kind'),
    input: parsed(row, 'input'),
    state: text(row, 'state') as EffectRow['state'], // written by this file
    output: parsed(row, 'output'),
  };
}

function timerOf(row: Row): TimerRow {
  return { instanceId: text(row, 'instance_id'), id: text(row, 'id'), dueMs: number(row, 'due_ms'), event: parsed(row, 'event') };
}
