/**
 * Intervals in columns, from whatever model made them: Bayesian, frequentist, bootstrap, two quantile regressions, or a bare
 * prediction. Refuses columns of unequal length, values that are not finite, and outcomes below the floor; a crossed interval
 * (low above high) is taken as it is, since two quantile regressions may cross and what follows puts it right.
 */
import { CohortiumError } from '../../../sdk/errors.ts';

export interface IntervalColumns {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** One row per customer, in one unit: money in minor units, or a count. */
export interface IntervalRows extends IntervalColumns {
  readonly predicted: Float64Array;
}

export interface IntervalOutcomes extends IntervalRows {
  /** What came true. */
  readonly outcome: Float64Array;
}

/** Rows of a model without intervals: each is its prediction alone. */
export function pointRows(predicted: Float64Array): IntervalRows {
  return { predicted, low: predicted, high: predicted };
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length or values that are not finite */
export function checkIntervals({ predicted, low, high }: IntervalRows): void {
  checkColumns({ predicted, low, high });
}

/**
 * @param floor no outcome is below it; null where outcomes may be anything
 * @throws {CohortiumError} NUMERIC_DOMAIN as checkIntervals, and for an outcome below the floor
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows
 */
export function checkOutcomes({ predicted, low, high, outcome }: IntervalOutcomes, floor: number | null): void {
  checkColumns({ predicted, low, high, outcome });
  if (outcome.length === 0) {
    throw new CohortiumError('CALIBRATION_TOO_FEW', 'no rows; give at least one interval whose outcome is known');
  }
  const under = floor === null ? -1 : outcome.findIndex((value) => value < floor);
  if (under >= 0) {
    fail(`outcome ${outcome[under]} in row ${under} is below the floor ${floor}; raise it to the floor, or set floor to null`);
  }
}

/** @throws {CohortiumError} NUMERIC_DOMAIN unless the columns are of one length and finite */
export function checkColumns(columns: Readonly<Record<string, Float64Array>>): void {
  const entries = Object.entries(columns);
  const rows = entries[0]?.[1].length ?? 0;
  for (const [name, column] of entries) {
    if (column.length !== rows) fail(`'${name}' has ${column.length} rows, '${entries[0]?.[0]}' has ${rows}; give columns of one length`);
    const wrong = column.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) fail(`'${name}' has ${column[wrong]} in row ${wrong}; leave out rows without a finite number`);
  }
}

/** @throws {CohortiumError} NUMERIC_DOMAIN unless 0 < level < 1 */
export function checkLevel(level: number): void {
  if (!(level > 0 && level < 1)) fail(`level ${level}; give the share of outcomes that intervals shall hold, between 0 and 1, such as 0.9`);
}

export function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
