import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { summarizeHistories } from './histories.ts';

describe('what is no purchase history', () => {
  it.each([
    ['a recency above the age', { x: [1, 1], tx: [1, 5], T: [2, 4] }],
    ['a fraction of a purchase', { x: [1, 1.5], tx: [1, 1], T: [2, 4] }],
    ['a missing number', { x: [1, 1], tx: [1, Number.NaN], T: [2, 4] }],
    ['an endless age', { x: [1, 1], tx: [1, 1], T: [2, Number.POSITIVE_INFINITY] }],
    ['a recency without a repeat purchase', { x: [1, 0], tx: [1, 1], T: [2, 4] }],
    ['a weight of nobody', { x: [1, 1], tx: [1, 1], T: [2, 4], weight: [1, 0] }],
  ])('%s is refused with its row', (_, data) => {
    expect(() => summarizeHistories(data)).toThrow(
      expect.objectContaining({ code: 'NUMERIC_DOMAIN', message: expect.stringContaining('row 1') }),
    );
  });

  it('columns of different lengths are refused', () => {
    expect(() => summarizeHistories({ x: [1], tx: [1, 2], T: [2, 3] })).toThrow(/one length; found x 1, tx 2/);
    expect(() => summarizeHistories({ x: [1], tx: [1], T: [2], weight: [1, 1] })).toThrow(/weight 2/);
  });
});

const history = fc
  .record({ x: fc.nat(4), days: fc.nat(30), more: fc.nat(30), weight: fc.integer({ min: 1, max: 3 }) })
  .map(({ x, days, more, weight }) => ({ x, tx: x === 0 ? 0 : days / 7, T: (x === 0 ? more : days + more) / 7, weight }));

function columnsOf(rows: readonly { x: number; tx: number; T: number }[]) {
  return { x: rows.map(({ x }) => x), tx: rows.map(({ tx }) => tx), T: rows.map(({ T }) => T) };
}

describe('distinct histories', () => {
  it('are kept with their weights, by ascending count, recency and age', () => {
    const { rows, times, firstRepeater, customers, repeats, meanAge } = summarizeHistories({ x: [2, 0, 2], tx: [1, 0, 1], T: [3, 2, 3] });
    expect(Array.from(times)).toEqual([0, 1, 2, 3]);
    expect(rows).toEqual({
      count: Uint32Array.of(0, 2),
      recency: Uint32Array.of(0, 1),
      age: Uint32Array.of(2, 3),
      weight: Float64Array.of(1, 2),
    });
    expect({ firstRepeater, customers, repeats, meanAge }).toEqual({ firstRepeater: 1, customers: 3, repeats: 4, meanAge: 8 / 3 });
  });

  it('depend neither on the order of rows nor on how they are repeated', () => {
    fc.assert(
      fc.property(fc.array(history, { minLength: 1 }), (rows) => {
        const weighted = summarizeHistories({ ...columnsOf(rows), weight: rows.map(({ weight }) => weight) });
        const repeated = rows.flatMap((row) => Array.from({ length: row.weight }, () => row));
        expect(summarizeHistories(columnsOf(repeated))).toEqual(weighted);
        expect(summarizeHistories(columnsOf(repeated.toReversed()))).toEqual(weighted);
      }),
    );
  });
});
