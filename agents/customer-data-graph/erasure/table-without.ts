/**
 * A table without a person. Rows keep their place, because other tables count on it: the name becomes a tombstone, numbers become zero,
 * texts that are the person's own become empty. What a row is about besides (a purpose, a sink, a rule) stays.
 */
import type { Column, Table } from '../../../skills/sdk/index.ts';
import { type NameFinder, type PersonNames, textWithout } from './person-names.ts';

/** Places in other tables, and numbers of classes and of records: they say nothing of a person. */
const keptNumbers: ReadonlySet<string> = new Set(['account', 'record', 'item', 'batch', 'vector', 'class', 'cell', 'week', 'group']);

/** Words that readers know a closed list of. */
const keptTexts: ReadonlySet<string> = new Set([
  'subscriber',
  'purpose',
  'sink',
  'outcome',
  'policies',
  'tier',
  'cohort',
  'axis',
  'location',
  'channel',
  'brand',
  'kind',
  'class',
  'schema',
  'messageId',
]);

/** Columns whose value names whom the row is about. */
export const subjectColumns = ['customerId', 'customer', 'subject', 'owner'];

/** Rows that are about the person by their own columns, as those of an erasure that was stopped are. */
export function rowsOf(table: Table, names: PersonNames, finder: NameFinder): ReadonlySet<number> {
  const rows = new Set<number>();
  for (const name of subjectColumns) {
    const column = table.columns[name];
    if (column?.type !== 'text' && column?.type !== 'coded') continue;
    eachText(column, (text, row) => {
      if (text === names.tombstone || finder.isCustomer(text)) rows.add(row);
    });
  }
  return rows;
}

/** @param also rows that are about the person by their place */
export function tableWithout(table: Table, names: PersonNames, finder: NameFinder, also: ReadonlySet<number>): Table {
  const own = new Set([...rowsOf(table, names, finder), ...also]);
  const columns = Object.fromEntries(
    Object.entries(table.columns).map(([name, column]): [string, Column] => [name, columnWithout(name, column, names, finder, own)]),
  );
  return { rows: table.rows, columns };
}

/** The same table with other texts. */
export function tableRenamed(table: Table, rename: (text: string) => string): Table {
  const columns = Object.entries(table.columns).map(([name, column]): [string, Column] => {
    if (column.type === 'text') return [name, { type: 'text', values: column.values.map(rename) }];
    if (column.type === 'coded') return [name, { type: 'coded', values: column.values, texts: column.texts.map(rename) }];
    return [name, column];
  });
  return { rows: table.rows, columns: Object.fromEntries(columns) };
}

function columnWithout(name: string, column: Column, names: PersonNames, finder: NameFinder, own: ReadonlySet<number>): Column {
  if (column.type === 'float64') return own.size === 0 ? column : { type: 'float64', values: zeroed(column.values.slice(), own) };
  if (column.type === 'int32') {
    return own.size === 0 || keptNumbers.has(name) ? column : { type: 'int32', values: zeroed(column.values.slice(), own) };
  }
  const isSubject = subjectColumns.includes(name);
  const textOf = (text: string, row: number): string => {
    if (own.has(row) && isSubject) return text === '' ? '' : names.tombstone;
    if (own.has(row) && !keptTexts.has(name)) return text.startsWith('{') ? '{}' : '';
    // Messages are about many customers: who is erased leaves the list.
    return textWithout(text, finder, 'remove', name);
  };
  if (column.type === 'text') return { type: 'text', values: column.values.map(textOf) };
  if (own.size === 0 && column.texts.every((text) => textWithout(text, finder, 'remove', name) === text)) return column;
  // A text that nobody has any more must not stay in the list of texts either.
  const numbers = new Map<string, number>();
  const values = Int32Array.from(column.values, (code, row) => {
    const text = textOf(column.texts[code] ?? '', row);
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  });
  return { type: 'coded', values, texts: [...numbers.keys()] };
}

function zeroed<Values extends Float64Array | Int32Array>(values: Values, rows: ReadonlySet<number>): Values {
  for (const row of rows) if (row < values.length) values[row] = 0;
  return values;
}

function eachText(column: Column & { readonly type: 'text' | 'coded' }, visit: (text: string, row: number) => void): void {
  if (column.type === 'text') for (const [row, text] of column.values.entries()) visit(text, row);
  else for (const [row, code] of column.values.entries()) visit(column.texts[code] ?? '', row);
}
