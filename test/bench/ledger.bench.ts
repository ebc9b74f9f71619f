/**
 * The ledger against the least that anybody would write for the same job on the same disk, in the same process. Durable records of
 * 1 to 256 callers, sealed and signed, against a bare `fdatasync` and against plain inserts of the same number of rows per commit;
 * bytes per record; a million customers in batches; inclusion proofs and a full verification of a large tree.
 * `node --conditions=cohortium-source test/bench/ledger.bench.ts [part …] [--leaves 10000000] [--customers 1000000] [--callers 1,256]`, where a part is
 * append, batch or tree.
 */
import { hash } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import SqliteDatabase from 'better-sqlite3';

import { openKeyring } from '../../agents/adapters/keys/keyring.ts';
import { recordLeaf } from '../../agents/adapters/sqlite/ledger/leaf.ts';
import { createLedger } from '../../agents/adapters/sqlite/ledger/ledger.ts';
import { GrowingTree, hashLeaf } from '../../agents/adapters/sqlite/ledger/merkle.ts';
import { signCheckpoint } from '../../agents/adapters/sqlite/ledger/note.ts';
import { chainAfter, chainStart, ledgerPath, ledgerSchema } from '../../agents/adapters/sqlite/ledger/tables.ts';
import { openDatabase } from '../../agents/adapters/sqlite/open-database.ts';
import { openVault } from '../../agents/adapters/vault/vault.ts';
import { canonicalJson, sha256, type Table } from '../../skills/sdk/index.ts';
import { callOf, recordTable } from '../fixtures/ledger-place.ts';
import { createMemoryContent } from '../fixtures/memory-content.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    leaves: { type: 'string', default: '1000000' },
    customers: { type: 'string', default: '100000' },
    seconds: { type: 'string', default: '3' },
    callers: { type: 'string', default: '1,16,64,256' },
  },
});
const leaves = Number(values.leaves);
const customers = Number(values.customers);
const seconds = Number(values.seconds);
const isWanted = (part: string): boolean => positionals.length === 0 || positionals.includes(part);

/** Reproducible numbers that look like measured ones. */
let state = 1;
const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;

const figures = ['clvMinor', 'clvLowMinor', 'clvHighMinor', 'pPurchase', 'pAlive'];
const models = ['bg-nbd', 'pareto-nbd', 'mbg-nbd', 'gradient-boosting'];
const axes = ['location', 'channel', 'brand', 'vertical', 'tenure', 'rfm', 'seasonality', 'loyalty-tier', 'subscription'];

/** A score record of about two kilobytes. */
function scoreBody(customer: number): string {
  return canonicalJson({
    asOf: '2026-01-31',
    axes: Object.fromEntries(axes.map((axis) => [axis, `${axis}-${Math.floor(random() * 12)}`])),
    calibration: { map: sha256('map'), method: 'venn-abers', scale: random() },
    cells: Array.from({ length: 4 }, (_, cell) => ({
      brand: `brand-${cell % 3}`,
      channel: `channel-${cell}`,
      location: `location-${customer % 12}`,
      share: random(),
    })),
    explanation: Object.fromEntries(
      ['recency', 'frequency', 'money', 'tenure', 'season', 'channel'].map((group) => [group, random() * 1000]),
    ),
    figures: Object.fromEntries(figures.map((figure) => [figure, random() * 10_000])),
    intervals: { bayesian: [random(), random()], bootstrap: [random(), random()], frequentist: [random(), random()] },
    models: Object.fromEntries(
      models.map((model) => [
        model,
        { contribution: random() * 1000, crossValidation: { mae: random(), rmse: random() }, weight: random() },
      ]),
    ),
    run: sha256('run'),
    tier: ['low', 'medium', 'high'][Math.floor(random() * 3)] ?? '',
    tracker: { absent: 'no tracker is configured for this run' },
    embedding: { absent: 'no vector store is configured for this run' },
    cache: { absent: 'no cache was asked for this value in this run' },
  });
}

