import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { membershipChanges } from '../../../../registries/memberships/membership-record.ts';
import {
  changeKinds,
  countChanges,
  foldRows,
  type Hysteresis,
  type MembershipRow,
  MembershipRows,
  never,
  none,
  noRows,
  resolveSeries,
  RowWriter,
  rowsOfVersion,
  settleFamily,
} from './index.ts';

interface Candidate {
  readonly cohort: number;
  readonly confidence?: number;
  readonly until?: number;
  readonly earlier?: number;
}

const cohortNumbers = [0, 1, 2, 3];

/** One run over customers 0 to `customers` − 1. */
function resolve(
  previous: MembershipRows,
  candidates: Readonly<Record<number, Candidate>>,
  day: number,
  options: Partial<{
    hysteresis: Hysteresis;
    customers: number;
    living: readonly number[];
    merged: Map<number, number>;
    split: Map<number, number>;
    restored: Map<number, MembershipRow>;
  }> = {},
): MembershipRows {
  const named = Object.entries(candidates).map(([customer, candidate]) => ({ customer: Number(customer), ...candidate }));
  const customers = Int32Array.from({ length: options.customers ?? 6 }, (_, index) => index);
  return resolveSeries({
    previous,
    members: {
      customers,
      rowOf: customers.map((customer) => named.findIndex((one) => one.customer === customer)),
      cohort: named.map(({ cohort }) => cohort),
      confidence: named.map(({ confidence }) => confidence ?? 0.8),
      until: named.map(({ until }) => until ?? never),
      reasons: [],
      contributions: [],
      earlier: named.some(({ earlier }) => earlier !== undefined) ? named.map(({ earlier }) => earlier ?? none) : null,
      cohortNumbers: options.living ?? cohortNumbers,
      reasonNumbers: [],
    },
    hysteresis: options.hysteresis ?? { margin: 0, runs: 1 },
    identity: { merged: options.merged ?? new Map(), split: options.split ?? new Map(), restored: options.restored ?? new Map() },
    day,
    version: day,
  });
}

function said(rows: MembershipRows): string[] {
  return Array.from({ length: rows.length }, (_, row) => {
    const { customer, change, cohort, predecessor, since } = rows.at(row);
    return `${customer} ${change} ${cohort} from ${predecessor} since ${since}`;
  });
}

describe('a membership', () => {
  it('begins, moves, and ends', () => {
    const first = resolve(noRows, { 1: { cohort: 0 }, 2: { cohort: 1 } }, 10);
    expect(said(first)).toEqual(['1 entered 0 from -1 since 10', '2 entered 1 from -1 since 10']);
    const second = resolve(first, { 1: { cohort: 2 } }, 20);
    expect(said(second)).toEqual(['1 moved 2 from 0 since 20', '2 left -1 from 1 since 20']);
    expect(said(foldRows(first, second, false))).toEqual(['1 moved 2 from 0 since 20']);
  });

  it('is refreshed when the confidence changes by five hundredths or the window moves on, and not below', () => {
    const first = resolve(
      noRows,
      { 1: { cohort: 0, confidence: 0.8 }, 2: { cohort: 0, confidence: 0.8 }, 3: { cohort: 0, until: 40 } },
      10,
    );
    const second = resolve(
      first,
      { 1: { cohort: 0, confidence: 0.76 }, 2: { cohort: 0, confidence: 0.75 }, 3: { cohort: 0, until: 41 } },
      20,
    );
    expect(said(second)).toEqual(['2 refreshed 0 from -1 since 10', '3 refreshed 0 from -1 since 10']);
  });

  it('expires on the day on which the window ended it, and one that begins again is a new one', () => {
    const first = resolve(noRows, { 1: { cohort: 0, until: 15 }, 2: { cohort: 0, until: 15 } }, 10);
    expect(said(resolve(first, { 2: { cohort: 0, until: 25 } }, 20))).toEqual([
      '1 expired -1 from 0 since 15',
      '2 entered 0 from 0 since 20',
    ]);
  });

  it('moves by the model alone when the model of the run before still gives the old cohort', () => {
    const first = resolve(noRows, { 1: { cohort: 0 }, 2: { cohort: 0 }, 3: { cohort: 0 } }, 10);
    const second = resolve(first, { 1: { cohort: 1, earlier: 0 }, 2: { cohort: 1, earlier: 1 }, 3: { cohort: 1, earlier: none } }, 20);
    expect(said(second)).toEqual(['1 reassigned-by-model 1 from 0 since 20', '2 moved 1 from 0 since 20', '3 moved 1 from 0 since 20']);
  });

  it('of a customer that turns out to be another one says so, and comes back as it was', () => {
    const apart = { 1: { cohort: 0 }, 2: { cohort: 1 } };
    const first = resolve(noRows, apart, 10);
    const merged = resolve(first, { 1: { cohort: 2 } }, 20, { merged: new Map([[2, 1]]) });
    expect(said(merged)).toEqual(['1 merged-by-identity 2 from 0 since 20', '2 merged-by-identity -1 from 1 since 20']);
    const restored = new Map([1, 2].map((customer) => [customer, first.at(first.find(customer))] as const));
    const split = resolve(foldRows(first, merged, false), apart, 30, { split: new Map([[2, 1]]), restored });
    expect(said(split)).toEqual(['1 split-by-identity 0 from -1 since 10', '2 split-by-identity 1 from -1 since 10']);
    const elsewhere = resolve(foldRows(first, merged, false), { 1: { cohort: 3 }, 2: { cohort: 3 } }, 30, {
      split: new Map([[2, 1]]),
      restored,
    });
    expect(said(elsewhere)).toEqual(['1 split-by-identity 3 from 2 since 30', '2 split-by-identity 3 from -1 since 30']);
  });
});

