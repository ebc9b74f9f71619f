/**
 * One customer in the outputs of a run: the rows of every table that are about the customer, by id or by the number of the account, and
 * the part of every text. Shows what is there; computes nothing.
 */
import { type RecordedEffect, refsIn } from '../../../orchestrator/index.ts';
import { type ContentStore, type Json, type Ref, type Table, tableMedia, textColumn } from '../../../skills/sdk/index.ts';
import type { CustomerRows } from './replay-interface.ts';

/** Rows of one table that are shown. */
const mostRows = 20;

/**
 * @param isReadable false of an object that is gone, which then has no rows
 */
export function rowsAbout(
  customer: string,
  effect: Pick<RecordedEffect, 'input'>,
  output: Json,
  content: ContentStore,
  isReadable: (ref: Ref) => boolean,
): readonly CustomerRows[] {
  const named = namedRefs(output).filter(([, ref]) => ref.media === tableMedia && isReadable(ref));
  const tables = named.map(([name, ref]) => ({ name, table: content.getTable(ref) }));
  const account = accountOf(customer, [
    ...tables.map(({ table }) => table),
    ...refsIn(effect.input).flatMap((ref) => (ref.media === tableMedia && isReadable(ref) ? [content.getTable(ref)] : [])),
  ]);
  return tables.flatMap(({ name, table }) => {
    const rows = placesOf(customer, account, table);
    if (rows.length === 0) return [];
    const shown = rows.slice(0, mostRows).map((row) => rowOf(table, row, customer));
    return [{ output: name, rows: shown, omitted: rows.length - shown.length }];
  });
}

/** Row of the customer in the first table that has one row for each. */
function accountOf(customer: string, tables: readonly Table[]): number {
  for (const table of tables) {
    if (!('customerId' in table.columns) || 'account' in table.columns) continue;
    const row = textColumn(table, 'customerId').indexOf(customer);
    if (row >= 0) return row;
  }
  return -1;
}

function placesOf(customer: string, account: number, table: Table): readonly number[] {
  const name = ['customerId', 'subject'].find((one) => one in table.columns);
  if (name !== undefined) return placesWhere(textColumn(table, name), (value) => value === customer);
  const numbers = table.columns['account'];
  if (numbers?.type === 'int32' && account >= 0) return placesWhere(Array.from(numbers.values), (value) => value === account);
  if ('body' in table.columns) {
    const quoted = JSON.stringify(customer);
    return placesWhere(textColumn(table, 'body'), (body) => body.includes(quoted));
  }
  return [];
}

function placesWhere<Value>(values: readonly Value[], isWanted: (value: Value) => boolean): readonly number[] {
  return values.flatMap((value, place) => (isWanted(value) ? [place] : []));
}

function rowOf(table: Table, row: number, customer: string): Readonly<Record<string, Json>> {
  const cells = Object.entries(table.columns).map(([name, column]): [string, Json] => {
    const value = column.type === 'coded' ? (column.texts[column.values[row] ?? -1] ?? '') : (column.values[row] ?? null);
    if (name !== 'body' || typeof value !== 'string')
      return [name, typeof value === 'number' && !Number.isFinite(value) ? String(value) : value];
    const body = parsed(value);
    return [name, partAbout(customer, body) ?? body];
  });
  return Object.fromEntries(cells);
}

/** The smallest part of a message that names the customer by `customerId`. */
function partAbout(customer: string, value: Json): Json | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value) && 'customerId' in value && value['customerId'] === customer) return value;
  const parts = Array.isArray(value) ? (value as readonly Json[]) : Object.values(value);
  for (const part of parts) {
    const found = part === undefined ? undefined : partAbout(customer, part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

/** References of an output by the names that they stand under. */
function namedRefs(output: Json): readonly (readonly [string, Ref])[] {
  if (typeof output !== 'object' || output === null || Array.isArray(output)) return [];
  return Object.entries(output).flatMap(([name, part]) => {
    const refs = part === undefined ? [] : refsIn(part);
    return refs.map((ref, at): readonly [string, Ref] => [refs.length > 1 ? `${name}[${at}]` : name, ref]);
  });
}
