import { describe, expect, it } from 'vitest';

import { residualTruth, type Truth } from './residual.ts';

const open = (name: string) => ({ unknown: [{ Value: name }] });
const yes = { Value: true };
const no = { Value: false };
const and = (left: unknown, right: unknown) => ({ '&&': { left, right } });
const or = (left: unknown, right: unknown) => ({ '||': { left, right } });
// Parsed, because a literal object with a `then` reads like a promise.
const choose = (condition: unknown, then: unknown, otherwise: unknown): unknown =>
  JSON.parse(`{"if-then-else":{"if":${JSON.stringify(condition)},"then":${JSON.stringify(then)},"else":${JSON.stringify(otherwise)}}}`);
const truth = (body: unknown, kind = 'when'): Truth => residualTruth([{ kind, body }]);

describe('what a residual hangs on', () => {
  it('is settled by one false side of a conjunction', () => {
    expect(truth(and(open('a'), no))).toBe(false);
    expect(truth(and(no, open('a')))).toBe(false);
  });

  it('is settled by one true side of a disjunction', () => {
    expect(truth(or(open('a'), yes))).toBe(true);
  });

  it('names the open side only', () => {
    expect(truth(and(yes, open('a')))).toEqual(new Set(['a']));
    expect(truth(or(and(open('a'), no), open('b')))).toEqual(new Set(['b']));
  });

  it('finds a fact inside a comparison or a call', () => {
    expect(truth({ '==': { left: open('residency'), right: { Value: 'EU' } } })).toEqual(new Set(['residency']));
    expect(truth({ like: { left: open('residency'), pattern: ['Wildcard'] } })).toEqual(new Set(['residency']));
  });

  it('turns an unless clause around', () => {
    expect(truth(yes, 'unless')).toBe(false);
    expect(truth({ '!': { arg: open('a') } }, 'unless')).toEqual(new Set(['a']));
  });

  it('drops a choice between equal answers', () => {
    expect(truth(choose(open('a'), yes, yes))).toBe(true);
    expect(truth(choose(open('a'), yes, open('b')))).toEqual(new Set(['a', 'b']));
  });

  it('needs every clause of a policy', () => {
    expect(
      residualTruth([
        { kind: 'when', body: open('a') },
        { kind: 'unless', body: yes },
      ]),
    ).toBe(false);
  });
});
