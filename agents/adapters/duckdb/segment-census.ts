/** Questions about sealed segments that need no warehouse: who is in them, and do they still say what their name says. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import { CohortiumError, type Digest } from '../../../skills/sdk/index.ts';
import { rowDigest, SegmentDigest, type SegmentRow } from './segment-digest.ts';
import { type SegmentEntry, segmentColumns } from './segment-schema.ts';

/**
 * Distinct combinations of identities over segments, before identities are resolved.
 * @throws {CohortiumError} CONTENT_NOT_FOUND when a segment file is absent
 */
export async function countCustomerKeys(directory: string, segments: readonly SegmentEntry[]): Promise<number> {
  if (segments.length === 0) return 0;
  const files = segments.map(({ file }) => quoted(presentFile(directory, file))).join(', ');
  const rows = await query(
    `SELECT count(*) FROM (SELECT DISTINCT user_id, email_hash, loyalty_id, phone_hash, anonymous_id FROM read_parquet([${files}]))`,
  );
  return Number(rows[0]?.[0] ?? 0);
}

/**
 * The digest that a segment file should be named by, computed again from its rows.
 * @throws {CohortiumError} CONTENT_NOT_FOUND when the file is absent
 */
export async function digestOfSegment(directory: string, file: string): Promise<Digest> {
  const names = segmentColumns.map(({ name }) => name).join(', ');
  const digest = new SegmentDigest();
  const rows = await query(`SELECT ${names} FROM read_parquet(${quoted(presentFile(directory, file))}) ORDER BY ts_ms, id`);
  for (const row of rows) {
    const plain = row.map((value) => (typeof value === 'bigint' ? Number(value) : value));
    digest.add(rowDigest(plain as unknown as SegmentRow)); // the columns were selected in the order of SegmentRow
  }
  return digest.finish();
}

async function query(sql: string): Promise<readonly (readonly unknown[])[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRows();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function presentFile(directory: string, file: string): string {
  const path = join(directory, file);
  if (existsSync(path)) return path;
  throw new CohortiumError('CONTENT_NOT_FOUND', `segment ${path} is absent, but the log lists it; restore it from a backup`);
}

function quoted(path: string): string {
  return `'${path.replaceAll("'", "''")}'`;
}
