/** Features of customers checked, put on one scale and laid out row by row, as the inner loops want them. */
import { CohortiumError } from '../../../sdk/errors.ts';
import type { FeatureColumns } from './method.ts';

/** What maps a value to the scale of a fit: (value − centre) ÷ scale. */
export interface FeatureScale {
  readonly centre: readonly number[];
  /** > 0. */
  readonly scale: readonly number[];
}

/**
 * @returns how many rows there are
 * @throws {CohortiumError} NUMERIC_DOMAIN for names and columns of unequal number, columns of unequal length, a name twice, or a value
 *   that is not finite
 */
export function countRows({ names, columns }: FeatureColumns): number {
  if (names.length !== columns.length) {
    throw new CohortiumError('NUMERIC_DOMAIN', `each feature needs a name; found ${names.length} names for ${columns.length} columns`);
  }
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) throw new CohortiumError('NUMERIC_DOMAIN', `the names of features must differ; found '${repeated}' twice`);
  const rows = columns[0]?.length ?? 0;
  columns.forEach((column, index) => {
    if (column.length !== rows) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `the columns need one length; found ${names[0]} ${rows}, ${names[index]} ${column.length}`,
      );
    }
    const row = column.findIndex((value) => !Number.isFinite(value));
    if (row >= 0) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `${names[index]} must be finite in every row; row ${row} has ${column[row]}; leave the row out or give it a value`,
      );
    }
  });
  return rows;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when the names are not those of the fit, in its order */
export function requireNames(fitted: readonly string[], found: readonly string[]): void {
  if (fitted.length === found.length && fitted.every((name, index) => name === found[index])) return;
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `the model was fitted on ${fitted.join(', ') || 'no feature'}; found ${found.join(', ') || 'no feature'}; give the same columns in the same order`,
  );
}

/**
 * Centre and spread of chosen rows: the mean and the standard deviation, or 1 where a feature does not vary.
 * @param order the rows that count, in the order in which they are added up
 * @throws {CohortiumError} NUMERIC_DOMAIN when values are too far apart for their squares to be numbers
 */
export function measureScale({ names, columns }: FeatureColumns, order: Uint32Array): FeatureScale {
  const centre: number[] = [];
  const scale: number[] = [];
  columns.forEach((column, index) => {
    let total = 0;
    for (const row of order) total += column[row] ?? 0;
    const mean = total / Math.max(order.length, 1);
    let squares = 0;
    let rest = 0;
    for (const row of order) {
      const gap = (column[row] ?? 0) - mean;
      squares += gap * gap;
      rest += gap;
    }
    const deviation = Math.sqrt(Math.max(squares - (rest * rest) / Math.max(order.length, 1), 0) / Math.max(order.length, 1));
    if (!Number.isFinite(deviation)) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `${names[index]} has values too far apart to compute with; cut it at a limit or take its logarithm`,
      );
    }
    centre.push(mean);
    // Where only rounding is left, the feature does not vary.
    scale.push(deviation > 1e-12 * Math.abs(mean) ? deviation : 1);
  });
  return { centre, scale };
}

/**
 * Scaled values row by row.
 * @param order rows to lay out, from `from` to `to` of it; without it rows in their own order
 * @param into room for (to − from) × features
 */
export function layOutRows(
  columns: readonly Float64Array[],
  { centre, scale }: FeatureScale,
  order: Uint32Array | undefined,
  from: number,
  to: number,
  into: Float64Array,
): void {
  const width = columns.length;
  columns.forEach((column, feature) => {
    const middle = centre[feature] ?? 0;
    const unit = scale[feature] ?? 1;
    for (let index = from, at = feature; index < to; index++, at += width) {
      into[at] = ((column[order ? (order[index] ?? 0) : index] ?? 0) - middle) / unit;
    }
  });
}
