/**
 * Probability integral transform: where in its predictive distribution each outcome fell. Uniform when the distributions are
 * right; a heap at both ends says too narrow, in the middle too wide, at one side biased. Outcomes with probability of their own
 * (counts, money of zero) are spread over it, not placed by chance, so that the same rows always give the same picture.
 */
import { sumOf } from '../../../sdk/numeric/index.ts';
import { checkColumns, fail } from '../conformal/rows.ts';
import { checkEnsemble, type Ensemble } from './ensemble.ts';
import { checkSome, meanOf } from './mean-score.ts';

/** Distribution functions at the outcomes. */
export interface PitRows {
  /** P(outcome or less). */
  readonly at: Float64Array;
  /** P(less than the outcome); equal to `at` where the distribution is continuous. */
  readonly below: Float64Array;
}

export interface PitHistogram {
  readonly n: number;
  readonly bins: readonly { readonly low: number; readonly high: number; readonly share: number }[];
  /** 0.5 when unbiased; above when outcomes come out higher than said. */
  readonly mean: number;
  /** 1/12 when as wide as it should be; above when too narrow. */
  readonly variance: number;
}

/** Of a continuous distribution. */
export function continuousPit(at: Float64Array): PitRows {
  return { at, below: at };
}

/**
 * Of a distribution given by draws: the outcome's place among them, as a share of the draws + 1 places that it could have had.
 * @throws {CohortiumError} NUMERIC_DOMAIN for columns that are not usable, or no draws
 * @see Hamill (2001), "Interpretation of Rank Histograms for Verifying Ensemble Forecasts"
 */
export function pitOfEnsemble({ draws, perRow }: Ensemble, outcome: Float64Array): PitRows {
  checkEnsemble({ draws, perRow }, outcome, 1);
  const below = new Float64Array(outcome.length);
  const at = outcome.map((value, row) => {
    const own = draws.subarray(row * perRow, (row + 1) * perRow);
    below[row] = own.filter((draw) => draw < value).length / (perRow + 1);
    return (own.filter((draw) => draw <= value).length + 1) / (perRow + 1);
  });
  return { below, at };
}

/**
 * Non-randomised PIT histogram.
 * @param bins integer ≥ 1, default 10
 * @returns shares that add up to 1
 * @throws {CohortiumError} NUMERIC_DOMAIN unless 0 ≤ below ≤ at ≤ 1 in every row
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows
 * @see Czado, Gneiting & Held (2009), "Predictive Model Assessment for Count Data", section 2.1
 */
export function pitHistogram(rows: PitRows, bins = 10): PitHistogram {
  if (!(Number.isInteger(bins) && bins >= 1)) fail(`${bins} bins; give a whole number from 1`);
  checkPit(rows);
  const { below, at } = rows;
  const edges = Array.from({ length: bins + 1 }, (_, index) => index / bins);
  const shares = [...meanPit(rows, edges.slice(0, -1)), 1];
  const mean = meanOf(at.map((high, row) => ((below[row] ?? 0) + high) / 2));
  const square = meanOf(at.map((high, row) => ((below[row] ?? 0) * (below[row] ?? 0) + (below[row] ?? 0) * high + high * high) / 3));
  return {
    n: at.length,
    bins: edges
      .slice(1)
      .map((high, index) => ({ low: edges[index] ?? 0, high, share: (shares[index + 1] ?? 1) - (index === 0 ? 0 : (shares[index] ?? 0)) })),
    mean,
    variance: Math.max(0, square - mean * mean),
  };
}

/**
 * Mean over rows of the conditional PIT: the share of outcomes at or below a probability, each spread over its own.
 * @param levels in [0, 1]
 * @param shareOf what a row counts at a level; `spreadShare` unless told otherwise
 * @see Czado, Gneiting & Held (2009), eq. 2 and 3
 */
export function meanPit(rows: PitRows, levels: readonly number[], shareOf: ShareOf = spreadShare): number[] {
  const { below, at } = sortedPit(rows);
  return levels.map((level) => sumOf(at.length, (row) => shareOf(below[row] ?? 0, at[row] ?? 0, level)) / at.length);
}

/** Rows in ascending order, so that sums over them do not depend on the order given. */
function sortedPit({ below, at }: PitRows): PitRows {
  if (below === at) {
    const both = at.toSorted();
    return { below: both, at: both };
  }
  const order = Uint32Array.from(at.keys()).sort((a, b) => (below[a] ?? 0) - (below[b] ?? 0) || (at[a] ?? 0) - (at[b] ?? 0));
  const pick = (column: Float64Array): Float64Array => Float64Array.from(order, (row) => column[row] ?? 0);
  return { below: pick(below), at: pick(at) };
}

type ShareOf = (below: number, at: number, level: number) => number;

/** Share of [below, at] that is at or below u. */
export function spreadShare(below: number, at: number, u: number): number {
  if (u >= at) return 1;
  return u <= below ? 0 : (u - below) / (at - below);
}

/** @throws {CohortiumError} NUMERIC_DOMAIN, or CALIBRATION_TOO_FEW for no rows */
export function checkPit({ below, at }: PitRows): void {
  checkColumns({ below, at });
  checkSome(at);
  const wrong = at.findIndex((high, row) => !(0 <= (below[row] ?? 0) && (below[row] ?? 0) <= high && high <= 1));
  if (wrong >= 0) {
    fail(`row ${wrong} has P(less) ${below[wrong]} and P(or less) ${at[wrong]}; give 0 ≤ below ≤ at ≤ 1`);
  }
}
