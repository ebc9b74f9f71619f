/** Questions about sealed segments that need no warehouse: who is in them, and do they still say what their name says. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';

import { CohortiumError, type Digest, z } from '../../../skills/sdk/index.ts';
import { rowDigest, SegmentDigest, type SegmentRow } from './segment-digest.ts';
import { type SegmentEntry, segmentColumns } from './segment-schema.ts';

/** What was counted last: segments never change, so only new ones are looked at. Made again when it is gone. */
const censusSchema = z.object({ segments: z.array(z.string()), customers: z.int().min(0) });
type Census = z.output<typeof censusSchema>;

const keys = ['user_id', 'email_hash', 'loyalty_id', 'phone_hash', 'anonymous_id'];

/**
 * Distinct combinations of identities over segments, before identities are resolved. Those of each segment are kept beside the segments
 * (`buckets`), and what was counted last with them, so that a few new signals do not take the time of a long log.
 * @param directory folder of the segments
 * @throws {CohortiumError} CONTENT_NOT_FOUND when a segment file is absent
 */
export async function countCustomerKeys(directory: string, segments: readonly SegmentEntry[]): Promise<number> {
  if (segments.length === 0) return 0;
  for (const { file } of segments) presentFile(directory, file);
  const beside = join(directory, '..', 'buckets');
  const path = join(beside, 'census.json');
  const wanted = new Set<string>(segments.map(({ digest }) => digest));
  const known = readCensus(path);
  // Counted with a segment that is not asked for now, it says nothing of these.
  const counted = known?.segments.every((digest) => wanted.has(digest)) === true ? known : { segments: [], customers: 0 };
  const isCounted = new Set(counted.segments);
  const fresh = segments.filter(({ digest }) => !isCounted.has(digest));
  if (fresh.length === 0) return counted.customers;
  mkdirSync(beside, { recursive: true });
  const customers = await withConnection(async (connection) => {
    const keysOf = async (from: readonly SegmentEntry[]): Promise<string> => {
      const files = [];
      for (const segment of from) files.push(quoted(await keptKeys(connection, directory, beside, segment)));
      return `SELECT ${keys.join(', ')} FROM read_parquet([${files.join(', ')}])`;
    };
    const old = segments.filter(({ digest }) => isCounted.has(digest));
    await connection.run(`CREATE TABLE fresh AS SELECT DISTINCT ${keys.join(', ')} FROM (${await keysOf(fresh)})`);
    const isSame = keys.map((key) => `o.${key} = f.${key}`).join(' AND ');
    const isKnown = old.length === 0 ? 'false' : `EXISTS (SELECT 1 FROM (${await keysOf(old)}) o WHERE ${isSame})`;
    const rows = (await connection.runAndReadAll(`SELECT count(*) FROM fresh f WHERE NOT ${isKnown}`)).getRows();
    return counted.customers + Number(rows[0]?.[0] ?? 0);
  });
  replaceFile(path, JSON.stringify({ segments: [...wanted], customers } satisfies Census));
  return customers;
}

/** File of the distinct combinations of one segment, made when it is not there. */
async function keptKeys(connection: DuckDBConnection, directory: string, beside: string, { digest, file }: SegmentEntry): Promise<string> {
  const path = join(beside, `${digest}.keys-1.parquet`);
  if (existsSync(path)) return path;
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const distinct = `SELECT DISTINCT ${keys.join(', ')} FROM read_parquet(${quoted(join(directory, file))})`;
    await connection.run(`COPY (${distinct}) TO ${quoted(temporary)} (FORMAT parquet, COMPRESSION zstd)`);
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw cause;
  }
  return path;
}

function readCensus(path: string): Census | undefined {
  try {
    return censusSchema.safeParse(JSON.parse(readFileSync(path, 'utf8'))).data;
  } catch {
    // Absent, or cut short by a power cut: everything is counted again.
    return undefined;
  }
}

function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
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
  return withConnection(async (connection) => (await connection.runAndReadAll(sql)).getRows());
}

async function withConnection<Result>(work: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return await work(connection);
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
