import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { summarizeHistories } from './histories.ts';

const history = fc
  .record({ x: fc.nat(4), days: fc.nat(30), more: fc.nat(30), weight: fc.integer({ min: 1, max: 3 }) })
  .map(({ x, days, more, weight }) => ({ x, tx: x === 0 ? 0 : days / 7, T: (x === 0 ? more : days + more) / 7, weight }));

function columnsOf(rows: readonly { x: number; tx: number; T: number }[]) {
  return { x: rows.map(({ x }) => x), tx: rows.map(({ tx }) => tx), T: rows.map(({ T }) => T) };
}

describe('summarizeHistories', () => {
  it('keeps every history, by ascending count, recency and age', () => {
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

  it('depends neither on the order of rows nor on how they are repeated', () => {
    fc.assert(
      fc.property(fc.array(history, { minLength: 1 }), (rows) => {
        const weighted = summarizeHistories({ ...columnsOf(rows), weight: rows.map(({ weight }) => weight) });
        const repeated = rows.flatMap((row) => Array.from({ length: row.weight }, () => row));
        expect(summarizeHistories(columnsOf(repeated))).toEqual(weighted);
        expect(summarizeHistories(columnsOf(repeated.toReversed()))).toEqual(weighted);
      }),
    );
  });

  it.each([
    ['a recency beyond the age', { x: [1, 1], tx: [1, 3], T: [2, 2] }, 'row 1: a history'],
    ['a recency without a purchase', { x: [1, 0], tx: [1, 1], T: [2, 2] }, 'row 1: a history'],
    ['half a purchase', { x: [0.5], tx: [1], T: [2] }, 'row 0: a history'],
    ['more purchases than anybody makes', { x: [2_000_000], tx: [1], T: [2] }, 'row 0: a history'],
    ['a negative count', { x: [-1], tx: [0], T: [2] }, 'row 0: a history'],
    ['a negative time', { x: [1], tx: [-1], T: [2] }, 'row 0: a history'],
    ['no number', { x: [1, 1], tx: [1, 1], T: [2, Number.NaN] }, 'row 1: a history'],
    ['an endless age', { x: [1], tx: [1], T: [Number.POSITIVE_INFINITY] }, 'row 0: a history'],
    ['columns of two lengths', { x: [1], tx: [1, 1], T: [2] }, 'the columns need one length'],
    ['a weight of zero', { x: [1, 1], tx: [1, 1], T: [2, 2], weight: [1, 0] }, 'row 1: a weight'],
  ])('refuses %s', (_, data, message) => {
    expect(() => summarizeHistories(data)).toThrow(message);
  });
});
