/**
 * Files that protected attributes come in, read strictly: what cannot be read, or is there twice, stops with its line and nothing is taken.
 * A group that is left empty is not known, which is not a group.
 */
import { surnameGeography, surnameKey } from '../../../skills/gate/core/fairness/index.ts';
import { CohortiumError, compareText } from '../../../skills/sdk/index.ts';
import type { AttributeRow, ProxyRow } from '../../adapters/sqlite/fairness-store.ts';
import { faultInRow, optionalTexts, readStrictCsv, refuseTwice, type StrictCsv, texts } from '../ingest/strict-csv.ts';

/** By name of the column. @throws {CohortiumError} FAIRNESS_ROWS_INVALID */
export function readDeclared(path: string): { readonly rows: number; readonly columns: ReadonlyMap<string, readonly AttributeRow[]> } {
  const { rows, columns } = readColumns(path, 'an attribute');
  return { rows, columns: new Map([...columns].map(([name, own]) => [name, own.map(({ customer, value }) => stated(customer, value))])) };
}

/** By name of the column. @throws {CohortiumError} FAIRNESS_ROWS_INVALID */
export function readProxies(path: string): { readonly rows: number; readonly columns: ReadonlyMap<string, readonly ProxyRow[]> } {
  return readColumns(path, 'a feature');
}

export interface Estimation {
  readonly rows: number;
  readonly unmatched: number;
  readonly refusedEu: number;
  readonly groups: readonly AttributeRow[];
}

/**
 * Probabilities of groups from surnames and places; neither is kept.
 * @param people columns customer, surname, place
 * @param tables surnames: column surname and one per group, P(group | surname); places: column place and the same groups, P(place | group)
 * @param mayEstimate whether there is a basis for estimating of this customer
 * @throws {CohortiumError} FAIRNESS_ROWS_INVALID
 */
export function readEstimated(
  people: string,
  tables: { readonly surnames: string; readonly places: string },
  mayEstimate: (customer: string) => boolean,
): Estimation {
  const surnames = readTable(tables.surnames, 'surname', surnameKey);
  const places = readTable(tables.places, 'place', (text) => text);
  const names = surnames.groups;
  if (names.join('\n') !== places.groups.join('\n'))
    throw invalid(tables.places, `its groups are ${places.groups.join(', ')}; those of ${tables.surnames} are ${names.join(', ')}`);
  const rows = readCsv(people);
  const customers = texts(rows, 'customer');
  refuseTwice(rows, customers);
  const [surname, place] = [optionalTexts(rows, 'surname'), optionalTexts(rows, 'place')];
  let [unmatched, refusedEu] = [0, 0];
  const groups = customers.flatMap((customer, row): AttributeRow[] => {
    if (!mayEstimate(customer)) {
      refusedEu += 1;
      return [];
    }
    const [byName, byPlace] = [surnames.rows.get(surnameKey(surname[row] ?? '')), places.rows.get(place[row] ?? '')];
    const found = byName && byPlace ? surnameGeography(byName, byPlace) : null;
    if (!found) {
      unmatched += 1;
      return [];
    }
    return names.flatMap((group, at) => ((found[at] ?? 0) > 0 ? [{ customer, group, weight: Math.min(1, found[at] ?? 0) }] : []));
  });
  return { rows: customers.length, unmatched, refusedEu, groups };
}

function readColumns(path: string, what: string): { readonly rows: number; readonly columns: ReadonlyMap<string, readonly ProxyRow[]> } {
  const rows = readCsv(path);
  const customers = texts(rows, 'customer');
  refuseTwice(rows, customers);
  const names = rows.header.filter((name) => name !== 'customer');
  if (names.length === 0) throw invalid(path, `there is no column beside customer; each other one is ${what}`);
  return {
    rows: customers.length,
    columns: new Map(
      names.map((name) => {
        const values = optionalTexts(rows, name);
        return [name, customers.flatMap((customer, row) => (values[row] === '' ? [] : [{ customer, value: values[row] ?? '' }]))];
      }),
    ),
  };
}

function stated(customer: string, group: string): AttributeRow {
  return { customer, group, weight: 1 };
}

/** A table by key, with one probability per group, the groups in order of their names. */
function readTable(path: string, key: string, normalise: (text: string) => string) {
  const rows = readCsv(path);
  const groups = rows.header.filter((name) => name !== key).sort(compareText);
  if (groups.length < 2) throw invalid(path, `columns ${key} and one for each of at least two groups were expected`);
  const keys = texts(rows, key).map(normalise);
  refuseTwice(rows, keys);
  const columns = groups.map((group) => probabilitiesOf(rows, group));
  return {
    groups,
    rows: new Map(keys.map((name, row) => [name, Float64Array.from(columns, (column) => column[row] ?? 0)])),
  };
}

const readCsv = (path: string): StrictCsv => readStrictCsv(path, 'FAIRNESS_ROWS_INVALID');

function probabilitiesOf(rows: StrictCsv, column: string): Float64Array {
  return Float64Array.from(optionalTexts(rows, column), (text, row) => {
    const value = /^\+?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (value >= 0 && value <= 1) return value;
    throw faultInRow(rows, row, `'${column}' is '${text}'; a probability from 0 to 1 was expected`);
  });
}

function invalid(place: string, what: string): CohortiumError {
  return new CohortiumError('FAIRNESS_ROWS_INVALID', `${place}: ${what}`);
}
