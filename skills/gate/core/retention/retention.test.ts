import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { always } from '../policy/condition.ts';
import { type KeptRecord, lastDayOf, type RetentionRule } from './clock.ts';
import { decideRetention } from './decide-retention.ts';

function rule(id: string, kind: RetentionRule['kind'], rest: Partial<RetentionRule> = {}): RetentionRule {
  return {
    id,
    regime: 'a-regime',
    kind,
    period: { months: 24, days: 0 },
    from: 'record',
    until: null,
    records: null,
    condition: always,
    citation: 'somewhere',
    note: null,
    verify: null,
    effectiveFrom: null,
    effectiveTo: null,
    ...rest,
  };
}

function record(rest: Partial<KeptRecord> = {}): KeptRecord {
  return { id: 'r', class: 'value', events: { record: '2024-01-31' }, facts: {}, holds: [], ...rest };
}

const years = (count: number): { months: number; days: number } => ({ months: count * 12, days: 0 });
const policy7 = rule('claims-7-years', 'policy', { period: years(7) });
const erasure = rule('gdpr-erasure', 'ceiling', { period: null, until: 'erasure-request' });

describe('two clocks', () => {
  it('shred a European marketing record whose erasure was asked for, and keep the evidence for the seven years of the policy', () => {
    const asked = record({ events: { record: '2024-01-31', 'erasure-request': '2026-03-10' } });
    expect(decideRetention(asked, [policy7, erasure], '2026-03-10')).toMatchObject({ outcome: 'keep', isShredDue: false });
    expect(decideRetention(asked, [policy7, erasure], '2026-03-11')).toMatchObject({
      outcome: 'shred',
      isShredDue: true,
      bodyThrough: '2026-03-10',
      skeletonThrough: '2031-01-31',
      decidedBy: ['claims-7-years', 'gdpr-erasure'],
    });
    expect(decideRetention(asked, [policy7, erasure], '2031-02-01')).toMatchObject({ outcome: 'purge' });
  });

  it('keep it while nobody has asked', () => {
    expect(decideRetention(record(), [policy7, erasure], '2026-03-11')).toMatchObject({ outcome: 'keep', bodyThrough: null });
  });

  it('send seven years of audit evidence against two years after the last interaction in Florida to counsel', () => {
    const florida = rule('fl-two-years', 'ceiling', { from: 'last-interaction', period: years(2) });
    const sarbanes = rule('sox-seven-years', 'floor', { from: 'audit-concluded', period: years(7) });
    const both = record({ events: { 'last-interaction': '2024-05-01', 'audit-concluded': '2025-03-31' } });
    expect(decideRetention(both, [florida, sarbanes], '2026-05-01')).toMatchObject({ outcome: 'counsel', isShredDue: false });
    expect(decideRetention(both, [florida, sarbanes], '2026-05-02')).toMatchObject({
      outcome: 'counsel',
      isShredDue: true,
      bodyThrough: '2026-05-01',
      skeletonThrough: '2032-03-31',
      decidedBy: ['fl-two-years', 'sox-seven-years'],
    });
  });

  it('compute both clocks of a credit record: 25 months pass where the account was used since', () => {
    const regB = rule('regb-25-months', 'floor', { from: 'notice-of-action', period: { months: 25, days: 0 }, records: ['credit-record'] });
    const glba = rule('glba-two-years', 'ceiling', { from: 'last-use', period: years(2), records: ['credit-record'] });
    const used = record({ class: 'credit-record', events: { 'notice-of-action': '2024-01-31', 'last-use': '2024-06-30' } });
    expect(decideRetention(used, [regB, glba], '2026-02-28')).toMatchObject({ outcome: 'keep', skeletonThrough: '2026-02-28' });
    expect(decideRetention(used, [regB, glba], '2026-03-01')).toMatchObject({ outcome: 'free', bodyThrough: '2026-06-30' });
    expect(decideRetention(used, [regB, glba], '2026-07-01')).toMatchObject({ outcome: 'purge' });
    const unused = record({ class: 'credit-record', events: { 'notice-of-action': '2024-01-31', 'last-use': '2024-01-31' } });
    expect(decideRetention(unused, [regB, glba], '2026-01-31')).toMatchObject({ outcome: 'counsel', isShredDue: false });
    expect(decideRetention(unused, [regB, glba], '2026-02-01')).toMatchObject({ outcome: 'counsel', isShredDue: true });
  });

  it('let a hold stop both', () => {
    const held = record({ events: { record: '2010-01-01', 'erasure-request': '2020-01-01' }, holds: ["hold 'suit' by ada: a suit"] });
    expect(decideRetention(held, [policy7, erasure], '2026-03-11')).toMatchObject({
      outcome: 'keep',
      isShredDue: false,
      because: ["hold 'suit' by ada: a suit"],
    });
  });

  it('keep what has no known date, ask counsel, and name the event', () => {
    const two = rule('fl-two-years', 'ceiling', { from: 'last-interaction', period: years(2) });
    const answer = decideRetention(record({ events: { record: '2024-01-31', 'last-interaction': null } }), [policy7, two], '2026-03-11');
    expect(answer).toMatchObject({ outcome: 'counsel', isShredDue: false, unknown: ['last-interaction'], decidedBy: ['fl-two-years'] });
  });

  it('read silence about what is noted when it happens as not yet, and about everything else as unknown', () => {
    const asked = rule('month-after-request', 'ceiling', { from: 'erasure-request', period: { months: 1, days: 0 } });
    expect(decideRetention(record(), [asked], '2026-03-11')).toMatchObject({ outcome: 'free', unknown: [] });
    expect(decideRetention(record({ events: { 'erasure-request': null } }), [asked], '2026-03-11')).toMatchObject({ outcome: 'counsel' });
    const sold = rule('sold', 'floor', { from: 'sale' });
    expect(decideRetention(record(), [sold], '2026-03-11')).toMatchObject({ outcome: 'counsel', unknown: ['sale'] });
  });

  it('take a row that hangs on an unknown fact at its own dates, not at its worst', () => {
    const florida = rule('fl', 'ceiling', {
      from: 'last-interaction',
      condition: { kind: 'one-of', fact: 'residency', values: ['US-FL'] },
    });
    const seen = record({ events: { record: '2024-01-31', 'last-interaction': '2025-06-30' } });
    expect(decideRetention(seen, [florida, policy7], '2027-06-30')).toMatchObject({ outcome: 'keep', unknown: [] });
    expect(decideRetention(seen, [florida, policy7], '2027-07-01')).toMatchObject({ outcome: 'counsel', unknown: ['residency'] });
  });

  it('ask nothing about a maximum whose event has not come', () => {
    const withdrawn = rule('withdrawn', 'ceiling', {
      from: 'withdrawal',
      condition: { kind: 'one-of', fact: 'lawfulBasis', values: ['consent'] },
    });
    expect(decideRetention(record(), [withdrawn, policy7], '2026-03-11')).toMatchObject({ outcome: 'keep', unknown: [] });
    const since = record({ events: { record: '2024-01-31', withdrawal: '2023-01-01' } });
    expect(decideRetention(since, [withdrawn, policy7], '2026-03-11')).toMatchObject({ outcome: 'counsel', unknown: ['lawfulBasis'] });
  });

  it('ask for no fact that cannot change the outcome', () => {
    const maybe = rule('maybe', 'floor', { condition: { kind: 'one-of', fact: 'residency', values: ['CA-QC'] }, period: years(5) });
    expect(decideRetention(record(), [policy7, maybe], '2026-03-11')).toMatchObject({ outcome: 'keep', unknown: [] });
    expect(decideRetention(record(), [maybe], '2026-03-11')).toMatchObject({ outcome: 'counsel', unknown: ['residency'] });
    expect(decideRetention(record({ facts: { residency: 'US-VA' } }), [maybe], '2026-03-11')).toMatchObject({ outcome: 'free' });
  });

  it('keep for as long as the event that ends a minimum has not come', () => {
    const open = rule('while-processing', 'floor', { period: null, until: 'processing-end', from: 'completion' });
    expect(decideRetention(record({ class: 'impact-assessment' }), [open], '2099-01-01')).toMatchObject({
      outcome: 'keep',
      skeletonThrough: 'open-ended',
    });
  });

  it('take a minimum whose event is still to come as running', () => {
    const audit = rule('sox', 'floor', { from: 'audit-concluded' });
    expect(decideRetention(record({ events: { 'audit-concluded': 'not-yet' } }), [audit], '2099-01-01')).toMatchObject({ outcome: 'keep' });
  });

  it('reach evidence without personal data by no maximum that does not name it', () => {
    const all = rule('all', 'ceiling');
    const named = rule('named', 'ceiling', { records: ['decision'] });
    const evidence = record({ class: 'decision' });
    expect(decideRetention(evidence, [all], '2026-02-01')).toMatchObject({ outcome: 'free' });
    expect(decideRetention(evidence, [named], '2026-02-01')).toMatchObject({ outcome: 'purge', isShredDue: false });
  });

  it('count only what is law on the day', () => {
    const coming = rule('coming', 'floor', { period: years(30), effectiveFrom: '2027-01-01' });
    expect(decideRetention(record(), [coming], '2026-12-31')).toMatchObject({ outcome: 'free' });
    expect(decideRetention(record(), [coming], '2027-01-01')).toMatchObject({ outcome: 'keep' });
  });
});

