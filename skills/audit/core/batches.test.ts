import { describe, expect, it } from 'vitest';

import { batchesOf, batchNumbers, lowerBound, partsOf } from './batches.ts';

describe('batches', () => {
  it('has at most 256 neighbours in one', () => {
    const numbers = batchNumbers(600, 10);
    expect([numbers[0], numbers[255], numbers[256], numbers[599]]).toEqual([10, 10, 11, 12]);
    expect([0, 1, 256, 257].map(batchesOf)).toEqual([0, 1, 1, 2]);
  });
});

describe('parts', () => {
  it('cover every account once, in order, and end on whole batches', () => {
    for (const accounts of [0, 1, 16_384, 16_385, 1_000_000, 100_000_000]) {
      const parts = partsOf(accounts);
      expect(parts.length).toBeLessThanOrEqual(200);
      expect(parts[0]?.from).toBe(0);
      expect(parts.at(-1)?.to).toBe(accounts);
      for (const [at, { from }] of parts.entries()) {
        expect(from % 256).toBe(0);
        if (at > 0) expect(from).toBe(parts[at - 1]?.to);
      }
    }
  });
});

describe('lowerBound', () => {
  it('finds the first row of a value, and the row after all smaller ones where it is not there', () => {
    const column = Int32Array.of(0, 0, 2, 2, 5);
    expect([0, 1, 2, 3, 5, 6].map((least) => lowerBound(column, least))).toEqual([0, 2, 2, 4, 4, 5]);
    expect(lowerBound(new Int32Array(), 3)).toBe(0);
  });
});
