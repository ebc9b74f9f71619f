/**
 * Durable ingest against the least that anybody would write: raw batched better-sqlite3 inserts of the same rows, with the
 * same durability and the same batch size. Prints the ratio; both sides run in the same process.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';
import { bench, run, summary } from 'mitata';

import type { Arrival } from '../../agents/adapters/sqlite/event-log-intake.ts';
import { segmentRowOf } from '../../agents/adapters/sqlite/event-log-schema.ts';
import { createEventLog } from '../../agents/adapters/sqlite/event-log.ts';
import { importFile } from '../../agents/customer-data-graph/ingest/import-file.ts';
import { validateSignal } from '../../skills/signal-capture/validate-signal.ts';
import { createMemoryContent } from '../fixtures/memory-content.ts';

const rows = 50_000;
const batchRows = 5000;
const folder = mkdtempSync(join(tmpdir(), 'cohortium-bench-'));

const csvFile = join(folder, 'sales.csv');
const mapFile = join(folder, 'map.yaml');
writeFileSync(mapFile, 'columns: { customer: customer, at: date, amount: amount, location: store, channel: channel, brand: brand }\n');
const lines = ['customer,date,amount,store,channel,brand'];
const arrivals: Arrival[] = [];
for (let index = 0; index < rows; index++) {
  const day = new Date(Date.UTC(2024, 0, 1 + Math.floor(index / 70))).toISOString().slice(0, 10);
  const cell = { location: `store-${index % 12}`, channel: `channel-${index % 4}`, brand: `brand-${index % 3}` };
  const amountMinor = 100 + ((index * 7919) % 10_000);
  lines.push(`u${(index * 31) % 5000},${day},${(amountMinor / 100).toFixed(2)},${cell.location},${cell.channel},${cell.brand}`);
  const signal = {
    id: `${day}-${index}`,
    type: 'purchase',
    customer: { userId: `u${(index * 31) % 5000}` },
    at: day,
    ...cell,
    properties: { amountMinor, currency: 'EUR' },
  };
  arrivals.push({ source: 'bench', line: index + 1, raw: () => '', verdicts: [validateSignal(signal)] });
}
writeFileSync(csvFile, `${lines.join('\n')}\n`);
const flat = arrivals.flatMap(({ verdicts }) => verdicts.flatMap((verdict) => (verdict.ok ? [segmentRowOf(verdict.signal)] : [])));

let round = 0;
const fresh = (): string => join(folder, `round-${round++}`);

function rawInserts(): void {
  const path = `${fresh()}.db`;
  const database = new SqliteDatabase(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.exec(
    'CREATE TABLE event (id TEXT, type TEXT, user_id TEXT, email_hash TEXT, loyalty_id TEXT, phone_hash TEXT, anonymous_id TEXT, owner TEXT, ts_ms INTEGER, day_no INTEGER, location TEXT, channel TEXT, brand TEXT, order_id TEXT, amount_minor INTEGER, sku TEXT, properties TEXT)',
  );
  const insert = database.prepare(`INSERT INTO event VALUES (${Array.from({ length: 14 }, () => '?').join(', ')})`);
  const batch = database.transaction((part: typeof flat) => {
    for (const row of part) insert.run(row);
  });
  for (let at = 0; at < flat.length; at += batchRows) batch.immediate(flat.slice(at, at + batchRows));
  database.close();
  rmSync(path);
}

async function appendValidated(): Promise<void> {
  const directory = fresh();
  const log = createEventLog({ directory, currency: 'EUR', content: createMemoryContent() });
  for (let at = 0; at < arrivals.length; at += batchRows) await log.append(arrivals.slice(at, at + batchRows));
  await log.close();
  rmSync(directory, { recursive: true });
}

async function importCsv(): Promise<void> {
  const directory = fresh();
  const log = createEventLog({ directory, currency: 'EUR', content: createMemoryContent() });
  await importFile({ file: csvFile, map: mapFile }, { log, currency: 'EUR', batchRows });
  await log.close();
  rmSync(directory, { recursive: true });
}

summary(() => {
  bench(`raw better-sqlite3 inserts, ${rows} rows, batches of ${batchRows}`, rawInserts).baseline();
  bench('append to the event log: dedupe, digest, inbox', appendValidated);
  bench('import of a CSV file: read, map, validate, append', importCsv);
});

const { benchmarks } = await run();
const mean = (index: number): number => {
  const trial = benchmarks[index]?.runs[0];
  return trial?.stats?.avg ?? Number.NaN;
};
console.log(`\ningest ratio: append ${(mean(1) / mean(0)).toFixed(2)}x, CSV import ${(mean(2) / mean(0)).toFixed(2)}x of raw inserts`);
console.log(`rows per second: raw ${perSecond(0)}, append ${perSecond(1)}, CSV import ${perSecond(2)}`);
rmSync(folder, { recursive: true });

function perSecond(index: number): string {
  return Math.round(rows / (mean(index) / 1e9)).toLocaleString('en');
}
