/** Customers described by numbers and by categories side by side. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { type FeatureColumns } from '../method.ts';
import { checkFeatures } from '../quality/check-features.ts';

export interface CategoryColumn {
  readonly name: string;
  /** Per customer a place in `values`; −1 where nothing is known, which tells for no persona and against none. */
  readonly codes: Int32Array;
  /** Distinct. */
  readonly values: readonly string[];
}

/** Numeric features as everywhere, and categories; either may be missing, not both. */
export interface PersonaColumns extends FeatureColumns {
  readonly categories: readonly CategoryColumn[];
}

/**
 * @returns the number of rows
 * @throws {CohortiumError} NUMERIC_DOMAIN for no column or no row, columns of unequal length, names or values that are repeated, numbers
 *   that are not finite, and codes that stand for no value
 */
export function checkPersonaColumns({ names, columns, categories }: PersonaColumns): number {
  if (columns.length === 0 && names.length === 0 && categories.length === 0)
    fail('there are no columns; give at least one feature or category');
  const rows = columns.length > 0 || names.length > 0 ? checkFeatures({ names, columns }) : (categories[0]?.codes.length ?? 0);
  if (rows === 0) fail('there are no rows; give at least one customer');
  const all = [...names, ...categories.map(({ name }) => name)];
  const repeated = all.find((name, index) => all.indexOf(name) !== index);
  if (repeated !== undefined) fail(`the name '${repeated}' stands twice; give each column a name of its own`);
  for (const { name, codes, values } of categories) {
    if (codes.length !== rows) fail(`category '${name}' has ${codes.length} rows where others have ${rows}; give columns of equal length`);
    if (new Set(values).size !== values.length) fail(`category '${name}' has a value twice; give each value once`);
    for (let row = 0; row < rows; row++) {
      const code = codes[row] ?? 0;
      if (!(code >= -1 && code < values.length)) {
        fail(`category '${name}' has code ${code} in row ${row}; codes run from 0 to ${values.length - 1}, and −1 for what is not known`);
      }
    }
  }
  return rows;
}

/** What a category's codes are in an order that does not depend on how its values were listed. */
export interface CategoryDictionary {
  readonly name: string;
  /** Ascending by code units. */
  readonly values: readonly string[];
}

export function dictionariesOf(categories: readonly CategoryColumn[]): CategoryDictionary[] {
  return categories.map(({ name, values }) => ({ name, values: values.toSorted(byCodeUnits) }));
}

/**
 * Codes by dictionaries of a fit. Values that the fit did not know become −1.
 * @throws {CohortiumError} NUMERIC_DOMAIN when a category of the fit is missing
 */
export function recode(dictionaries: readonly CategoryDictionary[], categories: readonly CategoryColumn[]): Int32Array[] {
  return dictionaries.map(({ name, values }) => {
    const column = categories.find((category) => category.name === name);
    if (!column) {
      return fail(
        `the model was fitted on category '${name}', the categories are ${categories.map((category) => category.name).join(', ')}; give those of the fit`,
      );
    }
    const places = new Map(values.map((value, place) => [value, place]));
    const placeOf = Int32Array.from(column.values, (value) => places.get(value) ?? -1);
    return column.codes.map((code) => placeOf[code] ?? -1);
  });
}

function byCodeUnits(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function fail(message: string): never {
  throw new CohortiumError('NUMERIC_DOMAIN', message);
}
