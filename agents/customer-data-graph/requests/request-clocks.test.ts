import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { checkLaw } from '../law/read-law.ts';
import { readAnswers } from './answers-file.ts';
import { clocksOf, type RegimeDeadlines } from './request-clocks.ts';
import { type RequestKind, requestKinds, rightOf } from './request-kinds.ts';
import { requestLaw } from './request-law.ts';

const { law } = checkLaw();
const lawOf = requestLaw(law, { stateLawsApply: true }, readAnswers());
const clocks = (kind: RequestKind, place: string, received: string, holidays: readonly string[] = []) =>
  clocksOf(kind, received, lawOf.givenBy(kind, place, received), holidays, 30);

describe('the clocks of a request', () => {
  // Receipt on Friday, 30 January 2026; days counted by hand and with GNU date.
  it.each<[place: string, kind: RequestKind, confirm: string | null, respond: string, extended: string | null]>([
    ['US-CA', 'access', '2026-02-13', '2026-03-16', '2026-04-30'],
    ['US-CA', 'erase', '2026-02-13', '2026-03-16', '2026-04-30'],
    ['US-CA', 'correct', '2026-02-13', '2026-03-16', '2026-04-30'],
    ['US-CA', 'opt-out', null, '2026-02-20', null],
    ['US-VA', 'access', null, '2026-03-16', '2026-04-30'],
    ['US-VA', 'appeal', null, '2026-03-31', null],
    ['US-CO', 'access', null, '2026-03-16', '2026-04-30'],
    ['US-CO', 'appeal', null, '2026-03-16', '2026-05-15'],
    ['US-CT', 'port', null, '2026-03-16', '2026-04-30'],
    ['US-UT', 'erase', null, '2026-03-16', '2026-04-30'],
    ['US-TX', 'correct', null, '2026-03-16', '2026-04-30'],
    ['US-FL', 'access', null, '2026-03-16', '2026-03-31'],
    ['US-OR', 'appeal', null, '2026-03-16', null],
    ['US-MT', 'access', null, '2026-03-16', '2026-04-30'],
    ['US-IA', 'access', null, '2026-04-30', '2026-06-14'],
    ['US-IN', 'opt-out', null, '2026-03-16', '2026-04-30'],
    ['US-TN', 'access', null, '2026-03-16', '2026-04-30'],
    ['US-DE', 'access', null, '2026-03-16', '2026-04-30'],
    ['US-NH', 'access', null, '2026-03-16', '2026-04-30'],
    ['US-NJ', 'appeal', null, '2026-03-16', null],
    ['US-NE', 'access', null, '2026-03-16', '2026-04-30'],
    ['US-MN', 'appeal', null, '2026-03-16', '2026-05-15'],
    ['US-MD', 'access', null, '2026-03-16', '2026-04-30'],
    ['US-KY', 'access', null, '2026-03-16', '2026-04-30'],
    ['US-RI', 'access', null, '2026-03-16', '2026-04-30'],
    // One month is the shorter clock where February is in it: thirty days would be a day too late.
    ['DE', 'access', null, '2026-02-28', '2026-04-30'],
    ['FR', 'erase', null, '2026-02-28', '2026-04-30'],
    ['DE', 'port', null, '2026-02-28', '2026-04-30'],
    ['BR', 'access', null, '2026-02-14', null],
    ['CA-ON', 'access', null, '2026-03-01', '2026-03-31'],
    ['CA-QC', 'access', null, '2026-03-01', null],
    ['IN', 'erase', null, '2026-04-30', null],
  ])('in %s: %s', (place, kind, confirm, respond, extended) => {
    const found = clocks(kind, place, '2026-01-30');
    expect([found.confirm?.due ?? null, found.respond.due, found.extended?.due ?? null]).toEqual([confirm, respond, extended]);
  });

  it('count three months from receipt where two are added to one, and never more than ninety days where both are law', () => {
    expect(clocks('access', 'DE', '2026-07-15')).toMatchObject({ respond: { due: '2026-08-14' }, extended: { due: '2026-10-13' } });
    expect(clocks('access', 'DE', '2026-11-30')).toMatchObject({ respond: { due: '2026-12-30' }, extended: { due: '2027-02-28' } });
  });

  it('leave out holidays where business days are counted, and only there', () => {
    const holidays = ['2026-02-02', '2026-02-16'];
    expect(clocks('access', 'US-CA', '2026-01-30', holidays)).toMatchObject({
      confirm: { due: '2026-02-17' },
      respond: { due: '2026-03-16' },
    });
    expect(clocks('opt-out', 'US-CA', '2026-01-30', holidays).respond.due).toBe('2026-02-24');
  });

  it('give no right before the law does', () => {
    expect(lawOf.givenBy('access', 'US-OK', '2026-12-31')).toEqual([]);
    expect(lawOf.givenBy('access', 'US-OK', '2027-01-01').map(({ regime }) => regime)).toEqual(['us-ok-sb546']);
    expect(lawOf.givenBy('correct', 'US-UT', '2026-06-30')).toEqual([]);
    expect(lawOf.givenBy('correct', 'US-UT', '2026-07-01').map(({ regime }) => regime)).toEqual(['us-ut-ucpa']);
    expect(lawOf.givenBy('port', 'CA-QC', '2024-09-21')).toEqual([]);
  });

  it('give Iowa no correction and California no appeal', () => {
    expect(lawOf.givenBy('correct', 'US-IA', '2026-01-30')).toEqual([]);
    expect(lawOf.givenBy('appeal', 'US-CA', '2026-01-30')).toEqual([]);
  });

  it('are the operator’s own where no law gives the right, or nobody has said where the person lives', () => {
    for (const place of ['US-WY', '', 'US', 'JP']) {
      expect(clocks('access', place, '2026-01-30')).toMatchObject({ confirm: null, respond: { regime: '', due: '2026-03-01' } });
    }
  });

  it('never end before the day of receipt, and never have an extension that ends first', () => {
    const places = [...new Set(law.files.map(({ jurisdiction }) => jurisdiction))];
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.constantFrom(...requestKinds),
        fc.integer({ min: 0, max: 3000 }),
        (place, kind, offset) => {
          const received = new Date(Date.UTC(2020, 0, 1 + offset)).toISOString().slice(0, 10);
          const { confirm, respond, extended } = clocks(kind, place, received);
          expect(respond.due > received).toBe(true);
          if (confirm) expect(confirm.due < respond.due).toBe(true);
          if (extended) expect(extended.due > respond.due).toBe(true);
        },
      ),
    );
  });

  it('pass over what is no period', () => {
    const odd: RegimeDeadlines = { regime: 'xx-odd', deadlines: { respondDays: 0, respondNote: 'soon', extensionDays: 5 } };
    expect(clocksOf('access', '2026-01-30', [odd], [], 30).respond).toMatchObject({ name: 'otherwiseDays', due: '2026-03-01' });
  });
});

describe('the words of rights', () => {
  it('are all understood, or no requests by intention', () => {
    const noRequests =
      /^(?:access to purpose|a parent may|access, deletion and download by a parent|be told|reasons and|be heard|review of|question|list of|no retaliation|pre-use|notice|explanation|meaningful|information$|human intervention|express|contest|restriction|grievance|nominate|disclosure)/;
    const words = law.files.filter(({ anchor }) => anchor === 'privacy').flatMap(({ rights }) => rights);
    expect(words.length).toBeGreaterThan(100);
    expect(words.filter((right) => rightOf(right).kinds.length === 0 && !noRequests.test(right))).toEqual([]);
  });
});
