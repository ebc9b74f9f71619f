/**
 * Rows that are about a person by their place alone: tables of a run that number accounts instead of naming them, and those that run
 * alongside. Which table belongs to which list of customers is read from the effects that took or gave them together. Changes nothing.
 */
import { type ContentStore, isCohortiumError, type Ref, refSchema, type Table, tableMedia } from '../../../skills/sdk/index.ts';
import type { EffectTexts } from '../../adapters/sqlite/run-effects.ts';
import type { NameFinder, PersonNames } from './person-names.ts';
import { rowsOf } from './table-without.ts';

/** Rows by digest of the table. */
export type PlacedRows = ReadonlyMap<string, ReadonlySet<number>>;

export function rowsByPlace(effects: readonly EffectTexts[], content: ContentStore, names: PersonNames, finder: NameFinder): PlacedRows {
  const tableOf = (ref: Ref): Table | undefined => readTable(content, ref);
  const found = new Map<string, Set<number>>();
  const add = (digest: string, rows: Iterable<number>): void => {
    const known = found.get(digest) ?? new Set<number>();
    for (const row of rows) known.add(row);
    if (known.size > 0) found.set(digest, known);
  };
  for (const effect of effects) {
    const refs = [...refsIn(effect.input), ...refsIn(effect.output)].filter(({ ref }) => ref.media === tableMedia);
    // Of two lists in one effect, the tables of the earlier one are named after it.
    for (const isHoldout of [false, true]) {
      const group = refs.filter(({ name }) => /^holdout/i.test(name) === isHoldout).map(({ ref }) => ref);
      placesIn(group, tableOf, names, finder, add);
    }
  }
  return found;
}

function placesIn(
  refs: readonly Ref[],
  tableOf: (ref: Ref) => Table | undefined,
  names: PersonNames,
  finder: NameFinder,
  add: (digest: string, rows: Iterable<number>) => void,
): void {
  const places = new Map<number, Set<number>>();
  for (const ref of refs) {
    const table = tableOf(ref);
    if (!table || !('customerId' in table.columns) || 'account' in table.columns) continue;
    const own = places.get(table.rows) ?? new Set<number>();
    for (const row of rowsOf(table, names, finder)) own.add(row);
    places.set(table.rows, own);
  }
  const lists = [...places].filter(([, rows]) => rows.size > 0);
  if (lists.length === 0) return;
  const longest = lists.reduce((a, b) => (b[0] > a[0] ? b : a));
  /** By number of rows: those of tables that count on accounts, for tables that run alongside them. */
  const counted = new Map<number, Set<number>>();
  for (const ref of refs) {
    const table = tableOf(ref);
    const column = table?.columns['account'];
    if (!table || column?.type !== 'int32') continue;
    const rows = new Set<number>();
    for (const [row, account] of column.values.entries()) if (longest[1].has(account)) rows.add(row);
    add(ref.digest, rows);
    counted.set(table.rows, rows);
  }
  for (const ref of refs) {
    const table = tableOf(ref);
    if (!table || 'account' in table.columns) continue;
    add(ref.digest, places.get(table.rows) ?? counted.get(table.rows) ?? []);
  }
}

interface NamedRef {
  readonly name: string;
  readonly ref: Ref;
}

function refsIn(text: string): readonly NamedRef[] {
  if (!text.includes(tableMedia)) return [];
  const found: NamedRef[] = [];
  const walk = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null) return;
    const ref = refSchema.safeParse(value);
    if (ref.success) {
      found.push({ name, ref: ref.data });
      return;
    }
    for (const [key, field] of Object.entries(value)) walk(field, Array.isArray(value) ? name : key);
  };
  try {
    walk(JSON.parse(text), '');
  } catch {
    return []; // a text of an effect is JSON, or says nothing
  }
  return found;
}

function readTable(content: ContentStore, ref: Ref): Table | undefined {
  try {
    return content.getTable(ref);
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'CONTENT_NOT_FOUND') return undefined;
    throw error;
  }
}
