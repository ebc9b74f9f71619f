/** What every method over feature columns asks of its input, checked once and said in one way. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { FeatureColumns } from '../method.ts';

/** Beyond this, squares of differences leave the range of doubles. */
const largest = 1e150;

/**
 * @returns the number of rows
 * @throws {CohortiumError} NUMERIC_DOMAIN for no column, no row, columns of unequal length, names that are missing or repeated,
 *   and values that are not finite or beyond 1e150
 */
export function checkFeatures({ names, columns }: FeatureColumns): number {
  if (names.length !== columns.length) {
    fail(`${names.length} feature names for ${columns.length} columns; give one name per column`);
  }
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) fail(`the feature name '${repeated}' stands twice; give each column a name of its own`);
  const rows = columns[0]?.length ?? 0;
  if (rows === 0) fail(`${columns.length} feature columns with ${rows} rows; at least one column with one row is needed`);
  for (const [index, column] of columns.entries()) {
    const name = names[index] ?? '';
    if (column.length !== rows) {
      fail(`column '${name}' has ${column.length} rows, '${names[0]}' has ${rows}; give columns of equal length`);
    }
    for (let row = 0; row < rows; row++) {
      const value = column[row] ?? 0;
      if (!(Math.abs(value) <= largest)) {
        fail(`column '${name}' has ${value} in row ${row}; fill or leave out what is not a number from -1e150 to 1e150`);
      }
    }
  }
  return rows;
}

/**
 * Columns for a model that was fitted on these names, in its order.
 * @throws {CohortiumError} NUMERIC_DOMAIN when one is missing or the columns are not usable; further columns are left aside
 */
export function columnsOfModel(names: readonly string[], data: FeatureColumns): readonly Float64Array[] {
  checkFeatures(data);
  return names.map((name) => {
    const column = data.columns[data.names.indexOf(name)];
    return column ?? fail(`the model was fitted on '${name}', the columns are ${data.names.join(', ')}; give the columns of the fit`);
  });
}

function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
