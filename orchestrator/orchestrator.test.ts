import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openRunStore } from '../agents/adapters/sqlite/run-store.ts';
import { type CallOptions, CohortiumError, type SkillDefinition } from '../skills/sdk/index.ts';
import { countingSkill } from '../test/fixtures/counting-skill.ts';
import { createMemoryContent } from '../test/fixtures/memory-content.ts';
import { createOrchestrator, type MovableClock, parsePipeline, type PlannedPipeline, type SkillSet } from './index.ts';

const skillSet = (...skills: readonly SkillDefinition[]): SkillSet => new Map(skills.map((skill) => [skill.id, skill]));
const first = countingSkill('first', 'one');
const second = countingSkill('second', 'two', 'one');
const standard = skillSet(first, second);

const twoSteps = `
pipeline: two
version: 1
steps:
  - { id: a, skill: first, with: { amount: 3 } }
  - { id: b, skill: second, after: [a] }
`;

function plan(text: string, skills = standard): PlannedPipeline {
  const { plan: parsed, diagnostics } = parsePipeline(text, 'p.yaml', skills);
  if (!parsed) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return parsed;
}

function movableClock(): MovableClock {
  let now = 1_000_000;
  return { now: () => now, advanceTo: (ms) => (now = Math.max(now, ms)) };
}

type Take = (request: { amount: number }, options: CallOptions) => Promise<unknown>;
const takeAmount: Take = async ({ amount }) => ({ value: amount });

function setUp(
  take: Take = takeAmount,
  skills: SkillSet = standard,
  path = join(mkdtempSync(join(tmpdir(), 'cohortium-runs-')), 'runs.db'),
) {
  const store = openRunStore(path);
  const orchestrator = createOrchestrator({
    store,
    content: createMemoryContent(),
    ports: { transport: { take } },
    skills,
    clock: movableClock(),
    logger: { log: () => {} },
  });
  return { store, orchestrator, path };
}

