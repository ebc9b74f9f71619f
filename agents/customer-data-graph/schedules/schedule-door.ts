/** Schedules of an operator directory: what comes next, what became of what was due, and running them. */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import type { Workspace } from '../workspace.ts';
import { type Agenda, createAgenda, dueNow } from './agenda.ts';
import { describeCalendar } from './calendar.ts';
import { requireSoundSchedules } from './check-schedules.ts';
import { performWork, type ScheduledAgent } from './commands.ts';
import { driveThrough } from './drive-through.ts';
import { createScheduleDriver, workOf } from './driver.ts';
import { zoneClock } from './local-time.ts';
import type { OccurrenceEntry } from './occurrence-store.ts';
import type { OccurrenceReport, ScheduledTime, ScheduleDoor, ScheduleRunOptions, ScheduleSummary } from './schedule-interface.ts';
import type { Schedule } from './schedule-schema.ts';

const dayMs = 86_400_000;

type ScheduleWorkspace = Pick<Workspace, 'paths' | 'config' | 'clock' | 'occurrences'>;

export function scheduleDoor({ paths, config, clock, occurrences }: ScheduleWorkspace, agent: ScheduledAgent): ScheduleDoor {
  const { schedules } = config;
  let agenda: Agenda | undefined;
  const openAgenda = (): Agenda => (agenda ??= createAgenda(schedules, occurrences()));
  const driver = () =>
    createScheduleDriver({
      schedules,
      agenda: openAgenda(),
      store: occurrences(),
      clock,
      perform: (call) => performWork(agent, call),
    });

  /** A schedule that is gone has left its history; its times are shown in UTC. */
  const zoneOf = (id: string): string => schedules.find((schedule) => schedule.id === id)?.timezone ?? 'UTC';

  const reportOf = (entry: OccurrenceEntry): OccurrenceReport => {
    const timezone = zoneOf(entry.schedule);
    const { schedule, trigger, dueMs, state } = entry;
    const common = { schedule, trigger, due: timeOf(dueMs, timezone), timezone };
    if (entry.state === 'skipped') return { ...common, state: 'skipped', attempts: 0, runId: null, next: null, error: null };
    return {
      ...common,
      state,
      attempts: entry.attempt,
      runId: entry.work.kind === 'pipeline' ? entry.runId : null,
      next: entry.state === 'retrying' ? timeOf(entry.nextMs, timezone) : null,
      error: 'error' in entry ? entry.error : null,
    };
  };

  const declared = (id: string): Schedule => {
    const found = schedules.find((schedule) => schedule.id === id);
    if (found) return found;
    const known = schedules.map((schedule) => schedule.id).join(', ');
    throw new CohortiumError('SCHEDULE_NOT_FOUND', `there is no schedule '${id}' in cohortium.yaml; there are: ${known || 'none'}`);
  };

  const summaryOf = (schedule: Schedule, times: number): ScheduleSummary => {
    const { id, timezone, missed, paused } = schedule;
    const source = openAgenda().sourceOf(schedule);
    const next: ScheduledTime[] = [];
    for (let at = paused ? undefined : source.nextAfter(clock.now()); at !== undefined && next.length < times; at = source.nextAfter(at)) {
      // Behind a clock that was set back lie times that have happened, and will not happen again.
      if (occurrences().newest({ schedule: id, trigger: 'calendar', dueMs: at }) === undefined) next.push(timeOf(at, timezone));
    }
    const [last] = occurrences().latest(id, 1);
    const { kind, name } = workOf(schedule);
    const when = describeCalendar(schedule);
    return { id, starts: `${kind} ${name}`, when, timezone, missed, isPaused: paused, next, last: last ? reportOf(last) : null };
  };

  return {
    list: async (times) => {
      requireSoundSchedules(paths);
      return schedules.map((schedule) => summaryOf(schedule, times));
    },
    history: async (id, limit) => {
      const entries = occurrences().latest(id, limit);
      if (id !== undefined && entries.length === 0) declared(id);
      return entries.map(reportOf);
    },
    due: async () => {
      requireSoundSchedules(paths);
      return dueNow(openAgenda(), occurrences(), clock).map((key) => {
        const timezone = zoneOf(key.schedule);
        const { schedule, dueMs } = key;
        return { schedule, due: timeOf(dueMs, timezone), timezone, isOpen: occurrences().newest(key) !== undefined };
      });
    },
    runNow: async (id) => {
      requireSoundSchedules(paths);
      const schedule = declared(id);
      const open = occurrences()
        .open()
        .find((entry) => entry.schedule === id && !(entry.trigger === 'manual' && entry.dueMs === clock.now()));
      if (open) {
        const { utc } = timeOf(open.dueMs, 'UTC');
        throw new CohortiumError('SCHEDULE_BUSY', `the occurrence of '${id}' at ${utc} has begun and not ended: ${open.runId}`);
      }
      const entry = occurrences().newest(await driver().runNow(schedule));
      if (entry) return reportOf(entry);
      throw new CohortiumError('INTERNAL', `nothing was written down about the start of '${id}'`);
    },
    run: async (options = {}) => {
      requireSoundSchedules(paths);
      const untilMs = endOf(options);
      const isOnce = options.isOnce === true || (options.isStill === true && 'advanceTo' in clock);
      if (untilMs === undefined && !isOnce && 'advanceTo' in clock && schedules.length > 0) {
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          'the simulated clock of this directory would run on for ever; give --until or --once, or `clock: { kind: system }`',
        );
      }
      const { drive } = driver();
      const until = untilMs === undefined ? {} : { untilMs };
      const onEntry = (entry: OccurrenceEntry): void => options.onOccurrence?.(reportOf(entry));
      const { signal } = options;
      await driveThrough(() => drive({ ...(signal ? { signal } : {}), ...until, isOnce, onEntry }), {
        signal,
        // Whoever starts it once starts it again.
        onTrouble: isOnce ? undefined : options.onTrouble,
      });
    },
  };
}

function endOf({ untilDay }: ScheduleRunOptions): number | undefined {
  if (untilDay === undefined) return undefined;
  const day = dayOfIsoDate(untilDay);
  if (day === undefined) throw new CohortiumError('ARGUMENT_INVALID', `--until is '${untilDay}'; expected an ISO date such as 2026-01-31`);
  return (day + 1) * dayMs - 1;
}

function timeOf(ms: number, timezone: string): ScheduledTime {
  return { utc: new Date(ms).toISOString(), local: zoneClock(timezone).text(ms) };
}
