import { describe, expect, it } from 'vitest';

import { defineSkill, type SkillDefinition, type SkillEvent, skillSetup, z } from '../sdk/index.ts';
import { checkSkill } from './check-skill.ts';
import type { ClaimName } from './findings.ts';
import { describeSkillContract, type SkillSample } from './index.ts';

interface Context {
  readonly value: number;
  readonly error: unknown;
  readonly [key: string]: unknown;
}
type Replies = { readonly 'number.take': { readonly value: number }; readonly 'number.double': { readonly value: number } };

const { assign, createMachine } = skillSetup<Context, Replies, { readonly value: number } | { readonly error: unknown }>();
type KitEvent = SkillEvent<Replies>;
const failed = {
  target: 'failed',
  actions: assign({ error: ({ event }: { event: KitEvent }) => ('error' in event ? event.error : null) }),
} as const;
const keep = assign({ value: ({ event }: { event: KitEvent }) => ('output' in event ? event.output.value : 0) });
const number = z.strictObject({ value: z.number() });
const effect = { input: number, output: number, idempotent: true, timeoutMs: 1000 } as const;

/** Takes a number from a port, waits, doubles it, and asks again while it is below ten. */
const machine = createMachine({
  id: 'sound',
  context: ({ input }) => ({ value: Number(input.input['value']), error: null }),
  initial: 'taking',
  states: {
    taking: {
      entry: { type: 'requestEffect', params: ({ context }) => ({ kind: 'number.take', input: { value: context.value } }) },
      on: { 'number.take.ok': { target: 'waiting', actions: keep }, 'number.take.failed': failed, cancel: 'cancelled' },
    },
    waiting: { after: { 1000: 'doubling' }, on: { cancel: 'cancelled' } },
    doubling: {
      entry: { type: 'requestEffect', params: ({ context }) => ({ kind: 'number.double', input: { value: context.value } }) },
      on: {
        'number.double.ok': [
          { guard: ({ event }) => event.output.value < 10, target: 'taking', actions: keep },
          { target: 'done', actions: keep },
        ],
        'number.double.failed': failed,
        cancel: 'cancelled',
      },
    },
    done: { type: 'final' },
    failed: { type: 'final' },
    cancelled: { type: 'final' },
  },
  output: ({ context }) => (context.error === null ? { value: context.value } : { error: context.error }),
});

const sound = defineSkill({
  id: 'sound',
  version: '1.0.0',
  contract: 1,
  title: 'Sound',
  description: 'Keeps every part of the contract.',
  input: number,
  output: number,
  config: z.strictObject({}),
  consumes: [],
  emits: [],
  effects: {
    'number.take': { ...effect, via: 'transport', method: 'take', replay: 'recorded' },
    'number.double': { ...effect, via: 'pure', replay: 'recompute' },
  },
  pure: { 'number.double': ({ value }: { value: number }) => ({ value: value * 2 }) },
  machine,
  determinism: { level: 'bit-exact' },
  tools: [],
  facts: ({ value }: { value: number }) => [{ id: 'number.value', label: 'the number', value }],
  migrations: {},
});

const sample: SkillSample = { input: { value: 1 }, replies: { 'number.take': [{ value: 1 }, { value: 20 }] } };

/** What the kit has against a skill that differs from the sound one. */
function against(change: Partial<SkillDefinition>, samples: readonly SkillSample[] = [sample]): Partial<Record<ClaimName, string>> {
  const { claims } = checkSkill({ ...sound, ...change }, { samples });
  return Object.fromEntries(claims.filter(({ ok }) => !ok).map(({ name, message }) => [name, message]));
}

const double = (body: (value: number) => unknown): Partial<SkillDefinition> => ({
  pure: { 'number.double': ({ value }: { value: number }) => body(value) },
});

describeSkillContract(sound, { samples: [sample] }, { describe, it });

