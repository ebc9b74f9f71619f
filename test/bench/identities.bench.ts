/**
 * Identities of a million customers, five million distinct combinations: the rules over numbers against a bare union of everything
 * that is carried together, and everything from Parquet to the table that features join with against the one query that lists the
 * combinations. Ratios are of processor time, both sides in this process. Smaller with IDENTITIES=100000.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';

import { createGraphReader } from '../../agents/adapters/duckdb/graph-reader.ts';
import { segmentColumns } from '../../agents/adapters/duckdb/segment-schema.ts';
import { readCustomer } from '../../agents/customer-data-graph/graph/customer-view.ts';
import { Components } from '../../agents/customer-data-graph/identities/components.ts';
import { identitySql, loadIdentityGraph } from '../../agents/customer-data-graph/identities/load-identities.ts';
import { resolveGraph } from '../../agents/customer-data-graph/identities/resolve-graph.ts';
import { createMemoryContent } from '../fixtures/memory-content.ts';

const people = Number(process.env['IDENTITIES'] ?? 1_000_000);
const folder = mkdtempSync(join(tmpdir(), 'cohortium-bench-'));
mkdirSync(join(folder, 'segments'));

/** Five combinations a person; one person in 30 has the address of another, one in 50 a phone of a household of two, one device in 1000 is a kiosk. */
const columns: Readonly<Record<string, string>> = {
  id: `CAST(n AS VARCHAR) || '-' || k`,
  type: `'visit'`,
  user_id: `CASE WHEN k IN (0, 1, 2, 4) THEN 'u' || n ELSE '' END`,
  email_hash: `CASE WHEN k IN (1, 3) THEN sha256('mail' || CASE WHEN n % 30 = 0 THEN n + 1 ELSE n END) ELSE '' END`,
  loyalty_id: `CASE WHEN k = 2 THEN 'card' || n ELSE '' END`,
  phone_hash: `CASE WHEN k = 4 THEN sha256('phone' || CASE WHEN n % 50 = 0 THEN n + 2 ELSE n END) ELSE '' END`,
  anonymous_id: `CASE WHEN k IN (0, 3) THEN 'device' || CASE WHEN n % 1000 < 8 THEN n // 1000 ELSE n + 1000000 END ELSE '' END`,
  owner: `''`,
  ts_ms: `1767225600000 + (n * 7919 + k * 86400000) % 31536000000`,
  day_no: `CAST((1767225600000 + (n * 7919 + k * 86400000) % 31536000000) // 86400000 AS INTEGER)`,
  location: `''`,
  channel: `''`,
  brand: `''`,
  order_id: `''`,
  amount_minor: `CAST(0 AS BIGINT)`,
  sku: `''`,
  properties: `'{}'`,
};
const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const selected = segmentColumns.map(({ name }) => `${columns[name] ?? "''"} AS ${name}`).join(', ');
await connection.run(
  `COPY (SELECT ${selected} FROM range(${people}) a(n), range(5) b(k)) TO '${join(folder, 'segments', `${'0'.repeat(64)}.parquet`)}' (FORMAT parquet, COMPRESSION zstd)`,
);
connection.closeSync();
instance.closeSync();

const content = createMemoryContent();
const snapshot = content.putJson({
  format: 'cohortium/snapshot@1',
  segments: [{ digest: '0'.repeat(64), file: `${'0'.repeat(64)}.parquet`, events: people * 5, firstDay: 20_454, lastDay: 20_819 }],
  events: people * 5,
  firstDate: '2026-01-01',
  lastDate: '2026-12-31',
});
const reader = createGraphReader({ segments: join(folder, 'segments'), content });
const window = { asOfDay: 21_000, endDay: 21_000 };
const [started, startedCpu] = [process.hrtime.bigint(), process.cpuUsage()];
const graph = await reader.lend(snapshot, window.endDay, { signal: new AbortController().signal }, (engine) =>
  loadIdentityGraph(engine, window),
);
const [loaded, loadedCpu] = [process.hrtime.bigint(), process.cpuUsage(startedCpu)];
const beforeRules = process.cpuUsage();
resolveGraph(graph.input);
const [resolved, rulesCpu] = [process.hrtime.bigint(), process.cpuUsage(beforeRules)];

const beforeBare = process.cpuUsage();
const { identities: carried } = graph.input.carried;
const bare = new Components(graph.customerNo.length);
for (let row = 0; row < graph.input.carried.events.length; row++) {
  let first = 0;
  for (const column of carried) {
    const identity = column[row] ?? 0;
    if (identity === 0) continue;
    if (first > 0) bare.join(first, identity);
    else first = identity;
  }
}
const bareCpu = process.cpuUsage(beforeBare);
const beforeQuery = process.cpuUsage();
await reader.lend(snapshot, window.endDay, { signal: new AbortController().signal }, (engine) =>
  engine.keep('combinations', identitySql('carried_identities'), window),
);
const queryCpu = process.cpuUsage(beforeQuery);

const seconds = (from: bigint, to: bigint): string => (Number(to - from) / 1e9).toFixed(2);
console.log(
  `${people} people, ${graph.input.carried.events.length} combinations, ${graph.customerNo.length - 1} identities, ${graph.customers.length} customers`,
);
const cpu = ({ user, system }: NodeJS.CpuUsage): string => ((user + system) / 1e6).toFixed(2);
const ratio = (own: NodeJS.CpuUsage, least: NodeJS.CpuUsage): string => (Number(cpu(own)) / Number(cpu(least))).toFixed(1);
console.log(
  `the rules over numbers: ${seconds(loaded, resolved)} s (${cpu(rulesCpu)} s of processor), ${ratio(rulesCpu, bareCpu)}x of a bare union (${cpu(bareCpu)} s)`,
);
console.log(
  `from Parquet to the table of owners: ${seconds(started, loaded)} s (${cpu(loadedCpu)} s of processor), ${ratio(loadedCpu, queryCpu)}x of listing the combinations (${cpu(queryCpu)} s)`,
);

const asked = process.hrtime.bigint();
const question = { id: `user:u${Math.floor(people / 2)}`, untilMs: Date.UTC(2030, 0, 1), asOf: null, waiting: 0 };
const one = await reader.lend(snapshot, window.endDay, { signal: new AbortController().signal }, (engine, rules) =>
  readCustomer(engine, window, rules, question),
);
console.log(`one customer with history, ${one.identities.length} identities: ${seconds(asked, process.hrtime.bigint())} s`);
console.log(`most memory ${(process.resourceUsage().maxRSS / 1024 ** 2).toFixed(2)} GB`);
rmSync(folder, { recursive: true });
