/**
 * The ledger against SIGKILL: a process that appends is killed 200 times at random moments and begun again. Nothing that it was told of
 * is lost, and a call that was answered or not is the same call when it comes again.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { afterAll, describe, expect, it } from 'vitest';

import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { type Acknowledgment, appendCall, bodiesOf, missingOf, openCrashLedger } from '../fixtures/crash-ledger.ts';

const kills = Number(process.env['LEDGER_KILLS'] ?? 200);
/** Processes at a time, each with a ledger of its own. */
const lanes = 4;
const folder = mkdtempSync(join(tmpdir(), 'cohortium-ledger-kill-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A process that is killed at once leaves no compiled code behind: one that ends by itself does it for all. */
const env = { ...process.env, NODE_COMPILE_CACHE: join(folder, 'compiled') };
const worker = ['--conditions=cohortium-source', join(import.meta.dirname, 'ledger-worker.ts')];

/** What the worker was told so far; a line that the kill cut is none. */
function toldIn(directory: string): Acknowledgment[] {
  if (!existsSync(join(directory, 'told'))) return [];
  const lines = readFileSync(join(directory, 'told'), 'utf8').split('\n').slice(0, -1);
  return lines.flatMap((line) => {
    try {
      return [JSON.parse(line) as Acknowledgment]; // the worker wrote it
    } catch {
      return [];
    }
  });
}

/** Appends from a call on; killed a while after it was told something, and sometimes before. @returns how it ended */
async function live(directory: string, first: number, rng: ReturnType<typeof makeRng>): Promise<string> {
  const before = sizeOf(directory);
  const child = spawn(process.execPath, [...worker, directory, String(first), '100000'], { stdio: ['ignore', 'ignore', 'pipe'], env });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    child.on('close', () => resolve());
  });
  const waitMs = rng.integer(60);
  if (rng.uniform() < 0.9) {
    while (child.exitCode === null && sizeOf(directory) === before) await sleep(3);
  }
  await sleep(waitMs);
  child.kill('SIGKILL');
  await ended;
  return complaint;
}

const sizeOf = (directory: string): number => statSync(join(directory, 'told'), { throwIfNoEntry: false })?.size ?? 0;

async function killAgainAndAgain(lane: number): Promise<{ readonly directory: string; readonly unanswered: number }> {
  const directory = join(folder, `lane-${lane}`);
  mkdirSync(directory);
  const rng = makeRng(`kill lane ${lane}`);
  let unanswered = 0;
  for (let kill = 0; kill < kills / lanes; kill++) {
    const told = toldIn(directory);
    // Half a step back: some of what comes again was answered, and some was not.
    const next = Math.max(0, ...told.map(({ call }) => call - 2));
    expect(await live(directory, next, rng)).toBe('');
    const after = toldIn(directory);
    const open = openCrashLedger(directory);
    const size = open.ledger.verify('quick').size;
    if (size > Math.max(0, ...after.map((one) => one.size))) unanswered += 1;
    await open.close();
  }
  return { directory, unanswered };
}

describe('a ledger whose process is killed', () => {
  it(`has everything that was answered after ${kills} kills, and nothing twice`, async () => {
    mkdirSync(join(folder, 'warm'));
    expect(spawnSync(process.execPath, [...worker, join(folder, 'warm'), '0', '1'], { env }).status).toBe(0);
    const ended = await Promise.all(Array.from({ length: lanes }, (_, lane) => killAgainAndAgain(lane)));
    let answered = 0;
    for (const { directory } of ended) {
      const open = openCrashLedger(directory);
      const report = open.ledger.verify();
      expect(report.faults).toEqual([]);
      const told = toldIn(directory);
      const byCall = new Map<number, Acknowledgment>();
      for (const one of told) {
        // The same answer however often it was asked.
        const known = byCall.get(one.call);
        if (known) expect(one).toEqual(known);
        byCall.set(one.call, one);
      }
      for (const one of byCall.values()) expect(missingOf(open, one)).toEqual([]);
      answered += byCall.size;
      // What was written and not answered is answered now, and adds nothing.
      const last = Math.max(...byCall.keys());
      for (let call = Math.max(0, last - 3); call <= last + 3; call++) byCall.set(call, await appendCall(open, call));
      const places = [...byCall.values()].flatMap(({ records, items }) => records.map((index, at) => `${index}/${items[at]}`));
      expect(new Set(places).size).toBe(places.length);
      const leaves = new Set([...byCall.values()].flatMap(({ records }) => records));
      const calls = Math.max(...byCall.keys()) + 1;
      expect(byCall.size).toBe(calls);
      expect(open.ledger.verify()).toMatchObject({ verified: true, size: leaves.size });
      expect(places).toHaveLength(Array.from({ length: calls }, (_, call) => bodiesOf(call).length).reduce((a, b) => a + b));
      await open.close();
    }
    expect(answered).toBeGreaterThan(kills / 4);
    // Some were killed between a commit and its answer: what a client has to ask again for.
    expect(ended.reduce((sum, { unanswered }) => sum + unanswered, 0)).toBeGreaterThan(0);
  });
});
