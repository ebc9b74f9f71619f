import { describe, expect, it } from 'vitest';
import { initialTransition, transition } from 'xstate';

import { machine } from './machine.ts';
import { outputSchema } from './schemas.ts';
import skill from './skill.ts';

const ref = (letter: string) => ({ digest: letter.repeat(64), media: 'application/json', rows: 1 });
const start = {
  input: { calibrated: ref('a'), accounts: ref('b'), snapshot: ref('c'), reliability: { eceAfter: 0.01, n: 100 } },
  config: { uses: [] },
  asOf: '2026-06-30',
};
const replies = {
  'facts.assemble': { facts: ref('d'), ofUses: ref('4'), completeSince: null },
  'vectors.build': { vectors: ref('e'), classes: ref('f'), uses: ref('0') },
  'policy.decide': { decisions: ref('1'), policyDigest: '9'.repeat(64), law: ref('5') },
  'decisions.join': { decisions: ref('2'), counts: { pass: 2, fail: 1, counsel: 0 }, topReasons: [], cases: ref('3') },
  'reviews.open': { opened: 0, known: 0 },
} as const;
const kinds = Object.keys(replies) as (keyof typeof replies)[]; // the keys of the literal above

/** Requests as the runner reads them, checked against what the skill declares. */
function requested(actions: readonly { readonly type: string; readonly params?: unknown }[]): string[] {
  return actions
    .filter(({ type }) => type === 'requestEffect')
    .map(({ params }) => {
      const { kind, input } = params as { kind: keyof typeof replies; input: unknown }; // what requestEffect takes
      skill.effects[kind].input.parse(input);
      return kind;
    });
}

describe('the gate machine', () => {
  it('asks for one declared effect after the other and puts out what the schema says', () => {
    let [snapshot, actions] = initialTransition(machine, start);
    const asked: string[] = [];
    for (const kind of kinds) {
      asked.push(...requested(actions));
      const context = JSON.parse(JSON.stringify(snapshot.context)) as typeof snapshot.context; // survives storage as JSON
      snapshot = machine.resolveState({ value: snapshot.value, context });
      [snapshot, actions] = transition(machine, snapshot, { type: `${kind}.ok`, output: replies[kind] } as never); // pairs by key
    }
    expect(asked).toEqual(kinds);
    expect(snapshot.value).toBe('done');
    expect(outputSchema.parse(snapshot.output)).toMatchObject({ counts: { pass: 2, fail: 1, counsel: 0 }, policyDigest: '9'.repeat(64) });
  });

  it.each(kinds)('fails with the error when %s fails, and stops on cancel there', (at) => {
    let [snapshot] = initialTransition(machine, start);
    for (const kind of kinds.slice(0, kinds.indexOf(at))) {
      [snapshot] = transition(machine, snapshot, { type: `${kind}.ok`, output: replies[kind] } as never); // pairs by key
    }
    const error = { code: 'EFFECT_FAILED', message: 'no', isRejected: true } as const;
    const [failed] = transition(machine, snapshot, { type: `${at}.failed`, error });
    expect(failed.value).toBe('failed');
    expect(failed.output).toEqual({ error: { code: 'EFFECT_FAILED', message: 'no' } });
    const [cancelled] = transition(machine, snapshot, { type: 'cancel' });
    expect(cancelled.value).toBe('cancelled');
  });
});
