/**
 * Composes the records of a million customers with three uses each, as the audit step does, and prints processor time, bytes of bodies
 * and the most memory in use; with `--append` then puts them part after part into a ledger on disk, sealed and signed.
 * `node --conditions=cohortium-source test/bench/records.bench.ts [customers] [--append]`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cpuUsage, memoryUsage } from 'node:process';
import { parseArgs } from 'node:util';

import { createContentStore } from '../../agents/adapters/files/content-store.ts';
import { openKeyring } from '../../agents/adapters/keys/keyring.ts';
import { createLedger } from '../../agents/adapters/sqlite/ledger/ledger.ts';
import { openVault } from '../../agents/adapters/vault/vault.ts';
import { composeRecords } from '../../skills/audit/effects.ts';
import {
  cohortAxes as axes,
  column,
  type ContentStore,
  encodeTable,
  makeTable,
  type PackedTexts,
  type Ref,
  sha256,
  tableMedia,
  type TableToWrite,
} from '../../skills/sdk/index.ts';
import { createMemoryContent, pureContextOver } from '../fixtures/memory-content.ts';

const { values: options, positionals } = parseArgs({ allowPositionals: true, options: { append: { type: 'boolean', default: false } } });
const customers = Number(positionals[0] ?? 1_000_000);
const directory = mkdtempSync(join(tmpdir(), 'cohortium-bench-'));
const stored = createContentStore(join(directory, 'content'));
const usesEach = 3;
const cellsEach = 4;
const content: ContentStore = createMemoryContent();

/** Parts are digested as a store would, and let go of: what is held at once is what the step holds. */
const written = { parts: 0, records: 0, bytes: 0, distinct: 0, sample: 0 };
const context = {
  ...pureContextOver(content),
  writeTable: (table: TableToWrite): Ref => {
    const body = table.columns['body'];
    if (body?.type === 'packed') {
      const lengths = lengthsOf(body.texts);
      written.distinct += lengths.length;
      for (const code of body.values) written.bytes += lengths[code] ?? 0;
      if (written.parts === 0) written.sample = lengths[2] ?? 0;
    }
    written.parts += 1;
    written.records += table.rows;
    const ref = options.append ? stored.putTable(table) : { digest: encodeTable(table).digest, media: tableMedia, rows: table.rows };
    peak();
    return ref;
  },
};

function lengthsOf({ count, bytes }: PackedTexts): Int32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return new Int32Array(count).map(() => {
    const length = view.getUint32(at, true);
    at += 4 + length;
    return length;
  });
}

let most = 0;
function peak(): void {
  most = Math.max(most, memoryUsage().rss);
}

const ids = Array.from({ length: customers }, (_, row) => `c${String(row).padStart(8, '0')}`);
const homes = Array.from({ length: 50 }, (_, place) => `Location ${place}`);
/** A spread of numbers with all their digits, the same in every run. */
const spread = (scale: number, salt: number): Float64Array =>
  Float64Array.from({ length: customers }, (_, row) => scale * (((row * 2_654_435_761 + salt * 40_503) % 4_294_967_291) / 4_294_967_291));
const home = Int32Array.from(ids, (_, row) => row % homes.length);
const numbers = (salt: number) => ({
  customerId: column.text(ids),
  clvMinor: column.float64(spread(50_000, salt)),
  clvLowMinor: column.float64(spread(20_000, salt + 1)),
  clvHighMinor: column.float64(spread(90_000, salt + 2)),
  pPurchase: column.float64(spread(1, salt + 3)),
  pAlive: column.float64(spread(1, salt + 4)),
  expectedPurchases: column.float64(spread(5, salt + 5)),
  spendPerPurchaseMinor: column.float64(spread(9000, salt + 6)),
  elsewhere: column.float64(spread(1, salt + 7)),
});
const cellRows = customers * cellsEach;
const cellNumbers = (scale: number): Float64Array =>
  Float64Array.from({ length: cellRows }, (_, row) => scale * (((row * 40_503) % 65_521) / 65_521));
