import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dayOfIsoDate, isoDate } from '../../../sdk/numeric/index.ts';
import { addBusinessDays, businessDaysBetween, dueDay } from './due-day.ts';

const day = (text: string): number => dayOfIsoDate(text) ?? Number.NaN;
const none = new Set<number>();
const clock = (name: string, amount: number) => ({ regime: 'r', name, amount });
const due = (opened: string, clocks: readonly ReturnType<typeof clock>[], holidays = none) =>
  isoDate(dueDay(day(opened), clocks, holidays, 30).day);

describe('the day by which a case is decided', () => {
  it('counts business days over weekends and holidays', () => {
    // 2026-07-01 is a Wednesday; 15 business days on is the 22nd, one later with the 3rd off.
    expect(due('2026-07-01', [clock('optOutBusinessDays', 15)])).toBe('2026-07-22');
    expect(due('2026-07-01', [clock('optOutBusinessDays', 15)], new Set([day('2026-07-03')]))).toBe('2026-07-23');
    expect(due('2026-07-04', [clock('optOutBusinessDays', 1)])).toBe('2026-07-06');
  });

  it('counts calendar days and months as they are named', () => {
    expect(due('2026-01-31', [clock('respondDays', 45)])).toBe('2026-03-17');
    expect(due('2026-01-31', [clock('respondMonths', 1)])).toBe('2026-02-28');
  });

  it('takes the shortest, by the day and not by the number', () => {
    const found = dueDay(
      day('2026-07-01'),
      [clock('respondDays', 30), clock('optOutBusinessDays', 25), clock('adverseActionDays', 29)],
      none,
      10,
    );
    expect([isoDate(found.day), found.clock?.name]).toEqual(['2026-07-30', 'adverseActionDays']);
  });

  it('passes over what is no time to decide in, and falls back on the days of the operator', () => {
    const clocks = [clock('cureDays', 5), clock('extensionDays', 5), clock('respondDays', 0), clock('respondDays', 1.5)];
    expect(dueDay(day('2026-07-01'), clocks, none, 10)).toEqual({ day: day('2026-07-11'), clock: null });
  });

  it('is undone by counting back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40_000 }),
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.integer({ min: 0, max: 41_000 }), { maxLength: 50 }),
        (from, count, free) => {
          const holidays = new Set(free);
          const to = addBusinessDays(from, count, holidays);
          expect(businessDaysBetween(from, to, holidays)).toBe(count);
          expect(businessDaysBetween(to, from, holidays)).toBe(-count);
        },
      ),
    );
  });
});
