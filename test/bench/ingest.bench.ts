/**
 * Durable ingest against the least that anybody would write: raw batched better-sqlite3 inserts of the same rows, with the same
 * durability (WAL, synchronous=FULL) and the same batch size. Both sides take turns in one process; what is compared is processor time,
 * user and system, of the median round. Rows per second of raw over rows per second of ours is the ratio; 0.5 is the goal.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { segmentColumns } from '../../agents/adapters/duckdb/segment-schema.ts';
import type { Arrival } from '../../agents/adapters/sqlite/event-log-intake.ts';
import { segmentRowOf } from '../../agents/adapters/sqlite/event-log-schema.ts';
import { createEventLog } from '../../agents/adapters/sqlite/event-log.ts';
import { importFile } from '../../agents/customer-data-graph/ingest/import-file.ts';
import { validateSignal } from '../../skills/signal-capture/validate-signal.ts';
import { createMemoryContent } from '../fixtures/memory-content.ts';

const rows = 50_000;
const batchRows = 5000;
const rounds = 9;
const folder = mkdtempSync(join(tmpdir(), 'cohortium-bench-'));

const csvFile = join(folder, 'sales.csv');
const mapFile = join(folder, 'map.yaml');
writeFileSync(
  mapFile,
  'columns: { customer: customer, at: date, amount: amount, location: store, channel: channel, brand: brand, sku: sku, quantity: pieces }\n',
);
const lines = ['customer,date,amount,store,channel,brand,sku,pieces'];
const signals: object[] = [];
for (let index = 0; index < rows; index++) {
  const day = new Date(Date.UTC(2024, 0, 1 + Math.floor(index / 70))).toISOString().slice(0, 10);
  const cell = { location: `store-${index % 12}`, channel: `channel-${index % 4}`, brand: `brand-${index % 3}` };
  const amountMinor = 100 + ((index * 7919) % 10_000);
  const sku = `sku-${(index * 13) % 900}`;
  const quantity = 1 + (index % 4);
  lines.push(
    `u${(index * 31) % 5000},${day},${(amountMinor / 100).toFixed(2)},${cell.location},${cell.channel},${cell.brand},${sku},${quantity}`,
  );
  signals.push({
    id: `${day}-${index}`,
    type: 'purchase',
    customer: { userId: `u${(index * 31) % 5000}` },
    at: `${day}T10:00:00.000Z`,
    ...cell,
    properties: { amountMinor, currency: 'EUR', sku, quantity },
  });
}
writeFileSync(csvFile, `${lines.join('\n')}\n`);

const arrivalOf = (signal: object, index: number): Arrival => ({
  source: 'bench',
  line: index + 1,
  raw: () => '',
  verdicts: [validateSignal(signal)],
});
const arrivals = signals.map(arrivalOf);
const flat = arrivals.flatMap(({ verdicts }) => verdicts.flatMap((verdict) => (verdict.ok ? [segmentRowOf(verdict.signal)] : [])));
if (flat.length !== rows) throw new Error(`${rows} good signals were expected; found ${flat.length}`);

let round = 0;
const fresh = (): string => join(folder, `round-${round++}`);

async function rawInserts(): Promise<void> {
  const path = `${fresh()}.db`;
  const database = new SqliteDatabase(path);
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  const columns = segmentColumns.map(({ name, type }) => `${name} ${type === 'VARCHAR' ? 'TEXT' : 'INTEGER'}`);
  database.exec(`CREATE TABLE event (${columns.join(', ')})`);
  const insert = database.prepare(`INSERT INTO event VALUES (${columns.map(() => '?').join(', ')})`);
  const batch = database.transaction((part: typeof flat) => {
    for (const row of part) insert.run(row);
  });
  for (let at = 0; at < flat.length; at += batchRows) batch.immediate(flat.slice(at, at + batchRows));
  database.close();
  rmSync(path);
}

async function append(batchOf: (at: number) => readonly Arrival[]): Promise<void> {
  const directory = fresh();
  const log = createEventLog({ directory, currency: 'EUR', content: createMemoryContent() });
  let accepted = 0;
  for (let at = 0; at < rows; at += batchRows) accepted += (await log.append(batchOf(at))).accepted;
  await log.close();
  rmSync(directory, { recursive: true });
  if (accepted !== rows) throw new Error(`${rows} accepted signals were expected; found ${accepted}`);
}

async function importCsv(): Promise<void> {
  const directory = fresh();
  const log = createEventLog({ directory, currency: 'EUR', content: createMemoryContent() });
  await importFile({ file: csvFile, map: mapFile }, { log, currency: 'EUR', batchRows });
  await log.close();
  rmSync(directory, { recursive: true });
}

const contenders = [
  ['raw better-sqlite3 inserts', rawInserts],
  ['append to the event log: recognise, count, keep', () => append((at) => arrivals.slice(at, at + batchRows))],
  ['validate and append', () => append((at) => signals.slice(at, at + batchRows).map((signal, index) => arrivalOf(signal, at + index)))],
  ['import a CSV file: read, map, validate, append', importCsv],
] as const;

const microseconds = contenders.map((): number[] => []);
for (let turn = 0; turn <= rounds; turn++) {
  for (const [index, [, work]] of contenders.entries()) {
    const before = process.cpuUsage();
    await work();
    const { user, system } = process.cpuUsage(before);
    // The first turn warms up.
    if (turn > 0) microseconds[index]?.push((user + system) / rows);
  }
}
const medians = microseconds.map((times) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? Number.NaN);
const [raw = Number.NaN] = medians;
console.log(`${rows} rows, batches of ${batchRows}, ${rounds} rounds; processor time per row, and speed relative to raw inserts`);
for (const [index, [name]] of contenders.entries()) {
  const median = medians[index] ?? Number.NaN;
  console.log(`${name.padEnd(50)} ${median.toFixed(2).padStart(6)} µs ${(raw / median).toFixed(2).padStart(6)}x`);
}
console.log(`\ningest ratio: append ${ratio(1)}x, validate and append ${ratio(2)}x, CSV import ${ratio(3)}x of raw inserts (goal: 0.5x)`);
rmSync(folder, { recursive: true });

function ratio(index: number): string {
  return (raw / (medians[index] ?? Number.NaN)).toFixed(2);
}
