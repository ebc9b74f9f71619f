import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { heldPairs } from './held-pairs.ts';
import '../../../../test/property-seed.ts';

const log = (firstDate: string, lastDate: string) => ({ firstDate, lastDate });
const [history, pred] = [
  [3, 6, 9, 12, 18],
  [3, 6, 12],
];

describe('pairs of windows that a log can hold', () => {
  it('are all of the default grid in 42 months', () => {
    const { held, leftOut } = heldPairs(history, pred, log('2022-07-01', '2025-12-31'));
    expect([...held.keys()]).toEqual(pred);
    expect([...held.values()]).toEqual([history, history, history]);
    expect(leftOut).toEqual([]);
  });

  it('are, in 24 months, those whose history and two outcomes fit one after the other', () => {
    const { held, leftOut } = heldPairs(history, pred, log('2024-01-01', '2025-12-31'));
    expect([...held]).toEqual([
      [3, [3, 6, 9, 12, 18]],
      [6, [3, 6, 9, 12]],
    ]);
    expect(leftOut.map(({ historyMonths, predMonths }) => [historyMonths, predMonths])).toEqual([
      [3, 12],
      [6, 12],
      [9, 12],
      [12, 12],
      [18, 6],
      [18, 12],
    ]);
    // 18 + 6 + 6 months before the end of December, each step clamped to the end of a shorter month.
    expect(leftOut.at(-2)?.neededFrom).toBe('2023-06-30');
  });

  it('are refused when there is none, with what the shortest would need', () => {
    expect(() => heldPairs([6, 60], [4], log('2025-06-01', '2026-02-01'))).toThrow(
      expect.objectContaining({ code: 'GRAPH_HISTORY_SHORT', message: expect.stringMatching(/6 months of history and 4 .* 2024-12-01/) }),
    );
  });

  it('are each either held or left out, and a shorter one of the same prediction is held too', () => {
    const months = fc.uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(months, months, fc.integer({ min: 0, max: 3000 }), (some, others, days) => {
        const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);
        const [own, ahead] = [ascending(some), ascending(others)];
        const firstDate = new Date(Date.parse('2025-12-31') - days * 86_400_000).toISOString().slice(0, 10);
        let found;
        try {
          found = heldPairs(own, ahead, log(firstDate, '2025-12-31'));
        } catch (error) {
          expect(error).toMatchObject({ code: 'GRAPH_HISTORY_SHORT' });
          return;
        }
        const count = [...found.held.values()].reduce((sum, { length }) => sum + length, 0);
        expect(count + found.leftOut.length).toBe(own.length * ahead.length);
        for (const fitting of found.held.values()) expect(fitting).toEqual(own.slice(0, fitting.length));
        for (const { neededFrom } of found.leftOut) expect(neededFrom < firstDate).toBe(true);
      }),
    );
  });
});
