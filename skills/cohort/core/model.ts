/** The model as it is stored: plain JSON, complete enough to predict on any machine, for today and for the cut-off. */
import type { SharesEvidence } from './choose-shares.ts';
import { dayOfDate } from './civil-date.ts';
import { fitTiming, timingFamily, type TimingModel } from './clv/index.ts';
import type { Concentration } from './concentration.ts';
import { purchaseGaps, type PurchaseDays } from './purchase-days.ts';
import { borrowClock, clockReadings, estimateClock, evenClock, type SeasonalClock, yearDays } from './seasonal-clock.ts';
import { fitSpend, type SpendModel } from './spend.ts';
import { type TimingMix, uniformMix } from './timing-mix.ts';
import type { StackingEvidence } from './timing-weights.ts';
import { type TrackedWeek, trackWeeks, type WeeklyActuals } from './tracking.ts';
import { cumulativeExpectation } from './unconditional.ts';
import { type AccountHistory, daysPerWeek } from './value.ts';

export interface PeriodModel {
  /** Time in weeks of the clock. */
  readonly timing: TimingMix;
  readonly spend: SpendModel;
  readonly clock: SeasonalClock;
}

export interface CohortModel {
  readonly family: string;
  readonly timeUnit: 'week';
  readonly asOf: string;
  readonly cutoff: string;
  readonly horizonDays: number;
  readonly discountRateAnnual: number;
  readonly intervalLevel: number;
  readonly draws: number;
  /** Fitted on everything up to the as-of day; what scores are made with. */
  readonly now: PeriodModel;
  /** Fitted on what was known at the cut-off; what the holdout is predicted with. */
  readonly earlier: PeriodModel;
  /** How the timing models were weighed. */
  readonly stacking: StackingEvidence;
  /** How value comes to the cells, with the evidence. */
  readonly shares: SharesEvidence;
  /** S of the account shares. */
  readonly concentration: number;
  readonly concentrationBoundary: Concentration['boundary'];
  readonly marginWeight: number;
  readonly isFullGrid: boolean;
}

/** Columns over accounts, time in days as the features have it. */
export interface PeriodData {
  readonly x: ArrayLike<number>;
  readonly txDays: ArrayLike<number>;
  readonly TDays: ArrayLike<number>;
  /** Net spend on the x repeat days, minor units. */
  readonly repeatSpendMinor: ArrayLike<number>;
  readonly totalSpendMinor: ArrayLike<number>;
  readonly baskets: ArrayLike<number>;
  readonly firstDay: ArrayLike<number>;
  readonly purchaseDays: PurchaseDays;
}

/** The clock and the parameters depend on each other; this many rounds settle both. */
const clockRounds = 2;

export interface Period {
  /** ISO date of the last day. */
  readonly lastDate: string;
  readonly isSeasonal: boolean;
  /** Ids of the timing families to fit; the seasons are read off the first. */
  readonly families: readonly string[];
  /** Clock to take the seasons from where the period's own history is too short for them. */
  readonly lender?: SeasonalClock | undefined;
}

/**
 * Fits timing, spend and the seasonal clock on one period. The timing models share the clock, which is read off the first of
 * them, and weigh the same until out-of-fold predictions say otherwise.
 * @param weekly repeat purchases per week; weeks after the period are not read
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS
 */
export function fitPeriod(data: PeriodData, weekly: WeeklyActuals, { lastDate, isSeasonal, families, lender }: Period): PeriodModel {
  const firstDay = smallest(data.firstDay);
  const lastDay = dayOfDate(lastDate);
  const even = evenClock(lastDay, 'turned off');
  const evenReadings = clockReadings(even, firstDay, lastDay);
  const [leading = 'bg-nbd', ...others] = families;
  const fit = (family: string, on: SeasonalClock): TimingModel => fitTiming(timingFamily(family), historyOn(on, data));
  let clock = even;
  let first = fit(leading, clock);
  for (let round = 0; round < (isSeasonal ? clockRounds : 0); round++) {
    const expected = cumulativeExpectation({ models: [first] }, [1], data.firstDay, evenReadings, firstDay);
    clock = estimateClock(weekly, expected, firstDay, lastDay);
    if (clock.reason !== '') break;
    first = fit(leading, clock);
  }
  if (isSeasonal && clock.reason !== '' && lender) {
    clock = borrowClock(lender, lastDay, clock.reason);
    first = fit(leading, clock);
  }
  const settled = clock;
  const timing = uniformMix([first, ...others.map((family) => fit(family, settled))]);
  return { timing, spend: fitSpend(data, data.totalSpendMinor, data.baskets), clock };
}

/**
 * Today's clock for the fit of the cut-off, only where the horizon is a whole year or more: the speeds of a year average to
 * one, so the seasons tell the cut-off nothing of how much was bought after it. In a shorter horizon they would.
 */
export function seasonsToLend(now: PeriodModel, horizonDays: number): SeasonalClock | undefined {
  return now.clock.reason === '' && horizonDays >= yearDays ? now.clock : undefined;
}

/** Histories in weeks of a clock. A customer's age runs from the first purchase day to the last day of the clock's fit. */
export function historyOn(clock: SeasonalClock, data: PeriodData): AccountHistory {
  const start = smallest(data.firstDay);
  const readings = clockReadings(clock, start, clock.lastDay);
  const elapsed = (row: number, days: number): number => {
    const first = (data.firstDay[row] ?? start) - start;
    return ((readings[first + days] ?? 0) - (readings[first] ?? 0)) / daysPerWeek;
  };
  return {
    x: data.x,
    tx: Float64Array.from(data.txDays, (days, row) => elapsed(row, days)),
    T: Float64Array.from(data.TDays, (days, row) => elapsed(row, days)),
    repeatSpendMinor: data.repeatSpendMinor,
    logGaps: purchaseGaps(data.purchaseDays, (day) => (readings[day - start] ?? 0) / daysPerWeek),
  };
}

/**
 * Tracking of repeat purchases by the model of the cut-off, up to the as-of day; customers who came later are included on
 * both sides.
 */
export function trackPeriod(
  model: CohortModel,
  firstDays: ArrayLike<number>,
  weekly: WeeklyActuals,
): { readonly weeks: readonly TrackedWeek[]; readonly cutoffWeek: number } {
  const firstDay = smallest(firstDays);
  const lastDay = dayOfDate(model.asOf);
  const readings = clockReadings(model.earlier.clock, firstDay, lastDay);
  const { timing } = model.earlier;
  const cumulative = cumulativeExpectation(timing, timing.weights[0]?.shares ?? [], firstDays, readings, firstDay);
  return {
    weeks: trackWeeks(weekly, cumulative, firstDay, lastDay),
    cutoffWeek: Math.floor((dayOfDate(model.cutoff) - firstDay) / 7),
  };
}

function smallest(values: ArrayLike<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (let row = 0; row < values.length; row++) least = Math.min(least, values[row] ?? least);
  return least;
}
