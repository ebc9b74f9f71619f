import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import '../../../test/property-seed.ts';
import { betaQuantile, clopperPearsonInterval, lgamma, regularizedBeta, wilsonInterval, exp, log, log1p } from './index.ts';

/** P(X ≤ k) of a binomial, term by term. */
function binomialCdf(k: number, n: number, p: number): number {
  let total = 0;
  for (let j = 0; j <= k; j++) {
    total += exp(lgamma(n + 1) - lgamma(j + 1) - lgamma(n - j + 1) + j * log(p) + (n - j) * log1p(-p));
  }
  return total;
}

describe('the incomplete beta function', () => {
  it('is the tail of binomial counts', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 300 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.nat(), (n, p, pick) => {
        const k = pick % n;
        expect(regularizedBeta(1 - p, n - k, k + 1)).toBeCloseTo(binomialCdf(k, n, p), 10);
      }),
    );
  });

  it('has the closed forms of whole and half parameters', () => {
    expect(regularizedBeta(0.3, 1, 4)).toBeCloseTo(1 - 0.7 * 0.7 * 0.7 * 0.7, 14);
    expect(regularizedBeta(0.3, 2, 1)).toBeCloseTo(0.09, 14);
    expect(regularizedBeta(0.25, 0.5, 0.5)).toBeCloseTo(1 / 3, 13); // arcsine law: 2/π·asin(√x)
    expect([regularizedBeta(0, 2, 3), regularizedBeta(1, 2, 3)]).toEqual([0, 1]);
  });

  it('is undone by its quantile', () => {
    const shape = fc.double({ min: 0.2, max: 5000, noNaN: true });
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), shape, shape, (p, a, b) => {
        const x = betaQuantile(p, a, b);
        // Where the density is high, neighbouring doubles are a visible step of probability apart.
        const step = regularizedBeta(x * (1 + 4e-16), a, b) - regularizedBeta(x * (1 - 4e-16), a, b);
        expect(Math.abs(regularizedBeta(x, a, b) - p)).toBeLessThan(1e-9 + Math.abs(step));
      }),
    );
  });
});

describe('intervals of a share', () => {
  it('have the figures of Clopper and Pearson that are known in closed form', () => {
    // None of n: the upper limit is 1 − (α/2)^(1/n). R 4.2.2, binom.test(0, 10)$conf.int: 0 … 0.3084971.
    expect(clopperPearsonInterval(0, 10, 0.95)).toMatchObject({ low: 0, high: expect.closeTo(0.3084971, 7) });
    expect(clopperPearsonInterval(10, 10, 0.95)).toMatchObject({ low: expect.closeTo(0.6915029, 7), high: 1 });
    // R 4.2.2, binom.test(7, 20)$conf.int: 0.1539092 … 0.5921885.
    expect(clopperPearsonInterval(7, 20, 0.95)).toMatchObject({ low: expect.closeTo(0.1539092, 7), high: expect.closeTo(0.5921885, 7) });
  });

  it('hold the share with at least their level, whatever the share is', () => {
    for (const n of [1, 5, 40]) {
      for (const p of [0.02, 0.3, 0.9, 0.97]) {
        let held = 0;
        for (let k = 0; k <= n; k++) {
          const { low, high } = clopperPearsonInterval(k, n, 0.9);
          if (low <= p && p <= high) held += binomialCdf(k, n, p) - (k === 0 ? 0 : binomialCdf(k - 1, n, p));
        }
        expect(held).toBeGreaterThan(0.9 - 1e-12);
      }
    }
  });

  it('are wider when exact than by Wilson, and mirror each other', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(), (n, pick) => {
        const k = pick % (n + 1);
        const exact = clopperPearsonInterval(k, n, 0.95);
        const wilson = wilsonInterval(k, n, 0.95);
        const mirror = clopperPearsonInterval(n - k, n, 0.95);
        expect(exact.high - exact.low).toBeGreaterThan(0.98 * (wilson.high - wilson.low));
        expect(mirror.low).toBeCloseTo(1 - exact.high, 12);
        expect(exact.low).toBeLessThanOrEqual(k / n);
        expect(exact.high).toBeGreaterThanOrEqual(k / n);
      }),
    );
  });
});
