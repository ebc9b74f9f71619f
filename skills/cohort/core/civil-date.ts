/** Days that a run counts back from and on: dates as text, to and from a day number. Refuses a text that is no date. */
import { CohortiumError } from '../../sdk/errors.ts';
import { dayOfIsoDate, isoDate } from '../../sdk/numeric/index.ts';

/**
 * The date some days before.
 * @param date ISO `YYYY-MM-DD`
 * @param days whole days, may be negative
 * @throws {CohortiumError} ARGUMENT_INVALID when the text is not a date
 */
export function daysBefore(date: string, days: number): string {
  return isoDate(dayOfDate(date) - days);
}

/**
 * Days since 1970-01-01.
 * @throws {CohortiumError} ARGUMENT_INVALID when the text is not a date of the years 1900 to 2199
 */
export function dayOfDate(date: string): number {
  const day = dayOfIsoDate(date);
  if (day === undefined) throw new CohortiumError('ARGUMENT_INVALID', `'${date}' is not a date from 1900 to 2199; write it as YYYY-MM-DD`);
  return day;
}
