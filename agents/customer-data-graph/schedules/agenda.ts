/**
 * What there is to do at an instant: occurrences that have begun and not ended, times that have become due, and when the next ones
 * will. Writes down only since when calendars count.
 */
import { type Clock, compareText, digestOf } from '../../../skills/sdk/index.ts';
import type { OccurrenceSource } from '../../adapters/croner/next-occurrence.ts';
import { calendarOf, openCalendar } from './calendar.ts';
import { decide } from './decide.ts';
import type { OccurrenceKey, OccurrenceStore, OpenOccurrence } from './occurrence-store.ts';
import type { Schedule } from './schedule-schema.ts';

export type Task = { readonly dueMs: number; readonly schedule: string } & (
  | { readonly kind: 'resume'; readonly entry: OpenOccurrence }
  | { readonly kind: 'begin'; readonly declared: Schedule; readonly skip: readonly number[] }
  | { readonly kind: 'skip'; readonly skip: readonly number[] }
);

/** Instants by schedule since which its calendar counts. */
export type Since = ReadonlyMap<string, number>;

export interface Agenda {
  /** Writes down what has changed in the calendars declared. */
  readonly adopt: (nowMs: number) => Since;
  /** The same without writing: a calendar that was never adopted is left out. */
  readonly adopted: () => Since;
  /** Oldest time first. */
  readonly tasks: (nowMs: number, since: Since, open: readonly OpenOccurrence[]) => readonly Task[];
  /** The next instant at which there may be something to do; undefined when there is none. */
  readonly nextWakeMs: (nowMs: number, open: readonly OpenOccurrence[]) => number | undefined;
  readonly sourceOf: (schedule: Schedule) => OccurrenceSource;
}

export function createAgenda(schedules: readonly Schedule[], store: OccurrenceStore): Agenda {
  const active = schedules.filter(({ paused }) => !paused);
  const digests = new Map(active.map((schedule) => [schedule.id, digestOf(calendarOf(schedule))]));
  const sources = new Map<string, OccurrenceSource>();
  const sourceOf = (schedule: Schedule): OccurrenceSource => {
    const source = sources.get(schedule.id) ?? openCalendar(calendarOf(schedule));
    sources.set(schedule.id, source);
    return source;
  };

  const tasksOf = (declared: Schedule, since: Since, nowMs: number): readonly Task[] => {
    const sinceMs = since.get(declared.id) ?? nowMs;
    // The last one at or before now: one that lies ahead was written by a clock that went wrong, and must not hold up the others.
    const afterMs = Math.max(sinceMs, store.lastDueMs(declared.id, nowMs) ?? sinceMs);
    const { run, skip } = decide(declared, sourceOf(declared), afterMs, nowMs);
    const last = skip.at(-1);
    const schedule = declared.id;
    if (run !== undefined) return [{ kind: 'begin', declared, skip, dueMs: run, schedule }];
    return last === undefined ? [] : [{ kind: 'skip', skip, dueMs: last, schedule }];
  };

  return {
    adopt: (nowMs) => {
      const known = new Map(store.calendars().map((entry) => [entry.schedule, entry]));
      const since = new Map<string, number>();
      const changed = [...digests].flatMap(([schedule, calendar]) => {
        const entry = known.get(schedule);
        // One that lies ahead of the clock: see above. It counts from now on.
        const isCurrent = entry?.calendar === calendar && entry.sinceMs <= nowMs;
        since.set(schedule, isCurrent ? entry.sinceMs : nowMs);
        return isCurrent ? [] : [{ schedule, calendar, sinceMs: nowMs }];
      });
      const gone = [...known.values()]
        .filter(({ schedule, calendar }) => calendar !== null && !digests.has(schedule))
        .map(({ schedule }) => ({ schedule, calendar: null, sinceMs: nowMs }));
      if (changed.length + gone.length > 0) {
        store.transact(() => {
          for (const entry of [...changed, ...gone]) store.addCalendar(entry);
        });
      }
      return since;
    },
    adopted: () =>
      new Map(
        store
          .calendars()
          .filter(({ schedule, calendar }) => calendar !== null && digests.get(schedule) === calendar)
          .map(({ schedule, sinceMs }) => [schedule, sinceMs]),
      ),
    tasks: (nowMs, since, open) => {
      const resumed = open
        .filter((entry) => entry.state === 'started' || entry.nextMs <= nowMs || entry.atMs > nowMs)
        .map((entry): Task => ({ kind: 'resume', entry, dueMs: entry.dueMs, schedule: entry.schedule }));
      // Runs of one schedule never overlap: what becomes due meanwhile is dealt with when the open one has ended.
      const idle = active.filter(({ id }) => open.every(({ schedule }) => schedule !== id));
      const begun = idle.flatMap((declared) => tasksOf(declared, since, nowMs));
      return [...resumed, ...begun].sort((a, b) => a.dueMs - b.dueMs || compareText(a.schedule, b.schedule));
    },
    nextWakeMs: (nowMs, open) => {
      const times = [
        ...active.flatMap((schedule) => sourceOf(schedule).nextAfter(nowMs) ?? []),
        ...open.flatMap((entry) => (entry.state === 'retrying' && entry.nextMs > nowMs ? [entry.nextMs] : [])),
      ];
      return times.length > 0 ? Math.min(...times) : undefined;
    },
    sourceOf,
  };
}

/** What would be started now, without writing anything down. */
export function dueNow(agenda: Agenda, store: OccurrenceStore, clock: Clock): readonly OccurrenceKey[] {
  return agenda.tasks(clock.now(), agenda.adopted(), store.open()).flatMap((task): OccurrenceKey[] => {
    if (task.kind === 'skip') return [];
    if (task.kind === 'begin') return [{ schedule: task.schedule, trigger: 'calendar', dueMs: task.dueMs }];
    const { schedule, trigger, dueMs } = task.entry;
    return [{ schedule, trigger, dueMs }];
  });
}
