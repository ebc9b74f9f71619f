/**
 * Money of the holdout as it would have been given out: value and interval of each customer by maps and reaches that were fitted
 * without the customer's fold. Intervals hold the value and allow for a drift that one period cannot show.
 */
import { normalQuantile } from '../../sdk/numeric/index.ts';
import { applyReach, fitReach, type IntervalReach, type ScaledIntervals } from './account-intervals.ts';
import type { IntervalColumns } from './conformal/index.ts';
import { fitMap, type MapModel, type MeanMethod, predictMap } from './fit-map.ts';
import type { Holdout } from './holdout.ts';
import { type Interval, rescaleInterval } from './interval.ts';
import { cohortErrorOf, fitScale, type ScaleMap, scaleOf, unitScale } from './scale.ts';

export interface HeldMoney {
  /** Calibrated expectation. */
  readonly spendMinor: Float64Array;
  /** Null where the model gave no intervals. */
  readonly interval: IntervalColumns | null;
  /** Share inside at each judged level. */
  readonly picp: Readonly<Record<string, number>>;
}

export interface HoldConfig {
  readonly money: MeanMethod;
  readonly level: number;
  readonly isCalibrated: boolean;
}

export function holdMoney(holdout: Holdout, fold: readonly number[], config: HoldConfig): HeldMoney {
  const count = fold.length;
  const spendMinor = Float64Array.from(holdout.expectedSpendMinor);
  const { intervals } = holdout;
  const interval = intervals ? { low: new Float64Array(count), high: new Float64Array(count) } : null;
  const levels = intervals?.judged ?? [];
  const inside = levels.map(() => 0);
  for (const held of new Set(fold)) {
    const rest = Array.from(fold.keys()).filter((row) => fold[row] !== held);
    const own = Array.from(fold.keys()).filter((row) => fold[row] === held);
    const [learned, judged] = [pickMoney(holdout, rest), pickMoney(holdout, own)];
    const { scale, map } = fitMoney(learned, config);
    const value = scaledSpend(map, scale, judged.expected, judged.cohort);
    const learnedValue = scaledSpend(map, scale, learned.expected, learned.cohort);
    own.forEach((row, at) => (spendMinor[row] = value[at] ?? 0));
    if (!intervals || !interval) continue;
    const reached = (columns: IntervalColumns, level: number): IntervalColumns => {
      const from = { ...scaledBy(learned.expected, learnedValue, pickColumns(columns, rest)), ...learned.keys };
      const to = { ...scaledBy(judged.expected, value, pickColumns(columns, own)), ...judged.keys };
      const reach: IntervalReach | null = config.isCalibrated && rest.length > 0 ? fitReach(from, learned.spent, level) : null;
      return applyReach(reach, to);
    };
    const given = finished(value, reached(intervals.spend, config.level), judged.cohort, scale, config.level);
    own.forEach((row, at) => {
      interval.low[row] = given.low[at] ?? 0;
      interval.high[row] = given.high[at] ?? 0;
    });
    levels.forEach((columns, index) => {
      const { low, high } = reached(columns, columns.level);
      const hits = judged.spent.filter((spent, at) => spent >= (low[at] ?? 0) && spent <= (high[at] ?? 0)).length;
      inside[index] = (inside[index] ?? 0) + hits;
    });
  }
  return { spendMinor, interval, picp: Object.fromEntries(levels.map(({ level }, at) => [String(level), (inside[at] ?? 0) / count])) };
}

/** Calibrated expectations: by the map, or by the scale of the cohort where there is none. */
export function scaledSpend(map: MapModel | null, scale: ScaleMap, expected: Float64Array, cohort: readonly string[]): Float64Array {
  return map === null ? expected.map((own, row) => scaleOf(scale, cohort[row] ?? '') * own) : predictMap('mean', map, expected, cohort);
}

/** Intervals scaled as their values were. */
export function scaledBy(raw: Float64Array, calibrated: Float64Array, { low, high }: IntervalColumns): IntervalColumns {
  const factor = raw.map((own, row) => (own > 0 ? (calibrated[row] ?? 0) / own : 1));
  return { low: low.map((own, row) => own * (factor[row] ?? 1)), high: high.map((own, row) => own * (factor[row] ?? 1)) };
}

/** Intervals as they are given out: stretched to hold the value, then widened by the doubt about the scale. */
export function finished(
  value: Float64Array,
  { low, high }: IntervalColumns,
  cohort: readonly string[],
  scale: ScaleMap,
  level: number,
): IntervalColumns {
  const z = normalQuantile((1 + level) / 2);
  const out = { low: new Float64Array(value.length), high: new Float64Array(value.length) };
  value.forEach((own, row) => {
    const cohortError = cohortErrorOf(scale, cohort[row] ?? '');
    const relativeError = Math.sqrt(scale.relativeError * scale.relativeError + cohortError * cohortError);
    const interval: Interval = { value: own, low: Math.min(own, low[row] ?? own), high: Math.max(own, high[row] ?? own) };
    const wide = rescaleInterval(interval, 1, relativeError, z);
    out.low[row] = wide.low;
    out.high[row] = wide.high;
  });
  return out;
}

interface MoneyRows {
  readonly cohort: readonly string[];
  readonly keys: Pick<ScaledIntervals, 'cohort' | 'pPurchase'>;
  readonly expected: Float64Array;
  readonly actual: Float64Array;
  /** As actual, but ≥ 0. */
  readonly spent: Float64Array;
}

function fitMoney(
  { cohort, expected, actual, spent }: MoneyRows,
  { money, isCalibrated }: HoldConfig,
): { readonly scale: ScaleMap; readonly map: MapModel | null } {
  if (!isCalibrated) return { scale: unitScale, map: null };
  const scale = fitScale(expected, actual, cohort);
  if (money === 'cohort-scale' || expected.length === 0) return { scale, map: null };
  // The choice within a fold needs folds of its own; rows alternate, in the order of their customers.
  const fold = expected.map((_, row) => row % 2);
  return { scale, map: fitMap('mean', money, { predicted: expected, outcome: spent, cohort, fold }, 20).model };
}

function pickColumns({ low, high }: IntervalColumns, rows: readonly number[]): IntervalColumns {
  return { low: Float64Array.from(rows, (row) => low[row] ?? 0), high: Float64Array.from(rows, (row) => high[row] ?? 0) };
}

function pickMoney(holdout: Holdout, rows: readonly number[]): MoneyRows {
  const actual = Float64Array.from(rows, (row) => holdout.actualSpendMinor[row] ?? 0);
  const cohort = rows.map((row) => holdout.cohort[row] ?? '');
  return {
    cohort,
    keys: { cohort, pPurchase: rows.map((row) => holdout.pPurchase[row] ?? 0) },
    expected: Float64Array.from(rows, (row) => holdout.expectedSpendMinor[row] ?? 0),
    actual,
    spent: actual.map((own) => Math.max(0, own)),
  };
}
