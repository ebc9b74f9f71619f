/**
 * When a schedule happens, apart from what it starts: compiled from its entry into plain JSON, so that a change of it can be told,
 * and into the instants themselves.
 */
import { dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import { occurrencesOf, type OccurrenceSource } from '../../adapters/croner/next-occurrence.ts';
import { zoneClock } from './local-time.ts';
import { ordinals, type Schedule, weekdays } from './schedule-schema.ts';

const dayMs = 86_400_000;

/** Two calendars with the same JSON have the same occurrences. */
export interface Calendar {
  readonly patterns: readonly string[];
  readonly timezone: string;
  /** Local days before this one have no occurrence; null when all have. */
  readonly fromDay: number | null;
  /** Only every so many days, counted from `fromDay`. */
  readonly everyDays: number;
}

/** The calendar that an entry of cohortium.yaml declares. */
export function calendarOf(schedule: Schedule): Calendar {
  const { cron, every = '', timezone, from } = schedule;
  const [, count, unit] = /^(\d+) (days|weeks)$/.exec(every) ?? [];
  return {
    patterns: cron === undefined ? patternsOf(every, schedule) : [cron.trim().replace(/\s+/g, ' ')],
    timezone,
    fromDay: from === undefined ? null : (dayOfIsoDate(from) ?? null),
    everyDays: Number(count ?? 1) * (unit === 'weeks' ? 7 : 1),
  };
}

function patternsOf(every: string, { at = '00:00', on }: Schedule): readonly string[] {
  const [hour, minute] = at.split(':').map(Number);
  const time = `${minute} ${hour}`;
  const [first, weekday] = every.split(' ');
  const ordinal = ordinals.findIndex((one) => one === first);
  if (ordinal >= 0) return [`${time} * * ${cronDay(weekday)}#${first === 'last' ? 'L' : ordinal + 1}`];
  if (every === 'weekly') return [`${time} * * ${cronDay(on ?? 'monday')}`];
  if (every === 'monthly') return monthly(time, on ?? 1);
  return [`${time} * * *`];
}

/** A month that lacks the day has its last one instead. */
function monthly(time: string, day: Schedule['on']): readonly string[] {
  if (day === 'last' || day === 31) return [`${time} L * *`];
  if (day === 29 || day === 30) return [`${time} ${day} 1,3-12 *`, `${time} L 2 *`];
  return [`${time} ${day} * *`];
}

function cronDay(weekday: string | number | undefined): number {
  return (weekdays.findIndex((one) => one === weekday) + 1) % 7;
}

/** The instants of a calendar. */
export function openCalendar({ patterns, timezone, fromDay, everyDays }: Calendar): OccurrenceSource {
  const source = occurrencesOf(patterns, timezone);
  if (fromDay === null) return source;
  const { day } = zoneClock(timezone);
  return {
    nextAfter: (ms) => {
      // Two days before, because a local day begins up to a day away from the one of UTC.
      let at: number | undefined = source.nextAfter(Math.max(ms, (fromDay - 2) * dayMs));
      while (at !== undefined) {
        const age = day(at) - fromDay;
        if (age >= 0 && age % everyDays === 0) return at;
        const daysLeft = age < 0 ? -age : everyDays - (age % everyDays);
        at = source.nextAfter(at + Math.max(0, daysLeft - 2) * dayMs);
      }
      return undefined;
    },
  };
}

/** When it happens, in words: `every 14 days from 2026-01-05 at 06:00`. */
export function describeCalendar({ cron, every, on, at = '00:00', from }: Schedule): string {
  const start = from === undefined ? '' : ` from ${from}`;
  if (cron !== undefined) return `cron ${cron}${start}`;
  const days = on === undefined ? '' : ` on ${on}`;
  const when = every === 'daily' || every === 'weekly' || every === 'monthly' ? every : `every ${every}`;
  return `${when}${days}${start} at ${at}`;
}

/** The last UTC day, some days before the one of an instant. Days of signals are counted in UTC too. */
export function utcDayBefore(ms: number, daysBack: number): string {
  return isoDate(Math.floor(ms / dayMs) - daysBack);
}
