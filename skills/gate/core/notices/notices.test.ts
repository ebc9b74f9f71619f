import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { businessDaysAfter, daysAfter, deadlineOf, monthsAfter } from './deadlines.ts';
import { fillText } from './fill-text.ts';
import { isNoReason, principalReasons, standingAgainst } from './principal-reasons.ts';

describe('a deadline', () => {
  it.each([
    ['adverseActionDays', 30, '2026-01-31', '2026-03-02'],
    ['counterofferDays', 90, '2026-01-31', '2026-05-01'],
    ['optOutBusinessDays', 15, '2026-01-30', '2026-02-20'], // a Friday
    ['optOutBusinessDays', 15, '2026-01-31', '2026-02-20'], // a Saturday
    ['respondMonths', 1, '2026-01-31', '2026-02-28'],
  ])('%s of %i from %s is %s', (name, value, from, due) => {
    expect(deadlineOf(name, value, from)).toBe(due);
  });

  it('passes over holidays that are given', () => {
    expect(businessDaysAfter('2026-07-02', 1)).toBe('2026-07-03');
    expect(businessDaysAfter('2026-07-02', 1, ['2026-07-03'])).toBe('2026-07-06');
  });

  it('is none for words, for what is no period, and for a date that is none', () => {
    expect(deadlineOf('cureNote', 'permanent', '2026-01-31')).toBeUndefined();
    expect(deadlineOf('cureDays', 'permanent', '2026-01-31')).toBeUndefined();
    expect(deadlineOf('stages', 3, '2026-01-31')).toBeUndefined();
    for (const count of [daysAfter, monthsAfter, businessDaysAfter]) expect(count('2026-02-30', 1)).toBeUndefined();
  });

  it('never falls on a weekend, whenever it is counted from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 60 }), (start, days) => {
        const from = daysAfter('2020-01-01', start) ?? '';
        const due = businessDaysAfter(from, days) ?? '';
        expect([0, 6]).not.toContain(new Date(`${due}T00:00:00Z`).getUTCDay());
      }),
    );
  });
});

describe('principal reasons', () => {
  const wordings = { a: 'Time since the last purchase', b: 'Number of purchases', c: 'Amounts', d: 'Length of history', e: 'Returns' };

  it('are the four strongest, and equal ones stand by name', () => {
    const factors = ['e', 'd', 'c', 'b', 'a'].map((factor) => ({ factor, against: factor === 'e' ? 0.9 : 0.5 }));
    expect(principalReasons(factors, wordings).map(({ factor }) => factor)).toEqual(['e', 'a', 'b', 'c']);
    expect(principalReasons(factors.toReversed(), wordings)).toEqual(principalReasons(factors, wordings));
  });

  it('leave out what spoke for the person, and what has no words', () => {
    expect(
      principalReasons(
        [
          { factor: 'a', against: -0.2 },
          { factor: 'b', against: 0 },
          { factor: 'r_7d_x', against: 1 },
          { factor: 'constructor', against: 1 },
        ],
        wordings,
      ),
    ).toEqual([]);
  });

  it.each([
    ['You did not meet our internal standards', true],
    ['Credit score too low', true],
    ['Did not qualify', true],
    ['Long time since the last purchase', false],
  ])('"%s" is no reason: %s', (text, expected) => {
    expect(isNoReason(text)).toBe(expected);
  });

  it('measure how far somebody stands behind', () => {
    expect(standingAgainst(1, [1, 2, 3, 4], 'more')).toBe(0.75);
    expect(standingAgainst(4, [1, 2, 3, 4], 'more')).toBe(-0.75);
    expect(standingAgainst(4, [1, 2, 3, 4], 'less')).toBe(0.75);
    expect(standingAgainst(4, [4, 4], 'less')).toBe(0);
    expect(standingAgainst(4, [], 'less')).toBe(0);
  });
});

describe('a text with places', () => {
  it('names what was left open, once', () => {
    expect(fillText('{a} {b} {a} {c}', { b: 'x', c: ' ' })).toEqual({
      text: '[a is missing] x [a is missing] [c is missing]',
      missing: ['a', 'c'],
    });
  });

  it('does not read what was filled in as places again', () => {
    expect(fillText('{a}', { a: '{b}$&', b: 'no' })).toEqual({ text: '{b}$&', missing: [] });
  });

  it('knows no names of objects', () => {
    expect(fillText('{constructor}', {}).missing).toEqual(['constructor']);
  });
});
