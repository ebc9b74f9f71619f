/**
 * Rows of a Parquet file that somebody else wrote, as text, in chunks: times as ISO 8601 in UTC, decimals and whole numbers with all
 * their digits, nested values as JSON, '' for null. Reads only the columns asked for. Refuses what is not a complete Parquet file.
 */
import { DuckDBInstance, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api';

import { CohortiumError } from '../../../skills/sdk/index.ts';

export interface ParquetRows {
  /** Every column, in the order of the file. */
  readonly names: readonly string[];
  /** Columns that hold dates or times, not text. */
  readonly instants: ReadonlySet<string>;
  /** Rows of the file. */
  readonly count: number;
  /**
   * @param names columns of the file
   * @param batchRows of each batch but the last
   * @throws {CohortiumError} PARQUET_INVALID where the file is damaged; the batches before were good
   */
  read(names: readonly string[], batchRows: number): AsyncGenerator<readonly (readonly string[])[], void, undefined>;
  close(): void;
}

/** @throws {CohortiumError} PARQUET_INVALID; ARGUMENT_INVALID for a name that stands for several files */
export async function openParquetRows(path: string): Promise<ParquetRows> {
  if (/[*?[\]{}]/.test(path)) {
    throw new CohortiumError('ARGUMENT_INVALID', `${path}: a path without * ? [ ] { } was expected, which stand for several files`);
  }
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB', autoinstall_known_extensions: 'false' });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    // Older writers do not mark text as such.
    const file = `read_parquet('${path.replaceAll("'", "''")}', binary_as_string = true)`;
    const columns = await describe(connection, file);
    const count = (await connection.runAndReadAll(`SELECT count(*) FROM ${file}`)).getRows()[0]?.[0];
    return {
      names: [...columns.keys()],
      instants: new Set([...columns].filter(([, type]) => /^(DATE|TIMESTAMP)/.test(type)).map(([name]) => name)),
      count: Number(count),
      close,
      read: (names, batchRows) =>
        readRows(connection, path, `SELECT ${names.map((name) => asText(name, columns)).join(', ')} FROM ${file}`, batchRows),
    };
  } catch (cause) {
    close();
    throw invalid(path, cause, 'nothing was imported');
  }
}

async function describe(connection: DuckDBConnection, file: string): Promise<ReadonlyMap<string, string>> {
  const rows = (await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${file}`)).getRows();
  return new Map(rows.map(([name, type]) => [String(name), String(type)]));
}

/** A column as text, whatever its type. */
function asText(name: string, columns: ReadonlyMap<string, string>): string {
  const column = `"${name.replaceAll('"', '""')}"`;
  const type = columns.get(name) ?? '';
  if (type.startsWith('TIMESTAMP')) {
    // Milliseconds, because the text of a time depends on settings.
    const instant = type === 'TIMESTAMP WITH TIME ZONE' ? column : `CAST(${column} AS TIMESTAMP)`;
    return `CASE WHEN isfinite(${instant}) THEN 't' || CAST(epoch_ms(${instant}) AS VARCHAR) END`;
  }
  if (/(\[\d*\]|^(STRUCT|MAP|UNION)\(.*\))$/.test(type)) return `'j' || CAST(to_json(${column}) AS VARCHAR)`;
  return `'s' || CAST(${column} AS VARCHAR)`;
}

async function* readRows(
  connection: DuckDBConnection,
  path: string,
  sql: string,
  batchRows: number,
): AsyncGenerator<readonly (readonly string[])[], void, undefined> {
  let batch: (readonly string[])[] = [];
  const after = 'the rows before the damage are imported';
  let result: DuckDBResult;
  try {
    result = await connection.stream(sql);
  } catch (cause) {
    throw invalid(path, cause, after);
  }
  for (;;) {
    let rows: readonly (readonly unknown[])[];
    try {
      const chunk = await result.fetchChunk();
      if (!chunk || chunk.rowCount === 0) break;
      rows = chunk.getRows();
    } catch (cause) {
      throw invalid(path, cause, after);
    }
    for (const row of rows) {
      batch.push(row.map(plain));
      if (batch.length < batchRows) continue;
      yield batch;
      batch = [];
    }
  }
  if (batch.length > 0) yield batch;
}

/** The text of a value as {@link asText} wrote it: its first letter says whether it is an instant. */
function plain(value: unknown): string {
  if (typeof value !== 'string') return '';
  return value.startsWith('t') ? instantOf(Number(value.slice(1))) : value.slice(1);
}

function instantOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? String(ms) : date.toISOString();
}

function invalid(path: string, cause: unknown, consequence: string): unknown {
  if (cause instanceof CohortiumError) return cause;
  const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
  return new CohortiumError('PARQUET_INVALID', `${path} cannot be read as Parquet: ${reason.slice(0, 300)}; ${consequence}`, { cause });
}
