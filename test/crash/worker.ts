/**
 * The process that is killed: starts its share of runs once, then drives whatever is not settled. Each taken number goes to a
 * sink that counts how often its key arrived and applies it once.
 *
 * node worker.ts <directory> <runs>
 */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { openDatabase } from '../../agents/adapters/sqlite/open-database.ts';
import { openRunStore } from '../../agents/adapters/sqlite/run-store.ts';
import { createOrchestrator, parsePipeline } from '../../orchestrator/index.ts';
import type { CallOptions } from '../../skills/sdk/index.ts';
import { countingSkill } from '../fixtures/counting-skill.ts';
import { createMemoryContent } from '../fixtures/memory-content.ts';

const directory = process.argv[2] ?? '.';
const runs = Number(process.argv[3]);

const skills = new Map([countingSkill('first', 'one'), countingSkill('second', 'two', 'one')].map((skill) => [skill.id, skill]));
const text = `
pipeline: two
version: 1
steps:
  - { id: a, skill: first, with: { amount: 3 }, retry: { attempts: 20, backoff: 3ms, factor: 1 } }
  - { id: b, skill: second, after: [a], retry: { attempts: 20, backoff: 3ms, factor: 1 }, timeout: 1h }
`;

const sink = openDatabase(
  join(directory, 'sink.db'),
  'CREATE TABLE IF NOT EXISTS taken (key TEXT PRIMARY KEY, amount INTEGER NOT NULL, arrivals INTEGER NOT NULL) STRICT',
);
const arrive = sink.prepare(
  'INSERT INTO taken (key, amount, arrivals) VALUES (?, ?, 1) ON CONFLICT (key) DO UPDATE SET arrivals = arrivals + 1',
);

const orchestrator = createOrchestrator({
  store: openRunStore(join(directory, 'runs.db')),
  content: createMemoryContent(),
  ports: {
    transport: {
      take: async ({ amount }: { amount: number }, { idempotencyKey }: CallOptions) => {
        await sleep(1);
        // Some attempts fail before anything happens, so that the step's retry timers are at work too.
        if (Number.parseInt(idempotencyKey.slice(0, 2), 16) < 40) throw new Error('not now');
        arrive.run(idempotencyKey, amount);
        return { value: amount };
      },
    },
  },
  skills,
  clock: { now: () => Date.now() },
  logger: { log: () => {} },
});

const { plan } = parsePipeline(text, 'two.yaml', skills);
if (!plan) throw new Error('the pipeline does not parse');
process.stdout.write('ready\n');
for (let started = orchestrator.list().length; started < runs; started++) orchestrator.start('two.yaml', plan, '2026-01-31');
await orchestrator.resume();
process.stdout.write('settled\n');
