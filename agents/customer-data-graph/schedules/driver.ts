/**
 * Runs schedules, one occurrence at a time, each exactly once. What happens is written down before and after, so that stopping
 * anywhere and starting again goes on from the store; work that may or may not have begun is started again under the same run id,
 * which starts nothing twice. Reads only the clock that it is given: a simulated one is moved instead of waited for.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import { durationMs, type MovableClock } from '../../../orchestrator/index.ts';
import { type Clock, digestOf } from '../../../skills/sdk/index.ts';
import type { Agenda } from './agenda.ts';
import type {
  OccurrenceEntry,
  OccurrenceKey,
  OccurrenceStore,
  OpenOccurrence,
  ScheduledWork,
  ScheduleFailure,
} from './occurrence-store.ts';
import type { Schedule } from './schedule-schema.ts';

/** How work ended, or that it waits for a person. */
export type WorkOutcome =
  | { readonly state: 'completed' }
  | { readonly state: 'waiting' }
  | { readonly state: 'failed' | 'cancelled'; readonly error: ScheduleFailure };

export interface WorkCall {
  /** Id of the schedule that asks. */
  readonly schedule: string;
  readonly runId: string;
  readonly work: ScheduledWork;
  /** The time that was scheduled, epoch milliseconds. */
  readonly dueMs: number;
}

export interface ScheduleDriverParts {
  readonly schedules: readonly Schedule[];
  readonly agenda: Agenda;
  readonly store: OccurrenceStore;
  readonly clock: Clock | MovableClock;
  /** Starts the work of a run id, or goes on with it; told twice it does it once. What fails is an outcome, not an exception. */
  readonly perform: (call: WorkCall) => Promise<WorkOutcome>;
}

export interface DriveOptions {
  /** Ends the waiting; work under way is finished first. */
  readonly signal?: AbortSignal;
  /** Ends when the clock shows this and everything up to then is done. */
  readonly untilMs?: number;
  /** Ends as soon as nothing is due. */
  readonly isOnce?: boolean;
  /** Told what was written down. */
  readonly onEntry?: (entry: OccurrenceEntry) => void;
}

type Tell = (entry: OccurrenceEntry) => void;

export interface ScheduleDriver {
  /** Runs what is due, as it becomes due, until it is told to stop or nothing can become due any more. */
  readonly drive: (options?: DriveOptions) => Promise<void>;
  /** Starts a schedule now, apart from its calendar, and waits for the attempt. Told twice at one instant it is done once. */
  readonly runNow: (schedule: Schedule, tell?: Tell) => Promise<OccurrenceKey>;
}

/** A real clock is looked at this often at least, because it may be set and the machine may sleep. */
const longestWaitMs = 60_000;

/** Waits grow by a factor; one that led out of the calendar could not be written down. */
const longestRetryMs = 366 * 86_400_000;

