/**
 * A lookup of an account, a visited cell, an unvisited cell and a marginal against a raw prepared get of a row of the same
 * size from better-sqlite3. Prints the ratio; all run in the same process on the same file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';
import { bench, do_not_optimize, run, summary } from 'mitata';

import { createScoreStore } from '../../agents/adapters/sqlite/score-store.ts';
import { column, makeTable } from '../../skills/sdk/index.ts';
import { createMemoryContent } from '../fixtures/memory-content.ts';

const customers = 100_000;
const cellsEach = 4;
const folder = mkdtempSync(join(tmpdir(), 'cohortium-bench-'));
const content = createMemoryContent();
const grid = Array.from({ length: 144 }, (_, index) => ({
  location: `location-${index % 12}`,
  channel: `channel-${Math.floor(index / 12) % 4}`,
  brand: `brand-${Math.floor(index / 48)}`,
}));
const ids = Array.from({ length: customers }, (_, index) => `c${String(index).padStart(7, '0')}`);
const cellOf = (row: number): (typeof grid)[number] => grid[(row * 31 + 7) % 144] ?? { location: '', channel: '', brand: '' };
const numbers = (value: number, rows = customers): ReturnType<typeof column.float64> => column.float64(new Float64Array(rows).fill(value));
const cellRows = customers * cellsEach;

const store = createScoreStore({ directory: folder, content });
await store.publish(
  {
    asOf: '2026-01-31',
    ledgerSize: 1,
    ledgerRoot: '00'.repeat(32),
    model: content.putJson({ concentration: 3, horizonDays: 90 }),
    accounts: content.putTable(makeTable({ customerId: column.text(ids), baskets: column.int32(new Int32Array(customers).fill(4)) })),
    scores: content.putTable(
      makeTable({
        customerId: column.text(ids),
        clvMinor: numbers(1234.5678),
        clvLowMinor: numbers(600.25),
        clvHighMinor: numbers(2400.75),
        pPurchase: numbers(0.3456),
        pAlive: numbers(0.789),
        tier: column.text(ids.map(() => 'medium')),
      }),
    ),
    cells: content.putTable(
      makeTable({
        account: column.int32(Int32Array.from({ length: cellRows }, (_, row) => Math.floor(row / cellsEach))),
        location: column.text(Array.from({ length: cellRows }, (_, row) => cellOf(row).location)),
        channel: column.text(Array.from({ length: cellRows }, (_, row) => cellOf(row).channel)),
        brand: column.text(Array.from({ length: cellRows }, (_, row) => cellOf(row).brand)),
        share: numbers(0.145, cellRows),
        clvMinor: numbers(179.0123, cellRows),
      }),
    ),
    priors: content.putTable(
      makeTable({
        location: column.text(grid.map(({ location }) => location)),
        channel: column.text(grid.map(({ channel }) => channel)),
        brand: column.text(grid.map(({ brand }) => brand)),
        share: numbers(1 / 144, 144),
      }),
    ),
    decisions: content.putTable(
      makeTable({
        account: column.int32(Int32Array.from({ length: customers * 2 }, (_, row) => row >> 1)),
        subscriber: column.text(Array.from({ length: customers * 2 }, (_, row) => (row % 2 ? 'loyalty-desk' : 'score-store'))),
        purpose: column.text(Array.from({ length: customers * 2 }, (_, row) => (row % 2 ? 'tier-assignment' : 'analytics'))),
        outcome: column.text(new Array<string>(customers * 2).fill('pass')),
        policies: column.text(new Array<string>(customers * 2).fill('')),
      }),
    ),
    receipts: content.putTable(
      makeTable(
        Object.fromEntries(
          ['record', 'item', 'scoreRecord', 'scoreItem'].map((name) => [
            name,
            column.int32(Int32Array.from({ length: customers * 2 }, (_, row) => row)),
          ]),
        ),
      ),
    ),
  },
  { signal: new AbortController().signal, idempotencyKey: 'bench' },
);

const database = new SqliteDatabase(join(folder, 'scores.db'), { readonly: true });
const raw = database.prepare('SELECT * FROM score_account WHERE version = 1 AND customer_id = ?');
let turn = 0;
const next = (): string => ids[(turn = (turn + 7919) % customers)] ?? '';

console.log(`${customers} customers, ${cellRows} visited cells, one process, file in the page cache`);
summary(() => {
  bench('raw prepared get', () => do_not_optimize(raw.get(next())));
  bench('lookup of an account', () => do_not_optimize(store.lookup({ customerId: next() })));
  bench('lookup of a visited cell', () => {
    const customerId = next();
    return do_not_optimize(store.lookup({ customerId, ...cellOf(turn * cellsEach) }));
  });
  bench('lookup of an unvisited cell', () => {
    const customerId = next();
    return do_not_optimize(store.lookup({ customerId, ...cellOf(turn * cellsEach + 9) }));
  });
  bench('lookup of a location', () => do_not_optimize(store.lookup({ customerId: next(), location: 'location-3' })));
});
const { benchmarks } = await run();
const [rawMean = Number.NaN, ...lookups] = benchmarks.map(({ runs }) => runs[0]?.stats?.avg ?? Number.NaN);
console.log(`\nlookup ratio: ${lookups.map((mean) => (mean / rawMean).toFixed(2)).join('x, ')}x of a raw prepared get`);
store.close();
database.close();
rmSync(folder, { recursive: true });
