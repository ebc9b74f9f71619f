import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sortKeys } from './radix-sort.ts';

describe('sortKeys', () => {
  it.each([2, 100, 8192, 8193, 2 ** 26, 2 ** 32])('sorts keys below %s', (range) => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: range - 1 })), (keys) => {
        const { low } = sortKeys({ low: Uint32Array.from(keys) }, range);
        expect(low).toEqual(Uint32Array.from(keys).sort());
      }),
    );
  });

  it('sorts keys of two words', () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeNat()), (keys) => {
        const word = 2 ** 32;
        const low = Uint32Array.from(keys, (key) => key % word);
        const high = Uint32Array.from(keys, (key) => Math.floor(key / word));
        const sorted = sortKeys({ low, high }, 2 ** 53);
        const joined = Float64Array.from(sorted.low, (part, row) => (sorted.high?.[row] ?? 0) * word + part);
        expect(joined).toEqual(Float64Array.from(keys).sort());
      }),
    );
  });
});
