/**
 * CSV files that a person hands over, with a header, read strictly: what cannot be read, or is there twice, stops with its line and
 * under the code of whoever asked.
 */
import { CsvError, parse } from 'csv-parse/sync';

import { CohortiumError, type ErrorCode, isCohortiumError } from '../../../skills/sdk/index.ts';
import { readTextFile } from '../clv-door/read-file.ts';

export interface StrictCsv {
  readonly file: string;
  /** Of every error about the file. */
  readonly code: ErrorCode;
  readonly header: readonly string[];
  readonly records: readonly (readonly string[])[];
  /** 1-based line of each record. */
  readonly lines: readonly number[];
}

/** @throws {CohortiumError} the code given, for a file that cannot be read, is no CSV, has no rows, or has a column twice */
export function readStrictCsv(path: string, code: ErrorCode): StrictCsv {
  const records: string[][] = [];
  const lines: number[] = [];
  const invalid = (what: string): CohortiumError => new CohortiumError(code, `${path}: ${what}`);
  try {
    parse(readTextFile(path), {
      trim: true,
      skip_empty_lines: true,
      on_record: (record: string[], { lines: line }) => {
        records.push(record);
        lines.push(line);
        return null;
      },
    });
  } catch (error) {
    if (error instanceof CsvError) throw invalid(`this is not CSV: ${error.message}`);
    if (isCohortiumError(error)) throw new CohortiumError(code, error.message, { cause: error });
    throw error;
  }
  const [header, ...body] = records;
  if (!header || body.length === 0) throw invalid(header ? 'there is a header and no row below it' : 'the file is empty');
  const twice = header.find((name, at) => header.indexOf(name) !== at || name === '');
  if (twice !== undefined) throw invalid(`the header has '${twice}' twice, or without a name`);
  return { file: path, code, header, records: body, lines: lines.slice(1) };
}

/** A column whose fields may be empty. @throws {CohortiumError} the code of the file when there is no such column */
export function optionalTexts({ file, code, header, records }: StrictCsv, column: string): readonly string[] {
  const at = header.indexOf(column);
  if (at < 0) throw new CohortiumError(code, `${file}: there is no column '${column}'; there are: ${header.join(', ')}`);
  return records.map((record) => record[at] ?? '');
}

/** A column without empty fields. @throws {CohortiumError} the code of the file */
export function texts(rows: StrictCsv, column: string): readonly string[] {
  const values = optionalTexts(rows, column);
  const empty = values.indexOf('');
  if (empty >= 0) throw faultInRow(rows, empty, `'${column}' is empty`);
  return values;
}

/** @throws {CohortiumError} the code of the file when two rows have the same key */
export function refuseTwice(rows: StrictCsv, keys: readonly string[]): void {
  const seen = new Map<string, number>();
  keys.forEach((key, row) => {
    const first = seen.get(key);
    if (first !== undefined) throw faultInRow(rows, row, `'${key}' is in line ${rows.lines[first]} already; one row each was expected`);
    seen.set(key, row);
  });
}

/** What is wrong with a row, with its line. */
export function faultInRow({ file, code, lines }: StrictCsv, row: number, what: string): CohortiumError {
  return new CohortiumError(code, `${file}:${lines[row]}: ${what}`);
}
