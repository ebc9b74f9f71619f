/**
 * Streaming import of CSV, blank-delimited and JSON Lines files, plain or gzipped. Memory does not grow with the file apart
 * from 24 bytes per distinct row. Every line is counted as accepted, duplicate or quarantined; a file whose columns do not
 * fit its map is refused before anything is taken.
 */
import { createReadStream, openSync, readFileSync, readSync, closeSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { createGunzip } from 'node:zlib';

import { type ImportMap, readImportMap } from '../../../registries/signals/import-map.ts';
import { columnsUsed } from '../../../registries/signals/import-map.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { makeDateReader } from '../../../skills/signal-capture/core/date-pattern.ts';
import { signalTypeIds } from '../../../skills/signal-capture/signals/signal-types.ts';
import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import type { Arrival } from '../../adapters/sqlite/event-log-intake.ts';
import type { SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import type { CallContext, IngestReport, IngestRequest } from '../interface.ts';
import { parseDelimited, parseJson, parseJsonFields, type ParsedRow } from './parse-rows.ts';
import { type FileRecord, isFault, type LineOptions, readRecords, type RecordText } from './read-lines.ts';
import { importAttributes, makeRowMapper } from './row-to-signals.ts';

export interface ImportDeps {
  readonly log: Pick<SqliteEventLog, 'append'>;
  /** Operator's currency, ISO 4217. */
  readonly currency: string;
  /** Bytes of one record at most; 64 KiB by default. */
  readonly maxLineBytes?: number;
  /** Rows per transaction; 5,000 by default. */
  readonly batchRows?: number;
}

const defaultLineBytes = 65_536;
const defaultBatchRows = 5000;

/**
 * Imports one file.
 * @throws {CohortiumError} ARGUMENT_INVALID when the file cannot be read or a CSV has no map; CSV_MAP_INVALID;
 *   CSV_COLUMN_MISSING, CSV_EMPTY, CSV_ENCODING or CSV_LINE_TOO_LONG when nothing can be imported; STORE_FULL, with all
 *   batches before it kept
 */
export async function importFile(request: IngestRequest, deps: ImportDeps, context: CallContext = {}): Promise<IngestReport> {
  const map = request.map === undefined ? undefined : loadMap(request.map);
  const isJson = map === undefined ? /\.(jsonl|ndjson)(\.gz)?$/i.test(request.file) : map.format === 'jsonl';
  if (map === undefined && !isJson) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${request.file} needs an import map (--map); only .jsonl files of whole signals do without`,
    );
  }
  const source = basename(request.file);
  const lineOptions: LineOptions = {
    maxBytes: deps.maxLineBytes ?? defaultLineBytes,
    isQuoted: map !== undefined && !isJson && map.delimiter !== 'whitespace',
  };
  const toArrivals = map === undefined ? signalLines(source) : mappedLines(map, source, request.file, deps.currency, lineOptions);
  const tally = new Tally(request.file);
  const bytes = openBytes(request.file);
  const batchRows = deps.batchRows ?? defaultBatchRows;
  let batch: FileRecord[] = [];

  const take = async (records: readonly FileRecord[]): Promise<void> => {
    context.signal?.throwIfAborted();
    const arrivals = toArrivals(records);
    if (arrivals.length > 0) tally.add(arrivals.length, await deps.log.append(arrivals));
    context.onProgress?.({ fraction: bytes.fraction(), message: `${tally.lines} lines of ${source}` });
  };
  for await (const records of readRecords(bytes.stream, lineOptions)) {
    batch.push(...records);
    while (batch.length >= batchRows) {
      await take(batch.slice(0, batchRows));
      batch = batch.slice(batchRows);
    }
  }
  if (batch.length > 0) await take(batch);
  if (tally.lines === 0) throw new CohortiumError('CSV_EMPTY', `${request.file} holds no rows; nothing was imported`);
  return tally.report();
}

type LineReader = (records: readonly FileRecord[]) => readonly Arrival[];

/** Lines that are whole signals. */
function signalLines(source: string): LineReader {
  return (records) =>
    records.map((record) => {
      if (isFault(record)) return faultArrival(source, record);
      const parsed = parseJson(record);
      if ('fault' in parsed) return faultArrival(source, parsed.fault);
      return { source, line: record.line, raw: () => record.text, verdicts: [validateSignal(parsed.json)] };
    });
}

/** Rows that an import map explains. */
function mappedLines(map: ImportMap, source: string, file: string, currency: string, options: LineOptions): LineReader {
  const jsonNames = [...new Set(columnsUsed(map).map(({ column }) => column))];
  let names: readonly string[] | undefined = map.format === 'jsonl' ? jsonNames : map.header === true ? undefined : map.header;
  let toSignals = names === undefined ? undefined : makeRowMapper(map, names, file, currency);
  return (records) => {
    let rest = records;
    if (names === undefined) {
      names = readHeader(records[0], map, file, options);
      rest = records.slice(1);
    }
    const mapper = (toSignals ??= makeRowMapper(map, names, file, currency));
    const width = names.length;
    const rows = map.format === 'jsonl' ? parseJsonFields(rest, names) : parseDelimited(rest, map.delimiter, options);
    return rows.map((row) => rowArrival(source, row, width, mapper));
  };
}

function rowArrival(source: string, row: ParsedRow, width: number, mapper: ReturnType<typeof makeRowMapper>): Arrival {
  if (isFault(row)) return faultArrival(source, row);
  const raw = (): string => row.text;
  if (row.fields.length !== width) {
    const message = `line ${row.line}: ${width} fields were expected, as in the header; found ${row.fields.length}`;
    return { source, line: row.line, raw, verdicts: [{ ok: false, code: 'CSV_ROW_INVALID', message }] };
  }
  return { source, line: row.line, raw, verdicts: mapper(row.fields) };
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

function loadMap(path: string): ImportMap {
  return readImportMap(readText(path), path, {
    signalTypes: signalTypeIds,
    attributes: importAttributes,
    dateFormatFault: (format) => {
      const reader = makeDateReader(format);
      return 'fault' in reader ? reader.fault : undefined;
    },
  });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

/** Bytes of a file, unpacked when it is gzipped, and how much of it was read. */
function openBytes(path: string): { readonly stream: AsyncIterable<Uint8Array>; readonly fraction: () => number } {
  let size = 0;
  const magic = Buffer.alloc(2);
  try {
    const stats = statSync(path);
    if (!stats.isFile()) throw new Error('it is not a file');
    size = stats.size;
    const descriptor = openSync(path, 'r');
    readSync(descriptor, magic, 0, 2, 0);
    closeSync(descriptor);
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  const isGzip = magic[0] === 0x1f && magic[1] === 0x8b;
  return {
    stream: isGzip ? unpacked(file, path) : file,
    fraction: () => Math.min(file.bytesRead / Math.max(size, 1), 0.999),
  };
}

async function* unpacked(file: ReturnType<typeof createReadStream>, path: string): AsyncGenerator<Uint8Array, void, undefined> {
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of file.pipe(gunzip)) yield chunk as Buffer; // a stream without encoding yields buffers
  } catch (cause) {
    throw new CohortiumError('CSV_ENCODING', `${path} is not a complete gzip file; the lines before the damage are imported`, { cause });
  } finally {
    file.destroy();
  }
}

function unreadable(path: string, cause: unknown): CohortiumError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : '';
  const isAbsent = code === 'ENOENT' || code === 'ENOTDIR';
  const reason = isAbsent ? 'there is no such file' : code === 'EISDIR' ? 'it is a directory' : String(code || cause);
  return new CohortiumError('ARGUMENT_INVALID', `${path} cannot be read: ${reason}`, { cause });
}

class Tally {
  readonly #file: string;
  readonly #reasons: Record<string, number> = {};
  lines = 0;
  #accepted = 0;
  #duplicates = 0;
  #quarantined = 0;

  constructor(file: string) {
    this.#file = file;
  }

  add(lines: number, report: Awaited<ReturnType<SqliteEventLog['append']>>): void {
    this.lines += lines;
    this.#accepted += report.accepted;
    this.#duplicates += report.duplicates;
    this.#quarantined += report.quarantined;
    for (const { code } of report.entries) this.#reasons[code] = (this.#reasons[code] ?? 0) + 1;
  }

  report(): IngestReport {
    return {
      file: this.#file,
      lines: this.lines,
      accepted: this.#accepted,
      duplicates: this.#duplicates,
      quarantined: this.#quarantined,
      reasons: this.#reasons,
    };
  }
}
