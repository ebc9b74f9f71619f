import { describe, expect, it } from 'vitest';

import { createMemoryContent, pureContextOver } from '../../test/fixtures/memory-content.ts';
import { column, makeTable, textColumn } from '../sdk/index.ts';
import { buildVectors, joinDecisions } from './effects.ts';
import { decidedUses, type Use } from './schemas.ts';

const reliability = { eceBefore: 0.1, eceAfter: 0.02, n: 5000, moneyScale: 1 };
const offers: Use = { subscriber: 'offers', purpose: 'offer-eligibility', sink: 'offers', facts: { noticeGiven: true } };

interface Person {
  readonly id: string;
  readonly residency?: string;
  readonly optedOut?: string;
  readonly tier?: string;
}

function build(
  people: readonly Person[],
  uses: readonly Use[] = [offers],
  known: readonly Person[] = people,
  measured: Readonly<Record<string, Readonly<Record<string, string | number>>>> = {},
) {
  const content = createMemoryContent();
  const context = pureContextOver(content);
  const calibrated = content.putTable(
    makeTable({
      customerId: column.text(people.map(({ id }) => id)),
      clvMinor: column.float64(new Float64Array(people.length)),
      tier: column.text(people.map(({ tier }) => tier ?? 'high')),
    }),
  );
  const facts = content.putTable(
    makeTable({
      customerId: column.text(known.map(({ id }) => id)),
      residency: column.text(known.map(({ residency }) => residency ?? '')),
      optedOut: column.text(known.map(({ optedOut }) => optedOut ?? '')),
    }),
  );
  const ofUses = content.putJson(decidedUses(uses).map(({ sink }) => measured[sink] ?? {}));
  const built = buildVectors({ facts, ofUses, calibrated, reliability, uses: [...uses], asOf: '2026-11-20' }, context);
  const vectors = content.getJson(built.vectors) as readonly { facts: Record<string, unknown>; purpose: string; sink: string }[]; // as written
  return { content, context, built, vectors };
}

/** Stands in for a policy engine: opted out fails, unknown residency goes to counsel, for offers. */
function decide({ content, vectors }: Pick<ReturnType<typeof build>, 'content' | 'vectors'>) {
  const policy = (id: string, effect: string) => ({ id, effect, anchor: 'privacy', citation: `§ ${id}`, remedy: '' });
  return content.putJson(
    vectors.map(({ facts, purpose, sink }) => {
      const read = { residency: facts['residency'] ?? null, optedOut: facts['optedOut'] ?? null };
      const rest = { key: JSON.stringify([purpose, sink, read]), facts: read };
      if (purpose === 'analytics') return { outcome: 'pass', policies: [], unknownFacts: [], ...rest };
      if (facts['optedOut'] === 'true') return { outcome: 'fail', policies: [policy('opt-out', 'fail')], unknownFacts: [], ...rest };
      if (facts['residency'] === undefined) {
        return {
          outcome: 'counsel',
          policies: [policy('region', 'counsel'), policy('x', 'counsel')],
          unknownFacts: ['residency'],
          ...rest,
        };
      }
      return { outcome: 'pass', policies: [], unknownFacts: [], ...rest };
    }),
  );
}

function join(made: ReturnType<typeof build>) {
  const { vectors, classes, uses } = made.built;
  return joinDecisions({ verdicts: decide(made), vectors, classes, uses }, made.context);
}

