/**
 * How fast the clock of purchases runs in the coming horizon, read from the same days a year ago: actual repeat purchases
 * over what the model, which knows no seasons, expected then. Refuses to guess: without a year of history it is one.
 */
import { exp, log } from '../../sdk/numeric/index.ts';
import type { WeeklyActuals } from './tracking.ts';

export interface SeasonIndex {
  /** Multiplies the length of the horizon; 1 when nothing is known. */
  readonly index: number;
  readonly actual: number;
  readonly expected: number;
  /** Why it is one; empty when it was estimated. */
  readonly reason: string;
}

/** Whole weeks, so that weekdays match. */
const yearDays = 364;
/** The first weeks of a history hold few repeat purchases, and the fit is worst there. */
const settlingDays = 56;
const leastExpected = 100;
/** Prior of the log index: N(0, 0.2²). */
const priorVariance = 0.04;
/** Variance of purchase counts over a Poisson count: customers buy in bursts. */
const dispersion = 2;

/**
 * Index of the window (lastDay, lastDay + horizonDays], from the window a year before it.
 * @param weekly repeat purchases per week, week 0 beginning on `firstDay`
 * @param cumulative expected repeat purchases up to the end of a day number, by the model at `lastDay`
 * @param firstDay first purchase day of all
 * @param lastDay last day of the calibration period; later weeks are not read
 */
export function seasonIndex(
  weekly: WeeklyActuals,
  cumulative: (day: number) => number,
  firstDay: number,
  lastDay: number,
  horizonDays: number,
): SeasonIndex {
  const from = lastDay - yearDays;
  const to = from + horizonDays;
  const none = (reason: string): SeasonIndex => ({ index: 1, actual: 0, expected: 0, reason });
  if (horizonDays > yearDays) return none('the horizon is longer than a year');
  if (from < firstDay + settlingDays) return none(`the history is shorter than a year and ${settlingDays} days`);
  let actual = 0;
  for (let row = 0; row < weekly.week.length; row++) {
    const begins = firstDay + 7 * (weekly.week[row] ?? 0);
    // Days of the week inside (from, to].
    const overlap = Math.min(begins + 6, to) - Math.max(begins, from + 1) + 1;
    if (overlap > 0) actual += ((weekly.repeatBaskets[row] ?? 0) * overlap) / 7;
  }
  const expected = cumulative(to) - cumulative(from);
  if (expected < leastExpected || actual < leastExpected) return none(`fewer than ${leastExpected} repeat purchases a year ago`);
  const keep = priorVariance / (priorVariance + dispersion / actual);
  return { index: exp(keep * log(actual / expected)), actual, expected, reason: '' };
}
