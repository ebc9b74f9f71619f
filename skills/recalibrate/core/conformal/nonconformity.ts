/** How far an outcome lies from what was said about it, and the way back: from a reach to an interval. */
import { type IntervalColumns, type IntervalOutcomes, type IntervalRows, fail } from './rows.ts';

/**
 * What is measured:
 * - `residual`: |outcome − predicted|; the given interval is left aside, all new ones are equally wide;
 * - `scaled-residual`: the same in halves of the given width; wide stays wide;
 * - `interval`: how far the outcome is outside the given interval, below zero where inside;
 * - `relative-interval`: the same in widths of the interval, so that large customers take the large corrections.
 * @see Lei, G'Sell, Rinaldo, Tibshirani & Wasserman (2018) for the scaled residual; Romano, Patterson & Candès (2019),
 *   "Conformalized Quantile Regression", eq. 6, for the interval; Sesia & Candès (2020), eq. 7, for the relative one
 */
export type Nonconformity = 'residual' | 'scaled-residual' | 'interval' | 'relative-interval';

export interface Reach {
  readonly nonconformity: Nonconformity;
  /** Widths below this count as this: a width of zero cannot be a unit. */
  readonly leastWidth: number;
  /** Intervals are cut here, as no outcome is below; null for no cut. */
  readonly floor: number | null;
}

export interface ReachConfig {
  /** Default depends on the estimator. */
  readonly nonconformity?: Nonconformity;
  /** > 0, in the unit of the rows; default 1: one minor unit of money, one purchase. */
  readonly leastWidth?: number;
  /** Default 0: spend and counts are not negative. Null for outcomes that may be, such as net returns. */
  readonly floor?: number | null;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for a least width that is not above 0, or a floor that is no number */
export function reachOf({ leastWidth = 1, floor = 0, ...config }: ReachConfig, otherwise: Nonconformity): Reach {
  if (!(leastWidth > 0 && Number.isFinite(leastWidth))) fail(`leastWidth ${leastWidth}; give a width above 0`);
  if (floor !== null && !Number.isFinite(floor)) fail(`floor ${floor}; give a number, or null for none`);
  return { nonconformity: config.nonconformity ?? otherwise, leastWidth, floor };
}

/** @returns one score per row: the least margin with which the row's interval would have held the outcome */
export function scoresOf(rows: IntervalOutcomes, reach: Reach): Float64Array {
  return rows.outcome.map((outcome, row) => {
    const [low, high, unit] = base(rows, reach, row);
    return Math.max(low - outcome, outcome - high) / unit;
  });
}

/**
 * @param marginOf reach of a row, ±Infinity allowed
 * @returns intervals with low ≤ high, none below the floor; where the reach leaves nothing, the middle of what it was cut from
 */
export function intervalsOf(rows: IntervalRows, reach: Reach, marginOf: (row: number) => number): IntervalColumns {
  const count = rows.predicted.length;
  const out = { low: new Float64Array(count), high: new Float64Array(count) };
  const floor = reach.floor ?? Number.NEGATIVE_INFINITY;
  for (let row = 0; row < count; row++) {
    const [from, to, unit] = base(rows, reach, row);
    const margin = marginOf(row) * unit;
    const isCrossed = from - margin > to + margin;
    const low = isCrossed ? (from + to) / 2 : from - margin;
    const high = isCrossed ? (from + to) / 2 : to + margin;
    out.low[row] = Math.max(floor, low);
    out.high[row] = Math.max(floor, high);
  }
  return out;
}

function base(
  { predicted, low, high }: IntervalRows,
  { nonconformity, leastWidth }: Reach,
  row: number,
): readonly [number, number, number] {
  const middle = predicted[row] ?? 0;
  const [from, to] = [low[row] ?? 0, high[row] ?? 0];
  const width = Math.max(leastWidth, to - from);
  if (nonconformity === 'residual') return [middle, middle, 1];
  if (nonconformity === 'scaled-residual') return [middle, middle, width / 2];
  return [from, to, nonconformity === 'interval' ? 1 : width];
}
