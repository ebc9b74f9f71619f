/** The feature queries are one text for every engine: checked as text, and by running them on SQLite and on DuckDB. */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { validateSignal } from '../../../skills/signal-capture/validate-signal.ts';
import { callOptions, openGraph, type SealedGraph } from '../../../test/fixtures/sealed-graph.ts';
import { segmentColumns } from '../../adapters/duckdb/segment-schema.ts';
import { segmentRowOf } from '../../adapters/sqlite/event-log-schema.ts';
import { type Database, openDatabase } from '../../adapters/sqlite/open-database.ts';
import { simulateMerchant } from '../simulate/index.ts';
import {
  featureSql,
  type FeatureWindow,
  isWideColumn,
  keptQueries,
  parametersOf,
  type QueryEngine,
  type ResultColumns,
  resultQueries,
  runFeatureQueries,
} from './feature-queries.ts';
import { writeFeatureTables } from './feature-tables.ts';
import { touchedQueries } from './touched.ts';
import { bucketQueries, makeBuckets } from './window-buckets.ts';
import { linkQueries, readLinks } from './window-links.ts';
import { profileQueries, readProfiles } from './window-profiles.ts';
import { readEvents, readWindowSource, windowQueries } from './window-source.ts';
import { writeWindowTables } from './window-tables.ts';

const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.sql'));

