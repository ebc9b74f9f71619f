import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { splitAmount } from './split-amount.ts';

describe('splitting an amount', () => {
  it('follows the weights, and serves the larger remainder first', () => {
    expect(splitAmount(10_000, [3998, 500, 500])).toEqual([7999, 1001, 1000]);
    expect(splitAmount(100, [1, 1, 1])).toEqual([34, 33, 33]);
  });

  it('is equal when nothing has a weight', () => {
    expect(splitAmount(5, [0, 0])).toEqual([3, 2]);
    expect(splitAmount(5, [])).toEqual([]);
  });

  it('keeps the sum exactly and strays less than one unit from the share, for any amount and weights', () => {
    const weights = fc.array(fc.nat({ max: 2 ** 40 }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(fc.maxSafeNat(), weights, (total, given) => {
        const parts = splitAmount(total, given);
        expect(parts.reduce((sum, part) => sum + BigInt(part), 0n)).toBe(BigInt(total));
        const whole = given.reduce((sum, weight) => sum + BigInt(weight), 0n);
        if (whole === 0n) return;
        for (const [index, part] of parts.entries()) {
          const off = BigInt(part) * whole - BigInt(total) * BigInt(given[index] ?? 0);
          expect(off < whole && off > -whole).toBe(true);
        }
      }),
    );
  });

  it('gives more weight no less money', () => {
    fc.assert(
      fc.property(fc.nat({ max: 1e9 }), fc.array(fc.nat({ max: 1000 }), { minLength: 2, maxLength: 8 }), (total, given) => {
        const sorted = given.toSorted((a, b) => b - a);
        const parts = splitAmount(total, sorted);
        expect(parts).toEqual(parts.toSorted((a, b) => b - a));
      }),
    );
  });
});