describe('hysteresis', () => {
  const slow: Hysteresis = { margin: 0, runs: 3 };
  const history = (cohorts: readonly number[], hysteresis: Hysteresis, confidence = 0.8): string[] => {
    let state = noRows;
    return cohorts.flatMap((cohort, index) => {
      const changed = resolve(state, { 1: { cohort, confidence } }, 10 + index, { hysteresis });
      state = foldRows(state, changed, false);
      return said(changed).map((text) => text.slice(2));
    });
  };

  it('lets a move wait until it was seen often enough, one run after the other', () => {
    expect(history([0, 1, 1, 1], slow)).toEqual([
      'entered 0 from -1 since 10',
      'held 0 from -1 since 10',
      'held 0 from -1 since 10',
      'moved 1 from 0 since 13',
    ]);
    expect(history([0, 1, 0, 1, 2, 1, 1], slow).filter((text) => text.startsWith('moved'))).toEqual([]);
    expect(history([0, 1, 0], slow).at(-1)).toBe('settled 0 from -1 since 10');
  });

  it('keeps flapping customers in place', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { minLength: 2, maxLength: 30 }), (cohorts) => {
        const flapping = cohorts.map((cohort, index) => (index % 2 === 0 ? 0 : cohort));
        expect(history(flapping, { margin: 0, runs: 2 }).filter((text) => text.startsWith('moved'))).toEqual([]);
      }),
    );
  });

  it('asks the new cohort to be ahead by the margin', () => {
    const margin = { margin: 0.3, runs: 1 };
    const first = resolve(noRows, { 1: { cohort: 0, confidence: 0.6 } }, 10);
    expect(said(resolve(first, { 1: { cohort: 1, confidence: 0.6 } }, 20, { hysteresis: margin }))).toEqual([]);
    expect(said(resolve(first, { 1: { cohort: 1, confidence: 0.65 } }, 20, { hysteresis: margin }))).toEqual(['1 moved 1 from 0 since 20']);
  });

  it('keeps nobody in a cohort that has ended, and nobody who is in none', () => {
    const first = resolve(noRows, { 1: { cohort: 0 }, 2: { cohort: 0 } }, 10);
    expect(said(resolve(first, { 1: { cohort: 0 } }, 20, { hysteresis: slow, living: [1] }))).toEqual([
      '1 moved 1 from 0 since 20',
      '2 left -1 from 0 since 20',
    ]);
  });
});

