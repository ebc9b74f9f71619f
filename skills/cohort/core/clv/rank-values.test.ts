import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { rankTogether, rankValues } from './rank-values.ts';

/** The same by a sorted set. */
function slowRanks(column: readonly number[]): { values: Float64Array; ranks: Uint32Array } {
  const values = Float64Array.from(new Set(column)).sort();
  return { values, ranks: Uint32Array.from(column, (value) => values.indexOf(value)) };
}

describe('rankValues', () => {
  it('numbers distinct values in ascending order', () => {
    expect(rankValues([3, 0, 3, 10])).toEqual({ values: Float64Array.of(0, 3, 10), ranks: Uint32Array.of(1, 0, 1, 2) });
  });

  it.each([1, 7, 24, 100, 168, 30.4375, 365.25, 365, 1440])('keeps multiples of 1/%s exact to the bit', (parts) => {
    const column = Array.from({ length: 500 }, (_, k) => ((k * 37) % 801) / parts);
    expect(rankValues(column)).toEqual(slowRanks(column));
  });

  it('takes any doubles, also those one bit off a multiple', () => {
    const value = fc.oneof(
      fc.constantFrom(0, 1 / 7, 1 / 7 + 2 ** -55, 3 / 7, 0.1 + 0.2, 0.3, -1, 5e-324, 1e300, 1e9),
      fc.double({ noNaN: true }),
      fc.nat(50).map((days) => days / 7),
    );
    fc.assert(
      fc.property(fc.array(value), (column) => {
        const column0 = column.map((number) => number + 0);
        expect(rankValues(column)).toEqual(slowRanks(column0));
      }),
    );
  });

  it('does not tell zero from minus zero, in any order', () => {
    for (const column of [
      [0, -0, 0.123],
      [-0, 0, 0.123],
    ]) {
      expect(rankValues(column)).toEqual({ values: Float64Array.of(0, 0.123), ranks: Uint32Array.of(0, 0, 1) });
    }
  });

  it('puts what is no number last', () => {
    const { values, ranks } = rankValues([Number.NaN, 0.3, 0, Number.NaN, 0.1]);
    expect(values).toEqual(Float64Array.of(0, 0.1, 0.3, Number.NaN));
    expect(ranks).toEqual(Uint32Array.of(3, 2, 0, 3, 1));
  });

  it('grows with the number of distinct values', () => {
    const column = Float64Array.from({ length: 20_000 }, (_, k) => Math.sqrt(((k * 7919) % 20_000) + 0.5));
    const { values, ranks } = rankValues(column);
    expect(values).toEqual(column.slice().sort());
    expect(column.every((value, row) => values[ranks[row] ?? -1] === value)).toBe(true);
  });

  it('takes an array that is a view into a larger one', () => {
    const column = Float64Array.of(9, 0.1, 0.2, 0.1, 9).subarray(1, 4);
    expect(rankValues(column)).toEqual(slowRanks([0.1, 0.2, 0.1]));
  });

  it('of nothing is nothing', () => {
    expect(rankValues([])).toEqual({ values: new Float64Array(0), ranks: new Uint32Array(0) });
  });
});

describe('rankTogether', () => {
  it('ranks columns of different lengths on one scale', () => {
    expect(rankTogether([[0.5, 2], [1]])).toEqual({ values: Float64Array.of(0.5, 1, 2), ranks: [Uint32Array.of(0, 2), Uint32Array.of(1)] });
  });
});
