import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { normalCdf, normalQuantile, quantileSorted } from './quantile.ts';

describe('quantileSorted', () => {
  it('interpolates as R and NumPy do by default', () => {
    expect(quantileSorted([1, 2, 3, 4], 0.4)).toBeCloseTo(2.2, 15);
    expect(quantileSorted([1, 2, 3, 4], 0.5)).toBe(2.5);
  });

  it('gives the ends at 0 and 1, the only value of a sample of one, and NaN for none', () => {
    expect([quantileSorted([3, 9], 0), quantileSorted([3, 9], 1), quantileSorted([7], 0.3)]).toEqual([3, 9, 7]);
    expect(quantileSorted([], 0.5)).toBeNaN();
  });
});

describe('normalCdf', () => {
  it('is within 1e-14 of 40-digit values, relatively, far into the tail', () => {
    // mpmath 1.3, 40 digits.
    const cases = [
      [-37, 5.725571222524577e-300],
      [-10, 7.619853024160525e-24],
      [-3, 0.0013498980316300946],
      [-2.9999, 0.0013503412829549248],
      [-1.5, 0.06680720126885807],
      [-1, 0.15865525393145705],
      [-0.1, 0.460172162722971],
      [0, 0.5],
      [1, 0.8413447460685429],
      [2, 0.9772498680518208],
      [6, 0.9999999990134123],
    ] as const;
    const misses = cases.filter(([x, reference]) => !(Math.abs(normalCdf(x) - reference) <= 1e-14 * reference));
    expect(misses).toEqual([]);
  });

  it('rises from 0 to 1, also where the method changes', () => {
    const grid = Array.from({ length: 4001 }, (_, index) => normalCdf((index - 2000) / 100));
    expect(grid.every((value, index) => index === 0 || value >= (grid[index - 1] ?? 0))).toBe(true);
    expect([normalCdf(Number.NEGATIVE_INFINITY), normalCdf(Number.POSITIVE_INFINITY)]).toEqual([0, 1]);
  });
});

describe('normalQuantile', () => {
  it('is within 1e-15 of 40-digit values', () => {
    const cases = [
      [0.5, 0],
      [0.6, 0.2533471031357997],
      [0.9, 1.2815515655446006],
      [0.95, 1.6448536269514722],
      [0.975, 1.9599639845400538],
      [0.025, -1.9599639845400543],
      [1e-10, -6.361340902404057],
    ] as const;
    const misses = cases.filter(([p, reference]) => !(Math.abs(normalQuantile(p) - reference) <= 1e-15 * Math.max(1, Math.abs(reference))));
    expect(misses).toEqual([]);
  });

  it('is undone by normalCdf', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-290, max: 0.5, noNaN: true }), (p) => {
        expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThanOrEqual(3e-13 * p);
      }),
    );
  });

  it('is infinite at 0 and 1, and NaN outside', () => {
    expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
    expect(normalQuantile(1.5)).toBeNaN();
  });
});
