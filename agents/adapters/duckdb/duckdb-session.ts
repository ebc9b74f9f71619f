/** A DuckDB in memory over the segments of a snapshot, as a query engine of the feature queries. Writes nothing to disk but spill. */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { DuckDBDataChunk, DuckDBInstance, type DuckDBConnection, type DuckDBValue, INTEGER, VARCHAR } from '@duckdb/node-api';

import { type CallOptions, CohortiumError } from '../../../skills/sdk/index.ts';
import {
  type FeatureWindow,
  parametersOf,
  type QueryEngine,
  type ResultColumns,
} from '../../customer-data-graph/features/feature-queries.ts';
import { readNumbers } from './read-numbers.ts';
import { type SegmentEntry, segmentColumns } from './segment-schema.ts';

/** Rows of one DuckDB data chunk at most. */
const chunkRows = 2048;

/** A query engine with what only DuckDB does: Parquet files as tables, and tables as Parquet files. */
export interface DuckdbEngine extends QueryEngine {
  /** A view over the segments of this folder, named `signals`, in place of one of that name. */
  readonly viewSegments: (segments: readonly SegmentEntry[]) => Promise<void>;
  /** A table named `signals` of the result of a query with the columns of a segment. */
  readonly keepSignals: (sql: string) => Promise<void>;
  /** Visits the rows of a result of two texts, one after the other. */
  readonly eachText: (sql: string, visit: (first: string, second: string) => void) => Promise<void>;
  /** A view over Parquet files, at least one. */
  readonly viewFiles: (name: string, paths: readonly string[]) => Promise<void>;
  /** The result of a query as a Parquet file. */
  readonly writeFile: (sql: string, window: FeatureWindow, path: string) => Promise<void>;
}

export interface SessionPlace {
  /** Folder of the segments; what is spilled goes there for the time being. */
  readonly segments: string;
  /** What DuckDB may hold in memory before it spills, such as `4GB`. */
  readonly memoryLimit?: string;
}

/**
 * Opens a database, lends it to `work`, and closes it in any case. Cancelling interrupts the running query.
 * @throws {CohortiumError} CONTENT_NOT_FOUND when a segment is absent, STORE_CORRUPT when one cannot be read
 */
export async function withDuckdb<Result>(
  { segments: directory, memoryLimit }: SessionPlace,
  { signal }: Pick<CallOptions, 'signal'>,
  work: (engine: DuckdbEngine) => Promise<Result>,
): Promise<Result> {
  signal.throwIfAborted();
  // Inside the state folder, because what is spilled is customer data; never in the working directory, DuckDB's default.
  const spill = join(directory, `spill-${process.pid}-${(sessions += 1)}`);
  // Nothing that is read here depends on the order in which rows were written.
  const options = {
    temp_directory: spill,
    preserve_insertion_order: 'false',
    ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
  };
  const instance = await DuckDBInstance.create(':memory:', options);
  const connection = await instance.connect();
  const interrupt = (): void => connection.interrupt();
  signal.addEventListener('abort', interrupt);
  try {
    return await work(engineOver(connection, directory));
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

/** The same with the segments of a snapshot as `signals`. */
export async function withSegments<Result>(
  place: SessionPlace,
  segments: readonly SegmentEntry[],
  options: Pick<CallOptions, 'signal'>,
  work: (engine: DuckdbEngine) => Promise<Result>,
): Promise<Result> {
  return withDuckdb(place, options, async (engine) => {
    await engine.viewSegments(segments);
    return work(engine);
  });
}

function engineOver(connection: DuckDBConnection, directory: string): DuckdbEngine {
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
    async viewSegments(segments) {
      await connection.run(`CREATE OR REPLACE VIEW signals AS ${signalsQuery(directory, segments)}`);
    },
    async keepSignals(sql) {
      await connection.run('DROP VIEW IF EXISTS signals');
      await connection.run(`CREATE TABLE signals AS ${sql}`);
    },
    async eachText(sql, visit) {
      const result = await connection.stream(sql);
      for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
        const [first, second] = [chunk.getColumnValues(0), chunk.getColumnValues(1)];
        for (let row = 0; row < chunk.rowCount; row++) visit(String(first[row]), String(second[row]));
      }
    },
    async viewFiles(name, paths) {
      await connection.run(`CREATE OR REPLACE VIEW ${name} AS SELECT * FROM read_parquet([${paths.map(quoted).join(', ')}])`);
    },
    async writeFile(sql, window, path) {
      await connection.run(`COPY (${sql}) TO ${quoted(path)} (FORMAT parquet, COMPRESSION zstd)`, ...bound(sql, window));
    },
  };
}

/** Window edges as integer parameters, those that the query names. */
function bound(sql: string, window: FeatureWindow): [Record<string, DuckDBValue>, Record<string, typeof INTEGER>] {
  const used = Object.entries(parametersOf(window)).filter(([name]) => sql.includes(`$${name}`));
  return [Object.fromEntries(used), Object.fromEntries(used.map(([name]) => [name, INTEGER]))];
}

async function load(connection: DuckDBConnection, table: string, columns: ResultColumns): Promise<void> {
  const names = Object.keys(columns);
  const types = names.map((name) => (typeof columns[name]?.[0] === 'string' || textColumns.has(name) ? VARCHAR : INTEGER));
  await connection.run(
    `CREATE OR REPLACE TABLE ${table} (${names.map((name, index) => `${name} ${types[index]?.toString()} NOT NULL`).join(', ')})`,
  );
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
const textColumns: ReadonlySet<string> = new Set([
  'id',
  'kind',
  'identity',
  'owner',
  'rows',
  'left_identity',
  'right_identity',
  'witness',
  'location',
  'channel',
  'brand',
  'type',
  'sku',
]);

function plain(value: DuckDBValue): string | number {
  return typeof value === 'string' ? value : Number(value);
}

function signalsQuery(directory: string, segments: readonly SegmentEntry[]): string {
  const columns = segmentColumns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${name}`);
  if (segments.length === 0) return `SELECT ${columns.join(', ')} WHERE false`;
  const files = segments.map(({ file }) => {
    const path = join(directory, file);
    if (existsSync(path)) return quoted(path);
    throw new CohortiumError('CONTENT_NOT_FOUND', `segment ${path} is absent, but the snapshot lists it; restore it from a backup`);
  });
  return `SELECT ${segmentColumns.map(({ name }) => name).join(', ')} FROM read_parquet([${files.join(', ')}])`;
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}

function explained(cause: unknown, directory: string): unknown {
  const message = cause instanceof Error ? cause.message : String(cause);
  const isDamaged = /parquet|magic bytes|deserial|Invalid Input Error|snappy|zstd/i.test(message) && !(cause instanceof CohortiumError);
  if (!isDamaged) return cause;
  const [, bucketFile] = /'([^']*[\\/]buckets[\\/][^']*\.parquet)'/.exec(message) ?? [];
  return bucketFile === undefined
    ? new CohortiumError('STORE_CORRUPT', `a segment in ${directory} cannot be read: ${message}; restore it from a backup`, { cause })
    : new CohortiumError('STORE_CORRUPT', `${bucketFile} cannot be read: ${message}; delete it, and it is made again`, { cause });
}