function place() {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-bench-'));
  const clock = { now: () => Date.UTC(2026, 0, 31) };
  const vault = openVault({ directory, vaultKey: Buffer.alloc(32, 3), clock });
  const ledger = createLedger({
    directory,
    keyring: openKeyring(join(directory, 'keys')),
    content: createMemoryContent(),
    clock,
    vault: () => vault,
  });
  const close = async (): Promise<void> => {
    await ledger.close();
    vault.close();
    rmSync(directory, { recursive: true });
  };
  return { directory, ledger, vault, close };
}

const bytesOf = (directory: string, name: string): number =>
  readdirSync(directory)
    .filter((file) => file.startsWith(name))
    .reduce((sum, file) => sum + statSync(join(directory, file)).size, 0);

const percentile = (sorted: readonly number[], share: number): number => sorted[Math.floor(sorted.length * share)] ?? NaN;
const row = (...cells: readonly (string | number)[]): void => console.log(cells.join(' | '));
const rounded = (value: number): number => Number(value.toPrecision(3));
/** Processor seconds since a usage. */
const processorSince = (before: NodeJS.CpuUsage): number => {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
};

function fdatasyncsPerSecond(): number {
  const path = join(mkdtempSync(join(tmpdir(), 'cohortium-bench-')), 'raw');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(4096);
  const until = performance.now() + 1000;
  let count = 0;
  for (; performance.now() < until; count++) {
    writeSync(file, page);
    fdatasyncSync(file);
  }
  closeSync(file);
  rmSync(path);
  return count;
}

/** Rows per second of plain inserts of a sealed body and a leaf, as many per commit as callers share one. */
function plainInserts(perCommit: number): number {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-bench-'));
  const database = openDatabase(join(directory, 'plain.db'), 'CREATE TABLE record (id INTEGER PRIMARY KEY, leaf BLOB, body BLOB) STRICT', {
    pageSize: 8192,
  });
  const insert = database.prepare('INSERT INTO record (leaf, body) VALUES (?, ?)');
  const [leaf, body] = [Buffer.alloc(330, 1), Buffer.alloc(700, 2)];
  const commit = database.transaction(() => {
    for (let at = 0; at < perCommit; at++) insert.run(leaf, body);
  });
  const from = performance.now();
  let count = 0;
  while (performance.now() < from + 1000) {
    commit();
    count += perCommit;
  }
  const rate = (count / (performance.now() - from)) * 1000;
  database.close();
  rmSync(directory, { recursive: true });
  return rate;
}

async function append(): Promise<void> {
  row(
    'callers',
    'durable records/s',
    'records per CPU s',
    'p50 ms',
    'p99 ms',
    'plain inserts/s',
    'ratio',
    'fdatasync/s',
    'bytes per record',
    'body bytes',
  );
  for (const callers of values.callers.split(',').map(Number)) {
    const { directory, ledger, vault, close } = place();
    const bodies = Array.from({ length: 4096 }, (_, at) => scoreBody(at));
    // Keys of customers are made before: a vault that grows is the batch part.
    const known = Array.from({ length: 20_000 }, (_, at) => `customer-${at}`);
    vault.keysFor(known, 'value');
    const tables = (at: number): Table =>
      recordTable([
        {
          kind: 'score',
          stream: `${at}`,
          subject: known[at % known.length] ?? '',
          schema: 'cohortium/score@1',
          body: bodies[at % bodies.length],
        },
      ]);
    let next = 0;
    const until = performance.now() + 500;
    const ask = async (end: number, latencies: number[]): Promise<void> => {
      while (performance.now() < end) {
        const at = next++;
        const table = tables(at);
        const from = performance.now();
        await ledger.write(table, callOf(`call ${at}`));
        latencies.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: callers }, () => ask(until, [])));
    const before = next;
    const usage = process.cpuUsage();
    const from = performance.now();
    const latencies: number[] = [];
    await Promise.all(Array.from({ length: callers }, () => ask(from + seconds * 1000, latencies)));
    const elapsed = (performance.now() - from) / 1000;
    const written = next - before;
    const processor = processorSince(usage);
    latencies.sort((a, b) => a - b);
    await ledger.close();
    const plain = plainInserts(callers);
    row(
      callers,
      Math.round(written / elapsed),
      Math.round(written / processor),
      rounded(percentile(latencies, 0.5)),
      rounded(percentile(latencies, 0.99)),
      Math.round(plain),
      rounded(plain / (written / elapsed)),
      fdatasyncsPerSecond(),
      Math.round(bytesOf(directory, 'ledger.db') / next),
      Math.round(bodies.reduce((sum, body) => sum + body.length, 0) / bodies.length),
    );
    await close();
  }
}

