import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { addMonths, dayNumber, dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import { calendarOf, describeCalendar, openCalendar, utcDayBefore } from './calendar.ts';
import { zoneClock } from './local-time.ts';
import { type Schedule, schedulesSchema } from './schedule-schema.ts';

function schedule(fields: Readonly<Record<string, unknown>>): Schedule {
  const [parsed] = schedulesSchema.parse([{ id: 'a', run: 'clv', ...fields }]);
  if (!parsed) throw new Error('no schedule');
  return parsed;
}

/** Local dates and times, with weekday. */
function locally(fields: Readonly<Record<string, unknown>>, from: string, count: number): string[] {
  const one = schedule(fields);
  const source = openCalendar(calendarOf(one));
  const { text } = zoneClock(one.timezone);
  const found: string[] = [];
  for (let at = source.nextAfter(Date.parse(from)); at !== undefined && found.length < count; at = source.nextAfter(at))
    found.push(text(at));
  return found;
}

const berlin = { timezone: 'Europe/Berlin', at: '06:00' };

describe('the calendar of', () => {
  it('daily is every day at that time', () => {
    expect(locally({ ...berlin, every: 'daily' }, '2026-03-28T12:00Z', 2)).toEqual(['Sun 2026-03-29 06:00', 'Mon 2026-03-30 06:00']);
  });

  it('weekly is Mondays unless it says otherwise', () => {
    expect(locally({ ...berlin, every: 'weekly' }, '2026-01-01T00:00Z', 2)).toEqual(['Mon 2026-01-05 06:00', 'Mon 2026-01-12 06:00']);
    expect(locally({ every: 'weekly', on: 'sunday' }, '2026-01-01T00:00Z', 1)).toEqual(['Sun 2026-01-04 00:00']);
  });

  it('a weekday of the month is the first to the fourth, or the last', () => {
    expect(locally({ ...berlin, every: 'first monday' }, '2026-01-01T00:00Z', 3)).toEqual([
      'Mon 2026-01-05 06:00',
      'Mon 2026-02-02 06:00',
      'Mon 2026-03-02 06:00',
    ]);
    expect(locally({ every: 'fourth sunday' }, '2026-02-01T12:00Z', 1)).toEqual(['Sun 2026-02-22 00:00']);
    expect(locally({ every: 'last friday' }, '2026-01-01T00:00Z', 2)).toEqual(['Fri 2026-01-30 00:00', 'Fri 2026-02-27 00:00']);
  });

  it.each([
    [1, ['2027-02-01', '2027-03-01']],
    [28, ['2027-01-28', '2027-02-28', '2027-03-28']],
    [29, ['2027-01-29', '2027-02-28', '2027-03-29']],
    [30, ['2027-01-30', '2027-02-28', '2027-03-30', '2027-04-30']],
    [31, ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30']],
    ['last', ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30']],
  ])('a month on day %s is the last day where there is no such', (on, days) => {
    expect(locally({ every: 'monthly', on }, '2027-01-02T00:00Z', days.length).map((text) => text.slice(4, 14))).toEqual(days);
  });

  it('a month on the 29th knows the leap day', () => {
    expect(locally({ every: 'monthly', on: 29 }, '2028-02-01T00:00Z', 1)).toEqual(['Tue 2028-02-29 00:00']);
  });

  it('14 days counts local days from the one named, over changes of summer time', () => {
    expect(locally({ ...berlin, every: '14 days', from: '2026-03-16' }, '2026-01-01T00:00Z', 3)).toEqual([
      'Mon 2026-03-16 06:00',
      'Mon 2026-03-30 06:00',
      'Mon 2026-04-13 06:00',
    ]);
    expect(locally({ ...berlin, every: '2 weeks', from: '2026-03-16' }, '2035-01-01T00:00Z', 1)).toEqual(['Mon 2035-01-08 06:00']);
  });

  it('a first day leaves out what is before it in the zone', () => {
    // The day begins in Auckland eleven hours before it does in UTC.
    const auckland = { timezone: 'Pacific/Auckland', every: 'daily', from: '2026-07-01' };
    expect(locally(auckland, '2026-01-01T00:00Z', 1)).toEqual(['Wed 2026-07-01 00:00']);
    const honolulu = { timezone: 'Pacific/Honolulu', cron: '30 23 * * *', from: '2026-07-01' };
    expect(locally(honolulu, '2026-01-01T00:00Z', 1)).toEqual(['Wed 2026-07-01 23:30']);
  });

  it('any number of days is every such day and no other', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('Europe/Berlin', 'America/New_York', 'Pacific/Auckland', 'Australia/Lord_Howe'),
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 23 }),
        (timezone, count, offset, hour) => {
          const first = (dayOfIsoDate('2026-01-01') ?? 0) + offset;
          const at = `${String(hour).padStart(2, '0')}:30`;
          const found = locally({ timezone, at, every: `${count} days`, from: isoDate(first) }, '2025-06-01T00:00Z', 8);
          expect(found.map((text) => text.slice(4, 14))).toEqual(Array.from({ length: 8 }, (_, index) => isoDate(first + index * count)));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('every month on any day is the same day, or the last one, of every month', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 31 }), fc.integer({ min: 2026, max: 2120 }), (on, year) => {
        const days = locally({ every: 'monthly', on }, `${year - 1}-12-31T23:59Z`, 12).map((text) => text.slice(4, 14));
        // January has every day, and adding months to it clamps to the last.
        const january = dayNumber(year, 1, on) ?? 0;
        expect(days).toEqual(Array.from({ length: 12 }, (_, month) => isoDate(addMonths(january, month) ?? 0)));
      }),
      { numRuns: 40 },
    );
  });
});

describe('in words', () => {
  it.each([
    [{ every: 'first monday', ...berlin }, 'every first monday at 06:00'],
    [{ every: 'weekly', on: 'friday' }, 'weekly on friday at 00:00'],
    [{ every: '14 days', from: '2026-01-05', at: '06:00' }, 'every 14 days from 2026-01-05 at 06:00'],
    [{ cron: '0 6 * * 1' }, 'cron 0 6 * * 1'],
  ])('a calendar says when', (fields, words) => {
    expect(describeCalendar(schedule(fields))).toBe(words);
  });
});

describe('the as-of day of a time', () => {
  it('is a UTC day before it, which is complete wherever the schedule is', () => {
    expect(utcDayBefore(Date.parse('2026-01-05T05:00Z'), 1)).toBe('2026-01-04');
    // 21:00 on Monday in New York is Tuesday in UTC: Monday is complete.
    expect(utcDayBefore(Date.parse('2026-01-06T02:00Z'), 1)).toBe('2026-01-05');
    expect(utcDayBefore(Date.parse('2026-03-01T05:00Z'), 3)).toBe('2026-02-26');
  });
});
