/**
 * How days become periods and time units. Elapsed time is exact by default: purchases of one civil day are one purchase, and
 * a week is seven days. Calendar periods instead count the Mondays, first of months and so on that lie between two days.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { isoDate } from '../../../../sdk/numeric/index.ts';

/** Unit of recency and age; months, quarters and years of exact time are those of a year of 365.25 days. */
export type TimeUnit = 'hour' | 'day' | 'week' | 'month' | 'quarter' | 'year' | { readonly days: number };

export interface ClockOptions {
  readonly timeUnit: TimeUnit;
  /**
   * Whether recency and age count calendar periods (weeks begin on Monday) rather than exact time, and all purchases of one
   * period are one purchase. Default false.
   */
  readonly calendar?: boolean;
  /**
   * Length in days of the period whose purchases are one purchase; 0 keeps every different time apart. Default one day, or
   * the time unit where that is shorter. Calendar periods are their own.
   */
  readonly mergeDays?: number;
}

/** Periods are integers in the order of time, or times themselves where nothing is merged. */
export interface PurchaseClock {
  readonly periodOf: (day: number) => number;
  /** Time units from one period to another. */
  readonly elapsed: (from: number, to: number) => number;
  /** Whether a time lies after an end: after its day, or after its hour where hours are kept apart. */
  readonly isAfter: (day: number, end: number) => boolean;
  /** How much later than its own beginning a period ends: 1, or 0 where periods are single times. */
  readonly width: 0 | 1;
}

const daysOfUnit = { hour: 1 / 24, day: 1, week: 7, month: 365.25 / 12, quarter: 365.25 / 4, year: 365.25 };

/**
 * Length of a time unit in days.
 * @throws {CohortiumError} ARGUMENT_INVALID when it is not positive
 */
export function unitDays(timeUnit: TimeUnit): number {
  const days = typeof timeUnit === 'string' ? daysOfUnit[timeUnit] : timeUnit.days;
  if (days > 0 && Number.isFinite(days)) return days;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `timeUnit is ${JSON.stringify(timeUnit)}; write one of ${Object.keys(daysOfUnit).join(', ')} or { days: a positive number }`,
  );
}

/** @throws {CohortiumError} ARGUMENT_INVALID when an option is not usable */
export function makePurchaseClock({ timeUnit, calendar = false, mergeDays }: ClockOptions): PurchaseClock {
  const unit = unitDays(timeUnit);
  if (calendar) {
    return {
      periodOf: calendarPeriod(timeUnit, unit),
      elapsed: (from, to) => to - from,
      isAfter: laterPeriod(Math.min(unit, 1)),
      width: 1,
    };
  }
  const merge = mergeDays ?? Math.min(unit, 1);
  if (!(merge >= 0 && Number.isFinite(merge))) {
    throw new CohortiumError('ARGUMENT_INVALID', `mergeDays is ${merge}; give a length in days, or 0 to merge equal times only`);
  }
  // Divided once, so that seven days are one week to the last bit.
  const periodsPerUnit = merge > 0 ? unit / merge : unit;
  const elapsed: PurchaseClock['elapsed'] = (from, to) => (to - from) / periodsPerUnit;
  if (merge === 0) return { periodOf: (day) => day, elapsed, isAfter: (day, end) => day > end, width: 0 };
  return { periodOf: wholePeriods(merge), elapsed, isAfter: laterPeriod(Math.min(merge, 1)), width: 1 };
}

function laterPeriod(length: number): (day: number, end: number) => boolean {
  const periodOf = wholePeriods(length);
  return (day, end) => periodOf(day) > periodOf(end);
}

/** A ten-millionth of a period keeps the hour 7/24 · 24 in its own hour. */
function wholePeriods(length: number): (day: number) => number {
  return (day) => Math.floor(day / length + 1e-7);
}

function calendarPeriod(timeUnit: TimeUnit, unit: number): (day: number) => number {
  if (timeUnit === 'week') return (day) => Math.floor((Math.floor(day) + 3) / 7); // day 0 was a Thursday
  if (timeUnit === 'month') return monthOf;
  if (timeUnit === 'quarter') return (day) => Math.floor(monthOf(day) / 3);
  if (timeUnit === 'year') return (day) => Math.floor(monthOf(day) / 12);
  return wholePeriods(unit);
}

function monthOf(day: number): number {
  const date = isoDate(Math.floor(day));
  return Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1;
}
