import { describe, expect, it } from 'vitest';

import { truthOf } from '../../../../skills/gate/core/policy/condition.ts';
import { decideRetention } from '../../../../skills/gate/core/retention/decide-retention.ts';
import { compileRetention } from '../../../../skills/gate/law/compile-retention.ts';
import { regimeSchema } from '../../../../skills/gate/law/regime-schema.ts';
import { checkLaw } from '../../law/read-law.ts';
import { retentionRules } from './retention-door.ts';

const { law } = checkLaw();
const rules = retentionRules({ law }, []);

const withRows = (rest: object) =>
  compileRetention(
    regimeSchema.parse({
      regime: 'a-regime',
      version: 1,
      anchor: 'records',
      title: 'A regime',
      citation: 'somewhere',
      jurisdiction: 'US',
      status: 'in-force',
      demand: 'Keep it.',
      reviewed: { by: 'somebody', on: '2026-01-01' },
      ...rest,
    }),
    law.facts,
  );

const row = { id: 'a-row', kind: 'floor', years: 2, from: 'record', records: ['value'], citation: 'somewhere' };

describe('retention rows of the law', () => {
  it('all speak of classes and events that there are, each under an id of its own', () => {
    expect(law.files.flatMap((file) => compileRetention(file, law.facts).faults)).toEqual([]);
    expect(rules.length).toBeGreaterThan(40);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
  });

  it('carry the scope of their regime, without what it says of purpose and sink', () => {
    const {
      rules: [rule],
    } = withRows({ appliesTo: { country: 'US', purpose: ['credit'], not: { sink: 'shop' } }, retention: [row] });
    const condition = rule?.condition ?? { kind: 'any', of: [] };
    expect(truthOf(condition, { country: 'US' })).toBe(true);
    expect(truthOf(condition, { country: 'EU' })).toBe(false);
    expect(truthOf(condition, {})).toEqual(new Set(['country']));
  });

  it('are left out where the regime itself leaves a case out', () => {
    const excludes = [{ when: { financialInstitution: true }, citation: 'there', because: 'Banks are.' }];
    const {
      rules: [rule],
    } = withRows({ excludes, retention: [row] });
    const condition = rule?.condition ?? { kind: 'any', of: [] };
    expect(truthOf(condition, { financialInstitution: true })).toBe(false);
    expect(truthOf(condition, { financialInstitution: false })).toBe(true);
  });

  it.each([
    [{ records: ['stones'] }, /no class of records 'stones'/],
    [{ from: 'dawn' }, /no event 'dawn'/],
    [{ until: 'dusk' }, /no event 'dusk'/],
    [{ years: 0.3 }, /whole months/],
    [{ until: 'purpose-end' }, /not both/],
    [{ when: { planet: 'Mars' } }, /no fact 'planet'/],
  ])('are refused with %j', (wrong, message) => {
    expect(
      withRows({ retention: [{ ...row, ...wrong }] })
        .faults.map((fault) => fault.message)
        .join('; '),
    ).toMatch(message);
  });
});

describe('by the rows as they are', () => {
  const decide = (facts: Readonly<Record<string, string | boolean>>, events: Readonly<Record<string, string | null>>, today: string) =>
    decideRetention(
      { id: 'r', class: 'value', events: { record: '2024-03-31', decision: '2024-03-31', ...events }, facts, holds: [] },
      rules,
      today,
    );
  const nowhere = { country: 'XX', residency: 'XX', ageBand: 'adult', financialInstitution: false };

  it('an erasure that is owed in the EU is due a month after it was asked for', () => {
    const eu = { ...nowhere, country: 'EU', residency: 'EU', lawfulBasis: 'legitimate-interests' };
    expect(decide(eu, { 'erasure-request': '2026-01-31' }, '2026-02-28')).toMatchObject({ isShredDue: false });
    expect(decide(eu, { 'erasure-request': '2026-01-31' }, '2026-03-01')).toMatchObject({
      outcome: 'purge',
      isShredDue: true,
      bodyThrough: '2026-02-28',
      decidedBy: ['gdpr-17-erasure'],
    });
  });

  it('Florida ends two years after the last interaction for those who are controllers there', () => {
    const florida = { ...nowhere, country: 'US', residency: 'US-FL', floridaController: true };
    expect(decide(florida, { 'last-interaction': '2024-06-30' }, '2026-06-30').outcome).toBe('free');
    expect(decide(florida, { 'last-interaction': '2024-06-30' }, '2026-07-01')).toMatchObject({
      outcome: 'purge',
      decidedBy: ['fl-two-years'],
    });
    expect(decide({ ...florida, floridaController: false }, { 'last-interaction': '2024-06-30' }, '2026-07-01').outcome).toBe('free');
  });

  it('Quebec keeps what a decision was made from for a year', () => {
    const quebec = { ...nowhere, country: 'CA', residency: 'CA-QC' };
    expect(decide(quebec, {}, '2025-03-31')).toMatchObject({ outcome: 'keep', skeletonThrough: '2025-03-31' });
    expect(decide(quebec, {}, '2025-04-01').outcome).toBe('free');
  });
});
