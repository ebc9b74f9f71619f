/**
 * Days of a history and of an outcome, counted in months from a cut-off; month ends are clamped as in addMonths. Refuses days that
 * are none and months that lead out of the calendar.
 */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { addMonths, dayOfIsoDate, isoDate } from '../../../../skills/sdk/numeric/index.ts';

/** The longest history and outcome that can be asked for. */
export const mostHistoryMonths = 120;
export const mostPredMonths = 60;

export interface MonthWindows {
  readonly cutoffDay: number;
  /** Last day before the history. */
  readonly startDay: number;
  /** Last day of the outcome. */
  readonly endDay: number;
}

/** @throws {CohortiumError} ARGUMENT_INVALID for a date that is none, or months out of range */
export function monthWindows(cutoff: string, historyMonths: number, predMonths: number): MonthWindows {
  checkMonths('history', historyMonths, mostHistoryMonths);
  checkMonths('prediction', predMonths, mostPredMonths);
  const cutoffDay = dayOfCutoff(cutoff);
  return { cutoffDay, startDay: shifted(cutoffDay, -historyMonths), endDay: shifted(cutoffDay, predMonths) };
}

/** @throws {CohortiumError} ARGUMENT_INVALID */
export function dayOfCutoff(cutoff: string): number {
  const day = dayOfIsoDate(cutoff);
  if (day === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', `the cut-off is '${cutoff}'; expected an ISO date such as 2026-01-31`);
  return day;
}

/** @throws {CohortiumError} ARGUMENT_INVALID when the day is outside 1900–2199 */
export function shifted(day: number, months: number): number {
  const found = addMonths(day, months);
  if (found !== undefined) return found;
  throw new CohortiumError('ARGUMENT_INVALID', `${months} months from ${isoDate(day)} is outside 1900 to 2199; choose another cut-off`);
}

/** The latest day whose whole outcome is in the log. @throws {CohortiumError} GRAPH_EMPTY */
export function latestCutoff(lastDate: string, predMonths: number): string {
  const last = dayOfIsoDate(lastDate);
  if (last === undefined) throw new CohortiumError('GRAPH_EMPTY', 'the event log is empty; ingest transactions first');
  let cutoff = shifted(last, -predMonths);
  // A clamped month end may lead past the last day.
  while (shifted(cutoff, predMonths) > last) cutoff -= 1;
  return isoDate(cutoff);
}

function checkMonths(what: string, months: number, most: number): void {
  if (Number.isInteger(months) && months >= 1 && months <= most) return;
  throw new CohortiumError('ARGUMENT_INVALID', `${what} months are ${months}; expected a whole number from 1 to ${most}`);
}

/** Middle of a history, and where its last third begins; days after them count. */
export function dateSpan(startDay: number, cutoffDay: number): { readonly middle: number; readonly recentStart: number } {
  const length = cutoffDay - startDay;
  return { middle: startDay + Math.floor(length / 2), recentStart: cutoffDay - Math.floor(length / 3) };
}
