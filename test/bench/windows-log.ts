/**
 * A log of any size for the bench of windows, made by DuckDB alone from a seed: segments as the event log would have sealed them, without
 * their digests. A tenth of the signals are purchases, customers are active to very different degrees, some carry a card or an address.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import type { SegmentEntry } from '../../agents/adapters/duckdb/segment-schema.ts';
import { sha256 } from '../../skills/sdk/index.ts';

export interface LogSize {
  readonly events: number;
  readonly customers: number;
}

const eventsPerSegment = 2_500_000;
const days = 730;
/** day_no of the first signal. */
const firstDay = 19_724;

/** Last day of the signals. */
export const lastDay = firstDay + days - 1;

/** Writes the segments into a folder and lists them. */
export async function writeLog(directory: string, { events, customers }: LogSize): Promise<readonly SegmentEntry[]> {
  mkdirSync(directory, { recursive: true });
  const segments: SegmentEntry[] = [];
  for (let from = 0; from < events; from += eventsPerSegment) {
    const to = Math.min(from + eventsPerSegment, events);
    // The newest signals are a little denser, as in a shop that grows.
    const dayOf = (event: number): number => Math.floor(days * (1 - (1 - event / events) * (0.6 + 0.4 * (event / events))));
    const entry = segmentEntry(`bench ${events} ${customers} ${from}`, to - from, firstDay + dayOf(from), firstDay + dayOf(to - 1));
    const day = `(${firstDay} + CAST(FLOOR(${days} * (1 - (1 - i / ${events}.0) * (0.6 + 0.4 * (i / ${events}.0)))) AS INTEGER))`;
    await copy(
      join(directory, entry.file),
      signals(`SELECT i, ${day} AS day_no, ${draw('c', 'i')} AS u FROM range(${from}, ${to}) t(i)`, customers),
    );
    segments.push(entry);
  }
  return segments;
}

/** A segment of late and new signals of some customers. */
export async function writeLateSegment(directory: string, touched: number, customers: number): Promise<SegmentEntry> {
  const entry = segmentEntry(`bench late ${touched} ${customers}`, touched * 3, lastDay - 40, lastDay);
  // Every third of them is late, and customers are spread over all.
  const rows = `SELECT i, CASE WHEN i % 3 = 0 THEN ${lastDay - 40} ELSE ${lastDay} END AS day_no,
    sqrt(((i // 3) * ${Math.floor(customers / touched)} + 0.5) / ${customers}) AS u FROM range(0, ${touched * 3}) t(i)`;
  await copy(join(directory, entry.file), signals(rows.replace('SELECT i,', 'SELECT i + 1000000000 AS i,'), customers));
  return entry;
}

function segmentEntry(name: string, events: number, first: number, last: number): SegmentEntry {
  const digest = sha256(name);
  return { digest, file: `${digest}.parquet`, events, firstDay: first, lastDay: last };
}

/** A number in [0, 1) that is a function of the row and a salt. */
function draw(salt: string, row: string): string {
  return `(hash(${row}, '${salt}') % 1000000007 / 1000000007.0)`;
}

function pick(salt: string, names: readonly string[]): string {
  return `(['${names.join("','")}'])[1 + CAST(hash(i, '${salt}') % ${names.length} AS INTEGER)]`;
}

const types: readonly string[] = [
  ...Array.from({ length: 10 }, () => 'browse'),
  'visit',
  'visit',
  'visit',
  'search',
  'search',
  'app-session',
  'app-session',
  'email-engagement',
  'email-engagement',
  'cart',
  'cart',
  'purchase',
  'purchase',
  'purchase',
  'return',
  'wishlist',
  'call',
  'support-contact',
  'review',
  'push-engagement',
  'loyalty-action',
];

function signals(rows: string, customers: number): string {
  const isBought = `type IN ('purchase', 'return')`;
  return `
    WITH drawn AS (SELECT i, day_no, CAST(FLOOR(${customers} * u * u) AS BIGINT) AS c FROM (${rows})),
    typed AS (SELECT *, ${pick('type', types)} AS type FROM drawn)
    SELECT
      'e-' || i AS id, type,
      'u' || c AS user_id,
      CASE WHEN c % 9 = 0 AND ${isBought} THEN sha256('mail' || c) ELSE '' END AS email_hash,
      CASE WHEN c % 3 = 0 AND ${isBought} THEN 'L' || c ELSE '' END AS loyalty_id,
      '' AS phone_hash, '' AS anonymous_id,
      'user:u' || c AS owner,
      CAST(day_no AS BIGINT) * 86400000 + CAST(hash(i, 'ms') % 86400000 AS BIGINT) AS ts_ms,
      CAST(day_no AS INTEGER) AS day_no,
      CASE WHEN ${isBought} THEN ${pick(
        'place',
        Array.from({ length: 12 }, (_, index) => `store-${index}`),
      )} ELSE 'unknown' END AS location,
      ${pick('channel', ['store', 'web', 'app', 'phone'])} AS channel,
      CASE WHEN ${isBought} THEN ${pick('brand', ['Halden', 'Mirabo', 'Ostra'])} ELSE 'unknown' END AS brand,
      CASE WHEN ${isBought} THEN 'o' || (i // 2) ELSE '' END AS order_id,
      CASE WHEN ${isBought} THEN CAST(100 + hash(i, 'money') % 20000 AS BIGINT) ELSE 0 END AS amount_minor,
      CASE WHEN type IN ('purchase', 'return', 'browse', 'cart', 'wishlist') THEN 's' || (hash(i, 'sku') % 2000) ELSE '' END AS sku,
      '{}' AS properties
    FROM typed`;
}

async function copy(path: string, sql: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: '3GB', preserve_insertion_order: 'false' });
  const connection = await instance.connect();
  await connection.run(`COPY (${sql}) TO '${path}' (FORMAT parquet, COMPRESSION zstd)`);
  connection.closeSync();
  instance.closeSync();
}
