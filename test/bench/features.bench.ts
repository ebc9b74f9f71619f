/**
 * All five feature tables against the least that DuckDB can do on the same segments: one query for the accounts and one for
 * the cells, without identities, returns, splits and profiles. Prints the ratio; both sides run in the same process.
 */
import { join } from 'node:path';

import { DuckDBInstance } from '@duckdb/node-api';
import { bench, run, summary } from 'mitata';

import { simulateMerchant } from '../../agents/customer-data-graph/simulate/index.ts';
import { validateSignal } from '../../skills/signal-capture/validate-signal.ts';
import { callOptions, openGraph } from '../fixtures/sealed-graph.ts';

const merchant = simulateMerchant({ seed: 'bench', customers: 7000 });
const graph = openGraph();
const good = merchant.signals.filter((signal) => validateSignal(signal).ok);
for (let at = 0; at < good.length; at += 10_000) {
  const arrivals = good
    .slice(at, at + 10_000)
    .map((signal, line) => ({ source: 'bench', line, raw: () => '', verdicts: [validateSignal(signal)] }));
  await graph.log.append(arrivals);
}
const { snapshot, events } = await graph.seal();
const { asOf } = merchant.truth;
const asOfDay = Math.floor(Date.parse(`${asOf}T00:00:00Z`) / 86_400_000);
const files = `read_parquet('${join(graph.directory, 'segments', '*.parquet')}')`;

const rawQueries = [
  `WITH days AS (
     SELECT user_id, day_no, SUM(amount_minor) AS spend FROM ${files}
     WHERE type = 'purchase' AND day_no <= ${asOfDay} GROUP BY user_id, day_no
   ), firsts AS (SELECT user_id, MIN(day_no) AS first_day FROM days GROUP BY user_id)
   SELECT user_id, COUNT(*) - 1 AS x, MAX(day_no) - first_day AS tx, ${asOfDay} - first_day AS age,
     SUM(CASE WHEN day_no > first_day THEN spend ELSE 0 END) AS repeat_spend
   FROM days JOIN firsts USING (user_id) GROUP BY user_id, first_day ORDER BY user_id`,
  `SELECT user_id, location, channel, brand, COUNT(DISTINCT day_no) AS days, SUM(amount_minor) AS spend FROM ${files}
   WHERE type = 'purchase' AND day_no <= ${asOfDay} GROUP BY user_id, location, channel, brand ORDER BY user_id, location, channel, brand`,
];

async function rawDuckdb(): Promise<number> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  let values = 0;
  for (const sql of rawQueries) values += (await connection.runAndReadAll(sql)).getColumns().length;
  connection.closeSync();
  instance.closeSync();
  return values;
}

console.log(`${events} events, ${merchant.truth.customers} customers`);
summary(() => {
  bench('raw DuckDB: accounts and cells', rawDuckdb);
  bench('features: accounts, cells, profiles, weekly, marginals', () =>
    graph.warehouse.buildFeatures({ snapshot, asOf, outcomeDays: 0 }, callOptions));
});
const { benchmarks } = await run();
const [raw, features] = benchmarks.map(({ runs }) => runs[0]?.stats?.avg ?? Number.NaN);
console.log(
  `\nfeatures ratio: ${((features ?? 0) / (raw ?? 1)).toFixed(2)}x of two raw DuckDB queries, ${((features ?? 0) / 1e9).toFixed(2)} s`,
);
await graph.close();