describe('definitions of a family', () => {
  const at = (customers: readonly number[], cohort: number, until = never): MembershipRows => {
    const candidates = Object.fromEntries(customers.map((customer) => [customer, { cohort, until }]));
    return resolve(noRows, candidates, 10);
  };

  it('give way to the strongest that has the customer, and count again when it has not', () => {
    const strong = at([1, 2], 0);
    const weak = at([2, 3], 1);
    const [none1, suppressed] = settleFamily(
      [
        { series: 7, rows: strong },
        { series: 4, rows: weak },
      ],
      10,
      11,
    );
    expect(said(none1 ?? noRows)).toEqual([]);
    expect(said(suppressed ?? noRows)).toEqual(['2 suppressed 1 from -1 since 10']);
    const after = foldRows(weak, suppressed ?? noRows, false);
    expect(after.suppressedBy(after.find(2))).toBe(7);
    const [, released] = settleFamily(
      [
        { series: 7, rows: at([1], 0) },
        { series: 4, rows: after },
      ],
      10,
      12,
    );
    expect(said(released ?? noRows)).toEqual(['2 released 1 from -1 since 10']);
  });

  it('never leave a customer without any because of one that has lapsed', () => {
    const [, suppressed] = settleFamily(
      [
        { series: 7, rows: at([1], 0, 12) },
        { series: 4, rows: at([1], 1) },
      ],
      12,
      12,
    );
    expect(said(suppressed ?? noRows)).toEqual([]);
  });
});

describe('rows', () => {
  const row = fc.record({
    customer: fc.constant(0),
    since: fc.integer({ min: -10_000, max: 80_000 }),
    until: fc.integer({ min: 0, max: never }),
    version: fc.integer({ min: 1, max: never }),
    cohort: fc.integer({ min: -1, max: 100_000 }),
    predecessor: fc.integer({ min: -1, max: 100_000 }),
    pending: fc.integer({ min: -1, max: 100_000 }),
    pendingRuns: fc.integer({ min: 0, max: 12 }),
    suppressedBy: fc.integer({ min: -1, max: 1000 }),
    confidence: fc.integer({ min: 0, max: 10_000 }),
    change: fc.constantFrom(...changeKinds),
    origin: fc.constantFrom(...changeKinds),
    reasons: fc.tuple(fc.integer({ min: -1 }), fc.integer({ min: -1 }), fc.integer({ min: -1 })),
    contributions: fc.tuple(fc.float({ noNaN: true }), fc.float({ noNaN: true }), fc.float({ noNaN: true })),
  });

  it('come back from their bytes as they were', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 80 }), (given) => {
        const writer = new RowWriter(2);
        const rows = given.map((one, customer) => ({ ...one, customer }));
        for (const one of rows) writer.add(one);
        const read = new MembershipRows(Uint8Array.from(writer.finish().bytes));
        expect(rows.map((_, at) => read.at(at))).toEqual(rows);
        for (const { customer } of rows) expect(read.find(customer)).toBe(customer);
        expect(read.find(rows.length)).toBe(none);
      }),
    );
  });

  it('of a state are those of the state before with the changes applied, and count as the changes say', () => {
    const run = fc.dictionary(
      fc.constantFrom('0', '1', '2', '3', '4', '5'),
      fc.record({
        cohort: fc.constantFrom(...cohortNumbers),
        confidence: fc.constantFrom(0.4, 0.8),
        until: fc.integer({ min: 50, max: 70 }),
      }),
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 8 }), (runs) => {
        let state = noRows;
        let changes = noRows;
        for (const [index, candidates] of runs.entries()) {
          const changed = resolve(state, candidates, 10 + index);
          const next = foldRows(state, changed, false);
          const { joined, left } = countChanges(state, changed, 10 + index);
          expect(next.length).toBe(state.length + joined - left);
          expect(next.length).toBe(Object.keys(candidates).length);
          changes = foldRows(changes, changed, true);
          expect(rowsOfVersion(changes, 10 + index).bytes).toEqual(changed.bytes);
          expect(foldRows(noRows, foldRows(changes, noRows, true), false).bytes).toEqual(next.bytes);
          state = next;
        }
      }),
    );
  });

  it('are handed on with the same kinds of change', () => {
    expect(membershipChanges).toEqual(changeKinds);
  });
});
