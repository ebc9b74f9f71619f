import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type PipelineEvent, playPipeline, type StepProgress } from './pipeline-machine.ts';
import type { PlannedPipeline, PlannedStep } from './schema.ts';

const base: Omit<PlannedStep, 'id' | 'after' | 'binds'> = {
  skill: 's',
  skillVersion: '1.0.0',
  config: {},
  when: null,
  attempts: 1,
  backoffMs: 1000,
  backoffFactor: 2,
  timeoutMs: null,
  approver: null,
};

/** Any pipeline without circles: each step may run after, and bind to, steps before it in the list. */
const pipelines: fc.Arbitrary<PlannedPipeline> = fc
  .array(
    fc.record({
      after: fc.nat(),
      binds: fc.nat(),
      attempts: fc.integer({ min: 1, max: 3 }),
      approves: fc.boolean(),
      times: fc.boolean(),
      when: fc.boolean(),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .map((given) => ({
    pipeline: 'p',
    version: 1,
    steps: given.map(({ after, binds, attempts, approves, times, when }, index) => {
      const before = given.map((_, place) => place).filter((place) => place < index && ((after >> place) & 1) === 1);
      return {
        ...base,
        id: `s${index}`,
        after: before.map((place) => `s${place}`),
        binds: Object.fromEntries(before.filter((place) => ((binds >> place) & 1) === 1).map((place) => [`f${place}`, `s${place}`])),
        attempts,
        approver: approves ? 'ann' : null,
        timeoutMs: times ? 5000 : null,
        when: when && before[0] !== undefined ? { path: `s${before[0]}.go`, op: 'eq', value: true } : null,
      };
    }),
  }));

/** What happens next at a step that can be told something, drawn from numbers. */
function draw(step: string, { state, attempts }: StepProgress, dice: number): PipelineEvent | undefined {
  if (state === 'waiting-approval') return dice % 4 === 0 ? { type: 'step.reject', step, by: 'ann' } : { type: 'step.approve', step };
  if (state === 'waiting-retry') return { type: 'step.retry', step };
  if (state !== 'running') return undefined;
  if (dice % 5 === 0) return { type: 'step.failed', step, attempt: attempts, error: { code: 'STORE_BUSY', message: 'held' } };
  if (dice % 5 === 1) return { type: 'step.timeout', step, attempt: attempts };
  return { type: 'step.ok', step, attempt: attempts, output: { go: dice % 2 === 0 } };
}

const settled = ['completed', 'skipped', 'failed', 'cancelled'];

describe('any pipeline, whatever its steps do', () => {
  it('ends with every step settled, none before those it waits for, none beyond its attempts', () => {
    fc.assert(
      fc.property(pipelines, fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), (plan, dice) => {
        let turn = 0;
        const end = playPipeline(plan, (steps) => {
          for (const { id, after } of plan.steps) {
            const hasBegun = !['pending', 'skipped', 'cancelled'].includes(steps[id]?.state ?? '');
            if (hasBegun) for (const before of after) expect(['completed', 'skipped']).toContain(steps[before]?.state);
          }
          const open = plan.steps.flatMap(({ id }) => {
            const event = steps[id] && draw(id, steps[id], dice[turn % dice.length] ?? 0);
            return event ? [event] : [];
          });
          turn += 1;
          return open[(dice[(turn * 7) % dice.length] ?? 0) % Math.max(open.length, 1)];
        });
        for (const { id, attempts, binds } of plan.steps) {
          const progress = end[id];
          expect(settled).toContain(progress?.state);
          expect(progress?.attempts).toBeLessThanOrEqual(attempts);
          if (progress?.state === 'completed') for (const producer of Object.values(binds)) expect(end[producer]?.state).toBe('completed');
        }
      }),
      { numRuns: 300, seed: 11 },
    );
  });

  it('leaves nothing open when it is cancelled at any moment', () => {
    fc.assert(
      fc.property(pipelines, fc.nat({ max: 20 }), fc.array(fc.nat(), { minLength: 20, maxLength: 20 }), (plan, moment, dice) => {
        let turn = 0;
        const end = playPipeline(plan, (steps) => {
          if (turn++ === moment) return { type: 'cancel' };
          const [next] = plan.steps.flatMap(({ id }) => (steps[id] ? (draw(id, steps[id], dice[turn % dice.length] ?? 0) ?? []) : []));
          return next ?? { type: 'cancel' };
        });
        for (const { state } of Object.values(end)) expect(settled).toContain(state);
      }),
      { numRuns: 200, seed: 12 },
    );
  });

  it('takes no notice of a reply to an attempt that was given up', () => {
    const plan: PlannedPipeline = {
      pipeline: 'p',
      version: 1,
      steps: [{ ...base, id: 's', after: [], binds: {}, attempts: 2, timeoutMs: 10 }],
    };
    const events: PipelineEvent[] = [
      { type: 'step.timeout', step: 's', attempt: 1 },
      { type: 'step.ok', step: 's', attempt: 1, output: { late: true } },
      { type: 'step.retry', step: 's' },
      { type: 'step.ok', step: 's', attempt: 1, output: { later: true } },
      { type: 'step.ok', step: 's', attempt: 2, output: { late: false } },
    ];
    expect(playPipeline(plan, () => events.shift())['s']).toMatchObject({ state: 'completed', attempts: 2, output: { late: false } });
  });
});
