import { describe, expect, it } from 'vitest';

import { addMonths, dayNumber, dayOfIsoDate, isoDate } from './civil-day.ts';

const firstMs = Date.UTC(1900, 0, 1);
const lastMs = Date.UTC(2199, 11, 31);

describe('civil days', () => {
  it('agrees with the platform on every day from 1900 to 2199', () => {
    const wrong: string[] = [];
    for (let day = firstMs / 86_400_000; day * 86_400_000 <= lastMs; day++) {
      const text = new Date(day * 86_400_000).toISOString().slice(0, 10);
      if (isoDate(day) !== text || dayOfIsoDate(text) !== day) wrong.push(text);
    }
    expect(wrong).toEqual([]);
  });

  it('count back from 1970', () => {
    expect(isoDate(-1)).toBe('1969-12-31');
  });

  it('knows that 1900 had no leap day and 2000 had one', () => {
    expect(dayNumber(1900, 2, 29)).toBeUndefined();
    expect(dayNumber(2000, 2, 29)).toBe(11_016);
  });

  it.each(['', '31.01.2026', '2026-02-29', '2026-13-01', '2026-00-10', '2026-01-32', '1899-12-31', '2200-01-01'])(
    'do not know %j',
    (text) => {
      expect(dayOfIsoDate(text)).toBeUndefined();
    },
  );
});

describe('months added to a day', () => {
  /** Results of dateutil 2.9.0, date + relativedelta(months=n). */
  const published: readonly (readonly [string, number, string])[] = [
    ['2025-01-31', 1, '2025-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2025-03-31', -1, '2025-02-28'],
    ['2024-02-29', 12, '2025-02-28'],
    ['2024-02-29', 48, '2028-02-29'],
    ['2025-08-31', 6, '2026-02-28'],
    ['2021-12-31', 6, '2022-06-30'],
    ['2021-12-31', -9, '2021-03-31'],
    ['2025-12-15', 1, '2026-01-15'],
    ['2025-01-15', -1, '2024-12-15'],
    ['2025-01-15', -13, '2023-12-15'],
    ['2025-05-05', 0, '2025-05-05'],
    ['1900-01-31', 1, '1900-02-28'],
    ['2199-11-30', 1, '2199-12-30'],
  ];
  it.each(published)('%s and %i months is %s', (from, months, to) => {
    expect(isoDate(addMonths(dayOfIsoDate(from) ?? Number.NaN, months) ?? Number.NaN)).toBe(to);
  });

  it('keeps the day of the month, or takes the last one, and never another month', () => {
    const wrong: string[] = [];
    for (let day = dayOfIsoDate('2023-01-01') ?? 0; day <= (dayOfIsoDate('2025-01-01') ?? 0); day++) {
      for (let months = -30; months <= 30; months++) {
        const from = isoDate(day);
        const to = isoDate(addMonths(day, months) ?? Number.NaN);
        const index = (text: string): number => Number(text.slice(0, 4)) * 12 + Number(text.slice(5, 7));
        const lastOfMonth = new Date(Date.UTC(Number(to.slice(0, 4)), Number(to.slice(5, 7)), 0)).getUTCDate();
        const expected = Math.min(Number(from.slice(8)), lastOfMonth);
        if (index(to) - index(from) !== months || Number(to.slice(8)) !== expected) wrong.push(`${from} ${months} ${to}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('has no answer outside 1900 to 2199, nor for parts of a month', () => {
    expect(addMonths(dayOfIsoDate('2199-12-01') ?? 0, 1)).toBeUndefined();
    expect(addMonths(dayOfIsoDate('1900-01-01') ?? 0, -1)).toBeUndefined();
    expect(addMonths(0, 0.5)).toBeUndefined();
    expect(addMonths(Number.NaN, 1)).toBeUndefined();
    expect(addMonths(dayOfIsoDate('2000-01-01') ?? 0, Number.POSITIVE_INFINITY)).toBeUndefined();
    expect(addMonths(0, 1e15)).toBeUndefined();
  });
});
