/** A DuckDB in memory over the segments of a snapshot, as a query engine of the feature queries. Writes nothing to disk but spill. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { DuckDBDataChunk, DuckDBInstance, type DuckDBConnection, type DuckDBValue, INTEGER, VARCHAR } from '@duckdb/node-api';

import { type CallOptions, CohortiumError } from '../../../skills/sdk/index.ts';
import type { FeatureWindow, QueryEngine, ResultColumns } from '../../customer-data-graph/features/feature-queries.ts';
import { readNumbers } from './read-numbers.ts';
import { type SegmentEntry, segmentColumns } from './segment-schema.ts';

/** Rows of one DuckDB data chunk at most. */
const chunkRows = 2048;

/**
 * Opens a database over segments, lends it to `work`, and closes it in any case. Cancelling interrupts the running query.
 * @param directory folder of the segments
 * @throws {CohortiumError} CONTENT_NOT_FOUND when a segment is absent, STORE_CORRUPT when one cannot be read
 */
export async function withSegments<Result>(
  directory: string,
  segments: readonly SegmentEntry[],
  { signal }: Pick<CallOptions, 'signal'>,
  work: (engine: QueryEngine) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  // Inside the state folder, because what is spilled is customer data; never in the working directory, DuckDB's default.
  const spill = join(directory, `spill-${process.pid}-${(sessions += 1)}`);
  const instance = await DuckDBInstance.create(':memory:', { temp_directory: spill });
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    await connection.run(`CREATE VIEW signals AS ${signalsQuery(directory, segments)}`);
    return await work(engineOver(connection));
  } catch (cause) {
    signal.throwIfAborted();
    throw explained(cause, directory);
  } finally {
    signal.removeEventListener('abort', interrupt);
    connection.closeSync();
    instance.closeSync();
    rmSync(spill, { recursive: true, force: true });
  }
}

/** Two sessions of one process must not share a spill folder. */
let sessions = 0;

function engineOver(connection: DuckDBConnection): QueryEngine {
  return {
    async select(sql, window) {
      const result = await connection.runAndReadAll(sql, ...bound(sql, window));
      const columns = result.getColumns();
      return Object.fromEntries(result.columnNames().map((name, index) => [name, (columns[index] ?? []).map(plain)]));
    },
    numbers: async (sql, window) => readNumbers(await connection.stream(sql, ...bound(sql, window))),
    async keep(name, sql, window) {
      await connection.run(`CREATE TABLE ${name} AS ${sql}`, ...bound(sql, window));
    },
    load: (name, columns) => load(connection, name, columns),
  };
}

/** Window edges as integer parameters, those that the query names. */
function bound(sql: string, window: FeatureWindow): [Record<string, DuckDBValue>, Record<string, typeof INTEGER>] {
  const edges = { as_of_day: window.asOfDay, end_day: window.endDay };
  const used = Object.entries(edges).filter(([name]) => sql.includes(`$${name}`));
  return [Object.fromEntries(used), Object.fromEntries(used.map(([name]) => [name, INTEGER]))];
}

async function load(connection: DuckDBConnection, table: string, columns: ResultColumns): Promise<void> {
  const names = Object.keys(columns);
  const types = names.map((name) => (typeof columns[name]?.[0] === 'string' || textColumns.has(name) ? VARCHAR : INTEGER));
  await connection.run(`CREATE TABLE ${table} (${names.map((name, index) => `${name} ${types[index]?.toString()} NOT NULL`).join(', ')})`);
  const appender = await connection.createAppender(table);
  const rows = columns[names[0] ?? '']?.length ?? 0;
  for (let start = 0; start < rows; start += chunkRows) {
    const end = Math.min(start + chunkRows, rows);
    const chunk = DuckDBDataChunk.create(types, end - start);
    chunk.setColumns(names.map((name) => columns[name]?.slice(start, end) ?? []));
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
}

/** Columns that hold text also when they are empty and so do not show it. */
const textColumns: ReadonlySet<string> = new Set(['id', 'kind', 'identity', 'owner', 'location', 'channel', 'brand', 'type', 'sku']);

function plain(value: DuckDBValue): string | number {
  return typeof value === 'string' ? value : Number(value);
}

function signalsQuery(directory: string, segments: readonly SegmentEntry[]): string {
  const columns = segmentColumns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${name}`);
  if (segments.length === 0) return `SELECT ${columns.join(', ')} WHERE false`;
  const files = segments.map(({ file }) => {
    const path = join(directory, file);
    if (existsSync(path)) return `'${path.replaceAll("'", "''")}'`;
    throw new CohortiumError('CONTENT_NOT_FOUND', `segment ${path} is absent, but the snapshot lists it; restore it from a backup`);
  });
  return `SELECT ${segmentColumns.map(({ name }) => name).join(', ')} FROM read_parquet([${files.join(', ')}])`;
}

function explained(cause: unknown, directory: string): unknown {
  const message = cause instanceof Error ? cause.message : String(cause);
  const isDamaged = /parquet|magic bytes|deserial|Invalid Input Error|snappy|zstd/i.test(message) && !(cause instanceof CohortiumError);
  return isDamaged
    ? new CohortiumError('STORE_CORRUPT', `a segment in ${directory} cannot be read: ${message}; restore it from a backup`, { cause })
    : cause;
}
