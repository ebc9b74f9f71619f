import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';

import { machine } from './machine.ts';
import { configSchema, outputSchema } from './schemas.ts';
import { skill } from './skill.ts';

const start = { input: {}, config: {}, asOf: '2026-01-31' };
const sealed = {
  snapshot: { digest: 'a'.repeat(64), media: 'application/json', rows: 1 },
  events: 10,
  segments: 1,
  customers: 4,
  quarantined: 0,
  currency: 'EUR',
  firstDate: '2026-01-01',
  lastDate: '2026-01-31',
};

describe('signal-capture', () => {
  it('asks for one effect and puts out what sealing answered', () => {
    const [waiting, actions] = initialTransition(machine, start);
    expect(actions.map(({ type, params }) => ({ type, params }))).toEqual([
      { type: 'requestEffect', params: { kind: 'log.seal', input: {} } },
    ]);
    const [done] = transition(machine, waiting, { type: 'log.seal.ok', output: sealed });
    expect(done).toMatchObject({ value: 'done', status: 'done', output: sealed });
    expect(outputSchema.parse(done.output)).toEqual(sealed);
  });

  it('fails with the code of the effect', () => {
    const [waiting] = initialTransition(machine, start);
    const error = { code: 'STORE_FULL', message: 'disk', isRejected: true } as const;
    const [failed] = transition(machine, waiting, { type: 'log.seal.failed', error });
    expect(failed).toMatchObject({ value: 'failed', output: { error: { code: 'STORE_FULL', message: 'disk' } } });
  });

  it('can be cancelled while it waits', () => {
    const [waiting] = initialTransition(machine, start);
    expect(transition(machine, waiting, { type: 'cancel' })[0]).toMatchObject({ value: 'cancelled', status: 'done' });
  });

  it('takes no configuration, and says so to a pipeline that gives some', () => {
    expect(configSchema.safeParse({ speed: 1 }).success).toBe(false);
  });

  it('names its output in facts', () => {
    expect(skill.facts(sealed).map(({ id }) => id)).toContain('signals.events');
  });
});
