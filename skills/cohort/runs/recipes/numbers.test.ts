import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { saySizes, traitsOf } from './numbers.ts';

describe('what sets cohorts apart', () => {
  it('is the difference that comparing every pair of customers gives', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ value: fc.integer({ min: 0, max: 9 }), cohort: fc.integer({ min: -1, max: 4 }) }), {
          minLength: 1,
          maxLength: 60,
        }),
        (rows) => {
          const values = rows.map(({ value }) => value);
          const label = Int32Array.from(rows, ({ cohort }) => cohort);
          const traits = traitsOf({ plain: { names: ['orders'], columns: [Float64Array.from(values)] } }, label, 5);
          for (const [cohort, own] of traits.entries()) {
            const mine = values.filter((_, row) => label[row] === cohort);
            const balance = mine.flatMap((one) => values.map((other) => Math.sign(one - other)));
            const expected = balance.reduce((sum, sign) => sum + sign, 0) / Math.max(1, balance.length);
            expect(own).toHaveLength(mine.length === 0 ? 0 : 1);
            for (const { difference } of own) expect(difference).toBeCloseTo(expected, 12);
          }
        },
      ),
    );
  });

  it('is said with the size of each, of those who took part', () => {
    expect(saySizes(Int32Array.of(0, 0, 1, -1), 3)).toEqual([
      '2 customers, 50 % of those who took part.',
      '1 customer, 25 % of those who took part.',
      '0 customers, 0 % of those who took part.',
    ]);
  });
});
