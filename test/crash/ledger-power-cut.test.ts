/**
 * The ledger against power cuts: everything that a process asks of its disk is recorded, and what may be left of it is put together at
 * random moments, with what was not flushed dropped or torn. SIGKILL cannot show this: what a killed process wrote is still in memory
 * of the machine.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, describe, expect, it } from 'vitest';

import { openKeyring } from '../../agents/adapters/keys/keyring.ts';
import { withTiles } from '../../agents/adapters/sqlite/ledger/published.ts';
import { ledgerPath } from '../../agents/adapters/sqlite/ledger/tables.ts';
import { openDatabase } from '../../agents/adapters/sqlite/open-database.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { type Acknowledgment, appendCall, missingOf, openCrashLedger } from '../fixtures/crash-ledger.ts';
import { Disk, type DiskCall, type Loss, readDiskCalls } from './power-cut.ts';

const cuts = Number(process.env['POWER_CUTS'] ?? 400);
const controlCuts = 60;
/** Enough for SQLite to move its WAL into the file and begin it anew. */
const calls = 330;

const hasCompiler = spawnSync('gcc', ['--version']).status === 0;
/** In memory where the machine has such a folder: what counts is which calls there were, and not how long a disk took for them. */
const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'cohortium-power-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Recording {
  readonly root: string;
  readonly calls: readonly DiskCall[];
}

/** What the worker asks of its disk, beginning with keys and nothing else. */
function record(mode: 'full' | 'normal'): Recording {
  const shim = join(folder, 'power-cut.so');
  if (!existsSync(shim)) {
    const compiled = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-o', shim, join(import.meta.dirname, 'power-cut.c'), '-ldl']);
    expect(compiled.stderr.toString()).toBe('');
  }
  const root = join(folder, mode);
  mkdirSync(root);
  openKeyring(join(root, 'keys'));
  const log = join(folder, `${mode}.log`);
  const worker = spawnSync(
    process.execPath,
    ['--conditions=cohortium-source', join(import.meta.dirname, 'ledger-worker.ts'), root, '0', String(calls), mode],
    { env: { ...process.env, LD_PRELOAD: shim, POWER_CUT_ROOT: root, POWER_CUT_LOG: log }, encoding: 'utf8' },
  );
  expect(worker.stderr).toBe('');
  expect(worker.status).toBe(0);
  return { root, calls: readDiskCalls(readFileSync(log)) };
}

interface Found {
  readonly told: readonly Acknowledgment[];
  readonly directory: string;
  readonly loss: Loss;
  readonly cut: number;
}

/** Cuts the power at random moments, in order, and looks at what is left each time. */
async function cutPower({ root, calls }: Recording, count: number, look: (found: Found) => Promise<void>): Promise<void> {
  const rng = makeRng(`cut ${count}`);
  const moments = Array.from({ length: count }, () => rng.integer(calls.length)).sort((a, b) => a - b);
  const disk = new Disk(root);
  let next = 0;
  for (const [cut, moment] of moments.entries()) {
    for (; next <= moment; next++) disk.perform(calls[next]!);
    const directory = join(folder, 'cut');
    mkdirSync(join(directory, 'keys'), { recursive: true, mode: 0o700 });
    cpSync(join(root, 'keys'), join(directory, 'keys'), { recursive: true });
    const loss: Loss = cut % 2 === 0 ? 'dropped' : 'torn';
    disk.writeImage(directory, loss, rng);
    const told = disk.told.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Acknowledgment])); // the worker wrote it
    await look({ told, directory, loss, cut });
    rmSync(directory, { recursive: true });
  }
}

/** Root over as many leaves as somebody was told of; undefined when there are not so many. */
function rootAt(directory: string, size: number): string | undefined {
  if (!existsSync(ledgerPath(directory))) return undefined;
  const database = openDatabase(ledgerPath(directory), '', { readonly: true });
  try {
    return withTiles(database, (source) => (source.size < size ? undefined : Buffer.from(source.rootAt(size), 'base64').toString('hex')));
  } finally {
    database.close();
  }
}

describe.skipIf(!hasCompiler || process.platform !== 'linux')('a ledger whose machine loses power', () => {
  it(`has every record that somebody was told of after each of ${cuts} cuts, and nothing half-written`, async () => {
    let losses = 0;
    await cutPower(record('full'), cuts, async ({ told, directory, loss, cut }) => {
      const name = `cut ${cut}, ${loss}`;
      const open = openCrashLedger(directory);
      const report = open.ledger.verify();
      expect(report.faults, name).toEqual([]);
      const last = told.reduce<Acknowledgment | undefined>((a, b) => (a && a.size >= b.size ? a : b), undefined);
      expect(report.size, name).toBeGreaterThanOrEqual(last?.size ?? 0);
      if (last) expect(rootAt(directory, last.size), name).toBe(last.root);
      for (const one of told.slice(-8)) expect(missingOf(open, one), name).toEqual([]);
      // What follows goes on from there: who was told is told the same again, who was not asks again, and what is new is new.
      if (cut % 10 === 0) {
        const again = told.at(-1);
        const from = again ? Math.max(...told.map(({ call }) => call)) : 0;
        const retried = await Promise.all([from, from + 1, from + 2].map((call) => appendCall(open, call)));
        if (again) expect(await appendCall(open, again.call), name).toEqual(again);
        for (const one of retried) expect(missingOf(open, one), name).toEqual([]);
        expect(open.ledger.verify().faults, name).toEqual([]);
      }
      losses += report.size > (last?.size ?? 0) ? 1 : 0;
      await open.close();
    });
    // Some cuts fell after a commit and before the answer.
    expect(losses).toBeGreaterThan(0);
  });

  it('loses records under synchronous=NORMAL, so that the cuts above would have shown it', async () => {
    let lost = 0;
    await cutPower(record('normal'), controlCuts, async ({ told, directory }) => {
      const last = told.at(-1);
      if (!last) return;
      const open = openCrashLedger(directory);
      if (missingOf(open, last).length > 0) lost += 1;
      await open.close();
    });
    expect(lost).toBeGreaterThan(controlCuts / 2);
  });
});
