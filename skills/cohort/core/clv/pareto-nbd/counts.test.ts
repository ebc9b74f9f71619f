import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { exp, sumOf } from '../../../../sdk/numeric/index.ts';
import { paretoNbd, type ParetoNbdParameters } from './index.ts';

const cdnow: ParetoNbdParameters = { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
const cdnowExact: ParetoNbdParameters = { r: 0.5534, alpha: 10.5802, s: 0.6061, beta: 11.6562 };
const regular = { x: 3, tx: 20, T: 39 };

const size = fc.double({ min: -3, max: 3, noNaN: true }).map((exponent) => 10 ** exponent);
const anyParameters: fc.Arbitrary<ParetoNbdParameters> = fc.record({ r: size, alpha: size, s: fc.oneof(size, fc.constant(0)), beta: size });

describe('probabilities of counts', () => {
  it.each([
    ['CDNOW', cdnow, 39, 1500],
    ['many who stay', { r: 2, alpha: 10, s: 0.1, beta: 30 }, 39, 1500],
    ['many who leave at once', { r: 3, alpha: 2, s: 2, beta: 0.01 }, 20, 3000],
    ['nearly one rate each', { r: 1e8, alpha: 1e9, s: 1e8, beta: 1e10 }, 100, 400],
    ['NBD', { r: 2, alpha: 10, s: 0, beta: 1 }, 39, 1500],
  ] as const)('of %s add up to one, and their mean is the expectation', (_, p, t, most) => {
    const probabilities = Array.from({ length: most }, (_unused, n) => paretoNbd.countProbability(p, n, t));
    expect(probabilities.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(Math.abs(sumOf(most, (n) => probabilities[n] ?? 0) - 1)).toBeLessThan(1e-9);
    const mean = sumOf(most, (n) => n * (probabilities[n] ?? 0));
    expect(Math.abs(mean / paretoNbd.expectedPurchases(p, t) - 1)).toBeLessThan(1e-8);
  });

  it('of customers with a history add up to one, and their mean is the conditional expectation', () => {
    const most = 600;
    const probabilities = Array.from({ length: most }, (_, n) => paretoNbd.futureCountProbability(cdnow, regular, n, 52));
    expect(Math.abs(sumOf(most, (n) => probabilities[n] ?? 0) - 1)).toBeLessThan(1e-10);
    const mean = sumOf(most, (n) => n * (probabilities[n] ?? 0));
    expect(Math.abs(mean / paretoNbd.conditionalExpectation(cdnow, regular, 52) - 1)).toBeLessThan(1e-9);
  });

  it.each([
    [cdnowExact, 3, 39, 0.04904616157560686],
    [cdnowExact, 50, 10_000, 0.0006916004836607151],
    [{ r: 1000, alpha: 10_000, s: 0.6, beta: 11 }, 3, 39, 0.12998308555646282],
    [{ r: 0.8, alpha: 5, s: 100, beta: 10_000 }, 50, 10_000, 0.0023032103981020825],
    [{ r: 0.8, alpha: 5, s: 0.4, beta: 0.0001 }, 3, 39, 0.001272066877329445],
    [{ r: 10.465, alpha: 0.00798565181, s: 3.0516, beta: 2.82 }, 50, 10_000, 0.0008528885236032846],
    [{ r: 0.5, alpha: 8.78e-8, s: 1.5, beta: 3 }, 3, 39, 0.00010690754912750703],
    [{ r: 0.001, alpha: 0.001, s: 0.001, beta: 0.001 }, 50, 10_000, 1.9681076081248266e-5],
  ])('of %o: P(%d purchases by %d) is that of an integration with 30 digits', (p, n, t, expected) => {
    expect(Math.abs(paretoNbd.countProbability(p, n, t) / expected - 1)).toBeLessThan(1e-12);
  });

  it('agree with a plain sum over ages at leaving', () => {
    const { r, alpha, s, beta } = cdnow;
    const t = 39;
    const nbd = (n: number, u: number): number => {
      let value = (alpha / (alpha + u)) ** r;
      for (let j = 0; j < n; j++) value *= ((r + j) / (j + 1)) * (u / (alpha + u));
      return value;
    };
    for (const n of [0, 1, 4, 12]) {
      const steps = 20_000;
      const left = sumOf(steps, (index) => {
        const u = ((index + 0.5) * t) / steps;
        return (nbd(n, u) * s * beta ** s * t) / steps / (beta + u) ** (s + 1);
      });
      const plain = left + nbd(n, t) * (beta / (beta + t)) ** s;
      // The midpoint rule is off by (t/steps)² times a second derivative: 1e-7 at most.
      expect(Math.abs(paretoNbd.countProbability(cdnow, n, t) / plain - 1)).toBeLessThan(2e-7);
    }
  });

  it('are probabilities for any parameters; none falls with age as that of no purchase does', () => {
    fc.assert(
      fc.property(anyParameters, fc.nat(300), size, (p, n, t) => {
        const value = paretoNbd.countProbability(p, n, t);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(1);
        expect(paretoNbd.countProbability(p, 0, 1.5 * t)).toBeLessThanOrEqual(paretoNbd.countProbability(p, 0, t) * (1 + 1e-10));
      }),
    );
  });

  it('do not depend on the unit of time', () => {
    fc.assert(
      fc.property(anyParameters, fc.nat(50), size, (p, n, t) => {
        const weeks = paretoNbd.countProbability(p, n, t);
        const days = paretoNbd.countProbability({ ...p, alpha: 7 * p.alpha, beta: 7 * p.beta }, n, 7 * t);
        expect(Math.abs(days - weeks)).toBeLessThanOrEqual(1e-10 * weeks);
      }),
    );
  });

  it('of no purchase are the likelihood of a history without one', () => {
    expect(paretoNbd.countProbability(cdnow, 0, 39)).toBeCloseTo(exp(paretoNbd.logLikelihood(cdnow, { x: 0, tx: 0, T: 39 })), 14);
  });

  it('are certain at age 0, and nothing for what is no count', () => {
    expect([0, 2].map((n) => paretoNbd.countProbability(cdnow, n, 0))).toEqual([1, 0]);
    expect([-1, 0.5].map((n) => paretoNbd.countProbability(cdnow, n, 39))).toEqual([0, 0]);
  });

  it('refuse what is no history', () => {
    expect(() => paretoNbd.futureCountProbability(cdnow, { x: 1, tx: 5, T: 4 }, 0, 10)).toThrow(
      expect.objectContaining({ code: 'NUMERIC_DOMAIN' }),
    );
  });
});