async function batch(): Promise<void> {
  const { directory, ledger, close } = place();
  const bodies = Array.from({ length: 4096 }, (_, at) => scoreBody(at));
  const shared = Array.from({ length: 300 }, (_, at) =>
    canonicalJson({ outcome: 'pass', case: sha256(`${at}`), rules: [`rule-${at}`], use: { purpose: 'analytics', sink: 'score-store' } }),
  );
  const part = 65_536;
  const write = async (name: string, kind: string, stream: string, body: (at: number) => string): Promise<void> => {
    const usage = process.cpuUsage();
    const from = performance.now();
    const before = bytesOf(directory, 'ledger.db') + bytesOf(directory, 'vault.db');
    for (let first = 0; first < customers; first += part) {
      const rows = Array.from({ length: Math.min(part, customers - first) }, (_, at) => ({
        kind,
        stream,
        schema: `cohortium/${kind}@1`,
        subject: `customer-${first + at}`,
        body: body(first + at),
        batch: Math.floor(at / 256),
      }));
      await ledger.write(recordTable(rows), callOf(`${name} ${first}`));
    }
    const elapsed = (performance.now() - from) / 1000;
    const bytes = bytesOf(directory, 'ledger.db') + bytesOf(directory, 'vault.db') - before;
    row(name, customers, rounded(elapsed), rounded(processorSince(usage)), Math.round(customers / elapsed), Math.round(bytes / customers));
  };
  row('batches of 256', 'records', 's', 'CPU s', 'records/s', 'bytes per record, keys included');
  await write('scores of 2 KB, new customers', 'score', '', (at) => bodies[at % bodies.length] ?? '');
  for (const use of ['analytics', 'offers', 'ads'])
    await write(`decisions on ${use}, 300 distinct bodies`, 'decision', use, (at) => shared[at % 300] ?? '');
  await write('the same scores again', 'score', '', (at) => bodies[at % bodies.length] ?? '');
  await write('scores of which one in ten changed', 'score', '', (at) => bodies[(at % 10 === 0 ? at + 1 : at) % bodies.length] ?? '');
  const usage = process.cpuUsage();
  const report = ledger.verify();
  const records = customers * 4.1;
  row(
    'full verification',
    report.verified ? `${report.size} leaves of ${Math.round(records)} records` : 'NOT VERIFIED',
    `${rounded(processorSince(usage))} CPU s`,
    `${Math.round(records / processorSince(usage))} records per CPU s`,
  );
  await close();
}

