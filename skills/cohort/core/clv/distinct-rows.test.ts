import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { distinctRows } from './distinct-rows.ts';

describe('distinctRows', () => {
  it('numbers groups in the order of their first rows', () => {
    expect(distinctRows([Float64Array.of(3, 1, 3, 1, 2), Float64Array.of(0, 0, 0, 1, 0)])).toEqual({
      first: Uint32Array.of(0, 1, 3, 4),
      groupOf: Uint32Array.of(0, 1, 0, 2, 3),
    });
  });

  it('equals grouping by a map', () => {
    const row = fc.tuple(fc.nat(3), fc.constantFrom(0, 1 / 7, 2 / 7, 1e300, 5e-324), fc.double({ min: 0, max: 1e-320, noNaN: true }));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 300 }), (rows) => {
        const { first, groupOf } = distinctRows([0, 1, 2].map((at) => Float64Array.from(rows, (values) => values[at] ?? 0)));
        const seen = new Map<string, number>();
        const expected = rows.map((values, index) => {
          const key = values.join(' ');
          if (!seen.has(key)) seen.set(key, index);
          return seen.get(key);
        });
        expect(Array.from(groupOf, (group) => first[group])).toEqual(expected);
        expect(first.length).toBe(seen.size);
      }),
    );
  });

  it('of nothing is nothing', () => {
    expect(distinctRows([new Float64Array(0)])).toEqual({ first: new Uint32Array(0), groupOf: new Uint32Array(0) });
  });
});
