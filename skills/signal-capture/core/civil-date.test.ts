import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dayNumber, dayOfInstant, dayOfIsoDate, isoDate, isoInstant, parseIsoInstant } from './civil-date.ts';

const firstMs = Date.UTC(1900, 0, 1);
const lastMs = Date.UTC(2199, 11, 31, 23, 59, 59, 999);

describe('civil dates', () => {
  it('agrees with the platform on every day from 1900 to 2199', () => {
    const wrong: string[] = [];
    for (let day = firstMs / 86_400_000; day * 86_400_000 <= lastMs; day++) {
      const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
      if (isoDate(day) !== text || dayOfIsoDate(text) !== day) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  it('reads back every instant that it writes, as the platform does', () => {
    fc.assert(
      fc.property(fc.integer({ min: firstMs, max: lastMs }), (ms) => {
        expect(isoInstant(ms)).toBe(new Date(ms).toISOString());
        expect(parseIsoInstant(isoInstant(ms))).toBe(ms);
        expect(dayOfInstant(ms)).toBe(Math.floor(ms / 86_400_000));
      }),
    );
  });

  it('counts instants before 1970 to the day that they are on', () => {
    expect(dayOfInstant(-1)).toBe(-1);
    expect(isoDate(-1)).toBe('1969-12-31');
  });

  it.each([
    ['2026-01-31', Date.UTC(2026, 0, 31)],
    ['2026-01-31T12:00', Date.UTC(2026, 0, 31, 12)],
    ['2026-01-31 12:00:01.5', Date.UTC(2026, 0, 31, 12, 0, 1, 500)],
    ['2026-01-31T12:00:00.123456789Z', Date.UTC(2026, 0, 31, 12, 0, 0, 123)],
    ['2026-01-31T12:00:00+02:00', Date.UTC(2026, 0, 31, 10)],
    ['2026-01-31T12:00:00-0530', Date.UTC(2026, 0, 31, 17, 30)],
  ])('reads %s', (text, ms) => {
    expect(parseIsoInstant(text)).toBe(ms);
  });

  it.each([
    '',
    '31.01.2026',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-01-32',
    '2026-01-31T24:00:00Z',
    '2026-01-31Z',
    '1899-12-31',
    '2200-01-01',
    '0001-01-01',
  ])('refuses %j', (text) => {
    expect(parseIsoInstant(text)).toBeUndefined();
  });

  it('knows that 1900 had no leap day and 2000 had one', () => {
    expect(dayNumber(1900, 2, 29)).toBeUndefined();
    expect(dayNumber(2000, 2, 29)).toBe(11_016);
  });
});
