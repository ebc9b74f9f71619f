import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { exp, makeRng, sumOf } from '../../../../sdk/numeric/index.ts';
import type { History } from '../family.ts';
import { paretoNbd, type ParetoNbdParameters } from './index.ts';

/** Estimates of Fader, Hardie & Lee (2005) for CDNOW, in weeks. */
const cdnow: ParetoNbdParameters = { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };
const regular: History = { x: 3, tx: 20, T: 39 };

const size = fc.double({ min: -5, max: 7, noNaN: true }).map((exponent) => 10 ** exponent);
const anyParameters: fc.Arbitrary<ParetoNbdParameters> = fc.record({ r: size, alpha: size, s: fc.oneof(size, fc.constant(0)), beta: size });
const ordinary = fc.double({ min: -2, max: 2, noNaN: true }).map((exponent) => 10 ** exponent);
const ordinaryParameters: fc.Arbitrary<ParetoNbdParameters> = fc.record({ r: ordinary, alpha: ordinary, s: ordinary, beta: ordinary });
const historyUpTo = (mostX: number, mostT: number): fc.Arbitrary<History> =>
  fc
    .tuple(fc.nat(mostX), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: mostT, noNaN: true }))
    .map(([x, share, T]) => ({ x, tx: x === 0 ? 0 : share * T, T }));
const anyHistory = historyUpTo(1000, 1e4);
const anyHorizon = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e4, noNaN: true }));

const alive = (parameters: ParetoNbdParameters, history: History, later?: number): number =>
  exp(paretoNbd.logProbabilityAlive(parameters, history, later));

