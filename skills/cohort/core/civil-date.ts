/** Civil days without a clock or a time zone: proleptic Gregorian dates as text, to and from a day number. */
import { CohortiumError } from '../../sdk/errors.ts';

/**
 * The date some days before.
 * @param date ISO `YYYY-MM-DD`
 * @param days whole days, may be negative
 * @throws {CohortiumError} ARGUMENT_INVALID when the text is not a date
 */
export function daysBefore(date: string, days: number): string {
  return dateOfDay(dayOfDate(date) - days);
}

/**
 * Days since 1970-01-01.
 * @see Hinnant, "chrono-compatible low-level date algorithms", days_from_civil
 */
export function dayOfDate(date: string): number {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date);
  if (!match) throw new CohortiumError('ARGUMENT_INVALID', `'${date}' is not a date; write it as YYYY-MM-DD`);
  const month = Number(match[2]);
  const day = Number(match[3]);
  const year = Number(match[1]) - (month <= 2 ? 1 : 0);
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const found = era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
  if (dateOfDay(found) !== date) throw new CohortiumError('ARGUMENT_INVALID', `'${date}' is not a day of the calendar`);
  return found;
}

/** ISO date of a day number; the inverse of {@link dayOfDate}. */
export function dateOfDay(day: number): string {
  const shifted = day + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const dayOfMonth = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  return `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(dayOfMonth).padStart(2, '0')}`;
}
