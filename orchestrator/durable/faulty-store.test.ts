/** The store fails at its first write, at its second, and so on: nothing may be half done, and the next start finishes it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openRunStore } from '../../agents/adapters/sqlite/run-store.ts';
import { type CallOptions, CohortiumError } from '../../skills/sdk/index.ts';
import { countingSkill } from '../../test/fixtures/counting-skill.ts';
import { createMemoryContent } from '../../test/fixtures/memory-content.ts';
import { createOrchestrator, type MovableClock, parsePipeline } from '../index.ts';
import type { RunStore } from './run-store.ts';

const skills = new Map([countingSkill('first', 'one'), countingSkill('second', 'two', 'one')].map((skill) => [skill.id, skill]));
const { plan } = parsePipeline(
  'pipeline: p\nversion: 1\nsteps:\n  - { id: a, skill: first, with: { amount: 3 } }\n  - { id: b, skill: second, after: [a], timeout: 1h }\n',
  'p.yaml',
  skills,
);
const writes = new Set([
  'insertRun',
  'setRunState',
  'saveInstance',
  'appendEvent',
  'insertEffect',
  'settleEffect',
  'dropEffects',
  'setTimer',
  'clearTimer',
  'clearTimers',
]);

/** A store whose n-th write fails as a full disk does. */
function failingAt(store: RunStore, nth: number): RunStore {
  let count = 0;
  return new Proxy(store, {
    get: (target, key, receiver): unknown => {
      const method: unknown = Reflect.get(target, key, receiver);
      if (typeof method !== 'function' || !writes.has(String(key))) return method;
      return (...given: unknown[]): unknown => {
        count += 1;
        if (count === nth) throw new CohortiumError('STORE_FULL', 'no space left');
        return Reflect.apply(method, target, given);
      };
    },
  });
}

function clock(): MovableClock {
  let now = 1000;
  return { now: () => now, advanceTo: (ms) => (now = Math.max(now, ms)) };
}

async function run(store: RunStore, taken: Set<string>): Promise<void> {
  const take = async ({ amount }: { amount: number }, { idempotencyKey }: CallOptions) => {
    taken.add(idempotencyKey);
    return { value: amount };
  };
  const ports = { transport: { take } };
  const orchestrator = createOrchestrator({
    store,
    content: createMemoryContent(),
    ports,
    skills,
    clock: clock(),
    logger: { log: () => {} },
  });
  if (!plan) throw new Error('the pipeline does not parse');
  if (orchestrator.list().length === 0) orchestrator.start('p.yaml', plan, '2026-01-31');
  for (const {
    run: { id },
  } of orchestrator.list())
    await orchestrator.drain(id);
}

describe('a store that fails', () => {
  it('at any write leaves a run that the next start completes, with the same digest, each effect under one key', async () => {
    const digests = new Set<string>();
    let outcome = '';
    let nth = 0;
    while (outcome !== 'done') {
      nth += 1;
      const path = join(mkdtempSync(join(tmpdir(), 'faulty-store-')), 'runs.db');
      const taken = new Set<string>();
      const first = openRunStore(path);
      outcome = await run(failingAt(first, nth), taken).then(
        () => 'done',
        (error: unknown) => (error instanceof CohortiumError ? error.code : String(error)),
      );
      expect(['done', 'STORE_FULL']).toContain(outcome);
      first.close();

      const store = openRunStore(path);
      await run(store, taken);
      const [row] = store.runs();
      expect(row?.state).toBe('completed');
      expect([store.timers(row?.id ?? ''), store.activeInstances(row?.id ?? ''), store.pendingEffects(row?.id ?? '')]).toEqual([
        [],
        [],
        [],
      ]);
      const done = store.effects(row?.id ?? '');
      expect(done.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
      expect(taken.size).toBe(2);
      digests.add(JSON.stringify(done.map(({ id, output }) => [id, output])));
      store.close();
    }
    expect(nth).toBeGreaterThan(40); // writes of this pipeline: it did fail at each of them
    expect(digests.size).toBe(1);
  });
});