describe('P(alive)', () => {
  it('is a probability for any parameters and histories', () => {
    fc.assert(
      fc.property(anyParameters, anyHistory, (p, history) => {
        const value = paretoNbd.logProbabilityAlive(p, history);
        expect(value).toBeLessThanOrEqual(0);
        expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });

  it('is one right after a purchase, and below one without a repeat purchase', () => {
    expect(alive(cdnow, { x: 3, tx: 39, T: 39 })).toBe(1);
    expect(alive(cdnow, { x: 0, tx: 0, T: 39 })).toBeLessThan(1);
  });

  it('falls with the time since the last purchase', () => {
    fc.assert(
      fc.property(anyParameters, anyHistory, fc.double({ min: 0, max: 1000, noNaN: true }), (p, history, more) => {
        const later = paretoNbd.logProbabilityAlive(p, { ...history, T: history.T + more });
        const now = paretoNbd.logProbabilityAlive(p, history);
        expect(later).toBeLessThanOrEqual(now + 1e-9 * Math.max(1, -now));
      }),
    );
  });

  it('later is that of now times the chance to stay', () => {
    expect(alive(cdnow, regular, 0)).toBe(alive(cdnow, regular));
    const stays = ((cdnow.beta + 39) / (cdnow.beta + 39 + 10)) ** cdnow.s;
    expect(alive(cdnow, regular, 10)).toBeCloseTo(alive(cdnow, regular) * stays, 14);
  });

  it('is one where nobody leaves', () => {
    expect(paretoNbd.logProbabilityAlive({ ...cdnow, s: 0 }, regular, 100)).toBe(0);
  });

  it.each([
    [1, 5, 4],
    [-1, 0, 4],
    [0, 3, 4],
    [1, Number.NaN, 4],
  ])('refuses x=%d, tx=%d, T=%d', (x, tx, T) => {
    const refused = expect.objectContaining({ code: 'NUMERIC_DOMAIN' });
    expect(() => paretoNbd.logProbabilityAlive(cdnow, { x, tx, T })).toThrow(refused);
    expect(() => paretoNbd.logLikelihood(cdnow, { x, tx, T })).toThrow(refused);
    expect(() => paretoNbd.drawPurchases(cdnow, { x, tx, T }, 10, makeRng('none'))).toThrow(refused);
  });
});

describe('the log-likelihood', () => {
  it('is finite for any parameters and histories', () => {
    fc.assert(
      fc.property(anyParameters, anyHistory, (p, history) => {
        const gradient = new Float64Array(4);
        expect(Number.isFinite(paretoNbd.logLikelihood(p, history, gradient))).toBe(true);
        expect(gradient.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('has the gradient of central differences', () => {
    fc.assert(
      fc.property(ordinaryParameters, historyUpTo(50, 100), (p, history) => {
        const gradient = new Float64Array(4);
        const value = paretoNbd.logLikelihood(p, history, gradient);
        paretoNbd.parameters.forEach(({ name }, index) => {
          const step = 1e-4;
          const [up, down] = [1 + step, 1 - step].map((factor) => paretoNbd.logLikelihood({ ...p, [name]: p[name] * factor }, history));
          const slope = ((up ?? 0) - (down ?? 0)) / (2 * step);
          // The error of the difference is step² times a third derivative, which is of the size of the counts.
          expect(Math.abs((gradient[index] ?? 0) * p[name] - slope)).toBeLessThan(1e-6 * (1 + Math.abs(value) + history.x + p.r + p.s));
        });
      }),
    );
  });

  it('where nobody leaves is that of NBD, and its slope in s is that from above', () => {
    const p = { ...cdnow, s: 0 };
    const gradient = new Float64Array(4);
    const value = paretoNbd.logLikelihood(p, regular, gradient);
    let nbd = p.r * Math.log(p.alpha / (p.alpha + 39));
    for (let j = 0; j < 3; j++) nbd += Math.log((p.r + j) / (p.alpha + 39));
    expect(value).toBeCloseTo(nbd, 12);
    const near = 1e-6;
    expect(gradient[2]).toBeCloseTo((paretoNbd.logLikelihood({ ...cdnow, s: near }, regular) - value) / near, 4);
    expect(gradient[3]).toBe(0);
  });

  it('does not change where alpha passes beta', () => {
    const around = [1 - 1e-12, 1, 1 + 1e-12].map((factor) => paretoNbd.logLikelihood({ ...cdnow, beta: cdnow.alpha * factor }, regular));
    expect(Math.max(...around) - Math.min(...around)).toBeLessThan(1e-11);
  });
});

describe('expectations', () => {
  it('are finite, not negative, and at most those of a customer who never leaves', () => {
    fc.assert(
      fc.property(anyParameters, anyHistory, anyHorizon, (p, history, t) => {
        const value = paretoNbd.conditionalExpectation(p, history, t);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(((p.r + history.x) / (p.alpha + history.T)) * t * (1 + 1e-12));
        const fresh = paretoNbd.expectedPurchases(p, t);
        expect(fresh).toBeGreaterThanOrEqual(0);
        expect(fresh).toBeLessThanOrEqual((p.r / p.alpha) * t * (1 + 1e-12));
      }),
    );
  });

  it('grow with the horizon', () => {
    fc.assert(
      fc.property(anyParameters, anyHistory, anyHorizon, (p, history, t) => {
        const value = paretoNbd.conditionalExpectation(p, history, t);
        expect(paretoNbd.conditionalExpectation(p, history, 1.3 * t)).toBeGreaterThanOrEqual(value * (1 - 1e-12));
      }),
    );
  });

  it('do not depend on the unit of time', () => {
    fc.assert(
      fc.property(anyParameters, anyHistory, anyHorizon, ({ r, alpha, s, beta }, { x, tx, T }, t) => {
        const weeks = { r, alpha, s, beta };
        const days = { r, alpha: 7 * alpha, s, beta: 7 * beta };
        const one = paretoNbd.conditionalExpectation(weeks, { x, tx, T }, t);
        const other = paretoNbd.conditionalExpectation(days, { x, tx: 7 * tx, T: 7 * T }, 7 * t);
        // P(alive) is an exponential of numbers as large as r + x times a rounding error.
        expect(Math.abs(one - other)).toBeLessThanOrEqual(1e-12 * (r + x + s + 100) * one + 1e-300);
      }),
    );
  });

  it('where nobody leaves are the rate times the horizon', () => {
    const p = { ...cdnow, s: 0 };
    expect(paretoNbd.conditionalExpectation(p, regular, 52)).toBeCloseTo(((0.553 + 3) / (10.578 + 39)) * 52, 12);
    expect(paretoNbd.expectedPurchases(p, 52)).toBeCloseTo((0.553 / 10.578) * 52, 12);
  });

  it('pass through s = 1 without a jump', () => {
    const around = [1 - 1e-9, 1, 1 + 1e-9].map((s) => paretoNbd.conditionalExpectation({ ...cdnow, s }, regular, 39));
    expect(Math.max(...around) - Math.min(...around)).toBeLessThan(1e-8);
  });

  it('are nothing at horizon 0', () => {
    expect(paretoNbd.conditionalExpectation(cdnow, regular, 0)).toBe(0);
    expect(paretoNbd.expectedPurchases(cdnow, 0)).toBe(0);
    expect(paretoNbd.discountedExpectation(cdnow, regular, 0, 0.01)).toBe(0);
  });
});

describe('discounted purchases', () => {
  it('without a discount are the plain expectation', () => {
    expect(paretoNbd.discountedExpectation(cdnow, regular, 39, 0)).toBe(paretoNbd.conditionalExpectation(cdnow, regular, 39));
  });

  it('are the sum of those of many short periods', () => {
    const rate = 0.01;
    const periods = 20_000;
    const width = 78 / periods;
    const inPeriods = sumOf(periods, (index) => {
      const [end, start] = [index + 1, index].map((count) => paretoNbd.conditionalExpectation(cdnow, regular, count * width));
      return ((end ?? 0) - (start ?? 0)) * Math.exp(-rate * (index + 0.5) * width);
    });
    // The midpoint of a period is off by the square of its discount, 1e-10.
    expect(Math.abs(paretoNbd.discountedExpectation(cdnow, regular, 78, rate) / inPeriods - 1)).toBeLessThan(1e-9);
  });

  it('fall with the rate, and grow with the horizon up to DERT', () => {
    fc.assert(
      fc.property(anyParameters, anyHistory, size, size, (p, history, rate, horizon) => {
        const at = (h: number, d: number): number => paretoNbd.discountedExpectation(p, history, h, d);
        const value = at(horizon, rate);
        expect(value).toBeGreaterThanOrEqual(0);
        expect(at(horizon, 2 * rate)).toBeLessThanOrEqual(value * (1 + 1e-9));
        expect(at(Number.POSITIVE_INFINITY, rate)).toBeGreaterThanOrEqual(value * (1 - 1e-9));
      }),
    );
  });

  it('to infinity, where nobody leaves, are the purchase rate over the discount rate', () => {
    const value = paretoNbd.discountedExpectation({ ...cdnow, s: 0 }, regular, Number.POSITIVE_INFINITY, 0.003);
    expect(value).toBeCloseTo((0.553 + 3) / (10.578 + 39) / 0.003, 10);
  });

  it('to infinity without a discount are finite only where the mean lifetime is', () => {
    const forever = Number.POSITIVE_INFINITY;
    expect(paretoNbd.discountedExpectation({ ...cdnow, s: 1 }, regular, forever, 0)).toBe(forever);
    const p = { ...cdnow, s: 3 };
    const far = paretoNbd.conditionalExpectation(p, regular, 1e9);
    expect(paretoNbd.discountedExpectation(p, regular, forever, 0)).toBeCloseTo(far, 10);
  });
});
