/** Means over rows that do not depend on the order of the rows, with their standard error. Refuses no rows. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';

export interface MeanScore {
  readonly mean: number;
  /** Of independent rows; null for a single row. */
  readonly standardError: number | null;
  readonly n: number;
}

/**
 * Mean of scores, one per row.
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows
 * @throws {CohortiumError} NUMERIC_DOMAIN for NaN
 */
export function meanScore(scores: Float64Array): MeanScore {
  const n = scores.length;
  const mean = meanOf(scores);
  const squares = scores.map((score) => (score - mean) * (score - mean));
  return { mean, standardError: n < 2 ? null : Math.sqrt(meanOf(squares) / (n - 1)), n };
}

/**
 * How much better scores are than those of a reference forecast, where less is better.
 * @returns 1 for a perfect forecast, 0 for one like the reference, below 0 for a worse one; null where the reference is perfect
 */
export function skillScore(scores: Float64Array, reference: Float64Array): number | null {
  const [own, other] = [meanOf(scores), meanOf(reference)];
  return other === 0 ? null : 1 - own / other;
}

/** Mean, summed in ascending order: the same bits for any order of rows. */
export function meanOf(terms: Float64Array): number {
  checkSome(terms);
  const wrong = terms.findIndex(Number.isNaN);
  if (wrong >= 0)
    throw new CohortiumError('NUMERIC_DOMAIN', `the score of row ${wrong} is not a number; leave out rows without an outcome`);
  return sum(terms.toSorted()) / terms.length;
}

/** @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows */
export function checkSome(rows: Float64Array): void {
  if (rows.length === 0) throw new CohortiumError('CALIBRATION_TOO_FEW', 'no rows; a measure needs at least one row with an outcome');
}
