import { fail, type IntervalColumns } from '../conformal/rows.ts';
/**
 * Coverage measured afterwards: only rows whose window has closed count, for everybody and for each cohort, with exact
 * intervals. A row whose window is still open is left out and counted, since its outcome can only grow.
 */
import { rowsByCohort } from '../rows-by-cohort.ts';
import { type IntervalQuality, intervalQuality } from './interval-scores.ts';

export interface MaturedRows extends IntervalColumns {
  readonly outcome: Float64Array;
  readonly cohort: readonly string[];
  /** Last day of the window that the interval speaks of, as a day number. */
  readonly windowEndDay: Int32Array;
}

export interface MaturedCoverage {
  /** Rows whose window is still open. */
  readonly waiting: number;
  /** Null when no window has closed. */
  readonly everybody: IntervalQuality | null;
  /** Cohorts with closed windows, by name. */
  readonly cohorts: Readonly<Record<string, IntervalQuality>>;
}

/**
 * @param asOfDay outcomes are known up to and including this day
 * @param level share of outcomes that the intervals shall hold, in (0, 1)
 * @param confidence of the exact intervals; default 0.95
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, NaN, or a level outside (0, 1)
 */
export function maturedCoverage(rows: MaturedRows, asOfDay: number, level: number, confidence = 0.95): MaturedCoverage {
  const matured = maturedPlaces(rows, asOfDay);
  const qualityOf = (of: ArrayLike<number>): IntervalQuality => {
    const pick = (column: Float64Array): Float64Array => Float64Array.from(of, (row) => column[row] ?? 0);
    return intervalQuality({ low: pick(rows.low), high: pick(rows.high) }, pick(rows.outcome), level, confidence);
  };
  const cohorts = rowsByCohort(Array.from(matured, (row) => rows.cohort[row] ?? ''));
  return {
    waiting: rows.outcome.length - matured.length,
    everybody: matured.length === 0 ? null : qualityOf(matured),
    cohorts: Object.fromEntries(cohorts.map(([name, places]) => [name, qualityOf(places.map((place) => matured[place] ?? 0))])),
  };
}

/**
 * Rows whose window has closed.
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, or a day that is no day number
 */
export function maturedPlaces(rows: MaturedRows, asOfDay: number): Int32Array {
  const count = rows.outcome.length;
  for (const name of ['low', 'high', 'cohort', 'windowEndDay'] as const) {
    if (rows[name].length !== count) fail(`'${name}' has ${rows[name].length} rows, 'outcome' has ${count}; give columns of one length`);
  }
  if (!Number.isInteger(asOfDay)) fail(`as-of day ${asOfDay}; give a whole day number`);
  return Int32Array.from(rows.windowEndDay.keys()).filter((row) => (rows.windowEndDay[row] ?? 0) <= asOfDay);
}