describe('vectors', () => {
  it('are distinct facts times uses, the score store first', () => {
    const { vectors } = build([
      { id: 'a', residency: 'EU' },
      { id: 'b', residency: 'EU' },
      { id: 'c', residency: 'US-CA', optedOut: 'true', tier: 'none' },
    ]);
    const ofRun = { eceBasisPoints: 200, holdoutCustomers: 3000 };
    expect(vectors).toEqual([
      { facts: { ...ofRun, residency: 'EU', tier: 'high' }, purpose: 'analytics', sink: 'score-store' },
      { facts: { ...ofRun, residency: 'EU', tier: 'high', noticeGiven: true }, purpose: 'offer-eligibility', sink: 'offers' },
      { facts: { ...ofRun, residency: 'US-CA', optedOut: 'true', tier: 'none' }, purpose: 'analytics', sink: 'score-store' },
      {
        facts: { ...ofRun, residency: 'US-CA', optedOut: 'true', tier: 'none', noticeGiven: true },
        purpose: 'offer-eligibility',
        sink: 'offers',
      },
    ]);
  });

  it('find facts by customer, not by row, and know nothing of a customer without facts', () => {
    const people = [{ id: 'a', residency: 'EU' }, { id: 'b', residency: 'US-CA' }, { id: 'c' }];
    const { vectors } = build(people, [], [people[1] ?? { id: '' }, people[0] ?? { id: '' }]);
    expect(vectors.map(({ facts }) => facts['residency'])).toEqual([undefined, 'EU', 'US-CA']);
  });

  it('hold the score store once when a pipeline names it too', () => {
    const named: Use = { subscriber: 'score-store', purpose: 'analytics', sink: 'score-store' };
    expect(build([{ id: 'a' }], [named]).vectors).toHaveLength(1);
  });

  it('take what was measured of a use, and refuse a use that states it', () => {
    const measured = { offers: { airLowerBasisPoints: 8500 } };
    const { vectors } = build([{ id: 'a' }], [offers], [], measured);
    expect(vectors.map(({ facts }) => facts['airLowerBasisPoints'])).toEqual([undefined, 8500]);
    expect(() => build([{ id: 'a' }], [{ ...offers, facts: { airLowerBasisPoints: 1 } }], [], measured)).toThrow(
      "states 'airLowerBasisPoints'",
    );
  });

  it('refuse a use that states what differs by customer or run', () => {
    expect(() => build([{ id: 'a' }], [{ ...offers, facts: { optedOut: false } }])).toThrow("states 'optedOut'");
    expect(() => build([{ id: 'a' }], [{ ...offers, facts: { tier: 'high' } }])).toThrow("states 'tier'");
    expect(() => build([{ id: 'a' }], [{ ...offers, facts: { eceBasisPoints: 0 } }])).toThrow("states 'eceBasisPoints'");
  });
});

describe('decisions', () => {
  const people = [
    { id: 'a', residency: 'EU' },
    { id: 'b', optedOut: 'true' },
    { id: 'c' },
    { id: 'd', tier: 'low' },
    { id: 'e', residency: 'GB' },
  ];

  it('stand in rows by account, then use', () => {
    const made = build(people);
    const table = made.content.getTable(join(made).decisions);
    expect(table.rows).toBe(10);
    expect(textColumn(table, 'customerId').join('')).toBe('aabbccddee');
    expect([...new Set(textColumn(table, 'subscriber').slice(0, 2))]).toEqual(['score-store', 'offers']);
    const ofOffers = textColumn(table, 'outcome').filter((_, row) => row % 2 === 1);
    expect(ofOffers).toEqual(['pass', 'fail', 'counsel', 'counsel', 'pass']);
    expect(textColumn(table, 'policies')[5]).toBe('region,x');
  });

  it('are counted with their reasons', () => {
    const joined = join(build(people));
    expect(joined.counts).toEqual({ pass: 7, fail: 1, counsel: 2 });
    expect(joined.topReasons[0]).toEqual({ policy: 'region', citation: '§ region', outcome: 'counsel', count: 2 });
  });

  it('put customers whose cases rest on the same facts into one case', () => {
    const made = build(people);
    expect(made.content.getJson(join(made).cases)).toEqual([
      {
        key: expect.any(String),
        purpose: 'offer-eligibility',
        sink: 'offers',
        facts: { residency: null, optedOut: null },
        policies: ['region', 'x'],
        unknownFacts: ['residency'],
        customers: 2,
      },
    ]);
  });

  it('do not hang on the order of customers', () => {
    const outcomes = (list: readonly Person[]): Record<string, string> => {
      const made = build(list);
      const table = made.content.getTable(join(made).decisions);
      const names = textColumn(table, 'customerId').map((id, row) => `${id} ${textColumn(table, 'purpose')[row]}`);
      return Object.fromEntries(
        names.map((name, row) => [name, `${textColumn(table, 'outcome')[row]} ${textColumn(table, 'policies')[row]}`]),
      );
    };
    expect(outcomes(people.toReversed())).toEqual(outcomes(people));
  });

  it('are none for an empty graph', () => {
    const made = build([]);
    expect(join(made).counts).toEqual({ pass: 0, fail: 0, counsel: 0 });
  });

  it('are refused when the engine left a vector out', () => {
    const made = build(people);
    const { vectors, classes, uses } = made.built;
    const verdicts = made.content.putJson([]);
    expect(() => joinDecisions({ verdicts, vectors, classes, uses }, made.context)).toThrow('answered 0 of 10 vectors');
  });
});
