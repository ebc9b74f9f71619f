/**
 * Lines and rows of a file to arrivals: whole messages, one a line, or rows that an import map explains. A line that cannot be read is
 * an arrival too, with the reason.
 */
import { columnsUsed, type ImportMap } from '../../../registries/signals/import-map.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { WireFormat } from '../../../skills/signal-capture/wire/index.ts';
import type { Arrival } from '../../adapters/sqlite/event-log-intake.ts';
import { parseDelimited, parseJson, parseJsonFields, type ParsedRow } from './parse-rows.ts';
import { type FileRecord, isFault, type LineOptions, type RecordText } from './read-lines.ts';
import type { MessageReader } from './read-message.ts';
import { describeReading } from './row-reading.ts';
import { makeRowMapper, type RowMapper } from './row-to-signals.ts';
import { withheldText } from './withheld-text.ts';

export type LineReader = (records: readonly FileRecord[]) => readonly Arrival[];

/** A file, as its arrivals name it, and what is needed to read it. */
export interface MappedFile {
  /** Its name without folders. */
  readonly source: string;
  readonly path: string;
  readonly map: ImportMap;
  /** Operator's currency, ISO 4217. */
  readonly currency: string;
  /** Checks each signal that a row says. */
  readonly read: MessageReader;
  /** Keeps how its rows are read. @returns the form of its arrivals */
  readonly keepReading: (reading: string) => string;
}

/** Lines that are whole messages. */
export function messageLines(source: string, format: WireFormat, read: MessageReader): LineReader {
  return (records) =>
    records.map((record) => {
      if (isFault(record)) return faultArrival(source, record);
      const parsed = parseJson(record);
      if ('fault' in parsed) return faultArrival(source, parsed.fault);
      return {
        source,
        line: record.line,
        form: format,
        // Signals name customers by hashes; messages of SDKs carry addresses, which are not kept in clear.
        raw: () => (format === 'signal' ? record.text : withheldText(parsed.json)),
        // Nobody noted when it was received, so clocks are not corrected.
        ...read(parsed.json, format, { source, receivedAtMs: undefined }),
      };
    });
}

/** Rows of a CSV or JSON Lines file that an import map explains. */
export function mappedLines(file: MappedFile, options: LineOptions): LineReader {
  const { map, path } = file;
  const isJson = map.format === 'jsonl';
  let names = isJson ? usedNames(map) : map.header === true ? undefined : map.header;
  let rows = names === undefined ? undefined : new RowArrivals(file, names, isJson);
  return (records) => {
    let rest = records;
    if (names === undefined) {
      names = readHeader(records[0], map, path, options);
      rest = records.slice(1);
    }
    const arrivals = (rows ??= new RowArrivals(file, names, isJson));
    const parsed = isJson ? parseJsonFields(rest, names) : parseDelimited(rest, map.delimiter, options);
    return parsed.map((row) => arrivals.of(row));
  };
}

/**
 * Rows of a Parquet file, whose columns were read as text.
 * @throws {CohortiumError} CSV_COLUMN_MISSING
 */
export function mappedRows(
  file: MappedFile,
  names: readonly string[],
): (rows: readonly (readonly string[])[], firstRow: number) => readonly Arrival[] {
  const arrivals = new RowArrivals(file, names, true);
  return (rows, firstRow) =>
    rows.map((fields, index) => {
      const text = (): string => JSON.stringify(Object.fromEntries(names.map((name, at) => [name, fields[at] ?? ''])));
      return arrivals.of({ line: firstRow + index, fields, text });
    });
}

/** Columns that a map names, each once. */
export function usedNames(map: ImportMap): readonly string[] {
  return [...new Set(columnsUsed(map).map(({ column }) => column))];
}

interface FieldRow {
  readonly line: number;
  readonly fields: readonly string[];
  /** As it is kept when it is refused. */
  readonly text: string | (() => string);
}

class RowArrivals {
  readonly #source: string;
  readonly #type: string | undefined;
  readonly #width: number;
  readonly #toSignals: RowMapper;
  readonly #form: string;

  constructor({ source, path, map, currency, read, keepReading }: MappedFile, names: readonly string[], isJson: boolean) {
    this.#source = source;
    this.#type = typeof map.type === 'string' ? map.type : undefined;
    this.#width = names.length;
    this.#toSignals = makeRowMapper(map, names, path, currency, read);
    this.#form = keepReading(describeReading(map, names, isJson));
  }

  of(row: ParsedRow | FieldRow): Arrival {
    if ('code' in row) return faultArrival(this.#source, row);
    const { line, fields, text } = row;
    return {
      source: this.#source,
      line,
      raw: typeof text === 'string' ? () => text : text,
      form: this.#form,
      ...(this.#type === undefined ? {} : { type: this.#type }),
      ...(fields.length === this.#width ? this.#toSignals(fields) : { verdicts: [this.#wrongWidth(line, fields.length)] }),
    };
  }

  #wrongWidth(line: number, found: number): Arrival['verdicts'][number] {
    return {
      ok: false,
      code: 'CSV_ROW_INVALID',
      message: `line ${line}: ${this.#width} fields were expected, as in the header; found ${found}`,
    };
  }
}

function faultArrival(source: string, fault: Exclude<FileRecord, RecordText>): Arrival {
  return { source, line: fault.line, raw: () => fault.raw, verdicts: [{ ok: false, code: fault.code, message: fault.message }] };
}

function readHeader(record: FileRecord | undefined, map: ImportMap, file: string, options: LineOptions): readonly string[] {
  const row = record && parseDelimited([record], map.delimiter, options)[0];
  if (!row) throw new CohortiumError('CSV_EMPTY', `${file} is empty; nothing was imported`);
  if (isFault(row)) throw new CohortiumError(row.code, `${file}: the header cannot be read: ${row.message}; nothing was imported`);
  return row.fields.map((name) => name.trim());
}
