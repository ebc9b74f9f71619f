/**
 * Intervals of single accounts that hold their level: the model's intervals, scaled with the value, reach as far as they had to in
 * the holdout. By cohort and by how likely a purchase is, falling back to the likelihood in all cohorts and then to everybody. Not for
 * totals: what single accounts miss by cancels in sums.
 */
import { isCohortiumError } from '../../sdk/errors.ts';
import { boundOf, type IntervalColumns, mondrianConformal, type MondrianModel } from './conformal/index.ts';
import { type IntervalQuality, intervalQuality } from './predictive/index.ts';
import { rowsByCohort } from './rows-by-cohort.ts';

export interface ScaledIntervals extends IntervalColumns {
  readonly cohort: readonly string[];
  /** P(purchase) as the model gives it. */
  readonly pPurchase: ArrayLike<number>;
}

/** The model of the reach, in widths of the interval. */
export type IntervalReach = MondrianModel;

/** Rows that a cohort needs for a reach of its own. */
const leastRows = 50;

/** Beyond any outcome, in widths: an interval that begins at nothing cannot be missed below. */
const beyond = 1e9;

/** Purchase days say something else of a customer of three months than of one of six; the model's probability says the same. */
const bands = [
  [0.1, 'P(purchase) under 0.1'],
  [0.3, 'P(purchase) from 0.1'],
  [0.6, 'P(purchase) from 0.3'],
  [Number.POSITIVE_INFINITY, 'P(purchase) from 0.6'],
] as const;

function bandOf({ pPurchase }: Pick<ScaledIntervals, 'pPurchase'>, row: number): string {
  const own = pPurchase[row] ?? 0;
  return (bands.find(([below]) => own < below) ?? bands[3])[1];
}

/** @returns purchase days so far, in the steps that coverage is reported by */
export function activityOf(baskets: number): string {
  return baskets >= 6 ? '6 and more' : baskets >= 3 ? '3 to 5' : baskets === 2 ? '2' : '1';
}

/**
 * @param outcome ≥ 0
 * @returns null where the rows are too few for an interval that ends
 */
export function fitReach(rows: ScaledIntervals, outcome: Float64Array, level: number): IntervalReach | null {
  const units = unitsOf(rows);
  const cohort = cellsOf(rows);
  const parents = Object.fromEntries(cohort.map((cell, row) => [cell, bandOf(rows, row)]));
  const inUnits = { ...columnsIn(units, rows), outcome: outcome.map((value, row) => value / (units[row] ?? 1)) };
  try {
    const reach = mondrianConformal.fit({ level, leastRows, parents, nonconformity: 'interval', floor: null }, { ...inUnits, cohort });
    return reach.everybody.kind === 'margin' ? reach : null;
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'CALIBRATION_TOO_FEW') return null;
    throw error;
  }
}

/** Intervals after the reach, none below 0. An account whose cohort gives no end keeps the interval that it had. */
export function applyReach(reach: IntervalReach | null, rows: ScaledIntervals): IntervalColumns {
  if (reach === null) return { low: Float64Array.from(rows.low), high: Float64Array.from(rows.high) };
  const units = unitsOf(rows);
  const names = cellsOf(rows);
  // A cell that the holdout did not show falls back by its likelihood.
  const known = names.map((cell, row) => (Object.hasOwn(reach.cohorts, cell) ? cell : bandOf(rows, row)));
  const isOpen = known.map((name) => boundOf(reach, name).kind !== 'margin');
  const found = mondrianConformal.predict(reach, { ...columnsIn(units, rows), cohort: known });
  const back = (column: 'low' | 'high'): Float64Array =>
    rows[column].map((own, row) => {
      if (isOpen[row] || (column === 'low' && own <= 0)) return own;
      return Math.max(0, (found[column][row] ?? 0) * (units[row] ?? 1));
    });
  const low = back('low');
  const high = back('high');
  return { low: low.map((own, row) => Math.min(own, high[row] ?? own)), high };
}

export interface FamilyCoverage {
  /** `everybody`, `cohort` or `activity`. */
  readonly family: string;
  readonly name: string;
  /** Of the intervals as the model gives them. */
  readonly before: IntervalQuality;
  /** Of the intervals as they are given out, each by a reach that has not seen the customer. */
  readonly after: IntervalQuality;
}

/** Coverage with exact intervals, for everybody, each cohort and each activity. */
export function coverageByFamily(
  before: IntervalColumns,
  after: IntervalColumns,
  { cohort, baskets }: Pick<ScaledIntervals, 'cohort'> & { readonly baskets: ArrayLike<number> },
  outcome: Float64Array,
  level: number,
): readonly FamilyCoverage[] {
  const activity = cohort.map((_, row) => activityOf(baskets[row] ?? 0));
  const families = [
    ['everybody', cohort.map(() => 'everybody')],
    ['cohort', cohort],
    ['activity', activity],
  ] as const;
  return families.flatMap(([family, names]) =>
    rowsByCohort(names).map(([name, rows]) => {
      const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
      const qualityOf = ({ low, high }: IntervalColumns): IntervalQuality =>
        intervalQuality({ low: pick(low), high: pick(high) }, pick(outcome), level);
      return { family, name, before: qualityOf(before), after: qualityOf(after) };
    }),
  );
}

function unitsOf({ low, high }: IntervalColumns): Float64Array {
  return high.map((to, row) => Math.max(1, to - (low[row] ?? 0)));
}

function columnsIn(
  units: Float64Array,
  { low, high }: IntervalColumns,
): { readonly predicted: Float64Array; readonly low: Float64Array; readonly high: Float64Array } {
  const inUnits = high.map((own, row) => own / (units[row] ?? 1));
  return { predicted: inUnits, low: low.map((own, row) => (own <= 0 ? -beyond : own / (units[row] ?? 1))), high: inUnits };
}

function cellsOf(rows: ScaledIntervals): string[] {
  return rows.cohort.map((name, row) => `cohort ${name}, ${bandOf(rows, row)}`);
}
