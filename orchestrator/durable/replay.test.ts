/** Replays of small runs, with the causes that a difference can have put in by hand. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { openRunStore } from '../../agents/adapters/sqlite/run-store.ts';
import type { Digest, Json, SkillDefinition } from '../../skills/sdk/index.ts';
import { countingSkill } from '../../test/fixtures/counting-skill.ts';
import { createMemoryContent } from '../../test/fixtures/memory-content.ts';
import { type CodeIdentity, createOrchestrator, parsePipeline, type RecordedRun, recordedRun, replayRun } from '../index.ts';

const skillSet = (...skills: readonly SkillDefinition[]) => new Map(skills.map((skill) => [skill.id, skill]));
const first = countingSkill('first', 'one');
const second = countingSkill('second', 'two', 'one');
const standard = skillSet(first, second);
const doubling = (factor: number): SkillDefinition => ({
  ...first,
  pure: { 'number.double': ({ value }: { readonly value: number }) => ({ value: value * factor }) },
});
const identity = (tree: string, node = '24.0.0'): CodeIdentity => ({
  package: 'shop',
  version: '1.0.0',
  treeOf: () => tree as Digest,
  dependencies: `lockfile:${'d'.repeat(64)}`,
  math: 'detmath-1',
  runtime: { node },
});

const text = `
pipeline: two
version: 1
steps:
  - { id: a, skill: first, with: { amount: 3 } }
  - { id: b, skill: second, after: [a], with: { amount: 5 } }
`;

const content = createMemoryContent();
const ports = { transport: { take: async ({ amount }: { readonly amount: number }) => ({ value: amount }) } };

async function recordOne(): Promise<RecordedRun> {
  const store = openRunStore(join(mkdtempSync(join(tmpdir(), 'cohortium-replay-')), 'runs.db'));
  let now = 0;
  const clock = { now: () => now, advanceTo: (ms: number) => (now = Math.max(now, ms)) };
  const code = identity('a'.repeat(64));
  const orchestrator = createOrchestrator({ store, content, ports, skills: standard, clock, logger: { log: () => {} }, code });
  const { plan } = parsePipeline(text, 'two.yaml', standard);
  if (!plan) throw new Error('the pipeline of this test has a fault');
  const id = orchestrator.start('two.yaml', plan, '2026-01-31');
  await orchestrator.drain(id);
  return recordedRun(store, id);
}

const recorded = await recordOne();
const place = { skills: standard, surroundings: { content, ports } };

/** The run with one effect put otherwise. */
function altered(kind: string, step: string, change: { readonly input?: Json; readonly output?: Json }): RecordedRun {
  return { ...recorded, effects: recorded.effects.map((one) => (one.kind === kind && one.step === step ? { ...one, ...change } : one)) };
}

const verdicts = ({ stages }: Awaited<ReturnType<typeof replayRun>>) =>
  stages.map(({ step, effect, verdict }) => `${step} ${effect} ${verdict}`);

describe('a replay', () => {
  it('says of every stage whether it was computed again, and follows every input, timers included', async () => {
    const report = await replayRun(place, recorded);
    expect(verdicts(report)).toEqual([
      'a number.take recorded',
      'a number.double identical',
      'b number.take recorded',
      'b number.double identical',
    ]);
    expect(report).toMatchObject({ outcome: 'identical', identical: true, effects: 4, recomputed: 2, followed: 4, firstDifference: null });
  });

  it('goes on after a difference, and says what has changed since', async () => {
    const skills = skillSet(doubling(2.0000000000000004), second);
    const report = await replayRun({ ...place, skills, code: identity('b'.repeat(64), '26.0.0') }, recorded);
    expect(report).toMatchObject({
      outcome: 'diverged',
      firstDifference: { step: 'a', effect: 'number.double', path: 'output.value', recorded: 6, replayed: 6.000000000000002, ulps: 2 },
    });
    expect(verdicts(report).slice(1)).toEqual(['a number.double diverged', 'b number.take recorded', 'b number.double identical']);
    expect(report.stages[1]?.changes).toEqual([
      'code changed since: aaaaaaaaaaaa then, bbbbbbbbbbbb now',
      'node of the machine changed since: 24.0.0 then, 26.0.0 now',
    ]);
  });

  it('gives one fingerprint to one stage on every machine, and another one to other code', async () => {
    const [, stage] = recorded.effects;
    expect(stage?.fingerprint?.stage).toMatchObject({ stage: 'first/number.double', code: { skill: 'first@1.0.0' }, policy: null });
    const again = await recordOne();
    expect(again.effects.map(({ fingerprint }) => fingerprint?.digest)).toEqual(
      recorded.effects.map(({ fingerprint }) => fingerprint?.digest),
    );
    expect(new Set(recorded.effects.map(({ fingerprint }) => fingerprint?.digest)).size).toBe(4);
  });

  it('notices an input that was exchanged together with its output', async () => {
    const forged = altered('number.double', 'a', { input: { value: 4 }, output: { value: 8 } });
    const report = await replayRun(place, forged);
    expect(report.firstDifference).toMatchObject({ step: 'a', effect: 'number.double', path: 'input.value', recorded: 4, replayed: 3 });
    expect(report.stages[1]?.notes[0]).toContain('does not follow from what came before');
  });

  it('does not compute what rests on something erased, and compares the rest', async () => {
    const erasure = { object: 'e'.repeat(64), day: '2026-02-03', entry: 17 };
    const within = (input: Json) => (JSON.stringify(input).includes('"value":3}') ? [erasure] : []);
    const report = await replayRun({ ...place, erasures: { of: () => undefined, within } }, recorded);
    expect(report).toMatchObject({ outcome: 'erased', identical: false, recomputed: 1 });
    expect(report.stages[1]).toMatchObject({ verdict: 'erased', erased: [erasure] });
    expect(report.stages[3]).toMatchObject({ verdict: 'identical' });
  });

  it('tells what is lost from what differs, and what cannot be computed here from both', async () => {
    const failing = (code: string): SkillDefinition => ({
      ...first,
      pure: {
        'number.double': () => {
          throw Object.assign(new Error('not here'), { code });
        },
      },
    });
    expect(await replayRun({ ...place, skills: skillSet(failing('X'), second) }, recorded)).toMatchObject({
      outcome: 'diverged',
      firstDifference: { says: expect.stringMatching(/^output: failed with INTERNAL: an unexpected error in \S+@replay\.test\.ts:\d+$/) },
    });
    const gone = { ...recorded, effects: recorded.effects.slice(0, 2) };
    expect(await replayRun({ ...place, skills: skillSet(second) }, gone)).toMatchObject({ outcome: 'absent' });
    const reading: SkillDefinition = {
      ...first,
      pure: { 'number.double': (_input, context) => context.readJson({ digest: 'f'.repeat(64), media: 'application/json', rows: 1 }) },
    };
    expect(await replayRun({ ...place, skills: skillSet(reading, second) }, recorded)).toMatchObject({ outcome: 'gone' });
  });
});
