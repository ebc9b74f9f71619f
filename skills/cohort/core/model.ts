/** The model as it is stored: plain JSON, complete enough to predict on any machine, for today and for the cut-off. */
import { dayOfDate } from './civil-date.ts';
import { type BgNbdModel, fitBgNbd } from './clv/index.ts';
import type { Concentration } from './concentration.ts';
import { type SeasonIndex, seasonIndex } from './season-index.ts';
import { fitSpend, type SpendModel } from './spend.ts';
import { type TrackedWeek, trackWeeks, type WeeklyActuals } from './tracking.ts';
import { cumulativeExpectation } from './unconditional.ts';
import { type AccountHistory, daysPerWeek, expectedByAge } from './value.ts';

export interface PeriodModel {
  readonly timing: BgNbdModel;
  readonly spend: SpendModel;
  readonly season: SeasonIndex;
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
  /** S of the allocation. */
  readonly concentration: number;
  readonly concentrationBoundary: Concentration['boundary'];
  readonly marginWeight: number;
  readonly isFullGrid: boolean;
}

export interface PeriodData extends AccountHistory {
  readonly totalSpendMinor: ArrayLike<number>;
  readonly baskets: ArrayLike<number>;
  readonly firstDay: ArrayLike<number>;
  /** May go on after the period; later weeks are not read. */
  readonly weekly: WeeklyActuals;
}

/**
 * Fits timing, spend and season on one period.
 * @param lastDate ISO date of the last day of the period
 * @throws {CohortiumError} CLV_TOO_FEW_CUSTOMERS
 */
export function fitPeriod(
  data: PeriodData,
  settings: { readonly horizonDays: number; readonly isSeasonal: boolean },
  lastDate: string,
): PeriodModel {
  const weeks = (days: ArrayLike<number>): Float64Array => Float64Array.from(days, (day) => day / daysPerWeek);
  const timing = fitBgNbd({ x: data.x, tx: weeks(data.txDays), T: weeks(data.TDays) });
  const firstDay = smallest(data.firstDay);
  const lastDay = dayOfDate(lastDate);
  const cumulative = cumulativeExpectation(data.firstDay, expectedByAge(timing.params, lastDay - firstDay));
  return {
    timing,
    spend: fitSpend(data, data.totalSpendMinor, data.baskets),
    season: settings.isSeasonal
      ? seasonIndex(data.weekly, cumulative, firstDay, lastDay, settings.horizonDays)
      : { index: 1, actual: 0, expected: 0, reason: 'turned off' },
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
  const cumulative = cumulativeExpectation(firstDays, expectedByAge(model.earlier.timing.params, lastDay - firstDay));
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
