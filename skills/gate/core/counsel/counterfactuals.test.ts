import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type Condition, type Facts, truthOf } from '../policy/condition.ts';
import { elsewhere, factsAfter, likelyOutcome, pairsOf, singleChanges, smallestChanges, type Tried } from './counterfactuals.ts';

const is = (fact: string, ...values: readonly (string | number | boolean)[]): Condition => ({ kind: 'one-of', fact, values });
const domains = {
  residency: { type: 'text' },
  tier: { type: 'text', values: ['high', 'low'] },
  gpc: { type: 'boolean' },
  consent: { type: 'boolean' },
  ece: { type: 'integer' },
} as const;

describe('changes worth asking about', () => {
  const conditions: readonly Condition[] = [
    { kind: 'all', of: [is('residency', 'US-CA', 'US-VA'), { kind: 'not', of: is('consent', true) }] },
    { kind: 'any', of: [{ kind: 'above', fact: 'ece', value: 500 }, is('gpc', true)] },
  ];

  it('are the values that rules name, and one beyond', () => {
    const changes = singleChanges(
      { residency: 'US-CA', tier: 'high', gpc: null, ece: 500, consent: false, shoeSize: 43 },
      conditions,
      domains,
    );
    expect(changes.map(({ fact, to }) => `${fact}=${String(to)}`)).toEqual([
      'consent=true',
      'ece=499',
      'ece=501',
      'gpc=true',
      'gpc=false',
      'residency=US-VA',
      `residency=${elsewhere}`,
      'tier=low',
    ]);
  });

  it('pair only different facts, and stop where they are told to', () => {
    const changes = singleChanges({ gpc: null, consent: null }, conditions, domains);
    expect(pairsOf(changes, [], 100)).toHaveLength(4);
    expect(pairsOf(changes, [], 3)).toHaveLength(3);
  });
});

describe('the smallest sets', () => {
  const change = (fact: string) => ({ fact, from: false, to: true });

  it('are all single ones, and pairs only without those', () => {
    const tried: readonly Tried[] = [
      { changes: [change('a')], outcome: 'counsel' },
      { changes: [change('b')], outcome: 'fail' },
      { changes: [change('a'), change('c')], outcome: 'pass' },
      { changes: [change('a'), change('b')], outcome: 'fail' },
    ];
    expect(smallestChanges(tried, 'fail')).toEqual([[change('b')]]);
    expect(smallestChanges(tried, 'pass')).toEqual([[change('a'), change('c')]]);
    expect(smallestChanges([], 'pass')).toEqual([]);
  });

  it('lead where they say, for any condition over booleans', () => {
    const names = ['a', 'b', 'c'] as const;
    const boolean = { type: 'boolean' } as const;
    const condition: fc.Arbitrary<Condition> = fc.letrec<{ node: Condition; leaf: Condition }>((tie) => ({
      leaf: fc.tuple(fc.constantFrom(...names), fc.boolean()).map(([name, value]) => is(name, value)),
      node: fc.oneof(
        { maxDepth: 3 },
        tie('leaf'),
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((of): Condition => ({ kind: 'all', of })),
        fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((of): Condition => ({ kind: 'any', of })),
        tie('node').map((of): Condition => ({ kind: 'not', of })),
      ),
    })).node;
    const facts: fc.Arbitrary<Facts> = fc.record({ a: fc.option(fc.boolean()), b: fc.option(fc.boolean()), c: fc.option(fc.boolean()) });
    fc.assert(
      fc.property(condition, facts, (rule, given) => {
        const outcomeOf = (values: Facts): Tried['outcome'] => {
          const truth = truthOf(rule, values);
          return truth === true ? 'fail' : truth === false ? 'pass' : 'counsel';
        };
        expect(likelyOutcome([{ outcome: 'fail', condition: rule }], given)).toBe(outcomeOf(given));
        const singles = singleChanges(given, [rule], { a: boolean, b: boolean, c: boolean });
        const tried = [...singles.map((one) => [one]), ...pairsOf(singles, [], 1000)].map((changes) => ({
          changes,
          outcome: outcomeOf(factsAfter(given, changes)),
        }));
        for (const outcome of ['pass', 'fail'] as const) {
          for (const changes of smallestChanges(tried, outcome)) {
            expect(outcomeOf(factsAfter(given, changes))).toBe(outcome);
            // Nothing in a pair is for show: neither of the two does it alone.
            if (changes.length === 2) for (const one of changes) expect(outcomeOf(factsAfter(given, [one]))).not.toBe(outcome);
          }
        }
      }),
    );
  });
});