describe('the contract kit', () => {
  it('has nothing against a skill that keeps the contract, loops and timers included', () => {
    expect(against({})).toEqual({});
  });

  it.each([
    ['Date.now', () => ({ value: Date.now() })],
    ['new Date()', () => ({ value: new Date().getTime() })],
    ['Math.random', () => ({ value: Math.random() })],
    ['performance.now', () => ({ value: performance.now() })],
    ['process.hrtime.bigint', () => ({ value: Number(process.hrtime.bigint()) })],
    ['process.env.HOME', () => ({ value: Number(process.env['HOME']) })],
    ['crypto.randomUUID', () => ({ value: crypto.randomUUID().length })],
  ])('names %s in a pure effect', (name, body) => {
    expect(Object.values(against(double(body))).join()).toContain(`${name} is not available`);
  });

  it('names what a pure effect reached for although the effect hid it', () => {
    const hidden = double((value) => {
      try {
        return { value: Math.random() };
      } catch {
        return { value };
      }
    });
    expect(Object.values(against(hidden))).toContainEqual("'number.double' reached for Math.random");
  });

  it('leaves the calendar of Date usable, and gives everything back afterwards', () => {
    expect(against(double((value) => ({ value: value * Date.UTC(2026, 0, 1) * new Date(86_400_000).getUTCDate() })))).toEqual({});
    expect(Math.random()).toBeLessThan(1);
    expect(Date.now()).toBeGreaterThan(0);
  });

  it('catches a pure effect that remembers, waits, changes its input or breaks its schema', () => {
    let calls = 0;
    const claim = 'performs pure effects alike each time, without clock, randomness or I/O';
    expect(against(double(() => ({ value: calls++ })))[claim]).toContain('two outputs for one input');
    expect(against(double(async (value) => ({ value })))[claim]).toContain('a pure effect is synchronous');
    const changing = { pure: { 'number.double': (input: { value: number }) => ({ value: input.value++ }) } };
    expect(against(changing)[claim]).toContain('read only');
    expect(against(double(() => ({ value: 'two' })))['has strict schemas that accept the samples']).toContain("output of 'number.double'");
  });

  it('finds states that no sample leads to, and says which reply is missing', () => {
    const found = against({}, [{ input: { value: 1 } }]);
    expect(found['reaches every state']).toContain("no sample reply for 'number.take'");
    expect(found['reaches every state']).toContain("no sample leads to 'done'");
    expect(found['requests every effect that it declares and no other']).toContain("'number.double' is declared");
  });

  it('finds a machine that waits for nothing, ignores cancel or ends elsewhere', () => {
    const faulty = createMachine({
      id: 'faulty',
      context: { value: 0, error: null },
      initial: 'taking',
      output: { value: 0 },
      states: {
        taking: {
          entry: { type: 'requestEffect', params: { kind: 'number.take', input: { value: 1 } } },
          on: { 'number.take.ok': 'stuck', 'number.take.failed': 'over' },
        },
        stuck: { on: { cancel: 'over' } },
        over: { type: 'final' },
      },
    });
    const found = against({ machine: faulty });
    expect(found['waits for something in every state']).toContain("'stuck' waits for no effect");
    expect(found['stops in every state when it is cancelled']).toContain("cancel in 'taking' leads to 'taking'");
    expect(found['has a flat machine that ends in done, failed or cancelled']).toContain('final states are over');
  });

  it('finds requests that are undeclared or do not fit, state that is not JSON, and a clock in the machine', () => {
    const withEntry = (request: unknown, first: Partial<Context> = {}): SkillDefinition['machine'] =>
      createMachine({
        id: 'faulty',
        context: () => ({ value: 1, error: null, ...first }),
        initial: 'asking',
        states: {
          asking: { entry: { type: 'requestEffect', params: () => request as never }, on: { cancel: 'cancelled' } }, // wrong on purpose
          cancelled: { type: 'final' },
        },
      });
    const undeclared = withEntry({ kind: 'number.guess', input: {} });
    expect(against({ machine: undeclared })['requests every effect that it declares and no other']).toContain(
      "'number.guess' is requested",
    );
    const unfit = withEntry({ kind: 'number.take', input: { amount: 1 } });
    expect(against({ machine: unfit })['has strict schemas that accept the samples']).toContain("the machine gives 'number.take'");
    const take = { kind: 'number.take', input: { value: 1 } };
    const json = 'is plain JSON below 64 KiB at every step';
    expect(against({ machine: withEntry(take, { at: new Map() }) })[json]).toContain('an object with a class at $.context.at');
    expect(against({ machine: withEntry(take, { rows: 'x'.repeat(70_000) }) })[json]).toMatch(/start: 70\d\d\d bytes/);
    const clock = createMachine({
      id: 'clock',
      context: () => ({ value: Date.now(), error: null }),
      initial: 'cancelled',
      states: { cancelled: { type: 'final' } },
    });
    expect(against({ machine: clock })['folds alike each time, without clock, randomness or I/O']).toContain('Date.now');
  });

  it('finds loose schemas and facts that are not numbers', () => {
    const found = against({ input: z.looseObject({ value: z.number() }), facts: () => [{ id: 'a', label: 'a', value: Number.NaN }] });
    expect(found['has strict schemas that accept the samples']).toBe('input accepts unknown keys; use z.strictObject');
    expect(found['states facts of its output']).toBe("'a' is NaN");
  });

  it('gives up on a machine that counts without end', () => {
    const counting = createMachine({
      id: 'counting',
      context: { value: 0, error: null },
      initial: 'counting',
      states: {
        counting: {
          after: { 1: { target: 'counting', reenter: true, actions: assign({ value: ({ context }) => context.value + 1 }) } },
          on: { cancel: 'cancelled' },
        },
        cancelled: { type: 'final' },
      },
    });
    expect(against({ machine: counting })['reaches every state']).toContain('gave up after 5000 places');
  });
});