async function tree(): Promise<void> {
  const { directory, ledger, close } = place();
  const keyring = openKeyring(join(directory, 'keys'));
  const database = openDatabase(ledgerPath(directory), ledgerSchema, { pageSize: 8192 });
  // As `append` would have written them, but for bodies; its triggers look at every row and are left out here.
  const triggers = database
    .prepare<[], { readonly name: string; readonly sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) database.exec(`DROP TRIGGER ${name}`);
  database.pragma('synchronous = OFF');
  const entry = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?)');
  const node = database.prepare('INSERT INTO node VALUES (?, ?, ?)');
  const growing = new GrowingTree(0, () => chainStart);
  let prev: Buffer = chainStart;
  const head = { kind: 'score', time: '2026-01-31T00:00:00.000Z', schema: 'cohortium/score@1', class: 'value', att: '' };
  const grow = database.transaction((from: number, to: number) => {
    for (let index = from; index < to; index++) {
      const digest = sha256(`${index}`);
      const leaf = recordLeaf({ ...head, index }, { kid: digest.slice(0, 32), commit: digest, ct: digest });
      const leafHash = hashLeaf(leaf);
      const chain = chainAfter(prev, leafHash);
      entry.run(index, 'score', leaf, prev, chain);
      node.run(0, index, leafHash);
      growing.push(leafHash, (level, at, hash) => node.run(level, at, hash));
      prev = chain;
    }
  });
  const built = performance.now();
  for (let from = 0; from < leaves; from += 100_000) grow(from, Math.min(leaves, from + 100_000));
  const { size, root, note } = signCheckpoint(keyring, leaves, growing.root());
  database.prepare('INSERT INTO checkpoint VALUES (?, ?, ?)').run(size, Buffer.from(root, 'hex'), note);
  for (const { sql } of triggers) database.exec(sql);
  database.close();
  row(
    'tree',
    `${leaves} leaves`,
    `made in ${rounded((performance.now() - built) / 1000)} s`,
    `${Math.round(bytesOf(directory, 'ledger.db') / leaves)} bytes per leaf`,
  );

  const opened = new SqliteDatabase(ledgerPath(directory), { readonly: true });
  const get = opened.prepare<[number], { readonly leaf: Buffer }>('SELECT leaf FROM entry WHERE idx = ?');
  await ledger.write(recordTable([{ kind: 'run', body: { of: 'the bench' } }]), callOf('open'));
  const timesOf = (work: (index: number) => unknown): number[] =>
    Array.from({ length: 500 }, () => {
      const index = Math.floor(random() * leaves);
      const from = performance.now();
      work(index);
      return performance.now() - from;
    }).sort((a, b) => a - b);
  timesOf((index) => ledger.proof(index));
  const usage = process.cpuUsage();
  const proofs = timesOf((index) => ledger.proof(index));
  const processor = processorSince(usage) / 500;
  const raw = timesOf((index) => get.get(index));
  row(
    'inclusion proof',
    `p50 ${rounded(percentile(proofs, 0.5))} ms`,
    `p99 ${rounded(percentile(proofs, 0.99))} ms`,
    `${rounded(processor * 1000)} CPU ms`,
    `raw get p50 ${rounded(percentile(raw, 0.5))} ms`,
    `${ledger.proof(1).inclusion.length} hashes`,
  );
  opened.close();

  // The least that a full verification has to do: a leaf, a node and a link of the chain for each leaf.
  const inputs = [330, 65, 64].map((length) => Buffer.alloc(length, 1));
  const hashing = process.cpuUsage();
  for (let at = 0; at < 300_000; at++) for (const input of inputs) hash('sha256', input, 'hex');
  const hashes = 300_000 / processorSince(hashing);
  for (const level of ['quick', 'full'] as const) {
    const before = process.cpuUsage();
    const from = performance.now();
    const report = ledger.verify(level);
    const spent = processorSince(before);
    row(
      `${level} verification`,
      report.verified ? 'verified' : JSON.stringify(report.faults[0]),
      `${rounded((performance.now() - from) / 1000)} s`,
      `${rounded(spent)} CPU s`,
      level === 'full' ? `${Math.round(leaves / spent)} leaves per CPU s, ${rounded(hashes / (leaves / spent))} times hashing alone` : '',
    );
  }
  await close();
}

if (isWanted('append')) await append();
if (isWanted('batch')) await batch();
if (isWanted('tree')) await tree();
