import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';
import { assign } from 'xstate';

import { openRunStore } from '../../agents/adapters/sqlite/run-store.ts';
import { type CallOptions, type SkillDefinition, skillSetup, z } from '../../skills/sdk/index.ts';
import { countingSkill } from '../../test/fixtures/counting-skill.ts';
import { createMemoryContent } from '../../test/fixtures/memory-content.ts';
import { createOrchestrator, type MovableClock, parsePipeline, type PlannedPipeline } from '../index.ts';

const first = countingSkill('first', 'one');
const second = countingSkill('second', 'two', 'one');
const oneStep = 'pipeline: p\nversion: 1\nsteps:\n  - { id: a, skill: first }\n';
const twoSteps = `${oneStep}  - { id: b, skill: second, after: [a] }\n`;

function clockAt(start: number): MovableClock {
  let now = start;
  return { now: () => now, advanceTo: (ms) => (now = Math.max(now, ms)) };
}

type Take = (request: { amount: number }, options: CallOptions) => Promise<unknown>;

function setUp(skills: readonly SkillDefinition[], path?: string, take: Take = async ({ amount }) => ({ value: amount })) {
  const file = path ?? join(mkdtempSync(join(tmpdir(), 'faulty-')), 'runs.db');
  const store = openRunStore(file);
  const set = new Map(skills.map((skill) => [skill.id, skill]));
  const logged: string[] = [];
  const orchestrator = createOrchestrator({
    store,
    content: createMemoryContent(),
    ports: { transport: { take } },
    skills: set,
    clock: clockAt(1000),
    logger: { log: (event) => void (event.event === 'run-stuck' && logged.push(`${event.event} ${event.code}`)) },
  });
  const plan = (text: string): PlannedPipeline => {
    const { plan: parsed, diagnostics } = parsePipeline(text, 'p.yaml', set);
    if (!parsed) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
    return parsed;
  };
  return { store, orchestrator, plan, file, logged };
}

async function failureOf(skill: SkillDefinition, text = oneStep) {
  const { store, orchestrator, plan } = setUp([skill]);
  const id = orchestrator.start('p.yaml', plan(text), '2026-01-31');
  expect(await orchestrator.drain(id)).toBe('failed');
  expect([store.pendingEffects(id), store.timers(id), store.activeInstances(id)]).toEqual([[], [], []]);
  return orchestrator.view(id).run.error;
}

interface Part {
  readonly context?: () => Readonly<Record<string, unknown>>;
  readonly entry?: unknown;
  readonly actions?: unknown;
}

/** The first skill with a machine of one working state, parts of which are wrong on purpose. */
function faulty({ context = () => ({}), entry, actions }: Part): SkillDefinition {
  const take = { type: 'requestEffect', params: { kind: 'number.take', input: { amount: 1 } } };
  const machine = skillSetup<Record<string, unknown>, { 'number.take': { value: number } }, { one: number }>().createMachine({
    id: 'faulty',
    context,
    initial: 'taking',
    states: {
      taking: {
        entry: (entry ?? take) as typeof take & { type: 'requestEffect' }, // wrong on purpose
        on: {
          'number.take.ok': { target: 'done', actions: (actions ?? []) as never },
          'number.take.failed': 'failed',
          cancel: 'cancelled',
        }, // likewise
      },
      done: { type: 'final' },
      failed: { type: 'final' },
      cancelled: { type: 'final' },
    },
    output: { one: 1 },
  });
  return { ...first, machine };
}

const boom = (): never => {
  throw new Error('boom');
};
const large = 'x'.repeat(70_000);

