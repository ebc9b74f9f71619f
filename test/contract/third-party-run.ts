/**
 * What an agent does with a third-party skill, in a process of its own: loads it from an operator directory, checks it with
 * the contract kit, runs it in a pipeline behind another skill, and prints one JSON document.
 *
 * node --conditions=cohortium-source third-party-run.ts <operator directory> <package>
 */
import { join } from 'node:path';

import { assign } from 'xstate';

import { openRunStore } from '../../agents/adapters/sqlite/run-store.ts';
import { createOrchestrator, loadSkills, parsePipeline } from '../../orchestrator/index.ts';
import {
  column,
  defineSkill,
  isCohortiumError,
  makeTable,
  type PureContext,
  type Ref,
  refSchema,
  skillSetup,
  z,
} from '../../skills/sdk/index.ts';
import { checkSkill } from '../../skills/testing/index.ts';
import { createMemoryContent } from '../fixtures/memory-content.ts';

const [directory = '.', name = ''] = process.argv.slice(2);

interface Context {
  readonly accounts: Ref | null;
  readonly [key: string]: unknown;
}

/** Repeat purchases of five customers, in the place of the cohort skill. */
const accountsTable = makeTable({ x: column.int32(Int32Array.of(0, 3, 0, 1, 7)) });
const output = z.strictObject({ accounts: refSchema });

const source = defineSkill({
  id: 'five-accounts',
  version: '1.0.0',
  contract: 1,
  title: 'Five accounts',
  description: 'Puts out a small accounts table.',
  input: z.strictObject({}),
  output,
  config: z.strictObject({}),
  consumes: [],
  emits: [],
  effects: {
    'accounts.write': { via: 'pure', input: z.strictObject({}), output, idempotent: true, timeoutMs: 1000, replay: 'recompute' },
  },
  pure: { 'accounts.write': (_input: unknown, { writeTable }: PureContext) => ({ accounts: writeTable(accountsTable) }) },
  machine: skillSetup<Context, { 'accounts.write': { readonly accounts: Ref } }, { readonly accounts: Ref | null }>().createMachine({
    id: 'five-accounts',
    context: { accounts: null },
    initial: 'writing',
    states: {
      writing: {
        entry: { type: 'requestEffect', params: { kind: 'accounts.write', input: {} } },
        on: {
          'accounts.write.ok': { target: 'done', actions: assign({ accounts: ({ event }) => event.output.accounts }) },
          'accounts.write.failed': 'failed',
          cancel: 'cancelled',
        },
      },
      done: { type: 'final' },
      failed: { type: 'final' },
      cancelled: { type: 'final' },
    },
    output: ({ context }) => ({ accounts: context.accounts }),
  }),
  determinism: { level: 'bit-exact' },
  tools: [],
  facts: () => [],
  migrations: {},
});

const text = `
pipeline: repeat
version: 1
steps:
  - { id: accounts, skill: five-accounts }
  - { id: repeat, skill: repeat-rate, after: [accounts], with: { purchases: 3 } }
`;

async function run(): Promise<unknown> {
  const skills = await loadSkills({ builtins: [source], directory, packages: [name] });
  const skill = skills.get('repeat-rate');
  if (!skill) throw new Error(`the package brought ${[...skills.keys()].join(', ')}`);
  const content = createMemoryContent();
  const sample = { input: { accounts: content.putTable(accountsTable) }, config: {}, asOf: '2026-01-31' };
  const { claims } = checkSkill(skill, { content, samples: [sample] });
  const { plan, diagnostics } = parsePipeline(text, 'repeat.yaml', skills);
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  const store = openRunStore(join(directory, 'runs.db'));
  const orchestrator = createOrchestrator({
    store,
    content,
    ports: {},
    skills,
    clock: { now: () => 0 },
    logger: { log: () => {} },
  });
  const runId = orchestrator.start('repeat.yaml', plan, '2026-01-31');
  const state = await orchestrator.drain(runId);
  const replay = await orchestrator.replay(runId);
  const steps = Object.entries(orchestrator.view(runId).steps).map(([id, step]) => [id, step.state, step.output]);
  store.close();
  return { state, steps, identical: replay.identical, claims };
}

const answer = await run().catch((error: unknown) => {
  if (!isCohortiumError(error)) throw error;
  return { error: { code: error.code, message: error.message } };
});
process.stdout.write(`${JSON.stringify(answer)}\n`);
