/** When customers are scored next: every 14 days in the first 12 weeks, then on the first Monday of each month. Days are day numbers. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { addMonths, dayNumber, isoDate } from '../../../sdk/numeric/index.ts';

/** `schedule` goes to the next scheduled day; `house-ware` adds 30 days after the first weeks, and so drifts away from Mondays. */
export type CutoffBump = 'schedule' | 'house-ware';

const stepDays = 14;
const firstWeeksDays = 84;
const houseWareDays = 30;

/**
 * The cut-off after one.
 * @param cutoff day number
 * @param first day number of the first cut-off ever, ≤ cutoff
 * @throws {CohortiumError} NUMERIC_DOMAIN when `first` is later, or the result is outside 1900–2199
 */
export function nextCutoff(cutoff: number, first: number, bump: CutoffBump = 'schedule'): number {
  if (!(Number.isInteger(cutoff) && Number.isInteger(first) && first <= cutoff)) {
    throw new CohortiumError('NUMERIC_DOMAIN', `cut-offs are whole day numbers, the first one first; found ${first} and ${cutoff}`);
  }
  if (cutoff - first < firstWeeksDays) return cutoff + stepDays;
  return bump === 'house-ware' ? cutoff + houseWareDays : firstMondayAfter(cutoff);
}

/** The first Monday of a month that is later than a day. */
function firstMondayAfter(day: number): number {
  for (const months of [0, 1]) {
    const monday = firstMondayOf(addMonths(day, months));
    if (monday > day) return monday;
  }
  throw new CohortiumError('NUMERIC_DOMAIN', `no first Monday follows ${isoDate(day)}`);
}

function firstMondayOf(day: number | undefined): number {
  const text = day === undefined ? '' : isoDate(day);
  const first = dayNumber(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 1);
  if (first === undefined) throw new CohortiumError('NUMERIC_DOMAIN', 'the cut-off after the last one is outside 1900 to 2199');
  // 1970-01-01 was a Thursday, so that day 4 was a Monday.
  return first + ((((4 - first) % 7) + 7) % 7);
}
