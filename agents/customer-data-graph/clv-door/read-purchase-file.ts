/**
 * Reads what `cohortium clv` is fitted to: a log of purchases (customer, date, amount) or a table of histories (x, t_x, T).
 * Strict: a value that cannot be read stops with its line, since a model fitted to the rest would be a model of something else.
 */
import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';

import { CsvError, parse } from 'csv-parse/sync';

import type { PurchaseColumns } from '../../../skills/cohort/core/clv/data/index.ts';
import { parseIsoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import { type ColumnPlaces, type ColumnRole, findColumns, invalid, type NamedColumns } from './csv-columns.ts';

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
  if (!existsSync(path)) throw invalid(path, 'there is no such file');
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').replace(/^\ufeff/, '');
  const rows = parseRows(text, path);
  const header = rows[0]?.record;
  if (!header || rows.length < 2) throw invalid(path, header ? 'there is a header and no row below it' : 'the file is empty');
  const places = findColumns(header, named, path);
  const body = rows.slice(1);
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
  // Row names of R come without a head.
  const names = places.customer ?? (header[0] === '' ? 0 : undefined);
  return {
    kind: 'table',
    customerId: rows.map(({ record, line }) => (names === undefined ? `line ${line}` : (record[names] ?? ''))),
    x,
    tx,
    T,
    ...Object.fromEntries(optional),
  };
}

function numberAt(record: readonly string[], place: number, header: readonly string[], line: number, file: string): number {
  const text = record[place] ?? '';
  const value = text === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value)) return value;
  throw invalid(file, `line ${line}: '${text}' (column '${header[place]}') is no number; write it as 1234.5`);
}

function checkHistory(x: number, tx: number, T: number, where: string, file: string): void {
  const fault = [
    [Number.isInteger(x) && x >= 0, `x is ${x}; repeat purchases are a whole number from 0 on`],
    [T >= 0, `T is ${T}; the age of a customer is not negative`],
    [tx >= 0 && tx <= T, `t_x is ${tx} and T is ${T}; the last purchase lies between the first one (0) and the end (T)`],
    [x > 0 || tx === 0, `x is 0 and t_x is ${tx}; without a repeat purchase t_x is 0`],
  ].find(([isFine]) => isFine === false);
  if (fault) throw invalid(file, `${where}: ${String(fault[1])}`);
}
