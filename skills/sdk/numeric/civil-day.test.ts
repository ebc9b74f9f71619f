import { describe, expect, it } from 'vitest';

import { dayNumber, dayOfIsoDate, isoDate } from './civil-day.ts';

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
