import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, it } from 'vitest';

import { openDatabase } from '../../agents/adapters/sqlite/open-database.ts';
import { openRunStore } from '../../agents/adapters/sqlite/run-store.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';

const kills = 200;
const runsPerKill = 3;

/** Runs the worker; kills it that many milliseconds after it is ready, unless it settles first. */
async function work(directory: string, runs: number, killAfterMs: number | undefined): Promise<'killed' | 'settled'> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'worker.ts'), directory, String(runs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  const isReady = new Promise<void>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      said += data.toString();
      if (said.includes('ready')) resolve();
    });
  });
  const hasEnded = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await Promise.race([isReady, hasEnded]);
  if (killAfterMs !== undefined) {
    await Promise.race([sleep(killAfterMs), hasEnded]);
    child.kill('SIGKILL');
  }
  await hasEnded;
  return said.includes('settled') ? 'settled' : 'killed';
}

function hasArrivedTwice(directory: string): boolean {
  const sink = openDatabase(join(directory, 'sink.db'), 'SELECT 1');
  try {
    return sink.prepare('SELECT 1 FROM taken WHERE arrivals > 1').get() !== undefined;
  } finally {
    sink.close();
  }
}

describe(`a process killed ${kills} times or more at random points`, () => {
  it('completes every run, and applies every effect once', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'cohortium-crash-'));
    const rng = makeRng('kill -9');
    let killed = 0;
    let runs = 0;
    // Where the gap between an effect and its answer is short, it takes more of them to hit it.
    while (killed < kills || (killed < 2 * kills && !hasArrivedTwice(directory))) {
      runs += runsPerKill;
      if ((await work(directory, runs, rng.integer(120))) === 'killed') killed += 1;
    }
    expect(await work(directory, runs, undefined)).toBe('settled');

    const store = openRunStore(join(directory, 'runs.db'));
    const rows = store.runs();
    expect(rows).toHaveLength(runs);
    expect(rows.filter(({ state }) => state !== 'completed')).toEqual([]);
    expect(rows.flatMap(({ id }) => store.timers(id))).toEqual([]);

    const sink = openDatabase(join(directory, 'sink.db'), 'SELECT 1');
    const taken = sink.prepare('SELECT key, amount, arrivals FROM taken').all() as { key: string; amount: number; arrivals: number }[]; // columns of worker.ts
    const done = rows.flatMap(({ id }) => store.effects(id)).filter(({ kind, state }) => kind === 'number.take' && state === 'done');
    // Each answered effect is in the sink under its own key, and nothing else is.
    expect(new Set(taken.map(({ key }) => key))).toEqual(new Set(done.map(({ id }) => id)));
    expect(taken).toHaveLength(2 * runs);
    expect(rows.every(({ id }) => store.activeInstances(id).length === 0)).toBe(true);
    // Kills did hit effects between being applied and being answered: the key arrived again and changed nothing.
    expect(taken.some(({ arrivals }) => arrivals > 1)).toBe(true);
  }, 1_200_000);
});