export function createScheduleDriver({ schedules, agenda, store, clock, perform }: ScheduleDriverParts): ScheduleDriver {
  const write = (entries: readonly OccurrenceEntry[], tell: Tell): void => {
    store.transact(() => {
      for (const entry of entries) store.add(entry);
    });
    for (const entry of entries) tell(entry);
  };

  const skipped = (schedule: string, times: readonly number[]): readonly OccurrenceEntry[] =>
    times.map((dueMs) => ({ schedule, trigger: 'calendar', dueMs, state: 'skipped', atMs: clock.now() }));

  const begin = (key: OccurrenceKey, work: ScheduledWork, skip: readonly number[], tell: Tell): OpenOccurrence => {
    const started: OpenOccurrence = { ...key, attempt: 1, runId: scheduledRunId(key, 1), work, atMs: clock.now(), state: 'started' };
    write([...skipped(key.schedule, skip), started], tell);
    return started;
  };

  /** The next attempt of an occurrence, or the one that is under way. */
  const attempt = async (entry: OpenOccurrence, tell: Tell): Promise<WorkOutcome['state']> => {
    const number = entry.state === 'retrying' ? entry.attempt + 1 : entry.attempt;
    const { schedule, trigger, dueMs, work } = entry;
    const key: OccurrenceKey = { schedule, trigger, dueMs };
    const runId = scheduledRunId(key, number);
    const now = () => ({ ...key, attempt: number, runId, work, atMs: clock.now() });
    if (entry.state === 'retrying') write([{ ...now(), state: 'started' }], tell);
    const outcome = await perform({ schedule, runId, work, dueMs });
    if (outcome.state === 'waiting') return outcome.state;
    if (outcome.state === 'completed') write([{ ...now(), state: 'completed' }], tell);
    else {
      const { state, error } = outcome;
      const waitMs = state === 'failed' ? retryWaitMs(schedules.find(({ id }) => id === schedule)?.retry, number) : undefined;
      write(
        [waitMs === undefined ? { ...now(), state, error } : { ...now(), state: 'retrying', error, nextMs: clock.now() + waitMs }],
        tell,
      );
    }
    return outcome.state;
  };

  return {
    drive: async ({ signal, untilMs = Number.POSITIVE_INFINITY, isOnce = false, onEntry = () => {} } = {}) => {
      // Kept here rather than asked for again and again: only this process writes.
      const open = new Map(store.open().map((entry) => [keyText(entry), entry]));
      const tell: Tell = (entry) => {
        if (entry.state === 'started' || entry.state === 'retrying') open.set(keyText(entry), entry);
        else open.delete(keyText(entry));
        onEntry(entry);
      };
      /** Occurrences that wait for a person; looked at again after each wait. */
      let waiting = new Set<string>();
      for (;;) {
        if (signal?.aborted === true) return;
        const nowMs = clock.now();
        if (nowMs > untilMs && !isOnce) return;
        const since = agenda.adopt(nowMs);
        const task = agenda
          .tasks(nowMs, since, [...open.values()])
          .find((one) => one.kind !== 'resume' || !waiting.has(keyText(one.entry)));
        if (task?.kind === 'skip') write(skipped(task.schedule, task.skip), tell);
        else if (task) {
          const entry =
            task.kind === 'resume'
              ? task.entry
              : begin({ schedule: task.schedule, trigger: 'calendar', dueMs: task.dueMs }, workOf(task.declared), task.skip, tell);
          if ((await attempt(entry, tell)) === 'waiting') waiting.add(keyText(entry));
        } else {
          const wakeMs = Math.min(agenda.nextWakeMs(nowMs, [...open.values()]) ?? Number.POSITIVE_INFINITY, untilMs);
          // Nobody can answer a step that waits while a simulated clock stands still.
          const isForPerson = waiting.size > 0 && !('advanceTo' in clock);
          if (isOnce || nowMs >= untilMs || (wakeMs === Number.POSITIVE_INFINITY && !isForPerson)) return;
          await waitUntil(clock, wakeMs, signal);
          waiting = new Set();
        }
      }
    },
    runNow: async (schedule, tell = () => {}) => {
      const key: OccurrenceKey = { schedule: schedule.id, trigger: 'manual', dueMs: clock.now() };
      const known = store.newest(key);
      if (known === undefined) await attempt(begin(key, workOf(schedule), [], tell), tell);
      else if (known.state === 'started') await attempt(known, tell);
      return key;
    },
  };
}

async function waitUntil(clock: Clock | MovableClock, untilMs: number, signal: AbortSignal | undefined): Promise<void> {
  if ('advanceTo' in clock) {
    clock.advanceTo(untilMs);
    // Lets an abort through: nothing else in a simulated wait does.
    await sleep(0);
    return;
  }
  const delay = Math.min(Math.max(untilMs - clock.now(), 0), longestWaitMs);
  await sleep(delay, undefined, signal ? { signal } : {}).catch(() => {}); // an abort is handled by the loop
}

/** The run of an occurrence: the same for everybody who asks, another one for each attempt. */
function scheduledRunId({ schedule, trigger, dueMs }: OccurrenceKey, attempt: number): string {
  return `run-${digestOf(['schedule', schedule, trigger, dueMs, attempt]).slice(0, 20)}`;
}

/** What an entry of cohortium.yaml starts. */
export function workOf({ run, command, with: parameters }: Schedule): ScheduledWork {
  return run === undefined ? { kind: 'command', name: command ?? '', with: parameters } : { kind: 'pipeline', name: run, with: parameters };
}

/** The wait after a failed attempt; undefined when it was the last one. A schedule that is gone has no further ones. */
function retryWaitMs(retry: Schedule['retry'] | undefined, attempt: number): number | undefined {
  if (!retry || attempt >= retry.attempts) return undefined;
  let wait = durationMs(retry.backoff);
  for (let done = 1; done < attempt; done++) wait *= retry.factor;
  return Math.min(wait, longestRetryMs);
}

function keyText({ schedule, trigger, dueMs }: OccurrenceKey): string {
  return `${schedule}/${trigger}/${dueMs}`;
}
