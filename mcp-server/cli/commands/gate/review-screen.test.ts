import { describe, expect, it } from 'vitest';

import type { ReviewRule, ReviewSheet } from '../../../../agents/customer-data-graph/interface.ts';
import { fakeReviews } from '../../../../test/fixtures/fake-reviews.ts';
import type { CommandCall } from '../../command-spec.ts';
import { sheetLines } from './review-screen.ts';

const plain = (text: string): string => text;
const call = {
  host: { columns: 80 },
  style: { bold: plain, dim: plain, good: plain, bad: plain },
  hint: (words: string) => `cohortium ${words}`,
} as unknown as CommandCall; // what the screen asks of a call

const made = await fakeReviews().review('rev-0123456789abcdef');
const shown = (changed: Partial<ReviewSheet>, isInFull = false): string => sheetLines({ ...made, ...changed }, call, isInFull).join('\n');
const [rule] = made.rules as readonly [ReviewRule];
const rules = (count: number, hangsOn: readonly string[]): readonly ReviewRule[] =>
  Array.from({ length: count }, (_, at) => ({
    ...rule,
    id: `rule-${at}`,
    regime: `regime-${at % 3}`,
    oftenMisstated: 'A summary.',
    hangsOn,
  }));
const timesIn = (text: string, part: string): number => text.split(part).length - 1;

describe('the screen of a review', () => {
  it('says of a regime once what holds for all of its rules', () => {
    const text = shown({ rules: rules(6, ['ageBand']) });
    expect(timesIn(text, 'Demands: ')).toBe(3);
    expect(timesIn(text, 'Verify: ')).toBe(3);
    expect(timesIn(text, 'Often misstated: ')).toBe(3);
    expect(timesIn(text, 'which hangs on ageBand')).toBe(6);
  });

  it('has a line for each regime where many rules hang on unknown facts, and every rule when asked', () => {
    const many = rules(60, ['ageBand']);
    const text = shown({ rules: many });
    expect(text).toMatch(/^ {2}fail {2}regime-0 {2}verify {2}rule-0 and 19 more {2}16 CFR 312$/m);
    expect(text).not.toContain('Demands: ');
    expect(text.replaceAll(/\s+/g, ' ')).toContain(`cohortium gate reviews show ${made.id} --all`);
    for (const { id } of many) expect(shown({ rules: many }, true)).toContain(`    ${id}  `);
  });

  it('has the rules that apply in full, however many others are open', () => {
    const text = shown({ rules: [...rules(60, ['ageBand']), { ...rule, id: 'applies', outcome: 'counsel', regime: 'own-regime' }] });
    expect(text).toContain('    applies  wants counsel\n');
    expect(timesIn(text, 'Demands: ')).toBe(1);
  });

  it('says where each unknown fact is stated, and that first', () => {
    const [fact] = made.facts as readonly [ReviewSheet['facts'][number]];
    const facts = (['operator', 'use', 'customer', 'run'] as const).map((of) => ({ ...fact, name: `${of}Fact`, of }));
    const text = shown({ facts });
    expect(text).toContain('  operator: `gate: facts:` in cohortium.yaml\n    operatorFact\n');
    expect(text).toContain('    useFact\n');
    expect(text).toContain('    runFact\n');
    expect(text).toContain('Next: state the facts that you know and run again, or decide without them:');
    expect(shown({ facts: facts.filter(({ of }) => of === 'run') })).not.toContain('Next: state');
    expect(shown({ unknownFacts: [], facts: [] })).not.toContain('Unknown, and it could matter');
    // Under the heading of what is unknown stands something, where the decision has no row for it too.
    expect(shown({ unknownFacts: ['priceDisclosure'], facts: [] })).toContain('  not on record with the decision:\n    priceDisclosure\n');
  });

  it('names the nearest number and puts texts that do the same in one line', () => {
    const change = (fact: string, from: string | number, to: string | number) => [{ fact, from, to }];
    const text = shown({
      counterfactuals: {
        pass: [change('eceUpperBasisPoints', 1650, 999), change('eceUpperBasisPoints', 1650, 1000)],
        fail: [change('ageBand', 'adult', 'under-13'), change('ageBand', 'adult', '13-15'), change('holdoutCustomers', 300, 29)],
        asked: 5,
      },
    });
    expect(text).toContain('\n  pass: eceUpperBasisPoints 10 % instead of 16.5 %\n');
    expect(text).not.toContain('9.99 %');
    expect(text).toContain('\n  fail: ageBand under-13 or 13-15 instead of adult\n  fail: holdoutCustomers 29 instead of 300\n');
  });

  it('puts customers of whom the same is known together', () => {
    const [one] = made.examples as readonly [ReviewSheet['examples'][number]];
    const examples = ['c-1', 'c-2', 'c-3'].map((customerId) => ({ ...one, customerId, explanation: [] }));
    expect(shown({ examples })).toContain('\n  c-1, c-2, c-3\n    ageBand unknown: nobody said anything\n');
    expect(shown({ examples: [] })).toContain('nobody is held back by this case now');
  });

  it('has a last day only while the case waits', () => {
    expect(shown({})).toContain('\nDue 2026-03-02, in 30 days');
    expect(shown({ steps: ['reopen'], state: 'closed' })).not.toContain('Due 2026-03-02');
    expect(shown({ customers: 1 })).toContain(', 1 customer, open');
  });
});
