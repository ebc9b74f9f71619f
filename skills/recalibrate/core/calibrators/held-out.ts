/** Rows in one order, and what a map that has not seen them says of each. */
import { CohortiumError, isCohortiumError } from '../../../sdk/errors.ts';
import { type Candidate, fitCandidate, isByCohort, predictBy } from './candidate.ts';
import type { CalibrationRows } from './rows.ts';

export interface SortedColumns {
  readonly predicted: Float64Array;
  readonly outcome: Float64Array;
  readonly weight: Float64Array;
  readonly fold: readonly number[];
  readonly cohort: readonly string[];
}

/**
 * In an order that does not depend on the one given; rows of weight 0 left out.
 * @throws {CohortiumError} NUMERIC_DOMAIN for folds or cohorts that are not one per row, CALIBRATION_TOO_FEW for rows of one fold only
 */
export function sortAll(
  rows: CalibrationRows,
  fold: ArrayLike<number>,
  cohort: readonly string[] | undefined,
  candidates: readonly Candidate[],
): SortedColumns {
  const count = rows.predicted.length;
  if (fold.length !== count) throw new CohortiumError('NUMERIC_DOMAIN', `each row needs its fold; found ${fold.length} for ${count} rows`);
  const lost = Array.from(fold).findIndex((own) => !Number.isFinite(own));
  if (lost >= 0) throw new CohortiumError('NUMERIC_DOMAIN', `row ${lost}: a fold is a number; found ${fold[lost]}`);
  if (cohort ? cohort.length !== count : candidates.some((own) => isByCohort(own) || own.strength !== undefined)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `maps per cohort need the cohort of each row; found ${cohort?.length ?? 0} for ${count} rows`,
    );
  }
  const weightOf = (row: number): number => rows.weight?.[row] ?? 1;
  const cohortOf = (row: number): string => cohort?.[row] ?? '';
  const numbers = [rows.predicted, rows.outcome, fold];
  const order = Array.from(rows.predicted.keys())
    .filter((row) => weightOf(row) > 0)
    .sort((a, b) => {
      for (const column of numbers) if (column[a] !== column[b]) return (column[a] ?? 0) - (column[b] ?? 0);
      if (cohortOf(a) !== cohortOf(b)) return cohortOf(a) < cohortOf(b) ? -1 : 1;
      return weightOf(a) - weightOf(b);
    });
  const folds = order.map((row) => fold[row] ?? 0);
  if (new Set(folds).size < 2) {
    throw new CohortiumError('CALIBRATION_TOO_FEW', 'a choice on held-out rows needs rows of at least two folds; found one');
  }
  return {
    predicted: Float64Array.from(order, (row) => rows.predicted[row] ?? 0),
    outcome: Float64Array.from(order, (row) => rows.outcome[row] ?? 0),
    weight: Float64Array.from(order, weightOf),
    fold: folds,
    cohort: order.map(cohortOf),
  };
}

/** Predictions of each row by a map that has not seen its fold. */
export function tryOut(candidate: Candidate, all: SortedColumns): { readonly predicted: Float64Array | null; readonly reason?: string } {
  const predicted = new Float64Array(all.predicted.length);
  try {
    for (const held of new Set(all.fold)) {
      const model = fitCandidate(
        candidate,
        only(all, (row) => all.fold[row] !== held),
      );
      const rows = Array.from(predicted.keys()).filter((row) => all.fold[row] === held);
      const values = predictBy(
        candidate,
        model,
        only(all, (row) => all.fold[row] === held),
      );
      rows.forEach((row, at) => {
        predicted[row] = values[at] ?? 0;
      });
    }
    return { predicted };
  } catch (error) {
    if (!isCohortiumError(error) || error.code !== 'CALIBRATION_TOO_FEW') throw error;
    return { predicted: null, reason: `${error.code}: ${error.message}` };
  }
}

function only(all: SortedColumns, isWanted: (row: number) => boolean): SortedColumns {
  const rows = Array.from(all.predicted.keys()).filter(isWanted);
  const of = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
  return {
    predicted: of(all.predicted),
    outcome: of(all.outcome),
    weight: of(all.weight),
    fold: rows.map((row) => all.fold[row] ?? 0),
    cohort: rows.map((row) => all.cohort[row] ?? ''),
  };
}
