import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { complexLog1p, rootsOfOne } from './complex.ts';
import type { ActiveCustomer } from './likelihood.ts';
import { phaseEventSpread } from './negative-binomial.ts';
import { expectationByQuadrature, survivalByQuadrature } from './renewals-by-quadrature.ts';
import { activeExpectation, activeSurvival } from './renewals.ts';

const logged = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true }).map((power) => 10 ** power);
const customer: fc.Arbitrary<ActiveCustomer> = fc
  .record({
    R: logged(-2, 2.5),
    a: logged(-2, 2),
    B: logged(-2, 2),
    weights: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
  })
  .map(({ R, a, B, weights }) => {
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return { R, A: 1, phases: Float64Array.from(weights, (weight) => weight / total), a, B };
  });

describe('the integral over the chance of leaving', () => {
  it('equals the sum over phases to 1e-11 of the expectation and 1e-13 of the survival, where both can be had', () => {
    fc.assert(
      fc.property(customer, logged(-1, 1.7), (active, w) => {
        fc.pre(phaseEventSpread(active.R, w) < 2900 && active.R * w > 0.5);
        expect(Math.abs(expectationByQuadrature(active, w) / activeExpectation(active, w) - 1)).toBeLessThan(1e-11);
        expect(Math.abs(survivalByQuadrature(active, w) - Math.exp(activeSurvival(active, w)))).toBeLessThan(1e-13);
      }),
      { numRuns: 300 },
    );
  });
});

describe('complex functions from arithmetic', () => {
  it('agree with those of the platform to 1e-13', () => {
    fc.assert(
      fc.property(logged(-6, 3), fc.double({ min: -1e3, max: 1e3, noNaN: true }), logged(-3, 3), (re, im, times) => {
        const { logModulus, angle } = complexLog1p(re, im);
        expect(Math.abs(logModulus - Math.log(Math.hypot(1 + re, im)))).toBeLessThan(1e-13 * (1 + logModulus));
        const theta = Math.atan2(im, 1 + re) * times;
        expect(Math.abs(angle(times).cosine - Math.cos(theta))).toBeLessThan(1e-15 * (10 + times));
        expect(Math.abs(angle(times).sine - Math.sin(theta))).toBeLessThan(1e-15 * (10 + times));
      }),
    );
    const { cosines, sines } = rootsOfOne(8);
    expect(cosines[1]).toBeCloseTo(Math.SQRT1_2, 15);
    expect(sines[6]).toBeCloseTo(-1, 15);
  });
});