describe('a step whose machine cannot fold fails, and the run ends', () => {
  it('when the machine throws at its start or on a reply', async () => {
    expect(await failureOf(faulty({ context: boom }))).toEqual({
      code: 'INTERNAL',
      message: expect.stringMatching(
        /^the machine of 'first@1\.0\.0' threw on 'start': an unexpected error in \S*boom@faulty-skills\.test\.ts:\d+$/,
      ),
    });
    expect(await failureOf(faulty({ actions: assign(boom) }))).toEqual({
      code: 'INTERNAL',
      message: expect.stringMatching(/threw on 'number\.take\.ok': an unexpected error in \S*boom@faulty-skills\.test\.ts:\d+$/),
    });
  });

  it('when its state or a request is over 64 KiB, or not JSON', async () => {
    expect(await failureOf(faulty({ context: () => ({ large }) }))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(await failureOf(faulty({ actions: assign({ large }) }))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    const entry = { type: 'requestEffect', params: { kind: 'number.take', input: { amount: large } } };
    expect(await failureOf(faulty({ entry }))).toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    expect(await failureOf(faulty({ context: () => ({ ratio: Number.NaN }) }))).toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('when it waits for nothing', async () => {
    expect(await failureOf(faulty({ entry: [] }))).toEqual({
      code: 'SKILL_INVALID',
      message: "the machine of 'first@1.0.0' waits for no effect and no timer in state 'taking'",
    });
  });

  it('when it requests an effect that its skill does not declare', async () => {
    expect(await failureOf({ ...first, effects: {} })).toMatchObject({
      code: 'EFFECT_UNDECLARED',
      message: expect.stringContaining("requested 'number.take'"),
    });
  });

  it('when an effect answers with more than 64 KiB', async () => {
    const wide = { ...first.effects['number.take'], output: z.strictObject({ value: z.string() }) };
    const { store, orchestrator, plan } = setUp(
      [{ ...first, effects: { ...first.effects, 'number.take': wide } }],
      undefined,
      async () => ({
        value: large,
      }),
    );
    const id = orchestrator.start('p.yaml', plan(oneStep), '2026-01-31');
    expect(await orchestrator.drain(id)).toBe('failed');
    expect(orchestrator.view(id).run.error?.code).toBe('PAYLOAD_TOO_LARGE');
    expect(store.effects(id).map(({ state }) => state)).toEqual(['failed']);
  });

  it('when what all steps put out does not fit into the state of the pipeline', async () => {
    const output = z.strictObject({ one: z.number(), note: z.string() });
    const { machine } = faulty({});
    const config = { ...machine.config, output: { one: 1, note: 'x'.repeat(40_000) } };
    const again: unknown = skillSetup().createMachine(config as never); // the config of the machine above
    const talkative: SkillDefinition = { ...first, output, machine: again as SkillDefinition['machine'] }; // types of its own start
    expect(await failureOf(talkative, `${oneStep}  - { id: b, skill: first }\n`)).toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
      message: expect.stringContaining("output of 'b'"),
    });
  });
});

describe('a run that cannot go on here', () => {
  it('is refused when a step that has not begun would get another version of its skill', async () => {
    const { orchestrator, plan, file } = setUp([first, second]);
    const id = orchestrator.start('p.yaml', plan(twoSteps), '2026-01-31');
    const newer = setUp([first, { ...second, version: '3.0.0' }], file).orchestrator;
    await expect(newer.drain(id)).rejects.toThrow(/step 'b' of run-\w+ was planned with second@1\.0\.0, installed is second@3\.0\.0/);
    const absent = setUp([first], file).orchestrator;
    await expect(absent.drain(id)).rejects.toThrow(/planned with second@1\.0\.0, which is not installed/);
    expect(await setUp([first, second], file).orchestrator.drain(id)).toBe('completed');
  });

  it('does not hold up the others, and stays open', async () => {
    const { orchestrator, plan, file } = setUp([first, second]);
    const stuck = orchestrator.start('p.yaml', plan(twoSteps), '2026-01-31');
    const fine = orchestrator.start('p.yaml', plan(oneStep), '2026-01-31');
    const later = setUp([first], file);
    await later.orchestrator.resume();
    expect(later.logged).toEqual(['run-stuck RUN_SNAPSHOT_INCOMPATIBLE']);
    expect(later.orchestrator.view(fine).run.state).toBe('completed');
    expect(later.orchestrator.view(stuck).run.state).toBe('running');
  });

  it('can be cancelled although its skill is gone', () => {
    const { orchestrator, plan, file } = setUp([first]);
    const id = orchestrator.start('p.yaml', plan(oneStep), '2026-01-31');
    const { orchestrator: later, store } = setUp([], file);
    later.cancel(id);
    expect(later.view(id).run.state).toBe('cancelled');
    expect([store.pendingEffects(id), store.activeInstances(id)]).toEqual([[], []]);
  });
});

describe('a run that is being driven', () => {
  it('is driven once when two callers drive it at the same time', async () => {
    let calls = 0;
    const { orchestrator, plan } = setUp([first], undefined, async ({ amount }) => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return { value: amount };
    });
    const id = orchestrator.start('p.yaml', plan(oneStep), '2026-01-31');
    expect(await Promise.all([orchestrator.drain(id), orchestrator.drain(id), orchestrator.resume()])).toEqual([
      'completed',
      'completed',
      [id],
    ]);
    expect(calls).toBe(1);
  });

  it('stops at once when it is cancelled from elsewhere', async () => {
    let isAborted = false;
    let begun: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const { orchestrator, plan } = setUp([first], undefined, (_request, { signal }) => {
      signal.addEventListener('abort', () => (isAborted = true));
      begun();
      return new Promise(() => {});
    });
    const id = orchestrator.start('p.yaml', plan(oneStep), '2026-01-31');
    const driven = orchestrator.drain(id);
    await hasBegun;
    orchestrator.cancel(id);
    expect(await driven).toBe('cancelled');
    expect(isAborted).toBe(true);
  });
});
