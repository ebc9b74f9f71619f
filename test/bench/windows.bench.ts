/**
 * Six windows of behaviour against what anybody would write for them in DuckDB, on the same segments: processor time and the most memory
 * of a process of its own for each side. The raw side makes one table of counts and money per customer, place and signal type, and one
 * of days, recency and money per customer, each for six windows. Ours makes these and also who is whom, orders, articles, favourite places
 * and gaps. Then an update: signals of 1,000 customers arrive, who is touched is found, and their windows are built.
 *
 * node --conditions=cohortium-source test/bench/windows.bench.ts [--events 5000000] [--customers 500000] [--touched 1000] [--sides raw,ours,update]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { DuckDBInstance } from '@duckdb/node-api';

import { BucketFiles } from '../../agents/adapters/duckdb/bucket-files.ts';
import { withSegments } from '../../agents/adapters/duckdb/duckdb-session.ts';
import type { SegmentEntry } from '../../agents/adapters/duckdb/segment-schema.ts';
import { createWarehouse } from '../../agents/adapters/duckdb/warehouse.ts';
import { createContentStore } from '../../agents/adapters/files/content-store.ts';
import { bucketQueries } from '../../agents/customer-data-graph/features/window-buckets.ts';
import { foldWindow } from '../../agents/customer-data-graph/features/window-fold.ts';
import { readWindowSource } from '../../agents/customer-data-graph/features/window-source.ts';
import { grainTable, windowTable } from '../../agents/customer-data-graph/features/window-tables.ts';
import { windowDays, windowIds } from '../../skills/cohort/definitions/definition.ts';
import { column, makeTable } from '../../skills/sdk/index.ts';
import { isoDate } from '../../skills/sdk/numeric/index.ts';
import { callOptions } from '../fixtures/sealed-graph.ts';
import { lastDay, writeLateSegment, writeLog } from './windows-log.ts';

const { values: given } = parseArgs({
  options: {
    events: { type: 'string', default: '5000000' },
    customers: { type: 'string', default: '' },
    touched: { type: 'string', default: '1000' },
    sides: { type: 'string', default: 'raw,ours,update' },
    side: { type: 'string', default: '' },
    folder: { type: 'string', default: '' },
  },
});
const events = Number(given.events);
const customers = given.customers === '' ? Math.ceil(events / 10) : Number(given.customers);
const touched = Number(given.touched);

interface Measure {
  readonly name: string;
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly rows: number;
}

async function measured(name: string, work: () => Promise<number>): Promise<Measure> {
  const before = process.cpuUsage();
  const started = performance.now();
  const rows = await work();
  const { user, system } = process.cpuUsage(before);
  return { name, rows, cpuSeconds: (user + system) / 1e6, wallSeconds: (performance.now() - started) / 1000 };
}

const window = { asOfDay: lastDay, endDay: lastDay };
/** Of DuckDB; arrays and tables come on top. */
const memoryLimit = '2500MB';