describe('the last day', () => {
  it.each([
    ['2024-01-31', { months: 1, days: 0 }, '2024-02-29'],
    ['2023-01-31', { months: 25, days: 0 }, '2025-02-28'],
    ['2024-02-29', { months: 12, days: 0 }, '2025-02-28'],
    ['2024-02-29', { months: 48, days: 0 }, '2028-02-29'],
    ['2025-08-31', { months: 6, days: 0 }, '2026-02-28'],
    ['2025-12-31', { months: 0, days: 30 }, '2026-01-30'],
  ])('of %s and %o is %s', (since, period, last) => {
    expect(lastDayOf(since, period)).toBe(last);
  });

  it('of a minimum is kept, and the day after is free', () => {
    const floor = rule('two-years', 'floor');
    expect(decideRetention(record(), [floor], '2026-01-31').outcome).toBe('keep');
    expect(decideRetention(record(), [floor], '2026-02-01').outcome).toBe('free');
  });

  it('of a maximum may be used, and the day after it has to be gone', () => {
    const ceiling = rule('two-years', 'ceiling');
    expect(decideRetention(record(), [ceiling], '2026-01-31').outcome).toBe('free');
    expect(decideRetention(record(), [ceiling], '2026-02-01')).toMatchObject({ outcome: 'purge', isShredDue: true });
  });

  it('is beyond all dates for a date that is none', () => {
    expect(lastDayOf('2026-02-30', { months: 1, days: 0 })).toBe('9999-12-31');
  });
});