const decisions = customers * usesEach;
const vector = Int32Array.from({ length: decisions }, (_, row) => (Math.floor(row / usesEach) % 700) * usesEach + (row % usesEach));
const useOf = Int32Array.from({ length: decisions }, (_, row) => row % usesEach);
const account = Int32Array.from({ length: decisions }, (_, row) => Math.floor(row / usesEach));
const names = ['score-store', 'loyalty-desk', 'offers'];
const purposes = ['analytics', 'tier-assignment', 'offer-eligibility'];
const facts = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`aFactOfAUse${at}`, at % 2 === 0 ? null : at % 3 === 0]));
const json = content.putJson({});
const input = {
  decisions: content.putTable(
    makeTable({
      account: column.int32(account),
      subscriber: column.coded(useOf, names),
      purpose: column.coded(useOf, purposes),
      sink: column.coded(useOf, names),
      vector: column.int32(vector),
    }),
  ),
  verdicts: content.putJson(
    Array.from({ length: 700 * usesEach }, (_, at) => ({
      outcome: at % 5 === 0 ? 'counsel' : 'pass',
      policies: [],
      unknownFacts: ['country'],
      facts,
      key: sha256(String(at)),
      anchors: { privacy: 'pass' },
    })),
  ),
  policyDigest: 'law',
  calibrated: content.putTable(
    makeTable({ ...numbers(1), tier: column.text(ids.map((_, row) => ['high', 'medium', 'low'][row % 3] ?? '')) }),
  ),
  calibratedCells: content.putTable(
    makeTable({
      account: column.int32(Int32Array.from({ length: cellRows }, (_, row) => Math.floor(row / cellsEach))),
      location: column.coded(
        Int32Array.from({ length: cellRows }, (_, row) => row % homes.length),
        homes,
      ),
      channel: column.coded(
        Int32Array.from({ length: cellRows }, (_, row) => row % 4),
        ['store', 'web', 'app', 'phone'],
      ),
      brand: column.coded(
        Int32Array.from({ length: cellRows }, (_, row) => row % 3),
        ['Halden', 'Mirabo', 'Ostra'],
      ),
      share: column.float64(cellNumbers(1)),
      clvMinor: column.float64(cellNumbers(10_000)),
    }),
  ),
  calibration: content.putJson({
    method: 'cohort-logistic',
    folds: 5,
    n: 1,
    isCalibrated: true,
    tierRule: [],
    cohorts: {},
    cohortError: {},
    probability: {},
    moneyScale: {},
    countScale: {},
    gain: null,
    tiers: null,
    intervals: null,
  }),
  reliability: {},
  scores: content.putTable(makeTable(numbers(11))),
  accounts: content.putTable(
    makeTable({
      customerId: column.text(ids),
      baskets: column.int32(Int32Array.from(ids, (_, row) => row % 17)),
      totalSpendMinor: column.float64(spread(70_000, 30).map(Math.floor)),
      firstDay: column.int32(Int32Array.from(ids, (_, row) => 19_000 + (row % 700))),
      lastDay: column.int32(Int32Array.from(ids, (_, row) => 19_700 + (row % 700))),
    }),
  ),
  profiles: content.putTable(makeTable({ homeLocation: column.coded(home, homes) })),
  memberships: content.putTable(
    makeTable({
      account: column.int32(Int32Array.from({ length: customers * axes.length }, (_, row) => Math.floor(row / axes.length))),
      axis: column.coded(
        Int32Array.from({ length: customers * axes.length }, (_, row) => row % axes.length),
        axes,
      ),
      cohort: column.coded(
        Int32Array.from({ length: customers * axes.length }, (_, row) => (row * 7919) % 40),
        Array.from({ length: 40 }, (_, at) => `cohort-${at}`),
      ),
    }),
  ),
  model: content.putJson({
    asOf: '2026-01-31',
    cutoff: '2025-10-31',
    horizonDays: 90,
    discountRateAnnual: 0,
    intervalLevel: 0.9,
    draws: 200,
    concentration: 1,
    shares: null,
    stacking: { origins: [1, 2], reason: '' },
    now: {
      spend: null,
      timing: {
        models: ['bg-nbd', 'mbg-nbd', 'pareto-nbd'].map((family) => ({
          family,
          params: {},
          logLikelihood: 0,
          aic: 0,
          customers: 1,
          boundary: null,
        })),
        weights: [{ cohort: '', shares: [1 / 3, 1 / 3, 1 / 3], customers: customers }],
      },
    },
  }),
  snapshot: json,
  currency: 'EUR',
  asOf: '2026-01-31',
};
peak();
const before = { rss: memoryUsage().rss, cpu: cpuUsage() };
const { parts } = composeRecords(input, context);
const { user, system } = cpuUsage(before.cpu);
const perMillion = (count: number): string => Math.round((count / customers) * 1e6).toLocaleString('en');
console.log(`customers               ${customers.toLocaleString('en')} with ${usesEach} uses each`);
console.log(`processor time          ${((user + system) / 1e6).toFixed(1)} s, digests of the parts included`);
console.log(`records                 ${written.records.toLocaleString('en')} in ${written.parts} parts`);
console.log(`distinct bodies         ${written.distinct.toLocaleString('en')}`);
console.log(`bytes of bodies         ${(written.bytes / 1e6).toFixed(0)} MB, ${perMillion(written.bytes)} per million customers`);
console.log(`bytes of a score        ${written.sample}`);
console.log(`memory                  ${(before.rss / 1e6).toFixed(0)} MB with the input tables, ${(most / 1e6).toFixed(0)} MB at most`);

if (options.append) {
  const clock = { now: () => Date.UTC(2026, 0, 31) };
  const vault = openVault({ directory, vaultKey: Buffer.alloc(32, 3), clock });
  const keyring = openKeyring(join(directory, 'keys'));
  const ledger = createLedger({ directory, keyring, content: stored, clock, vault: () => vault });
  const call = (name: string, at: number) => ({ signal: new AbortController().signal, idempotencyKey: `${name} ${at}` });
  for (const name of ['everything new', 'the same day again']) {
    const from = cpuUsage();
    most = 0;
    for (const [at, records] of parts.entries()) {
      await ledger.append({ records }, call(name, at));
      peak();
    }
    const { user: own, system: kernel } = cpuUsage(from);
    const seconds = (own + kernel) / 1e6;
    console.log(
      `${name.padEnd(23)} ${seconds.toFixed(1)} s, ${((seconds / written.records) * 1e6).toFixed(0)} µs a record, ${(most / 1e6).toFixed(0)} MB at most`,
    );
  }
  await ledger.close();
  vault.close();
}
rmSync(directory, { recursive: true });
