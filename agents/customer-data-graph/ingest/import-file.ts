/**
 * Streaming import of CSV, blank-delimited, JSON Lines and Parquet files. Memory does not grow with the file apart from 24 bytes per
 * distinct row. Every line is counted as accepted, duplicate, quarantined or empty; a file whose columns do not fit its map is refused
 * before anything is taken.
 */
import { basename } from 'node:path';

import { type ImportMap, readImportMap } from '../../../registries/signals/import-map.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { makeDateReader } from '../../../skills/signal-capture/core/date-pattern.ts';
import { signalTypeIds } from '../../../skills/signal-capture/signals/signal-types.ts';
import { openParquetRows } from '../../adapters/duckdb/parquet-rows.ts';
import type { Arrival } from '../../adapters/sqlite/event-log-intake.ts';
import type { AppendReport, SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import type { CallContext } from '../interface.ts';
import { type LineReader, mappedLines, mappedRows, messageLines, usedNames } from './file-arrivals.ts';
import { isParquetFile, openBytes, readText } from './file-bytes.ts';
import type { IngestReport, IngestRequest } from './ingest-interface.ts';
import { type FileRecord, type LineOptions, readRecords } from './read-lines.ts';
import { type MessageReader, readPlainSignal } from './read-message.ts';
import { importAttributes, makeRowMapper } from './row-to-signals.ts';

export interface ImportDeps {
  readonly log: Pick<SqliteEventLog, 'append' | 'keepReading' | 'note'>;
  /** Operator's currency, ISO 4217. */
  readonly currency: string;
  /** Reads lines that are whole messages; by default only signals as they are. */
  readonly read?: MessageReader;
  /** Bytes of one record at most; 64 KiB by default. */
  readonly maxLineBytes?: number;
  /** Rows per transaction; 5,000 by default. */
  readonly batchRows?: number;
}

const defaultLineBytes = 65_536;
const defaultBatchRows = 5000;

/**
 * Imports one file.
 * @throws {CohortiumError} ARGUMENT_INVALID when the file cannot be read or lacks a map; CSV_MAP_INVALID; CSV_COLUMN_MISSING, CSV_EMPTY,
 *   CSV_ENCODING, CSV_LINE_TOO_LONG or PARQUET_INVALID when nothing can be imported; STORE_FULL, with all batches before it kept
 */
export async function importFile(request: IngestRequest, deps: ImportDeps, context: CallContext = {}): Promise<IngestReport> {
  const map = request.map === undefined ? undefined : loadMap(request.map);
  if (map !== undefined && request.format !== undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', `a map or a format was expected, not both; '${request.format}' messages need no map`);
  }
  if (map === undefined && request.format === undefined && !/\.(jsonl|ndjson)(\.gz)?$/i.test(request.file)) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${request.file} needs an import map (--map); only .jsonl files of whole signals do without`,
    );
  }
  const tally = new Tally(request.file, deps.log, context);
  if (isParquetFile(request.file)) await importParquet(request.file, map, deps, tally, context);
  else await importLines(request, map, deps, tally);
  if (tally.lines === 0) throw new CohortiumError('CSV_EMPTY', `${request.file} holds no rows; nothing was imported`);
  return tally.report();
}

async function importLines(request: IngestRequest, map: ImportMap | undefined, deps: ImportDeps, tally: Tally): Promise<void> {
  const { file, format } = request;
  const options: LineOptions = {
    maxBytes: deps.maxLineBytes ?? defaultLineBytes,
    isQuoted: map !== undefined && map.format === 'csv' && map.delimiter !== 'whitespace',
  };
  const source = basename(file);
  const toArrivals: LineReader =
    map === undefined
      ? messageLines(source, format ?? 'signal', deps.read ?? readPlainSignal)
      : mappedLines(mappedFile(file, map, deps), options);
  const bytes = openBytes(file);
  const batchRows = deps.batchRows ?? defaultBatchRows;
  let batch: FileRecord[] = [];
  for await (const records of readRecords(bytes.stream, options)) {
    batch.push(...records);
    while (batch.length >= batchRows) {
      await tally.take(() => toArrivals(batch.slice(0, batchRows)), bytes.fraction());
      batch = batch.slice(batchRows);
    }
  }
  if (batch.length > 0) await tally.take(() => toArrivals(batch), bytes.fraction());
}

async function importParquet(
  path: string,
  map: ImportMap | undefined,
  deps: ImportDeps,
  tally: Tally,
  context: CallContext,
): Promise<void> {
  if (map === undefined) throw new CohortiumError('ARGUMENT_INVALID', `${path} needs an import map (--map)`);
  if (map.header !== true) {
    throw new CohortiumError('CSV_MAP_INVALID', 'header: no header was expected in the map, because a Parquet file names its columns');
  }
  const rows = await openParquetRows(path);
  try {
    const names = usedNames(map);
    // With all columns of the file, so that a wrong name is answered with the right ones.
    makeRowMapper(map, rows.names, path, deps.currency);
    const toArrivals = mappedRows(mappedFile(path, typedDates(map, rows.instants), deps), names);
    let next = 1;
    for await (const batch of rows.read(names, deps.batchRows ?? defaultBatchRows)) {
      const first = next;
      await tally.take(() => toArrivals(batch, first), Math.min(next / Math.max(1, rows.count), 0.999));
      next += batch.length;
    }
    context.signal?.throwIfAborted();
  } finally {
    rows.close();
  }
}

/** A column of instants is read as such, so the pattern that the same rows have as text says nothing of it. */
function typedDates(map: ImportMap, instants: ReadonlySet<string>): ImportMap {
  const { at } = map.columns;
  return typeof at === 'string' && instants.has(at) ? { ...map, dateFormat: 'iso' } : map;
}

function mappedFile(path: string, map: ImportMap, { currency, log, read = readPlainSignal }: ImportDeps): Parameters<typeof mappedRows>[0] {
  return { source: basename(path), path, map, currency, read, keepReading: (reading) => log.keepReading(reading) };
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

/** Appends batches and adds up what became of them. */
class Tally {
  readonly #file: string;
  readonly #log: ImportDeps['log'];
  readonly #context: CallContext;
  readonly #reasons: Record<string, number> = {};
  lines = 0;
  #accepted = 0;
  #duplicates = 0;
  #quarantined = 0;
  #empty = 0;

  constructor(file: string, log: ImportDeps['log'], context: CallContext) {
    this.#file = file;
    this.#log = log;
    this.#context = context;
  }

  /** @param fraction of the file that was read */
  async take(makeArrivals: () => readonly Arrival[], fraction: number): Promise<void> {
    this.#context.signal?.throwIfAborted();
    const all = makeArrivals();
    const arrivals = all.filter((arrival) => arrival.verdicts.length > 0 || this.#noteEmpty(arrival));
    if (arrivals.length > 0) this.#add(await this.#log.append(arrivals));
    this.lines += all.length;
    this.#context.onProgress?.({ fraction, message: `${this.lines} lines of ${basename(this.#file)}` });
  }

  #noteEmpty({ surprises = [] }: Arrival): false {
    this.#empty++;
    this.#log.note(surprises);
    return false;
  }

  #add(report: AppendReport): void {
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
      empty: this.#empty,
      reasons: this.#reasons,
    };
  }
}
