/**
 * Writes rows into content-addressed Parquet segments. A segment appears under its final name only when it is complete and
 * on disk; a crash leaves at most a `.tmp` file, which the next writer removes. Knows nothing of the inbox.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import {
  BIGINT,
  BLOB,
  blobValue,
  type DuckDBAppender,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { rowDigest, SegmentDigest, type SegmentRow } from './segment-digest.ts';
import { type SegmentEntry, segmentColumns } from './segment-schema.ts';

/** Rows of one file at most; more are split, so that reading one never needs more memory than this. */
export const maxSegmentRows = 4_000_000;

/** What DuckDB's vectors hold at most. */
const chunkRows = 2048;

const columnTypes: readonly DuckDBType[] = [
  ...segmentColumns.map(({ type }) => (type === 'BIGINT' ? BIGINT : type === 'INTEGER' ? INTEGER : VARCHAR)),
  BLOB,
];

/** Collects rows, then writes them as segments. Use once; call close in any case. */
export class SegmentWriter {
  readonly #directory: string;
  readonly #rowsPerSegment: number;
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #appender: DuckDBAppender;
  #rows = 0;

  private constructor(
    directory: string,
    rowsPerSegment: number,
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    appender: DuckDBAppender,
  ) {
    this.#directory = directory;
    this.#rowsPerSegment = rowsPerSegment;
    this.#instance = instance;
    this.#connection = connection;
    this.#appender = appender;
  }

  /** @param directory folder of the segments, made when absent */
  static async open(directory: string, rowsPerSegment = maxSegmentRows): Promise<SegmentWriter> {
    mkdirSync(directory, { recursive: true });
    for (const name of readdirSync(directory)) if (name.endsWith('.tmp')) rmSync(join(directory, name), { recursive: true });
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: '1GB',
      temp_directory: join(directory, 'spill.tmp'),
      preserve_insertion_order: 'true',
    });
    const connection = await instance.connect();
    const columns = segmentColumns.map(({ name, type }) => `${name} ${type} NOT NULL`).join(', ');
    await connection.run(`CREATE TABLE collected (${columns}, row_digest BLOB NOT NULL)`);
    return new SegmentWriter(directory, rowsPerSegment, instance, connection, await connection.createAppender('collected'));
  }

  /** Takes rows in any order. */
  add(rows: readonly SegmentRow[]): void {
    for (let start = 0; start < rows.length; start += chunkRows) {
      const part = rows.slice(start, start + chunkRows);
      const chunk = DuckDBDataChunk.create(columnTypes, part.length);
      chunk.setColumns([
        ...segmentColumns.map(({ type }, index) => part.map((row) => duckdbValue(type, row[index] ?? ''))),
        part.map((row) => blobValue(rowDigest(row))),
      ]);
      this.#appender.appendDataChunk(chunk);
    }
    this.#rows += rows.length;
  }

  /**
   * Writes everything collected.
   * @returns one entry per segment, in order of time; the files are on disk under their final names
   * @throws {CohortiumError} STORE_FULL when the disk is full
   */
  async finish(): Promise<SegmentEntry[]> {
    this.#appender.closeSync();
    const entries: SegmentEntry[] = [];
    for (let offset = 0; offset < this.#rows; offset += this.#rowsPerSegment) entries.push(await this.#writeSegment(offset));
    return entries;
  }

  async #writeSegment(offset: number): Promise<SegmentEntry> {
    const slice = `FROM collected ORDER BY ts_ms, id LIMIT ${this.#rowsPerSegment} OFFSET ${offset}`;
    const digest = new SegmentDigest();
    let events = 0;
    let firstDay = 0;
    let lastDay = 0;
    const result = await this.#connection.stream(`SELECT row_digest, day_no ${slice}`);
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const value of chunk.getColumnValues(0)) if (value instanceof DuckDBBlobValue) digest.add(value.bytes);
      const days = chunk.getColumnValues(1);
      if (events === 0) firstDay = Number(days[0]);
      lastDay = Number(days.at(-1));
      events += chunk.rowCount;
    }
    const name = digest.finish();
    const file = `${name}.parquet`;
    const temporary = join(this.#directory, `${file}.tmp`);
    const names = segmentColumns.map((column) => column.name).join(', ');
    try {
      await this.#connection.run(`COPY (SELECT ${names} ${slice}) TO ${quoted(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
      flush(temporary);
      renameSync(temporary, join(this.#directory, file));
      flush(this.#directory);
    } catch (cause) {
      rmSync(temporary, { force: true });
      throw explain(cause, temporary);
    }
    return { digest: name, file, events, firstDay, lastDay };
  }

  close(): void {
    this.#connection.closeSync();
    this.#instance.closeSync();
    rmSync(join(this.#directory, 'spill.tmp'), { recursive: true, force: true });
  }
}

function duckdbValue(type: string, value: string | number): DuckDBValue {
  return type === 'BIGINT' ? BigInt(value) : value;
}

/** Waits until a file or a folder is on disk; a rename is lost in a power cut unless its folder was flushed. */
function flush(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}

function explain(cause: unknown, path: string): unknown {
  const message = cause instanceof Error ? cause.message : String(cause);
  const isFull = /no space left|ENOSPC|disk is full|out of disk/i.test(message);
  return isFull
    ? new CohortiumError('STORE_FULL', `${path} could not be written: ${message}; the signals stay in the inbox`, { cause })
    : cause;
}
