/**
 * By when a case has to be decided: the shortest clock of the regimes that sent it. Days are counted as the law counts them, calendar
 * days, business days or months; the day of opening is not counted. Refuses to guess at deadlines that are words.
 */
import { addMonths } from '../../../sdk/numeric/index.ts';

/** Clocks of a regime within which somebody must have acted; extensions, appeals and cures are no time to decide in. */
export const clockNames = [
  'optOutBusinessDays',
  'optOutDays',
  'optOutReasonableDays',
  'respondBusinessDays',
  'respondDays',
  'respondMonths',
  'adverseActionDays',
  'adverseNoticeDays',
  'disputeDays',
] as const;

export interface RegimeClock {
  readonly regime: string;
  /** As the regime names it; its ending says the unit. */
  readonly name: string;
  readonly amount: number;
}

export interface DueDay {
  /** Days since 1970-01-01; the last day on which it can be decided. */
  readonly day: number;
  /** Null where no regime has a clock. */
  readonly clock: RegimeClock | null;
}

/**
 * @param openedDay days since 1970-01-01
 * @param holidays days that are no business days, besides Saturdays and Sundays
 * @param otherwiseDays calendar days where no regime has a clock
 */
export function dueDay(openedDay: number, clocks: readonly RegimeClock[], holidays: ReadonlySet<number>, otherwiseDays: number): DueDay {
  let shortest: DueDay | undefined;
  for (const clock of clocks) {
    if (!clockNames.some((name) => name === clock.name) || !Number.isInteger(clock.amount) || clock.amount < 1) continue;
    const day = endOf(openedDay, clock, holidays);
    if (day !== undefined && (shortest === undefined || day < shortest.day)) shortest = { day, clock };
  }
  return shortest ?? { day: openedDay + otherwiseDays, clock: null };
}

/** The day that is so many business days after another one; Saturdays, Sundays and holidays do not count. */
export function addBusinessDays(day: number, count: number, holidays: ReadonlySet<number>): number {
  let reached = day;
  for (let left = count; left > 0;) {
    reached += 1;
    if (isBusinessDay(reached, holidays)) left -= 1;
  }
  return reached;
}

/** Business days after `from` up to and with `to`; negative when it has passed. */
export function businessDaysBetween(from: number, to: number, holidays: ReadonlySet<number>): number {
  const [low, high, sign] = from <= to ? [from, to, 1] : [to, from, -1];
  let count = 0;
  for (let day = low + 1; day <= high; day++) if (isBusinessDay(day, holidays)) count += 1;
  return count * sign;
}

function isBusinessDay(day: number, holidays: ReadonlySet<number>): boolean {
  // 1970-01-01 was a Thursday, so that Monday is 0 here.
  const weekday = (((day + 3) % 7) + 7) % 7;
  return weekday < 5 && !holidays.has(day);
}

function endOf(day: number, { name, amount }: RegimeClock, holidays: ReadonlySet<number>): number | undefined {
  if (name.endsWith('BusinessDays')) return addBusinessDays(day, amount, holidays);
  if (name.endsWith('Months')) return addMonths(day, amount);
  return day + amount;
}
