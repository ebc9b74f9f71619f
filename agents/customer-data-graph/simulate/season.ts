/**
 * Seasonal time: the purchase process runs on a clock that goes faster in strong months. Drawing on that clock and reading
 * the calendar date back gives a rate of λ × season(day).
 */
import { isoDate } from '../../../skills/sdk/numeric/index.ts';

export interface SeasonalClock {
  /** Seasonal days elapsed from the start to the beginning of a day. */
  readonly elapsed: (day: number) => number;
  /** The calendar time, in days from the start, at which that many seasonal days have elapsed. */
  readonly dayAt: (seasonalDays: number) => number;
}

/**
 * @param firstDay day_no of day 0
 * @param days length of the calendar that is needed
 * @param byMonth 12 multipliers; scaled so that the first 365 days have a mean of one
 */
export function seasonalClock(firstDay: number, days: number, byMonth: readonly number[]): SeasonalClock {
  const raw = Array.from({ length: Math.max(days, 365) }, (_, day) => byMonth[Number(isoDate(firstDay + day).slice(5, 7)) - 1] ?? 1);
  const yearly = raw.slice(0, 365).reduce((sum, value) => sum + value, 0) / 365;
  const starts = new Float64Array(raw.length + 1);
  for (const [day, value] of raw.entries()) starts[day + 1] = (starts[day] ?? 0) + value / yearly;
  const start = (day: number): number => starts[day] ?? Number.POSITIVE_INFINITY;
  return {
    elapsed: (time) => {
      const day = Math.floor(time);
      return start(day) + (time - day) * (start(day + 1) - start(day));
    },
    dayAt: (seasonalDays) => {
      let low = 0;
      let high = raw.length;
      if (seasonalDays >= start(high)) return Number.POSITIVE_INFINITY;
      while (high - low > 1) {
        const middle = (low + high) >> 1;
        if (start(middle) <= seasonalDays) low = middle;
        else high = middle;
      }
      return low + (seasonalDays - start(low)) / (start(low + 1) - start(low));
    },
  };
}
