/**
 * Reads what `cohortium clv` is fitted to: a log of purchases (customer, date, amount) or a table of histories (x, t_x, T).
 * Strict: a value that cannot be read stops with its line, since a model fitted to the rest would be a model of something else.
 */
import { CsvError, parse } from 'csv-parse/sync';

import type { PurchaseColumns } from '../../../skills/cohort/core/clv/data/index.ts';
import { parseIsoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import { type ColumnPlaces, type ColumnRole, findColumns, invalid, type NamedColumns } from './csv-columns.ts';
import { readTextFile } from './read-file.ts';

export interface PurchaseLog {
  readonly kind: 'log';
  readonly purchases: PurchaseColumns;
  /** Rows that name no customer, such as guest checkouts; they are left out. */
  readonly rowsWithoutCustomer: number;
}

/** Columns of one length; the optional ones where the file has them. */
export interface HistoryTable {
  readonly kind: 'table';
  readonly customerId: readonly string[];
  readonly x: Float64Array;
  readonly tx: Float64Array;
  readonly T: Float64Array;
  readonly meanSpend?: Float64Array;
  readonly weight?: Float64Array;
  readonly logGaps?: Float64Array;
  readonly holdoutX?: Float64Array;
  readonly holdoutDuration?: Float64Array;
}

const msPerDay = 86_400_000;

/**
 * @param path a CSV file with a header, plain or `.gz`; separated by commas, semicolons or tabs
 * @throws {CohortiumError} CLV_FILE_INVALID naming file, line and column
 */
export function readPurchaseFile(path: string, named: NamedColumns = {}): PurchaseLog | HistoryTable {
  const rows = parseRows(readTextFile(path), path);
  const header = rows[0]?.record;
  if (!header || rows.length < 2) throw invalid(path, header ? 'there is a header and no row below it' : 'the file is empty');
  const places = findColumns(header, named, path);
  const body = rows.slice(1);
  for (const row of body) checkWidth(row, header, path);
  return places.date === undefined ? readTable(body, places, header, path) : readLog(body, places, header, path);
}

interface Row {
  readonly record: readonly string[];
  readonly line: number;
}

function parseRows(text: string, file: string): Row[] {
  const first = text.slice(0, text.search(/\r?\n|$/));
  const delimiter = [',', ';', '\t'].find((candidate) => first.includes(candidate)) ?? ',';
  const rows: Row[] = [];
  try {
    parse(text, {
      delimiter,
      trim: true,
      relax_column_count: true,
      skip_empty_lines: true,
      on_record: (record: string[], { lines }) => {
        rows.push({ record, line: lines });
        return null;
      },
    });
  } catch (error) {
    if (error instanceof CsvError) throw invalid(file, `this is not CSV: ${error.message}`);
    throw error;
  }
  return rows;
}

/** A value too many moves every value after it to the next column: `22,62` in a file separated by commas is two. */
function checkWidth({ record, line }: Row, header: readonly string[], file: string): void {
  if (!record.slice(header.length).some((value) => value !== '')) return;
  throw invalid(
    file,
    `line ${line} has ${record.length} values, and the first line names ${header.length} columns; quote a value that has the separator in it`,
  );
}

function readLog(rows: readonly Row[], places: ColumnPlaces, header: readonly string[], file: string): PurchaseLog {
  const [customer = 0, date = 0] = [places.customer, places.date];
  const known = rows.filter(({ record }) => (record[customer] ?? '') !== '');
  if (known.length === 0) throw invalid(file, `the column '${header[customer]}' is empty on every line`);
  const { amount } = places;
  return {
    kind: 'log',
    purchases: {
      customerId: known.map(({ record }) => record[customer] ?? ''),
      day: Float64Array.from(known, ({ record, line }) => dayAt(record, date, header, line, file)),
      money:
        amount === undefined ? undefined : Float64Array.from(known, ({ record, line }) => numberAt(record, amount, header, line, file)),
    },
    rowsWithoutCustomer: rows.length - known.length,
  };
}

function dayAt(record: readonly string[], place: number, header: readonly string[], line: number, file: string): number {
  const text = record[place] ?? '';
  const instant = parseIsoInstant(text.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3'));
  if (instant !== undefined) return instant / msPerDay;
  throw invalid(file, `line ${line}: '${text}' (column '${header[place]}') is no date; write 2026-01-31 or 2026-01-31T12:00:00Z`);
}

function readTable(rows: readonly Row[], places: ColumnPlaces, header: readonly string[], file: string): HistoryTable {
  const column = (role: ColumnRole): Float64Array | undefined => {
    const place = places[role];
    return place === undefined ? undefined : Float64Array.from(rows, ({ record, line }) => numberAt(record, place, header, line, file));
  };
  const none = new Float64Array(0);
  const [x, tx, T] = [column('x') ?? none, column('tx') ?? none, column('T') ?? none];
  rows.forEach(({ line }, at) => checkHistory(x[at] ?? 0, tx[at] ?? 0, T[at] ?? 0, `line ${line}`, file));
  const optional = (['meanSpend', 'weight', 'logGaps', 'holdoutX', 'holdoutDuration'] as const).flatMap((role) => {
    const values = column(role);
    return values ? [[role, values] as const] : [];
  });
  const { weight, holdoutX } = Object.fromEntries(optional);
  rows.forEach(({ line }, at) => checkCounts(weight?.[at] ?? 1, holdoutX?.[at] ?? 0, `line ${line}`, file));
  // Row names of R come without a head.
  const names = places.customer ?? (header[0] === '' ? 0 : undefined);
  if (names !== undefined) checkOnce(rows, names, file);
  return {
    kind: 'table',
    customerId: rows.map(({ record, line }) => (names === undefined ? `line ${line}` : (record[names] ?? ''))),
    x,
    tx,
    T,
    ...Object.fromEntries(optional),
  };
}

/** Two rows of one customer would count as two customers, each with a part of the purchases. */
function checkOnce(rows: readonly Row[], names: number, file: string): void {
  const lines = new Map<string, number>();
  for (const { record, line } of rows) {
    const customer = record[names] ?? '';
    const before = lines.get(customer);
    if (customer !== '' && before !== undefined) {
      throw invalid(file, `line ${line}: customer '${customer}' is on line ${before} already; a table has one row per customer`);
    }
    lines.set(customer, line);
  }
}

function numberAt(record: readonly string[], place: number, header: readonly string[], line: number, file: string): number {
  const text = record[place] ?? '';
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw invalid(file, `line ${line}: '${text}' (column '${header[place]}') is no number; write it as 1234.5`);
}

function checkHistory(x: number, tx: number, T: number, where: string, file: string): void {
  const fault = [
    [Number.isInteger(x) && x >= 0 && x <= 1e6, `x is ${x}; repeat purchases are a whole number from 0 to 1000000`],
    [T >= 0, `T is ${T}; the age of a customer is not negative`],
    [tx >= 0 && tx <= T, `t_x is ${tx} and T is ${T}; the last purchase lies between the first one (0) and the end (T)`],
    [x > 0 || tx === 0, `x is 0 and t_x is ${tx}; without a repeat purchase t_x is 0`],
  ].find(([isFine]) => isFine === false);
  if (fault) throw invalid(file, `${where}: ${String(fault[1])}`);
}

function checkCounts(weight: number, holdoutX: number, where: string, file: string): void {
  if (!(weight > 0)) throw invalid(file, `${where}: the weight is ${weight}; it is the number of customers of the row, above 0`);
  if (Number.isInteger(holdoutX) && holdoutX >= 0) return;
  throw invalid(file, `${where}: the holdout has ${holdoutX} purchases; they are a whole number from 0 on`);
}
