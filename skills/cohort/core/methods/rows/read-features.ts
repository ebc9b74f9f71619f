/** Checks columns of features before anything is computed from them. Refuses what would end in a silent NaN. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { FeatureColumns } from '../method.ts';

/**
 * @returns the number of rows
 * @throws {CohortiumError} NUMERIC_DOMAIN when there is no feature, names and columns do not match, columns differ in length or a
 * value is not finite
 */
export function checkFeatures({ names, columns }: FeatureColumns): number {
  const first = columns[0];
  if (!first) throw domain('there are no features; give at least one column');
  if (names.length !== columns.length) {
    throw domain(`there are ${names.length} names for ${columns.length} columns; give one name per column`);
  }
  for (const [at, column] of columns.entries()) {
    const name = names[at] ?? '';
    if (column.length !== first.length) {
      throw domain(
        `feature '${name}' has ${column.length} rows where '${names[0] ?? ''}' has ${first.length}; give columns of equal length`,
      );
    }
    const bad = column.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) throw domain(`feature '${name}' is ${column[bad]} in row ${bad}; fill in or drop rows that are not finite numbers`);
  }
  return first.length;
}

/**
 * The same for rows that a model is asked about.
 * @throws {CohortiumError} NUMERIC_DOMAIN also when the features are not those of the fit, in its order
 */
export function checkFeaturesOf(model: { readonly features: readonly string[] }, data: FeatureColumns): number {
  const rows = checkFeatures(data);
  if (data.names.length !== model.features.length || data.names.some((name, at) => name !== model.features[at])) {
    throw domain(
      `the features are ${data.names.join(', ')}, the model was fitted on ${model.features.join(', ')}; give these in this order`,
    );
  }
  return rows;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when there is no row */
export function requireRows(rows: number): void {
  if (rows === 0) throw domain('there are no rows; give at least one customer');
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when the setting is no whole number, or below the least one */
export function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) throw domain(`${name} is ${value}; give a whole number of at least ${least}`);
}

export function domain(message: string): CohortiumError {
  return new CohortiumError('NUMERIC_DOMAIN', message);
}