describe('the text of a feature query', () => {
  it.each(files)('%s keeps the rules of portable SQL', (file) => {
    const sql = featureSql(file.replace('.sql', '')).replaceAll(/--.*$/gm, '');
    // No clock, dates, floats, division, engine functions or casts other than to BIGINT.
    expect(sql).not.toMatch(
      /\bnow\b|current_|interval|date_|extract|strftime|\bfilter\b|grouping|\bhash|random|float|double|\breal\b|numeric|::|\/|%/i,
    );
    expect(sql.match(/[A-Z_]+(?=\()/g) ?? []).toEqual(
      expect.not.arrayContaining(['AVG', 'MEDIAN', 'ANY_VALUE', 'LIST', 'ARG_MAX', 'NTILE']),
    );
    for (const called of sql.match(/\b[A-Za-z_]+(?=\()/g) ?? [])
      expect(['COUNT', 'SUM', 'MIN', 'MAX', 'COALESCE', 'CAST', 'ROW_NUMBER', 'OVER']).toContain(called);
    expect([...new Set(sql.match(/\$\w+/g) ?? [])].filter((name) => !['$as_of_day', '$end_day', '$since_day'].includes(name))).toEqual([]);
  });

  it('is used: no file is left over, none is missing', () => {
    const values = ['return_properties', 'revenue_days', ...keptQueries, ...resultQueries];
    const windows = [...bucketQueries, 'statement_pairs', ...windowQueries, ...profileQueries, ...linkQueries, ...touchedQueries];
    const read = [...values, ...windows];
    expect(files.map((name) => name.replace('.sql', '')).toSorted()).toEqual(read.toSorted());
  });

  it('orders every result by its full key', () => {
    for (const name of resultQueries) expect(featureSql(name)).toMatch(/ORDER BY [\w., ]+\s*$/);
  });
});

describe('SQLite and DuckDB', () => {
  let graph: SealedGraph;
  let folder: string;
  const { signals, futureSignals, truth } = simulateMerchant({ seed: 'engines', customers: 150, horizonDays: 60 });
  const good = [...signals, ...futureSignals].map((raw) => validateSignal(raw)).flatMap((verdict) => (verdict.ok ? [verdict.signal] : []));
  const asOfDay = Math.floor(Date.parse(`${truth.asOf}T00:00:00Z`) / 86_400_000);

  beforeAll(() => {
    graph = openGraph();
    folder = mkdtempSync(join(tmpdir(), 'engine-'));
  });
  afterAll(async () => {
    await graph.close();
    rmSync(folder, { recursive: true });
  });

  const withSqlite = async <Result>(work: (engine: QueryEngine) => Promise<Result>): Promise<Result> => {
    const columns = segmentColumns.map(({ name, type }) => `${name} ${type === 'VARCHAR' ? 'TEXT' : 'INTEGER'} NOT NULL`);
    const database = openDatabase(join(folder, `${randomUUID()}.db`), `CREATE TABLE signals (${columns.join(', ')})`);
    const insert = database.prepare(`INSERT INTO signals VALUES (${segmentColumns.map(() => '?').join(', ')})`);
    const unique = new Map(good.map((signal) => [signal.id, signal]));
    database.transaction(() => {
      for (const signal of unique.values()) insert.run(...segmentRowOf(signal));
    })();
    try {
      return await work(sqliteEngine(database));
    } finally {
      database.close();
    }
  };

  it('give the same features, bit for bit, of a simulated merchant', async () => {
    const { snapshot } = await graph.with(signals.filter((signal) => validateSignal(signal).ok).concat(futureSignals));
    const duckdb = await graph.warehouse.buildFeatures({ snapshot, asOf: truth.asOf, outcomeDays: 60 }, callOptions);
    const window: FeatureWindow = { asOfDay, endDay: asOfDay + 60 };
    const found = await withSqlite((engine) => runFeatureQueries(engine, window));
    expect(writeFeatureTables(found, window, graph.content)).toEqual(duckdb);
  });

  it('give the same six windows, bit for bit, of a simulated merchant', async () => {
    const { snapshot } = await graph.seal();
    const duckdb = await graph.warehouse.buildWindows({ snapshot, asOf: truth.asOf }, callOptions);
    const window: FeatureWindow = { asOfDay, endDay: asOfDay };
    const found = await withSqlite(async (engine) => {
      await makeBuckets(engine, window, bucketQueries);
      const source = await readWindowSource(engine, window);
      const profiles = await readProfiles(engine, window, source.accountOf, source.customers.length);
      return {
        source,
        events: await readEvents(engine, window, source),
        profiles,
        links: await readLinks(engine, window, source.accountOf, profiles),
      };
    });
    expect(writeWindowTables(found, window, graph.content)).toEqual(duckdb);
  });
});

function sqliteEngine(database: Database): QueryEngine {
  const select = (sql: string, window: FeatureWindow): ResultColumns => {
    const statement = database.prepare<unknown[], Record<string, string | number>>(sql);
    const rows = statement.all(...bound(sql, window));
    return Object.fromEntries(statement.columns().map(({ name }) => [name, rows.map((row) => row[name] ?? '')]));
  };
  return {
    select: async (sql, window) => select(sql, window),
    numbers: async (sql, window) => {
      const columns = Object.entries(select(sql, window));
      const asArray = (name: string, values: readonly number[]) =>
        isWideColumn(name) ? Float64Array.from(values) : Int32Array.from(values);
      return Object.fromEntries(columns.map(([name, values]) => [name, asArray(name, values.map(Number))]));
    },
    async keep(name, sql, window) {
      database.prepare(`CREATE TABLE ${name} AS ${sql}`).run(...bound(sql, window));
    },
    async load(name, columns: ResultColumns) {
      const names = Object.keys(columns);
      database.exec(`DROP TABLE IF EXISTS ${name}; CREATE TABLE ${name} (${names.join(', ')})`);
      const insert = database.prepare(`INSERT INTO ${name} VALUES (${names.map(() => '?').join(', ')})`);
      for (const row of columns[names[0] ?? '']?.keys() ?? []) insert.run(...names.map((column) => columns[column]?.[row]));
    },
  };
}

function bound(sql: string, window: FeatureWindow): readonly Record<string, number>[] {
  const used = Object.fromEntries(Object.entries(parametersOf(window)).filter(([name]) => sql.includes(`$${name}`)));
  return Object.keys(used).length === 0 ? [] : [used];
}
