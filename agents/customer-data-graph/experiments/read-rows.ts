/** CSV files of experiments, read strictly: what cannot be read, or is there twice, stops with its line. */
import { CsvError, parse } from 'csv-parse/sync';

import type { CustomersRegistration, ModelsRegistration } from '../../../registries/experiments/registration.ts';
import type { ArmsRows, ModelsRows } from '../../../skills/recalibrate/core/experiments/index.ts';
import { CohortiumError, isCohortiumError } from '../../../skills/sdk/index.ts';
import { readTextFile } from '../clv-door/read-file.ts';

interface CsvRows {
  readonly file: string;
  readonly header: readonly string[];
  readonly records: readonly (readonly string[])[];
  readonly lines: readonly number[];
}

/** The column `customer`, each once. @throws {CohortiumError} EXPERIMENT_ROWS_INVALID */
export function readCustomers(path: string): readonly string[] {
  const rows = readCsv(path);
  const customers = textOf(rows, 'customer');
  refuseTwice(rows, customers);
  return customers;
}

/** Columns customer and outcome; before and cohort where the analysis reads them; arm where the file has it. @throws {CohortiumError} EXPERIMENT_ROWS_INVALID */
export function readArmsRows(
  path: string,
  { analysis }: CustomersRegistration,
): Omit<ArmsRows, 'arm'> & { readonly arm: readonly string[] | null } {
  const rows = readCsv(path);
  const customer = textOf(rows, 'customer');
  refuseTwice(rows, customer);
  return {
    customer,
    arm: rows.header.includes('arm') ? textOf(rows, 'arm') : null,
    outcome: numbersOf(rows, 'outcome'),
    pre: analysis.cuped ? numbersOf(rows, 'before') : null,
    cohort: analysis.byCohort ? textOf(rows, 'cohort') : null,
  };
}

/** Columns customer, actual and one per model; origin where the file has it; cohort where the analysis reads it. @throws {CohortiumError} EXPERIMENT_ROWS_INVALID */
export function readModelsRows(path: string, { analysis, arms }: ModelsRegistration): ModelsRows {
  const rows = readCsv(path);
  const customer = textOf(rows, 'customer');
  const origin = rows.header.includes('origin') ? textOf(rows, 'origin') : null;
  refuseTwice(
    rows,
    customer.map((id, row) => (origin ? `${id} at ${origin[row]}` : id)),
  );
  return {
    customer,
    origin,
    cohort: analysis.byCohort ? textOf(rows, 'cohort') : null,
    actual: numbersOf(rows, 'actual'),
    champion: numbersOf(rows, arms.champion.id),
    challenger: numbersOf(rows, arms.challenger.id),
  };
}

function readCsv(path: string): CsvRows {
  const records: string[][] = [];
  const lines: number[] = [];
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
    if (error instanceof CsvError) throw invalid(path, `this is not CSV: ${error.message}`);
    if (isCohortiumError(error)) throw new CohortiumError('EXPERIMENT_ROWS_INVALID', error.message, { cause: error });
    throw error;
  }
  const [header, ...body] = records;
  if (!header || body.length === 0) throw invalid(path, header ? 'there is a header and no row below it' : 'the file is empty');
  return { file: path, header, records: body, lines: lines.slice(1) };
}

function textOf({ file, header, records, lines }: CsvRows, column: string): readonly string[] {
  const at = header.indexOf(column);
  if (at < 0) throw invalid(file, `there is no column '${column}'; there are: ${header.join(', ')}`);
  return records.map((record, row) => {
    const text = record[at] ?? '';
    if (text === '') throw invalid(`${file}:${lines[row]}`, `'${column}' is empty`);
    return text;
  });
}

function numbersOf(rows: CsvRows, column: string): Float64Array {
  return Float64Array.from(textOf(rows, column), (text, row) => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
    if (!Number.isFinite(value)) throw invalid(`${rows.file}:${rows.lines[row]}`, `'${column}' is '${text}'; a finite number was expected`);
    return value;
  });
}

function refuseTwice({ file, lines }: CsvRows, keys: readonly string[]): void {
  const seen = new Map<string, number>();
  keys.forEach((key, row) => {
    const first = seen.get(key);
    if (first !== undefined)
      throw invalid(`${file}:${lines[row]}`, `'${key}' is in line ${lines[first]} already; one row each was expected`);
    seen.set(key, row);
  });
}

function invalid(place: string, what: string): CohortiumError {
  return new CohortiumError('EXPERIMENT_ROWS_INVALID', `${place}: ${what}`);
}
