import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { attemptsAllowed, nextWaitMs } from './outbox-schedule.ts';

describe('the retry schedule', () => {
  it('waits 5 s, 5 min, 30 min, 2 h, 5 h and 10 h, each up to a tenth longer, then gives up', () => {
    const seconds = [5, 300, 1800, 7200, 18_000, 36_000];
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 6 }), (id, attempts) => {
        const base = (seconds[attempts - 1] ?? 0) * 1000;
        const wait = nextWaitMs(id, attempts, undefined) ?? 0;
        expect(wait).toBeGreaterThanOrEqual(base);
        expect(wait).toBeLessThanOrEqual(base * 1.1);
        expect(nextWaitMs(id, attempts, undefined)).toBe(wait);
      }),
    );
    expect(attemptsAllowed).toBe(7);
    expect(nextWaitMs('m', 7, undefined)).toBeUndefined();
  });

  it('spreads messages that failed together', () => {
    const waits = Array.from({ length: 100 }, (_, index) => nextWaitMs(`msg_${index}`, 2, undefined));
    expect(new Set(waits).size).toBeGreaterThan(90);
  });

  it('waits as long as the receiver asks, a day at most', () => {
    expect(nextWaitMs('m', 1, 60_000)).toBe(60_000);
    expect(nextWaitMs('m', 1, 1)).toBeGreaterThanOrEqual(5000);
    expect(nextWaitMs('m', 1, 1e12)).toBe(86_400_000);
  });
});
