/**
 * Finds the first difference between what was recorded and what a replay gave, down to the chunk, record and field of a table, with
 * both values, their bit patterns and their distance.
 */
import {
  chunkRows,
  type Column,
  type ContentStore,
  isCohortiumError,
  type Json,
  type Ref,
  refSchema,
  type Table,
  tableMedia,
} from '../../skills/sdk/index.ts';
import { ulpDistance } from '../../skills/sdk/numeric/index.ts';

export interface Difference {
  /** Where in the output, such as `output.scores`. */
  readonly path: string;
  /** Chunk of 256 rows, from 0; null outside of tables, as are record, field and records. */
  readonly chunk: number | null;
  /** Row, from 0. */
  readonly record: number | null;
  readonly field: string | null;
  /** Values as they are; NaN and infinities as text. Null where there are none to show. */
  readonly recorded: Json;
  readonly replayed: Json;
  /** Doubles between both numbers; null unless both are finite. */
  readonly ulps: number | null;
  /** IEEE 754, 16 hex digits each, most significant first; null unless both are numbers. */
  readonly bits: { readonly recorded: string; readonly replayed: string } | null;
  /** Rows of the table that differ in any field, and all of them. */
  readonly records: { readonly different: number; readonly of: number } | null;
  /** The same in one clause. */
  readonly says: string;
}

/** Reads of the content store, and which recorded objects are no longer what they were. */
export type ComparedContent = Pick<ContentStore, 'getTable' | 'getJson' | 'has'> & {
  readonly isErased?: (ref: Pick<Ref, 'digest'>) => boolean;
  /** Whether one that was erased is passed over; else it differs from anything that it is not named as. */
  readonly passesErased?: boolean;
};

/** @returns null when equal */
export function firstDifference(content: ComparedContent, recorded: Json, replayed: Json, path = 'output'): Difference | null {
  const [before, after] = [refIn(recorded), refIn(replayed)];
  if (before && after)
    return before.digest === after.digest || passes(content, before) ? null : differenceOfObjects(content, before, after, path);
  if (Array.isArray(recorded) && Array.isArray(replayed)) {
    if (recorded.length !== replayed.length) return shape(path, `recorded ${recorded.length} items, replayed ${replayed.length}`);
    for (const [index, item] of recorded.entries()) {
      const found = firstDifference(content, item as Json, replayed[index] as Json, `${path}[${index}]`);
      if (found) return found;
    }
    return null;
  }
  if (isRecord(recorded) && isRecord(replayed)) {
    for (const key of [...new Set([...Object.keys(recorded), ...Object.keys(replayed)])].sort()) {
      const found = firstDifference(content, recorded[key] ?? null, replayed[key] ?? null, `${path}.${key}`);
      if (found) return found;
    }
    return null;
  }
  if (Object.is(recorded, replayed) || recorded === replayed) return null;
  return differenceOfValues(path, recorded, replayed);
}

function passes({ isErased, passesErased }: ComparedContent, recorded: Ref): boolean {
  return passesErased === true && isErased?.(recorded) === true;
}

/** The first of a failure, which has no values. */
export function shape(path: string, says: string): Difference {
  const nothing = { chunk: null, record: null, field: null, recorded: null, replayed: null, ulps: null, bits: null, records: null };
  return { path, ...nothing, says: `${path}: ${says}` };
}

function differenceOfObjects(content: ComparedContent, before: Ref, after: Ref, path: string): Difference {
  const digestsOnly = (why: string): Difference =>
    shape(path, `the recorded object ${before.digest} ${why}, so only digests can be compared; replayed ${after.digest}`);
  if (content.isErased?.(before) === true) return digestsOnly('was erased');
  if (!content.has(before)) return digestsOnly('is absent');
  try {
    if (before.media === tableMedia && after.media === tableMedia) {
      return differenceOfTables(content.getTable(before), content.getTable(after), path);
    }
    const found = firstDifference(content, content.getJson(before) as Json, content.getJson(after) as Json, path); // stored as canonical JSON
    return found ?? shape(path, `digests differ: recorded ${before.digest}, replayed ${after.digest}`);
  } catch (error) {
    if (!isCohortiumError(error)) throw error;
    return digestsOnly('cannot be read');
  }
}

function differenceOfTables(before: Table, after: Table, path: string): Difference {
  const [names, otherNames] = [Object.keys(before.columns).join(', '), Object.keys(after.columns).join(', ')];
  if (names !== otherNames) return shape(path, `recorded columns ${names}; replayed ${otherNames}`);
  if (before.rows !== after.rows) return shape(path, `recorded ${before.rows} rows, replayed ${after.rows}`);
  let first: { readonly row: number; readonly field: string } | undefined;
  let different = 0;
  const pairs = Object.entries(before.columns).map(([field, column]) => ({ field, column, other: after.columns[field] }));
  for (let row = 0; row < before.rows; row++) {
    const found = pairs.find(({ column, other }) => !Object.is(valueAt(column, row), valueAt(other, row)));
    if (!found) continue;
    different += 1;
    first ??= { row, field: found.field };
  }
  if (!first) return shape(path, 'the tables differ in column types');
  const { row, field } = first;
  const [recorded, replayed] = [valueAt(before.columns[field], row), valueAt(after.columns[field], row)];
  const chunk = Math.floor(row / chunkRows);
  const values = differenceOfValues(path, recorded ?? null, replayed ?? null);
  const records = { different, of: before.rows };
  const said = sayValues(recorded ?? null, replayed ?? null, values.ulps);
  const count = different > 1 ? `; ${different} of ${before.rows} records differ` : '';
  return {
    ...values,
    chunk,
    record: row,
    field,
    records,
    says: `${path}: chunk ${chunk}, record ${row}, field '${field}': ${said}${count}`,
  };
}

function differenceOfValues(path: string, recorded: Json, replayed: Json): Difference {
  const areNumbers = typeof recorded === 'number' && typeof replayed === 'number';
  const distance = areNumbers ? ulpDistance(recorded, replayed) : null;
  const ulps = distance !== null && Number.isFinite(distance) ? distance : null;
  return {
    ...shape(path, sayValues(recorded, replayed, ulps)),
    recorded: plain(recorded),
    replayed: plain(replayed),
    ulps,
    bits: areNumbers ? { recorded: bitsOf(recorded), replayed: bitsOf(replayed) } : null,
  };
}

function sayValues(recorded: Json, replayed: Json, ulps: number | null): string {
  return `recorded ${say(recorded)}, replayed ${say(replayed)}${ulps === null ? '' : ` (${ulps} ulps apart)`}`;
}

function say(value: Json): string {
  if (Object.is(value, -0)) return '-0';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** JSON has no NaN, no infinities and no sign of zero. */
function plain(value: Json): Json {
  return typeof value === 'number' && (!Number.isFinite(value) || Object.is(value, -0)) ? say(value) : value;
}

const word = new DataView(new ArrayBuffer(8));

function bitsOf(value: number): string {
  word.setFloat64(0, value);
  return word.getBigUint64(0).toString(16).padStart(16, '0');
}

function valueAt(column: Column | undefined, row: number): string | number | undefined {
  return column?.type === 'coded' ? column.texts[column.values[row] ?? -1] : column?.values[row];
}

function refIn(value: Json): Ref | undefined {
  const parsed = refSchema.safeParse(value);
  return parsed.success ? parsed.data : undefined;
}

function isRecord(value: Json): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
