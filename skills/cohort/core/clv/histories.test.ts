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
