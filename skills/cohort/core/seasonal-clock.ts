/**
 * A clock that runs faster in strong seasons: purchases are modelled on its time, so that a busy quarter is not taken for
 * eager customers nor a quiet one for lost ones. Its speed in each of 13 four-week periods of the year is what happened
 * over what a model without seasons expects. Refuses to guess: without a year of history it runs evenly.
 */
import { sum } from '../../sdk/numeric/index.ts';
import type { WeeklyActuals } from './tracking.ts';

export interface SeasonalClock {
  /** Last day of the fit; the periods are counted back from it. */
  readonly lastDay: number;
  /** Speed of each period, the first one ending on lastDay; mean 1. */
  readonly speeds: readonly number[];
  /** Why it was not estimated from the period's own history; empty when it was. */
  readonly reason: string;
}

const periodDays = 28;
const periods = 13;
/** Whole weeks, so that weekdays match. */
export const yearDays = periodDays * periods;
/** The first weeks of a history hold few repeat purchases, and a fit is worst there. */
const settlingDays = 56;
/** Prior of a speed: gamma with mean 1 and variance 0.2² = 1 / weight. */
const priorWeight = 25;
/** Variance of purchase counts over a Poisson count: customers buy in bursts. */
const dispersion = 2;

export function evenClock(lastDay: number, reason: string): SeasonalClock {
  return { lastDay, speeds: Array.from({ length: periods }, () => 1), reason };
}

/**
 * Speed of each period: posterior mean (A/φ + 25) / (E/φ + 25) of actual over expected repeat purchases of all its days,
 * scaled to a mean of one.
 * @param weekly repeat purchases per week, week 0 beginning on `firstDay`; weeks after `lastDay` are not read
 * @param cumulative repeat purchases that an even clock expects up to the end of a day number
 */
export function estimateClock(
  weekly: WeeklyActuals,
  cumulative: (day: number) => number,
  firstDay: number,
  lastDay: number,
): SeasonalClock {
  const from = firstDay + settlingDays;
  if (lastDay - from < yearDays) return evenClock(lastDay, `the history is shorter than ${yearDays + settlingDays} days`);
  const actual = new Float64Array(periods);
  const expected = new Float64Array(periods);
  for (let row = 0; row < weekly.week.length; row++) {
    const begins = firstDay + 7 * (weekly.week[row] ?? 0);
    const perDay = (weekly.repeatBaskets[row] ?? 0) / 7;
    // A week that goes on after the last day is left out: its count is of all seven days.
    if (begins <= from || begins + 6 > lastDay) continue;
    let before = cumulative(begins - 1);
    for (let day = begins; day < begins + 7; day++) {
      const until = cumulative(day);
      const period = periodOf(lastDay, day);
      actual[period] = (actual[period] ?? 0) + perDay;
      expected[period] = (expected[period] ?? 0) + until - before;
      before = until;
    }
  }
  const raw = actual.map((count, period) => (count / dispersion + priorWeight) / ((expected[period] ?? 0) / dispersion + priorWeight));
  const mean = sum(raw) / periods;
  return { lastDay, speeds: Array.from(raw, (speed) => speed / mean), reason: '' };
}

/**
 * The seasons of a clock for a fit that ends on another day: each period takes the mean speed of its days.
 * @param reason why the borrower has none of its own
 */
export function borrowClock(clock: SeasonalClock, lastDay: number, reason: string): SeasonalClock {
  const speeds = Array.from({ length: periods }, (_, period) => {
    const days = Array.from({ length: periodDays }, (_, day) => lastDay - period * periodDays - day);
    return sum(days.map((day) => clock.speeds[periodOf(clock.lastDay, day)] ?? 1)) / periodDays;
  });
  return { lastDay, speeds, reason: `borrowed from a longer history: ${reason}` };
}

/** Clock time since the start of `firstDay` at the end of each day from it to `untilDay`, in days of mean speed. */
export function clockReadings(clock: SeasonalClock, firstDay: number, untilDay: number): Float64Array {
  const readings = new Float64Array(Math.max(1, untilDay - firstDay + 1));
  let elapsed = 0;
  for (let index = 0; index < readings.length; index++) {
    elapsed += clock.speeds[periodOf(clock.lastDay, firstDay + index)] ?? 1;
    readings[index] = elapsed;
  }
  return readings;
}

/** Clock time of the days after the last one, over their number. */
export function horizonSpeed(clock: SeasonalClock, horizonDays: number): number {
  return (clockReadings(clock, clock.lastDay + 1, clock.lastDay + horizonDays).at(-1) ?? horizonDays) / horizonDays;
}

/** Period of a day, also of one after the last day: a year before it. */
function periodOf(lastDay: number, day: number): number {
  const back = (((lastDay - day) % yearDays) + yearDays) % yearDays;
  return Math.floor(back / periodDays);
}
