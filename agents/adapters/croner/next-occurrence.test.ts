import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import { zoneClock } from '../../customer-data-graph/schedules/local-time.ts';
import { occurrencesOf, patternFault } from './next-occurrence.ts';

function times(pattern: string, zone: string, from: string, count: number): string[] {
  const source = occurrencesOf([pattern], zone);
  const found: string[] = [];
  for (let at = source.nextAfter(Date.parse(from)); at !== undefined && found.length < count; at = source.nextAfter(at)) {
    found.push(new Date(at).toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('the next occurrence', () => {
  it('is strictly after the instant asked for', () => {
    expect(times('0 6 * * 1', 'UTC', '2026-01-05T05:59:59.999Z', 1)).toEqual(['2026-01-05T06:00Z']);
    expect(times('0 6 * * 1', 'UTC', '2026-01-05T06:00:00.000Z', 1)).toEqual(['2026-01-12T06:00Z']);
  });

  it('follows the clock on the wall over the change to summer time and back', () => {
    expect(times('0 6 * * *', 'Europe/Berlin', '2026-03-28T00:00Z', 2)).toEqual(['2026-03-28T05:00Z', '2026-03-29T04:00Z']);
    expect(times('0 6 * * *', 'America/New_York', '2026-10-31T00:00Z', 2)).toEqual(['2026-10-31T10:00Z', '2026-11-01T11:00Z']);
  });

  it('is right after the gap where summer time skips the time of day', () => {
    // Berlin goes from 02:00 to 03:00 at 01:00Z on 29 March 2026, New York at 07:00Z on 8 March.
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', 2)).toEqual(['2026-03-29T01:00Z', '2026-03-30T00:30Z']);
    expect(times('30 2 * * *', 'America/New_York', '2026-03-07T12:00Z', 2)).toEqual(['2026-03-08T07:00Z', '2026-03-09T06:30Z']);
  });

  it('is the first of the two where the end of summer time repeats the time of day, also among several', () => {
    expect(times('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 2)).toEqual(['2026-10-25T00:30Z', '2026-10-26T01:30Z']);
    expect(times('30 2,14 * * *', 'Europe/Berlin', '2026-10-24T22:00Z', 3)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-25T13:30Z',
      '2026-10-26T01:30Z',
    ]);
  });

  it('goes on through the repeated hour where the pattern has a step', () => {
    expect(times('*/30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', 5)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
      '2026-10-26T01:00Z',
    ]);
  });

  it('leaves out months without a 31st, and years without a leap day', () => {
    expect(times('0 6 31 * *', 'UTC', '2026-01-01T00:00Z', 3)).toEqual(['2026-01-31T06:00Z', '2026-03-31T06:00Z', '2026-05-31T06:00Z']);
    expect(times('0 6 29 2 *', 'UTC', '2026-01-01T00:00Z', 2)).toEqual(['2028-02-29T06:00Z', '2032-02-29T06:00Z']);
    expect(times('0 6 29 2 *', 'UTC', '2096-03-01T00:00Z', 1)).toEqual(['2104-02-29T06:00Z']);
  });

  it('is the earliest of several patterns', () => {
    const source = occurrencesOf(['0 6 30 1,3-12 *', '0 6 L 2 *'], 'UTC');
    const next = (from: string): string => new Date(source.nextAfter(Date.parse(from)) ?? 0).toISOString().slice(0, 10);
    expect([next('2027-01-31T00:00Z'), next('2027-03-01T00:00Z'), next('2028-01-31T00:00Z')]).toEqual([
      '2027-02-28',
      '2027-03-30',
      '2028-02-29',
    ]);
  });
});

describe('a time of day, every day', () => {
  const zones = [
    'Europe/Berlin',
    'America/New_York',
    'America/Sao_Paulo',
    'Africa/Cairo',
    'Africa/Casablanca',
    'Asia/Kathmandu',
    'Asia/Tehran',
    'Australia/Lord_Howe',
    'Pacific/Auckland',
    'Pacific/Kiritimati',
    'UTC',
  ];

  it('comes once on every local day of two years, at that time or right after a gap', () => {
    const firstDay = dayOfIsoDate('2026-01-01') ?? 0;
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 1439 }), (zone, minute) => {
        const hour = Math.floor(minute / 60);
        const source = occurrencesOf([`${minute % 60} ${hour} * * *`], zone);
        const wall = zoneClock(zone);
        let at = (firstDay - 2) * 86_400_000;
        while (wall.day(at) < firstDay) at = source.nextAfter(at) ?? Number.NaN;
        for (let day = firstDay; day < firstDay + 730; day += 1) {
          expect(wall.day(at), `${zone} ${isoDate(day)}`).toBe(day);
          const shown = minuteOf(wall.text(at));
          // In a gap, the clock jumps from before the time to what is shown: no minute between them exists on that day.
          if (shown !== minute) {
            expect(shown).toBeGreaterThan(minute);
            expect(minuteOf(wall.text(at - 60_000))).toBeLessThan(minute);
          }
          at = source.nextAfter(at) ?? Number.NaN;
        }
      }),
      { numRuns: 12 },
    );
  });
});

/** Minute of the day of `Mon 2026-01-05 06:00`; a minute before midnight counts as before the day. */
function minuteOf(text: string): number {
  const [hour = 0, minute = 0] = text.slice(-5).split(':').map(Number);
  const found = hour * 60 + minute;
  return found === 1439 ? -1 : found;
}

describe('a cron pattern', () => {
  it.each(['0 6 * * 1', '*/15 * * * *', '0 6 * * MON#1', '0 6 L * *', '0 6 29 2 *', '0 6 1-7 * +MON'])('may be %s', (pattern) => {
    expect(patternFault(pattern)).toBeUndefined();
  });

  it.each([
    ['61 6 * * 1', 'no cron pattern: invalid value for minute: 61'],
    ['0 6 * *', 'a cron pattern has five fields (minute, hour, day of month, month, day of week); this has 4'],
    ['0 0 6 * * 1', 'a cron pattern has five fields (minute, hour, day of month, month, day of week); this has 6'],
    ['@daily', 'a cron pattern has five fields (minute, hour, day of month, month, day of week); this has 1'],
    ['2026-01-05T06:00:00', 'a cron pattern has five fields (minute, hour, day of month, month, day of week); this has 1'],
    ['', 'a cron pattern has five fields (minute, hour, day of month, month, day of week); this has 0'],
    ['0 6 31 2 *', 'this cron pattern never happens'],
    ['0 6 * * lunedi', expect.stringMatching(/^no cron pattern: /)],
  ])('may not be %s', (pattern, fault) => {
    expect(patternFault(pattern)).toEqual(fault);
  });
});
