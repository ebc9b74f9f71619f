/**
 * How rows of a mapped file are read, kept beside the quarantine: a row that was refused can be read again with the map and the columns
 * of its file, long after the file is gone.
 */
import { z } from 'zod';

import { type ImportMap, importMapSchema } from '../../../registries/signals/import-map.ts';
import { canonicalJson } from '../../../skills/sdk/index.ts';
import type { SignalVerdict } from '../../../skills/signal-capture/validate-signal.ts';
import { parseDelimited, type ParsedRow, parseJsonFields } from './parse-rows.ts';
import { isFault } from './read-lines.ts';
import type { MessageReader } from './read-message.ts';
import { makeRowMapper } from './row-to-signals.ts';

const readingSchema = z.strictObject({ map: importMapSchema, names: z.array(z.string()), isJson: z.boolean() });

/** The text to keep. @param isJson rows are kept as JSON objects, whatever the file was */
export function describeReading(map: ImportMap, names: readonly string[], isJson: boolean): string {
  return canonicalJson({ map, names, isJson });
}

/** Reads kept rows of one file, in the order in which they came. */
export type RowReader = (raw: string) => readonly SignalVerdict[];

/**
 * @param reading from {@link describeReading}
 * @param currency the operator's, ISO 4217
 */
export function makeRowReader(reading: string, source: string, currency: string, read: MessageReader): RowReader {
  const { map, names, isJson } = readingSchema.parse(JSON.parse(reading));
  const toSignals = makeRowMapper(map, names, source, currency, read);
  return (raw) => {
    const row = fieldsOf(raw, map, names, isJson);
    if (row === undefined) return [{ ok: false, code: 'CSV_ROW_INVALID', message: 'a row was expected; found nothing' }];
    if (isFault(row)) return [{ ok: false, code: row.code, message: row.message }];
    if (row.fields.length === names.length) return toSignals(row.fields).verdicts;
    return [{ ok: false, code: 'CSV_ROW_INVALID', message: `${names.length} fields were expected; found ${row.fields.length}` }];
  };
}

function fieldsOf(raw: string, map: ImportMap, names: readonly string[], isJson: boolean): ParsedRow | undefined {
  const records = [{ line: 1, text: raw }];
  const [row] = isJson
    ? parseJsonFields(records, names)
    : parseDelimited(records, map.delimiter, { maxBytes: raw.length * 4, isQuoted: true });
  return row;
}

/** Columns of a map that hold whom a row is about. */
const customerColumns = ['customer', 'emailHash', 'loyaltyId', 'phoneHash', 'anonymousId'] as const;

/**
 * Whom a kept row names in the columns for customers; every field of it where it does not have the columns of its file.
 * @param reading from {@link describeReading}
 */
export function customersOfRow(reading: string, raw: string): readonly string[] {
  const { map, names, isJson } = readingSchema.parse(JSON.parse(reading));
  const row = fieldsOf(raw, map, names, isJson);
  if (row === undefined || isFault(row)) return raw.split(/[,;\t|]/).map((field) => field.trim());
  if (row.fields.length !== names.length) return row.fields;
  return customerColumns.flatMap((column) => row.fields[names.findIndex((name) => name === map.columns[column])] ?? []);
}
