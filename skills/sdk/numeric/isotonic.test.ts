import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isotonicBlocks } from './isotonic.ts';

const levels = (values: readonly number[], weights = values.map(() => 1)): number[] =>
  isotonicBlocks(values, weights).flatMap(({ from, to, level }) => new Array<number>(to - from).fill(level));

describe('isotonic regression', () => {
  it('keeps what rises and pools what falls', () => {
    expect(levels([1, 2, 3])).toEqual([1, 2, 3]);
    expect(levels([3, 2, 1])).toEqual([2, 2, 2]);
    expect(levels([])).toEqual([]);
  });

  // scikit-learn 1.7.2: IsotonicRegression().fit_transform(range(8), [1, 3, 2, 4, 3.5, 3, 7, 6], sample_weight=[1, 1, 2, 1, 1, 2, 1, 1])
  it('is the one of scikit-learn, with weights', () => {
    const third = 7 / 3;
    expect(levels([1, 3, 2, 4, 3.5, 3, 7, 6], [1, 1, 2, 1, 1, 2, 1, 1])).toEqual([1, third, third, 3.375, 3.375, 3.375, 6.5, 6.5]);
  });

  it('never falls, keeps the total, and cannot be improved by moving a level', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: 1, max: 5 })), { minLength: 1, maxLength: 30 }),
        (pairs) => {
          const values = pairs.map(([value]) => value);
          const weights = pairs.map(([, weight]) => weight);
          const fitted = levels(values, weights);
          const dot = (left: readonly number[]): number => left.reduce((total, value, at) => total + value * weights[at]!, 0);
          expect(fitted.every((level, at) => at === 0 || level >= fitted[at - 1]!)).toBe(true);
          expect(dot(fitted)).toBeCloseTo(dot(values), 9);
          // Residuals are at right angles to the fit, and every first part of them sums to no less than nothing.
          expect(dot(fitted.map((level, at) => level * (values[at]! - level)))).toBeCloseTo(0, 8);
          let running = 0;
          for (const [at, level] of fitted.entries()) {
            running += weights[at]! * (values[at]! - level);
            expect(running).toBeGreaterThan(-1e-9);
          }
        },
      ),
    );
  });
});
