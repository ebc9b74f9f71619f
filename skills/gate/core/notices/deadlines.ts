/**
 * Days by which something has to be done. Business days are Mondays to Fridays without the holidays that are given; without any, the
 * day can only come out too early. Refuses (returns undefined for) dates that are none.
 */
import { addMonths, dayOfIsoDate, isoDate } from '../../../sdk/numeric/index.ts';
import { addBusinessDays } from '../counsel/due-day.ts';

/** @param from ISO date, day zero @param days ≥ 0 */
export function daysAfter(from: string, days: number): string | undefined {
  const day = dayOfIsoDate(from);
  return day === undefined ? undefined : isoDate(day + days);
}

/** The same day some months later; the last of the month where it is shorter. */
export function monthsAfter(from: string, months: number): string | undefined {
  const day = dayOfIsoDate(from);
  const end = day === undefined ? undefined : addMonths(day, months);
  return end === undefined ? undefined : isoDate(end);
}

/**
 * @param from ISO date, day zero, itself not counted
 * @param days business days, ≥ 0
 * @param holidays ISO dates
 */
export function businessDaysAfter(from: string, days: number, holidays: readonly string[] = []): string | undefined {
  const day = dayOfIsoDate(from);
  return day === undefined
    ? undefined
    : isoDate(addBusinessDays(day, days, new Set(holidays.flatMap((holiday) => dayOfIsoDate(holiday) ?? []))));
}

/** The last day of a deadline by its name: `…BusinessDays`, `…Months` and `…Days`; undefined for what is no period. */
export function deadlineOf(name: string, value: number | string, from: string, holidays: readonly string[] = []): string | undefined {
  if (typeof value !== 'number') return undefined;
  if (name.endsWith('BusinessDays')) return businessDaysAfter(from, value, holidays);
  if (name.endsWith('Months')) return monthsAfter(from, value);
  return name.endsWith('Days') ? daysAfter(from, value) : undefined;
}
