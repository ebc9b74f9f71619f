/**
 * Columns of numbers out of a document: JSON (objects of numbers or arrays, the shape of xarray's to_dict, a summary with
 * means) or CSV with a header. What is not a number is left out.
 */
import { CohortiumError } from '../../../../sdk/errors.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

export interface CsvColumns {
  readonly columns: Map<string, number[]>;
  /** Lines that begin with #. */
  readonly comments: readonly string[];
}

/** Whether a value is an object with keys. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A document as JSON; text that is not JSON stays text.
 * @throws {CohortiumError} ARGUMENT_INVALID when text looks like JSON and is not
 */
export function parsedDocument(document: unknown): unknown {
  if (typeof document !== 'string' || !/^\s*[[{]/.test(document)) return document;
  try {
    return JSON.parse(document) as unknown;
  } catch (cause) {
    throw new CohortiumError('ARGUMENT_INVALID', 'the document begins like JSON and cannot be read as such; export it again', { cause });
  }
}

/** All numbers in a value, whatever it is nested in: R writes a number as an array of one, xarray by chain and draw. */
export function numbersIn(value: unknown): number[] {
  if (typeof value === 'number') return [value];
  if (Array.isArray(value)) return value.flatMap(numbersIn);
  return [];
}

/** Columns of a JSON object, by key. */
export function columnsOfJson(document: JsonObject): Map<string, number[]> {
  const columns = new Map<string, number[]>();
  for (const [name, value] of Object.entries(document)) {
    const numbers = numbersIn(isObject(value) && 'data' in value ? value['data'] : value);
    if (numbers.length > 0) columns.set(name, numbers);
  }
  return columns;
}

/**
 * Columns of CSV text.
 * @param isDropped says of a comment line whether the rows before it do not count
 * @throws {CohortiumError} ARGUMENT_INVALID when there is no header or a row has another number of fields
 */
export function columnsOfCsv(text: string, isDropped: (comment: string) => boolean = () => false): CsvColumns {
  const comments: string[] = [];
  let header: string[] | undefined;
  let rows: number[][] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    if (line.startsWith('#')) {
      comments.push(line);
      if (isDropped(line)) rows = [];
      continue;
    }
    const fields = line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
    if (!header) {
      header = fields;
      continue;
    }
    if (fields.length !== header.length) {
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `a row has ${fields.length} fields and the header ${header.length}: ${line.slice(0, 80)}`,
      );
    }
    rows.push(fields.map((field) => (field === '' ? Number.NaN : Number(field))));
  }
  if (!header || rows.length === 0) {
    throw new CohortiumError('ARGUMENT_INVALID', 'the text has no header with rows of numbers below it; export the draws as CSV');
  }
  return { columns: new Map(header.map((name, index) => [name, rows.map((row) => row[index] ?? Number.NaN)])), comments };
}
