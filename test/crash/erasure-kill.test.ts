/** An erasure that is killed at any moment is through after the next start, however often that happens, and leaves nothing to guess with. */
import { spawn } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openAgent } from '../../agents/customer-data-graph/agent.ts';
import { canary, canaryTexts, type ErasureShop, erasureShop } from '../fixtures/erasure-shop.ts';
import { filesWith } from '../fixtures/search-files.ts';

const kills = Number(process.env['ERASURE_KILLS'] ?? 4);

let shop: ErasureShop;
beforeAll(async () => {
  shop = await erasureShop();
});
afterAll(() => rmSync(shop.folder, { recursive: true }));

/** Runs the worker, and kills it so long after it has begun. @returns milliseconds that it took from there, and whether it was through */
function work(directory: string, killAfterMs?: number): Promise<{ readonly tookMs: number; readonly isDone: boolean }> {
  return new Promise((resolve, reject) => {
    const script = join(import.meta.dirname, 'erasure-worker.ts');
    const worker = spawn(process.execPath, ['--conditions=cohortium-source', script, directory, canary.user], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let [begunAt, isDone] = [0, false];
    worker.stdout.on('data', (text: Buffer) => {
      if (text.includes('begun')) {
        begunAt = performance.now();
        if (killAfterMs !== undefined) setTimeout(() => worker.kill('SIGKILL'), killAfterMs);
      }
      if (text.includes('done')) isDone = true;
    });
    worker.on('error', reject);
    worker.on('close', () => resolve({ tookMs: performance.now() - begunAt, isDone }));
  });
}

/** Digests of what the content store has. */
function objectsOf(directory: string): readonly string[] {
  const names = readdirSync(join(directory, '.cohortium', 'content'), { recursive: true, withFileTypes: true });
  return names.flatMap(({ name }) => (/^[0-9a-f]{64}$/.test(name) ? [name] : []));
}

describe('an erasure', () => {
  it('is through after kill -9 at any moment and the next start', async () => {
    const intact = shop.copy('whole');
    const before = objectsOf(intact);
    const whole = await work(intact);
    expect(whole.isDone).toBe(true);
    const guesses = before.filter((digest) => !objectsOf(intact).includes(digest));
    expect(guesses.length).toBeGreaterThan(20);
    let begun = 0;
    // A machine that has more to do than at first is killed later, until one kill was in the middle.
    for (let kill = 1; kill <= kills || (begun === 0 && kill < 10 * kills); kill++) {
      const directory = shop.copy(`kill-${kill}`);
      await work(directory, (whole.tookMs * kill) / (kills + 1));
      const agent = await openAgent(directory);
      const erasures = await agent.erasure.list();
      // Killed before anything was said: then nobody was erased, and everything is there.
      if (erasures.length === 0) {
        expect((await agent.erasure.plan(canary.user)).bodies).toBeGreaterThan(0);
        expect((await agent.erasure.erase({ customer: canary.user, by: 'dpo', why: 'again' })).state).toBe('completed');
      } else begun += 1;
      expect(await agent.erasure.list()).toHaveLength(1);
      expect(await agent.verify()).toMatchObject({ verified: true, faults: [] });
      await agent.close();
      expect(await filesWith(directory, [...canaryTexts, ...guesses])).toEqual([]);
      rmSync(directory, { recursive: true });
    }
    expect(begun).toBeGreaterThan(0);
  });
});
