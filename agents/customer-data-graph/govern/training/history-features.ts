import { quantileSorted, sumOf } from '../../../../skills/sdk/numeric/index.ts';
/**
 * Features of one customer's purchase days in a history of months: tenure, recency, frequency, cadence, spend, returns, activity.
 * Knows no table and no log. What cannot be told from so few days is NaN, which the regressor takes as missing.
 */
import { dateSpan } from './month-windows.ts';

/** Version of how features are computed; part of the digest of every feature spec. */
export const featureVersion = 'cohortium/clv-features@1';

/** Name, unit and meaning, in the order of the columns. */
export const historyFeatures = [
  ['tenureDays', 'days', 'from the first purchase ever to the cut-off'],
  ['recencyDays', 'days', 'from the last purchase to the cut-off'],
  ['purchaseDays', 'count', 'days with a purchase in the history'],
  ['recentPurchaseDays', 'count', 'of these, in the last third of the history'],
  ['gapMedianDays', 'days', 'median time between purchase days'],
  ['gapDeviationDays', 'days', 'standard deviation of the times between purchase days'],
  ['overdue', 'ratio', 'recency over the median time between purchase days'],
  ['spendSum', 'minor units', 'net spend in the history'],
  ['spendMean', 'minor units', 'net spend per purchase day'],
  ['spendLast', 'minor units', 'net spend of the last purchase day'],
  ['spendLargest', 'minor units', 'largest net spend of a day'],
  ['spendTrend', 'ratio', 'second half of the history less the first, over both, in [−1, 1]'],
  ['returns', 'count', 'returns in the history'],
  ['returnedShare', 'ratio', 'money given back in the history over money paid'],
  ['signals', 'count', 'signals other than purchases and returns in the history'],
  ['activeRecencyDays', 'days', 'from the last signal of any kind to the cut-off'],
] as const;

export type HistoryFeature = (typeof historyFeatures)[number][0];

/** Of the models that are fitted on the same history; NaN where there is no model. */
export const modelFeatures = [
  ['expectedPurchases', 'count', 'expected purchase days in the outcome time (BG/NBD)'],
  ['expectedSpend', 'minor units', 'expected net spend per purchase day (Gamma-Gamma)'],
  ['expectedValue', 'minor units', 'the product of the two'],
  ['purchaseProbability', 'probability', 'of at least one purchase day in the outcome time'],
] as const;

export const channelFeature = (channel: string): string => `channelShare:${channel}`;

/** What one customer did in the history. */
export interface CustomerHistory {
  /** Day of the first purchase ever. */
  readonly firstDay: number;
  /** Purchase days in the history, ascending, at least one. */
  readonly days: ArrayLike<number>;
  /** Net spend of each, minor units. */
  readonly spend: ArrayLike<number>;
  readonly returns: number;
  /** Money of purchases and of returns as the signals say them, minor units. */
  readonly paidMinor: number;
  readonly returnedMinor: number;
  readonly signals: number;
  /** Day of the last signal of any kind. */
  readonly lastActiveDay: number;
}

/** @param startDay last day before the history */
export function featuresOf(history: CustomerHistory, startDay: number, cutoffDay: number): Readonly<Record<HistoryFeature, number>> {
  const { days, spend, firstDay, paidMinor, returnedMinor } = history;
  const count = days.length;
  const lastDay = days[count - 1] ?? cutoffDay;
  const recencyDays = cutoffDay - lastDay;
  const gaps = Float64Array.from({ length: Math.max(0, count - 1) }, (_, at) => (days[at + 1] ?? 0) - (days[at] ?? 0)).sort();
  const gapMedianDays = gaps.length > 0 ? quantileSorted(gaps, 0.5) : Number.NaN;
  const spendSum = sumOf(count, (at) => spend[at] ?? 0);
  const { recentStart, middle } = dateSpan(startDay, cutoffDay);
  let recentPurchaseDays = 0;
  let spendLargest = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < count; at++) {
    if ((days[at] ?? 0) > recentStart) recentPurchaseDays += 1;
    spendLargest = Math.max(spendLargest, spend[at] ?? 0);
  }
  const late = sumOf(count, (at) => ((days[at] ?? 0) > middle ? Math.max(0, spend[at] ?? 0) : 0));
  const early = sumOf(count, (at) => ((days[at] ?? 0) > middle ? 0 : Math.max(0, spend[at] ?? 0)));
  return {
    tenureDays: cutoffDay - firstDay,
    recencyDays,
    purchaseDays: count,
    recentPurchaseDays,
    gapMedianDays,
    gapDeviationDays: deviationOf(gaps),
    overdue: gapMedianDays > 0 ? recencyDays / gapMedianDays : Number.NaN,
    spendSum,
    spendMean: spendSum / count,
    spendLast: spend[count - 1] ?? 0,
    spendLargest,
    spendTrend: late + early > 0 ? (late - early) / (late + early) : Number.NaN,
    returns: history.returns,
    returnedShare: paidMinor > 0 ? returnedMinor / paidMinor : Number.NaN,
    signals: history.signals,
    activeRecencyDays: cutoffDay - Math.max(lastDay, history.lastActiveDay),
  };
}

function deviationOf(gaps: Float64Array): number {
  if (gaps.length < 2) return Number.NaN;
  const mean = sumOf(gaps.length, (at) => gaps[at] ?? 0) / gaps.length;
  return Math.sqrt(
    sumOf(gaps.length, (at) => {
      const difference = (gaps[at] ?? 0) - mean;
      return difference * difference;
    }) /
      (gaps.length - 1),
  );
}
