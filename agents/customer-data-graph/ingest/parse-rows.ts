/**
 * Records of a file to fields. One row in, one row or fault out, in order; a fault never takes its neighbours with it.
 */
import { CsvError, parse } from 'csv-parse/sync';

import type { ImportMap } from '../../../registries/signals/import-map.ts';
import { type FileRecord, isFault, type LineOptions, type RecordFault, recordsOf, type RecordText } from './read-lines.ts';

interface FieldRow {
  readonly line: number;
  readonly text: string;
  readonly fields: readonly string[];
}

export type ParsedRow = FieldRow | RecordFault;

/** Fields of CSV records, or of lines with blanks between the fields. */
export function parseDelimited(records: readonly FileRecord[], delimiter: ImportMap['delimiter'], options: LineOptions): ParsedRow[] {
  if (delimiter === 'whitespace') {
    return records.map((record) => (isFault(record) ? record : { ...record, fields: record.text.trim().split(/\s+/) }));
  }
  const separator = delimiter === 'tab' ? '\t' : delimiter;
  const texts = records.filter((record): record is RecordText => !isFault(record));
  const whole = tryParse(texts.map((record) => record.text).join('\n'), separator);
  if (typeof whole !== 'string' && whole.length === texts.length) {
    let next = 0;
    return records.map((record) => (isFault(record) ? record : { ...record, fields: whole[next++] ?? [] }));
  }
  // Something in this batch is not CSV: parse one by one, so that only the culprit goes to quarantine.
  return records.flatMap((record) => (isFault(record) ? [record] : parseAlone(record, separator, options)));
}

function parseAlone(record: RecordText, separator: string, options: LineOptions): ParsedRow[] {
  const rows = tryParse(record.text, separator);
  const fields = typeof rows === 'string' ? undefined : rows[0];
  if (fields !== undefined && rows.length === 1) return [{ ...record, fields }];
  const reason = typeof rows === 'string' ? rows : 'it holds several rows';
  const firstEnd = record.text.indexOf('\n');
  const first = firstEnd < 0 ? record.text : record.text.slice(0, firstEnd);
  const fault: RecordFault = {
    line: record.line,
    code: 'CSV_ROW_INVALID',
    message: `line ${record.line} is not CSV: ${reason}`,
    raw: first,
  };
  if (firstEnd < 0) return [fault];
  // The quote that glued the lines together was the mistake; the lines after the first may be fine.
  return [fault, ...parseDelimited(recordsOf(record.text.slice(firstEnd + 1), record.line + 1, options), separator, options)];
}

/** Rows, or the reason why it is not CSV. */
function tryParse(text: string, delimiter: string): readonly (readonly string[])[] | string {
  try {
    return parse(text, { delimiter, record_delimiter: '\n', relax_column_count: true, trim: true });
  } catch (error) {
    if (error instanceof CsvError) return error.message;
    throw error;
  }
}

/** Values of the named keys of JSON objects, as text; an absent or null value is ''. */
export function parseJsonFields(records: readonly FileRecord[], names: readonly string[]): ParsedRow[] {
  return records.map((record) => {
    if (isFault(record)) return record;
    const value = parseJson(record);
    if (isJsonFault(value)) return value.fault;
    const fields: string[] = [];
    for (const name of names) {
      const field =
        typeof value.json === 'object' && value.json !== null ? Object.entries(value.json).find(([key]) => key === name)?.[1] : undefined;
      if (typeof field === 'object' && field !== null) {
        return {
          line: record.line,
          code: 'CSV_ROW_INVALID',
          message: `line ${record.line}: text, number or boolean was expected at '${name}'`,
          raw: record.text,
        };
      }
      fields.push(field === undefined || field === null ? '' : String(field).trim());
    }
    return { ...record, fields };
  });
}

/** The JSON value of a line. */
export function parseJson(record: RecordText): { readonly json: unknown } | { readonly fault: RecordFault } {
  try {
    return { json: JSON.parse(record.text) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      fault: {
        line: record.line,
        code: 'CSV_ROW_INVALID',
        message: `line ${record.line} is not JSON: ${reason.slice(0, 120)}`,
        raw: record.text,
      },
    };
  }
}

function isJsonFault(value: ReturnType<typeof parseJson>): value is { readonly fault: RecordFault } {
  return 'fault' in value;
}
