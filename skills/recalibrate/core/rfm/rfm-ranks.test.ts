import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import '../../../../test/property-seed.ts';
import { type RfmColumns, type RfmRanks, rfmRanks } from './index.ts';

const customers = (rows: readonly (readonly [days: number, purchases: number, spend: number, cohort: string])[]): RfmColumns => ({
  daysSinceLast: Float64Array.from(rows, ([days]) => days),
  purchases: Float64Array.from(rows, ([, purchases]) => purchases),
  spendMinor: Float64Array.from(rows, ([, , spend]) => spend),
  cohort: rows.map(([, , , cohort]) => cohort),
});

const five = customers([
  [1, 9, 50_000, 'a'],
  [30, 4, 20_000, 'a'],
  [60, 3, 10_000, 'a'],
  [120, 2, 5000, 'a'],
  [300, 1, 1000, 'a'],
]);

const row = fc.tuple(fc.nat(20), fc.nat(6), fc.integer({ min: -50, max: 1000 }), fc.constantFrom('a', 'b', 'c'));
const rows = fc.array(row, { minLength: 1, maxLength: 60 });

describe('ranks by recency, frequency and money', () => {
  it('put the most recent, most frequent and best paying customer on top', () => {
    const ranks = rfmRanks(five);
    for (const { quintile, percentile } of [ranks.recency, ranks.frequency, ranks.monetary]) {
      expect([...quintile]).toEqual([5, 4, 3, 2, 1]);
      expect([...percentile]).toEqual([90, 70, 50, 30, 10]);
    }
  });

  it('tell the best of a weak cohort from the best of all', () => {
    const { monetary } = rfmRanks(
      customers([
        [1, 1, 100, 'weak'],
        [1, 1, 300, 'weak'],
        [1, 1, 1000, 'strong'],
        [1, 1, 3000, 'strong'],
      ]),
    );
    expect([...monetary.percentile]).toEqual([25, 75, 25, 75]);
    expect([...monetary.crossCohortPercentile]).toEqual([12.5, 37.5, 62.5, 87.5]);
  });

  it('share a rank among equals: one-time buyers are not cut in two', () => {
    const { frequency } = rfmRanks(
      customers([1, 1, 1, 1, 1, 1, 1, 2, 3, 4].map((purchases, index) => [index, purchases, index, 'a'] as const)),
    );
    expect([...frequency.quintile]).toEqual([2, 2, 2, 2, 2, 2, 2, 4, 5, 5]);
    expect(new Set(frequency.percentile.subarray(0, 7))).toEqual(new Set([35]));
  });

  it('put a cohort of one, and a cohort of equals, into the middle', () => {
    const { recency } = rfmRanks(customers([[400, 1, 1, 'alone'], ...five.cohort.map(() => [5, 1, 1, 'equal'] as const)]));
    expect(new Set(recency.quintile)).toEqual(new Set([3]));
    expect(new Set(recency.percentile)).toEqual(new Set([50]));
    expect(recency.crossCohortPercentile[0]).toBeCloseTo(100 / 12, 12);
  });

  it('do not depend on the order of rows', () => {
    fc.assert(
      fc.property(rows, (some) => {
        const turned = rfmRanks(customers(some.toReversed()));
        const ranks = rfmRanks(customers(some));
        for (const name of ['recency', 'frequency', 'monetary'] as const) {
          for (const kind of ['quintile', 'percentile', 'crossCohortPercentile'] as const) {
            expect([...turned[name][kind]].reverse()).toEqual([...ranks[name][kind]]);
          }
        }
      }),
    );
  });

  it('never rank a better customer of a cohort lower', () => {
    fc.assert(
      fc.property(rows, (some) => {
        const { recency, monetary }: RfmRanks = rfmRanks(customers(some));
        const isHigher = (ranks: ArrayLike<number>, a: number, b: number): boolean => (ranks[a] ?? 0) > (ranks[b] ?? 0);
        const pairs = some.flatMap((one, a) => some.map((other, b) => ({ one, other, a, b })));
        const fresher = pairs.filter(({ one, other }) => one[0] < other[0]);
        expect(fresher.filter(({ a, b }) => !isHigher(recency.crossCohortPercentile, a, b))).toEqual([]);
        expect(fresher.filter(({ one, other, a, b }) => one[3] === other[3] && isHigher(recency.quintile, b, a))).toEqual([]);
        const equal = pairs.filter(({ one, other }) => one[2] === other[2]);
        expect(equal.filter(({ a, b }) => isHigher(monetary.crossCohortPercentile, a, b))).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it('have a mean percentile of 50', () => {
    fc.assert(
      fc.property(rows, (some) => {
        const { monetary } = rfmRanks(customers(some));
        expect(monetary.crossCohortPercentile.reduce((total, value) => total + value, 0) / some.length).toBeCloseTo(50, 9);
      }),
    );
  });

  it.each([
    ['no customers', customers([]), /no customers/u],
    ['NaN days', customers([[Number.NaN, 1, 1, 'a']]), /'daysSinceLast' has NaN in row 0/u],
    ['negative days, a last purchase in the future', customers([[-1, 1, 1, 'a']]), /'daysSinceLast' has -1 in row 0/u],
    ['infinite spend', customers([[1, 1, Number.POSITIVE_INFINITY, 'a']]), /'spendMinor' has Infinity/u],
    ['columns of unequal length', { ...five, purchases: Float64Array.of(1) }, /'purchases' has 1 rows, 'cohort' has 5/u],
  ])('refuse %s', (_, columns, message) => {
    expect(() => rfmRanks(columns)).toThrow(message);
  });
});