const day = fc.integer({ min: 0, max: 40 }).map((at) => `20${String(10 + at)}-06-15`);
const events = ['record', 'last-use', 'notice-of-action', 'last-interaction'] as const;
const rules = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    kind: fc.constantFrom('floor' as const, 'ceiling' as const, 'policy' as const),
    from: fc.constantFrom(...events),
    length: fc.integer({ min: 0, max: 12 }),
  }),
  { selector: ({ id }) => id, maxLength: 5 },
);

describe('whatever the dates are', () => {
  it('an outcome that was given without a date stays when the date becomes known', () => {
    fc.assert(
      fc.property(
        rules,
        day,
        fc.array(day, { minLength: 4, maxLength: 4 }),
        fc.integer({ min: 1, max: 15 }),
        (drawn, today, dates, hidden) => {
          const rows = drawn.map(({ id, kind, from, length }) => rule(id, kind, { from, period: years(length) }));
          const full = Object.fromEntries(events.map((name, at) => [name, dates[at] ?? null]));
          const partial = Object.fromEntries(events.map((name, at) => [name, (hidden >> at) & 1 ? null : (dates[at] ?? null)]));
          const before = decideRetention(record({ events: partial }), rows, today);
          const after = decideRetention(record({ events: full }), rows, today);
          if (before.unknown.length === 0) expect(before.outcome).toBe(after.outcome);
          else expect(before.outcome).toBe('counsel');
          if (before.isShredDue) expect(after.isShredDue).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('nothing is purged or shredded while a minimum of the law runs without a maximum, and the order of rows changes nothing', () => {
    fc.assert(
      fc.property(rules, day, fc.array(day, { minLength: 4, maxLength: 4 }), (drawn, today, dates) => {
        const rows = drawn.map(({ id, kind, from, length }) => rule(id, kind, { from, period: years(length) }));
        const full = record({ events: Object.fromEntries(events.map((name, at) => [name, dates[at] ?? null])) });
        const answer = decideRetention(full, rows, today);
        expect(decideRetention(full, rows.toReversed(), today)).toEqual(answer);
        const isFloorRunning = answer.clocks.some(
          ({ rule: { kind }, state }) => kind === 'floor' && state.kind === 'runs' && state.lastDay >= today,
        );
        if (isFloorRunning) expect(['keep', 'counsel']).toContain(answer.outcome);
        if (answer.isShredDue) expect(answer.bodyThrough !== null && answer.bodyThrough < today).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
