/** How good intervals of one level are: how often they held, how wide they are, and both in one proper score. */
import { clopperPearsonInterval, type ShareInterval } from '../../../sdk/numeric/index.ts';
import { checkColumns, checkLevel, fail, type IntervalColumns } from '../conformal/rows.ts';
import { meanOf } from './mean-score.ts';

export interface IntervalQuality {
  readonly n: number;
  readonly level: number;
  /** Share of outcomes within [low, high], ends included. */
  readonly coverage: number;
  /** Exact interval of the coverage, at `confidence`. */
  readonly coverageInterval: ShareInterval;
  readonly confidence: number;
  /** `holds` when the level is in the exact interval: the rows do not contradict it. */
  readonly verdict: 'holds' | 'too few inside' | 'too many inside';
  /** Shares of outcomes below and above. */
  readonly below: number;
  readonly above: number;
  /** Infinity becomes null: a mean over an unbounded interval says nothing. */
  readonly meanWidth: number | null;
  readonly meanScore: number | null;
  /** Intervals with high = Infinity or low = −Infinity. */
  readonly unbounded: number;
  /** Intervals that were given with low above high, and were turned round. */
  readonly crossed: number;
}

/**
 * @param level share of outcomes that the intervals shall hold, in (0, 1)
 * @param confidence of the exact interval of the coverage, in (0, 1); default 0.95
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, NaN, or a level outside (0, 1)
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows
 */
export function intervalQuality(given: IntervalColumns, outcome: Float64Array, level: number, confidence = 0.95): IntervalQuality {
  const scores = winklerScores(given, outcome, level);
  checkLevel(confidence);
  const { low, high, crossed } = uncross(given);
  const n = outcome.length;
  const below = outcome.filter((value, row) => value < (low[row] ?? 0)).length;
  const above = outcome.filter((value, row) => value > (high[row] ?? 0)).length;
  const held = n - below - above;
  const widths = high.map((to, row) => to - (low[row] ?? 0));
  const coverage = meanOf(outcome.map((value, row) => (value >= (low[row] ?? 0) && value <= (high[row] ?? 0) ? 1 : 0)));
  const coverageInterval = clopperPearsonInterval(held, n, confidence);
  const finite = (mean: number): number | null => (Number.isFinite(mean) ? mean : null);
  return {
    n,
    level,
    coverage,
    coverageInterval,
    confidence,
    verdict: coverageInterval.high < level ? 'too few inside' : coverageInterval.low > level ? 'too many inside' : 'holds',
    below: below / n,
    above: above / n,
    meanWidth: finite(meanOf(widths)),
    meanScore: finite(meanOf(scores)),
    unbounded: widths.filter((width) => width === Number.POSITIVE_INFINITY).length,
    crossed,
  };
}

/**
 * Winkler (interval) score: the width, and 2 / (1 − level) times the distance of an outcome that is outside. Less is better.
 * A crossed interval is turned round first.
 * @throws {CohortiumError} NUMERIC_DOMAIN as intervalQuality
 * @see Winkler (1972); Gneiting & Raftery (2007), eq. 43
 */
export function winklerScores(given: IntervalColumns, outcome: Float64Array, level: number): Float64Array {
  checkLevel(level);
  checkColumns({ outcome });
  for (const [name, column] of [['low', given.low] as const, ['high', given.high] as const]) {
    if (column.length !== outcome.length)
      fail(`'${name}' has ${column.length} rows, 'outcome' has ${outcome.length}; give columns of one length`);
    const beyond = name === 'low' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    const wrong = column.findIndex((value) => Number.isNaN(value) || value === beyond);
    if (wrong >= 0) fail(`'${name}' has ${column[wrong]} in row ${wrong}; leave out rows without an interval`);
  }
  const { low, high } = uncross(given);
  return outcome.map((value, row) => {
    const [from, to] = [low[row] ?? 0, high[row] ?? 0];
    return to - from + (2 / (1 - level)) * Math.max(0, from - value, value - to);
  });
}

function uncross({ low, high }: IntervalColumns): IntervalColumns & { readonly crossed: number } {
  const isCrossed = (row: number): boolean => (low[row] ?? 0) > (high[row] ?? 0);
  return {
    low: low.map((value, row) => (isCrossed(row) ? (high[row] ?? 0) : value)),
    high: high.map((value, row) => (isCrossed(row) ? (low[row] ?? 0) : value)),
    crossed: low.filter((_, row) => isCrossed(row)).length,
  };
}