const sides: Readonly<Record<string, (folder: string, segments: readonly SegmentEntry[]) => Promise<readonly Measure[]>>> = {
  async raw(folder, segments) {
    const instance = await DuckDBInstance.create(join(folder, 'raw.duckdb'), {
      memory_limit: '6GB',
      temp_directory: join(folder, 'spill'),
      preserve_insertion_order: 'false',
    });
    const connection = await instance.connect();
    const files = segments.map(({ file }) => `'${join(folder, 'segments', file)}'`).join(', ');
    await connection.run(`CREATE VIEW signals AS SELECT * FROM read_parquet([${files}])`);
    const run = (name: string, sql: string) =>
      measured(name, async () => {
        await connection.run(`CREATE TABLE result AS ${sql}`);
        const counted = await connection.runAndReadAll('SELECT count(*) FROM result');
        await connection.run('DROP TABLE result');
        return Number(counted.getRows()[0]?.[0]);
      });
    const perWindow = (make: (inside: string) => string, day = 'day_no'): string =>
      windowIds
        .map((id) => (windowDays[id] === Number.POSITIVE_INFINITY ? 'TRUE' : `${day} > ${lastDay - windowDays[id]}`))
        .map(make)
        .join(', ');
    const grain = `SELECT owner, location, channel, brand, type, ${perWindow((inside) => `count(*) FILTER (${inside})`)},
      ${perWindow((inside) => `sum(amount_minor) FILTER (${inside})`)}
      FROM signals GROUP BY owner, location, channel, brand, type`;
    const perCustomer = `SELECT owner, max(day_no), max(day_no) FILTER (purchases > 0), min(day_no),
      ${['sum(events)', 'count(*)', 'count(*) FILTER', 'sum(gross)', 'sum(returns)']
        .map((sum) =>
          perWindow((inside) => (sum.endsWith('FILTER') ? `${sum} (purchases > 0 AND ${inside})` : `${sum} FILTER (${inside})`)),
        )
        .join(', ')}
      FROM (
        SELECT owner, day_no, count(*) AS events, count(*) FILTER (type = 'purchase') AS purchases,
          sum(amount_minor) FILTER (type = 'purchase') AS gross, sum(amount_minor) FILTER (type = 'return') AS returns
        FROM signals GROUP BY owner, day_no
      ) GROUP BY owner`;
    const measures = [await run('per customer, place and type', grain), await run('per customer', perCustomer)];
    connection.closeSync();
    instance.closeSync();
    return measures;
  },

  async ours(folder, segments) {
    const place = { segments: join(folder, 'segments'), memoryLimit };
    const files = new BucketFiles(place, join(folder, 'buckets'));
    const options = { signal: AbortSignal.timeout(3_600_000) };
    const buckets = await measured('day buckets, once per segment', async () => {
      await files.complete(segments, options);
      return segments.length;
    });
    const windows = await measured('six windows, and per place and type', async () => {
      const source = await withSegments(place, segments, options, async (engine) => {
        await files.view(engine, segments, bucketQueries);
        return readWindowSource(engine, window);
      });
      let rows = 0;
      for (const id of windowIds) rows += windowTable(source, foldWindow(source, lastDay, windowDays[id])).rows;
      return rows + grainTable(source, lastDay).rows;
    });
    return [buckets, windows];
  },

  async update(folder, segments) {
    const content = createContentStore(join(folder, 'content'));
    const warehouse = createWarehouse({ segments: join(folder, 'segments'), buckets: join(folder, 'buckets'), memoryLimit, content });
    const snapshotOf = (listed: readonly SegmentEntry[]) =>
      content.putJson({
        format: 'cohortium/snapshot@1',
        segments: listed,
        events: listed.reduce((sum, entry) => sum + entry.events, 0),
        firstDate: isoDate(listed[0]?.firstDay ?? 0),
        lastDate: isoDate(lastDay),
      });
    const asOf = isoDate(lastDay);
    const before = snapshotOf(segments);
    const after = snapshotOf([...segments, await writeLateSegment(join(folder, 'segments'), touched, customers)]);
    const nobody = content.putTable(makeTable({ customerId: column.text(['nobody']) }));
    const keeping = await measured('signals by owner, once per segment', async () => {
      await warehouse.buildWindows({ snapshot: before, asOf, only: nobody }, callOptions);
      return segments.length;
    });
    let found = { touched: before };
    const asking = await measured('who is touched, files of the new segment included', async () => {
      found = await warehouse.touchedSince({ previous: { snapshot: before, asOf }, snapshot: after, asOf }, callOptions);
      return found.touched.rows;
    });
    const building = await measured('their windows, profiles, signals and who they are', async () => {
      const reply = await warehouse.buildWindows({ snapshot: after, asOf, only: found.touched }, callOptions);
      return reply.customers.rows;
    });
    return [keeping, asking, building];
  },
};

const folder = given.folder === '' ? mkdtempSync(join(tmpdir(), 'cohortium-windows-')) : given.folder;
const list = join(folder, 'segments.json');
if (given.side === '') {
  try {
    const made = await measured('data', async () => {
      const segments = await writeLog(join(folder, 'segments'), { events, customers });
      writeFileSync(list, JSON.stringify(segments));
      return segments.length;
    });
    console.log(`${events} signals of ${customers} customers in ${made.rows} segments, made in ${made.wallSeconds.toFixed(0)} s\n`);
    console.log('| side | what runs | CPU s | wall s | rows | peak memory of the process, GB |');
    console.log('| --- | --- | --- | --- | --- | --- |');
    const seconds = new Map(given.sides.split(',').map((side) => [side, runSide(side)]));
    const [raw, ours] = [seconds.get('raw'), seconds.get('ours')];
    if (raw !== undefined && ours !== undefined) {
      console.log(`\nours / raw: ${(ours / raw).toFixed(2)} of the CPU time, making day buckets for the first time included`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
} else {
  const segments = JSON.parse(readFileSync(list, 'utf8')) as readonly SegmentEntry[]; // written by the parent process
  const measures = (await sides[given.side]?.(folder, segments)) ?? [];
  console.log(JSON.stringify({ measures, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}

/** Runs one side in a process of its own. @returns seconds of CPU time */
function runSide(side: string): number {
  const script = fileURLToPath(import.meta.url);
  const sizes = ['--events', String(events), '--customers', String(customers), '--touched', String(touched)];
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [...process.execArgv, script, ...sizes, '--side', side, '--folder', folder],
    {
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(`the ${side} side ended with ${status}: ${stderr}`);
  const { measures, peakBytes } = JSON.parse(stdout) as { readonly measures: readonly Measure[]; readonly peakBytes: number }; // printed above
  for (const { name, cpuSeconds, wallSeconds, rows } of measures) {
    console.log(`| ${side} | ${name} | ${cpuSeconds.toFixed(2)} | ${wallSeconds.toFixed(2)} | ${rows} | ${(peakBytes / 1e9).toFixed(2)} |`);
  }
  return measures.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
}