describe('a run', () => {
  it('goes through its steps, timers included, and keeps what each put out', async () => {
    const { orchestrator } = setUp();
    const id = orchestrator.start('p.yaml', plan(twoSteps), '2026-01-31');
    expect(await orchestrator.drain(id)).toBe('completed');
    const { steps } = orchestrator.view(id);
    expect(steps['a']).toMatchObject({ state: 'completed', attempts: 1, output: { one: 6 } });
    expect(steps['b']).toMatchObject({ state: 'completed', output: { two: 2 } });
  });

  it('has the same id and digest wherever the same thing ran, and another id the second time', async () => {
    const ids: string[] = [];
    const digests: string[] = [];
    for (const { orchestrator } of [setUp(), setUp()]) {
      const id = orchestrator.start('p.yaml', plan(twoSteps), '2026-01-31');
      await orchestrator.drain(id);
      ids.push(id);
      digests.push(orchestrator.view(id).digest);
      expect(orchestrator.start('p.yaml', plan(twoSteps), '2026-01-31')).not.toBe(id);
    }
    expect(new Set(ids).size).toBe(1);
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('repeats a failed step with growing waits, then gives up and skips what follows', async () => {
    let calls = 0;
    const failing: Take = async () => {
      calls += 1;
      throw new CohortiumError('STORE_BUSY', 'held');
    };
    const { orchestrator, store } = setUp(failing);
    const text = twoSteps.replace('amount: 3 }', 'amount: 3 }, retry: { attempts: 3, backoff: 2s, factor: 3 }');
    const id = orchestrator.start('p.yaml', plan(text), '2026-01-31');
    expect(await orchestrator.drain(id)).toBe('failed');
    expect(calls).toBe(3);
    const { steps, run } = orchestrator.view(id);
    expect(steps['a']).toMatchObject({ state: 'failed', attempts: 3, error: { code: 'STORE_BUSY' } });
    expect(steps['b']?.state).toBe('skipped');
    expect(run.error).toEqual({ code: 'STORE_BUSY', message: 'held' });
    expect(store.timers(id)).toEqual([]);
  });

  it('succeeds when a later attempt does', async () => {
    let calls = 0;
    const { orchestrator } = setUp(async ({ amount }) => {
      calls += 1;
      if (calls < 3) throw new Error('not yet');
      return { value: amount };
    });
    const id = orchestrator.start('p.yaml', plan(twoSteps.replace('amount: 3 }', 'amount: 3 }, retry: { attempts: 3 }')), '2026-01-31');
    expect(await orchestrator.drain(id)).toBe('completed');
  });

  it('waits for a person, goes on when approved, and fails when refused', async () => {
    const text = twoSteps.replace('after: [a]', 'after: [a], approval: { by: finance }');
    const { orchestrator } = setUp();
    const [yes, no] = ['2026-01-31', '2026-02-28'].map((asOf) => orchestrator.start('p.yaml', plan(text), asOf));
    for (const id of [yes, no]) expect(await orchestrator.drain(id ?? '')).toBe('waiting');
    orchestrator.decideStep(yes ?? '', 'b', true, 'ann');
    orchestrator.decideStep(no ?? '', 'b', false, 'ann');
    expect(await orchestrator.drain(yes ?? '')).toBe('completed');
    expect(await orchestrator.drain(no ?? '')).toBe('failed');
    expect(orchestrator.view(no ?? '').steps['b']?.error?.message).toBe("step 'b' was rejected by ann");
    expect(() => orchestrator.decideStep(yes ?? '', 'b', true, 'ann')).toThrow(/does not wait for approval/);
  });

  it('skips a step whose condition does not hold, and runs it otherwise', async () => {
    const text = (value: number) => twoSteps.replace('after: [a]', `after: [a], when: { path: a.one, op: gt, value: ${value} }`);
    const { orchestrator } = setUp();
    for (const [value, state] of [
      [5, 'completed'],
      [6, 'skipped'],
    ] as const) {
      const id = orchestrator.start('p.yaml', plan(text(value)), '2026-01-31');
      expect(await orchestrator.drain(id)).toBe('completed');
      expect(orchestrator.view(id).steps['b']?.state).toBe(state);
    }
  });

  it('is cancelled by its caller and leaves nothing pending', async () => {
    const stop = new AbortController();
    const { orchestrator, store } = setUp(
      (_request, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('stopped')));
          stop.abort();
        }),
    );
    const id = orchestrator.start('p.yaml', plan(twoSteps), '2026-01-31');
    expect(await orchestrator.drain(id, { signal: stop.signal })).toBe('cancelled');
    expect(store.pendingEffects(id)).toEqual([]);
    expect(store.activeInstances(id)).toEqual([]);
  });

  it('ends an attempt that takes too long (real clock)', async () => {
    const store = openRunStore(join(mkdtempSync(join(tmpdir(), 'cohortium-runs-')), 'runs.db'));
    const orchestrator = createOrchestrator({
      store,
      content: createMemoryContent(),
      ports: { transport: { take: () => new Promise(() => {}) } },
      skills: standard,
      clock: { now: () => Date.now() },
      logger: { log: () => {} },
    });
    const id = orchestrator.start('p.yaml', plan(twoSteps.replace('amount: 3 }', 'amount: 3 }, timeout: 50ms')), '2026-01-31');
    expect(await orchestrator.drain(id)).toBe('failed');
    expect(orchestrator.view(id).steps['a']?.error?.code).toBe('EFFECT_TIMEOUT');
  });

  it('says so when an effect answers something else than its schema', async () => {
    const { orchestrator } = setUp(async () => ({ value: 'three' }));
    const id = orchestrator.start('p.yaml', plan(twoSteps), '2026-01-31');
    await orchestrator.drain(id);
    expect(orchestrator.view(id).run.error).toMatchObject({
      code: 'EFFECT_FAILED',
      message: expect.stringContaining("output of 'number.take'"),
    });
  });

  it('refuses to go on with another version of a skill, unless it has a migration', async () => {
    const { path, orchestrator } = setUp();
    const id = orchestrator.start('p.yaml', plan(twoSteps), '2026-01-31');
    const newer = { ...first, version: '2.0.0' };
    const refused = setUp(takeAmount, skillSet(newer, second), path).orchestrator;
    await expect(refused.drain(id)).rejects.toThrow(/begun with first@1\.0\.0, installed is first@2\.0\.0/);
    const migrating = { ...newer, migrations: { '1.0.0': (snapshot: unknown) => snapshot } };
    expect(await setUp(takeAmount, skillSet(migrating, second), path).orchestrator.drain(id)).toBe('completed');
  });

  it('replays bit for bit, and names the first difference when a core has changed', async () => {
    const { path, orchestrator } = setUp();
    const id = orchestrator.start('p.yaml', plan(twoSteps), '2026-01-31');
    await orchestrator.drain(id);
    expect(await orchestrator.replay(id)).toMatchObject({ identical: true, effects: 4, recomputed: 2 });
    const changed = { ...first, pure: { 'number.double': ({ value }: { value: number }) => ({ value: value * 2.0000000000000004 }) } };
    const report = await setUp(takeAmount, skillSet(changed, second), path).orchestrator.replay(id);
    expect(report.firstDifference).toMatchObject({
      step: 'a',
      effect: 'number.double',
      says: 'output.value: recorded 6, replayed 6.000000000000002 (2 ulps apart)',
    });
  });

  it('is not found under a wrong id', () => {
    const { orchestrator } = setUp();
    expect(() => orchestrator.view('run-x')).toThrow(expect.objectContaining({ code: 'RUN_NOT_FOUND' }));
  });
});
