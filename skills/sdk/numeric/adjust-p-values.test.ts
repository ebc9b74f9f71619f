import '../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { adjustPValues, comparisonMethods, rejected } from './adjust-p-values.ts';

const family = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });

describe.each(comparisonMethods)('%s', (method) => {
  it('lies between the p-value and 1, keeps the order of p-values, and does not depend on that of the tests', () => {
    fc.assert(
      fc.property(family, (p) => {
        const adjusted = adjustPValues(p, method);
        const order = Array.from(p.keys()).sort((a, b) => (p[a] ?? 0) - (p[b] ?? 0));
        for (const [at, row] of order.entries()) {
          // 1 − (1 − p) by logarithms may err by a rounding.
          expect(adjusted[row]).toBeGreaterThanOrEqual((p[row] ?? 0) * (1 - 1e-14));
          expect(adjusted[row]).toBeLessThanOrEqual(1);
          expect(adjusted[row]).toBeGreaterThanOrEqual(adjusted[order[at - 1] ?? -1] ?? 0);
        }
        expect(adjustPValues(p.toReversed(), method).reverse()).toEqual(adjusted);
      }),
      { numRuns: 40 },
    );
  });

  it('leaves a single test as it is', () => {
    expect(adjustPValues([0.03], method)[0]).toBeCloseTo(0.03, 15);
  });

  it('takes p-values of 0 and 1', () => {
    expect([...adjustPValues([0, 1], method)]).toEqual([0, 1]);
  });

  it('refuses what is no family of probabilities', () => {
    for (const p of [[], [0.1, Number.NaN], [-0.1], [1.1]]) {
      expect(() => adjustPValues(p, method)).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }) as Error);
    }
  });
});

describe('several comparisons', () => {
  it('reject in the order of what the methods demand', () => {
    fc.assert(
      fc.property(family, (p) => {
        const of = (method: (typeof comparisonMethods)[number]): Float64Array => adjustPValues(p, method);
        const atMost = (a: Float64Array, b: Float64Array): boolean => a.every((own, at) => own <= (b[at] ?? 0) * (1 + 1e-12));
        expect(atMost(of('benjamini-hochberg'), of('benjamini-yekutieli'))).toBe(true);
        expect(atMost(of('benjamini-hochberg'), of('hochberg'))).toBe(true);
        expect(atMost(of('hochberg'), of('holm'))).toBe(true);
        expect(atMost(of('holm-sidak'), of('holm'))).toBe(true);
        expect(atMost(of('holm'), of('bonferroni'))).toBe(true);
      }),
    );
  });

  it('count a p-value at the level as rejected', () => {
    expect(rejected([0.05, 0.0500001], 0.05)).toEqual([true, false]);
  });
});
