/** Parquet files, written by DuckDB as others would write them, through the whole import. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { afterEach, describe, expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { openParquetRows } from '../../adapters/duckdb/parquet-rows.ts';
import { createEventLog, type SqliteEventLog } from '../../adapters/sqlite/event-log.ts';
import { importFile, type ImportDeps } from './import-file.ts';
import type { IngestReport } from './ingest-interface.ts';
import { listQuarantine } from './quarantine-door.ts';

const logs: SqliteEventLog[] = [];

afterEach(async () => {
  await Promise.all(logs.splice(0).map((log) => log.close()));
});

const simpleMap = 'columns: { customer: customer, at: sold, amount: amount }';

async function parquet(sql: string, options = ''): Promise<string> {
  const file = join(mkdtempSync(join(tmpdir(), 'cohortium-parquet-')), 'events.parquet');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run(`COPY (${sql}) TO '${file}' (FORMAT parquet${options})`);
  connection.closeSync();
  return file;
}

function bench(): {
  readonly log: SqliteEventLog;
  readonly take: (file: string, map?: string, deps?: Partial<ImportDeps>) => Promise<IngestReport>;
} {
  const folder = mkdtempSync(join(tmpdir(), 'cohortium-import-'));
  const log = createEventLog({ directory: folder, currency: 'EUR', content: createMemoryContent() });
  logs.push(log);
  return {
    log,
    take: (file, map = simpleMap, deps = {}) => {
      writeFileSync(join(folder, 'map.yaml'), map);
      return importFile({ file, map: join(folder, 'map.yaml') }, { log, currency: 'EUR', ...deps });
    },
  };
}

async function texts(sql: string, names: readonly string[]): Promise<readonly (readonly string[])[]> {
  const rows = await openParquetRows(await parquet(sql));
  const found: (readonly string[])[] = [];
  for await (const batch of rows.read(names, 1000)) found.push(...batch);
  rows.close();
  return found;
}

describe('values of a Parquet file', () => {
  it('are text with all their digits, times in UTC, nested values as JSON, nothing for null', async () => {
    const sql = `SELECT TIMESTAMP '2026-01-02 03:04:05.678' AS t, TIMESTAMPTZ '2026-01-02 03:04:05+02' AS z, DATE '2026-01-31' AS d,
      CAST('29.30' AS DECIMAL(18,2)) AS m, CAST(9007199254740993 AS BIGINT) AS i, true AS b, 29.33::DOUBLE AS f, 'sie "x", y' AS s,
      {'kind': 'user', 'value': 'u'} AS o, [1, 2] AS l, NULL::VARCHAR AS n, ''::VARCHAR AS e`;
    expect(await texts(sql, ['t', 'z', 'd', 'm', 'i', 'b', 'f', 's', 'o', 'l', 'n', 'e'])).toEqual([
      [
        '2026-01-02T03:04:05.678Z',
        '2026-01-02T01:04:05.000Z',
        '2026-01-31',
        '29.30',
        '9007199254740993',
        'true',
        '29.33',
        'sie "x", y',
        '{"kind":"user","value":"u"}',
        '[1,2]',
        '',
        '',
      ],
    ]);
  });

  it('are text too when an old writer did not mark it as such, and when time has nanoseconds or no end', async () => {
    const sql = `SELECT 'Zürich'::BLOB AS b, TIMESTAMP_NS '2026-01-02 03:04:05.678901234' AS n, TIMESTAMP 'infinity' AS i, TIMESTAMP '1969-12-31 23:59:59.999' AS o`;
    expect(await texts(sql.replace("'Zürich'::BLOB", "encode('Zürich')"), ['b', 'n', 'i', 'o'])).toEqual([
      ['Zürich', '2026-01-02T03:04:05.678Z', '', '1969-12-31T23:59:59.999Z'],
    ]);
  });
});

describe('importing a Parquet file', () => {
  const sales = `SELECT 'u' || (i % 50) AS customer, TIMESTAMP '2026-01-01' + to_minutes(CAST(i AS BIGINT)) AS sold, CAST(i AS DECIMAL(9,2)) / 100 AS amount,
    'ignored' AS other FROM range(5000) r(i)`;

  it('takes every row, in batches, and the same file again changes nothing', async () => {
    const { take, log } = bench();
    const file = await parquet(sales);
    expect(await take(file, simpleMap, { batchRows: 700 })).toMatchObject({ lines: 5000, accepted: 5000, quarantined: 0, empty: 0 });
    expect(await take(file)).toMatchObject({ lines: 5000, accepted: 0, duplicates: 5000 });
    expect(log.counts()).toEqual({ inbox: 5000, quarantined: 0 });
  });

  it('gives the same signals as the same rows in CSV', async () => {
    const { take, log } = bench();
    const file = await parquet("SELECT 'u1' AS customer, DATE '2026-01-01' AS sold, CAST(1.50 AS DECIMAL(9,2)) AS amount");
    await take(file);
    const csv = file.replace('.parquet', '.csv');
    writeFileSync(csv, 'customer,sold,amount\nu1,2026-01-01,1.50\n');
    expect(await take(csv)).toMatchObject({ duplicates: 1, accepted: 0 });
    expect(log.counts().inbox).toBe(1);
  });

  it('says how far it is and stops when asked', async () => {
    const { take, log } = bench();
    const controller = new AbortController();
    const fractions: number[] = [];
    const file = await parquet(sales);
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-import-'));
    writeFileSync(join(folder, 'map.yaml'), simpleMap);
    const stopped = importFile(
      { file, map: join(folder, 'map.yaml') },
      { log, currency: 'EUR', batchRows: 1000 },
      {
        signal: controller.signal,
        onProgress: ({ fraction }) => {
          fractions.push(fraction);
          if (fractions.length === 2) controller.abort();
        },
      },
    );
    await expect(stopped).rejects.toThrow('aborted');
    expect(log.counts().inbox).toBe(2000);
    expect(await take(file)).toMatchObject({ accepted: 3000, duplicates: 2000 });
  });

  it('reads identities that are nested, as JSON', async () => {
    const { take } = bench();
    const file = await parquet(
      "SELECT 'u1' AS customer, DATE '2026-01-01' AS sold, {'kind': 'loyalty', 'value': 'L-1'} AS card, {'kind': 'user', 'value': 'u1'} AS account",
    );
    const map = 'type: identity-link\ncolumns: { customer: customer, at: sold }\nproperties: { left: account, right: card }';
    expect(await take(file, map)).toMatchObject({ accepted: 1, reasons: {} });
  });

  it('goes with the map of the same rows as text, whose pattern says nothing of a column of dates', async () => {
    const { take } = bench();
    const file = await parquet("SELECT 'u' AS customer, DATE '2026-01-01' AS sold, 1 AS amount");
    expect(await take(file, `${simpleMap}\ndateFormat: yyyyMMdd`)).toMatchObject({ accepted: 1, reasons: {} });
  });
});

describe('a Parquet file that is wrong', () => {
  it.each([
    [
      'a column that is not there',
      "SELECT 'u' AS customer, DATE '2026-01-01' AS sold, 1 AS price",
      simpleMap,
      'CSV_COLUMN_MISSING',
      'its columns are customer, sold, price',
    ],
    ['no rows', "SELECT 'u' AS customer, DATE '2026-01-01' AS sold, 1 AS amount WHERE false", simpleMap, 'CSV_EMPTY', 'no rows'],
    [
      'names given in the map',
      "SELECT 'u' AS customer, DATE '2026-01-01' AS sold, 1 AS amount",
      `${simpleMap}\nheader: [customer, sold, amount]`,
      'CSV_MAP_INVALID',
      'header',
    ],
  ])('%s: refused before anything is imported', async (_what, sql, map, code, clause) => {
    const { take, log } = bench();
    await expect(take(await parquet(sql), map)).rejects.toMatchObject({ code, message: expect.stringContaining(clause) as string });
    expect(log.counts()).toEqual({ inbox: 0, quarantined: 0 });
  });

  it('has its wrong rows in quarantine, as JSON, and its neighbours go in', async () => {
    const { take, log } = bench();
    const file =
      await parquet(`SELECT * FROM (VALUES ('u1', DATE '2026-01-01', '1.50'), ('u2', NULL, '2'), ('u3', DATE '2026-01-01', 'a lot'),
      ('jo@example.org', DATE '2026-01-01', '1'), ('u4', DATE '2026-01-02', '-3')) t(customer, sold, amount)`);
    expect(await take(file)).toMatchObject({
      lines: 5,
      accepted: 1,
      reasons: { SIGNAL_DATE_INVALID: 1, SIGNAL_AMOUNT_INVALID: 1, SIGNAL_INVALID: 1, SIGNAL_AMOUNT_NEGATIVE: 1 },
    });
    expect(listQuarantine({}, 1, log)).toMatchObject([
      { source: 'events.parquet', line: 2, raw: '{"customer":"u2","sold":"","amount":"2"}' },
    ]);
  });

  it('of a wrong type has every row in quarantine, with what was found', async () => {
    const { take, log } = bench();
    const file = await parquet("SELECT 'u' AS customer, true AS sold, [1.5] AS amount FROM range(3)");
    expect(await take(file)).toMatchObject({ lines: 3, accepted: 0, quarantined: 3 });
    expect(listQuarantine({}, 1, log)[0]?.message).toContain("found 'true'");
  });

  it.each([
    ['cut at its end', (bytes: Buffer) => bytes.subarray(0, bytes.length - 20)],
    ['cut in the middle', (bytes: Buffer) => bytes.subarray(0, bytes.length >> 1)],
    ['empty', () => Buffer.alloc(0)],
    ['of other bytes', () => Buffer.from('customer,sold,amount\nu1,2026-01-01,1\n')],
    [
      'overwritten inside',
      (bytes: Buffer) => Buffer.concat([bytes.subarray(0, 40), Buffer.alloc(bytes.length - 400, 0xff), bytes.subarray(-360)]),
    ],
  ])('%s is refused as such, whatever was read before stays', async (_what, damage) => {
    const { take, log } = bench();
    const file = await parquet(
      "SELECT 'u' || i AS customer, DATE '2026-01-01' AS sold, i AS amount FROM range(3000) r(i)",
      ', COMPRESSION uncompressed',
    );
    writeFileSync(file, damage(readFileSync(file)));
    await expect(take(file)).rejects.toMatchObject({ code: 'PARQUET_INVALID' });
    expect(log.counts().quarantined).toBe(0);
  });

  it('does not stand for several files, and needs a map', async () => {
    const { take, log } = bench();
    const file = await parquet("SELECT 'u' AS customer");
    const folder = mkdtempSync(join(tmpdir(), 'cohortium-glob-'));
    writeFileSync(join(folder, '*.parquet'), readFileSync(file));
    await expect(take(join(folder, '*.parquet'))).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(importFile({ file }, { log, currency: 'EUR' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: expect.stringContaining('--map') as string,
    });
  });
});
