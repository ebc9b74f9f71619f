import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng, sigmoid, logit } from '../../sdk/numeric/index.ts';
import { type CalibrationConfig, fitCalibration } from './calibration.ts';
import { foldOf } from './folds.ts';
import type { Holdout } from './holdout.ts';
import { rescaleInterval } from './interval.ts';
import { applyProbabilityMap, fitProbabilityMap, identityMap, type ProbabilityMap } from './probability-map.ts';
import { cohortErrorOf, fitScale, scaleOf } from './scale.ts';

const config: CalibrationConfig = { folds: 5, calibrator: 'cohort-logistic', money: 'cohort-scale', level: 0.9, asOfDay: 100, drift: {} };

/** Customers whose raw log-odds are `distort` of the true ones; cohort `b` buys more than it is given. */
function simulate(seed: string, rows: number, distort: (odds: number) => number, lift = 0): Holdout {
  const rng = makeRng(seed);
  const truth = Array.from({ length: rows }, () => 1.2 * rng.normal() - 0.3);
  const cohort = truth.map((_, row) => ['a', 'b', 'c'][row % 3] ?? 'a');
  const bought = truth.map((odds, row) => (rng.uniform() < sigmoid(odds + (cohort[row] === 'b' ? lift : 0)) ? 1 : 0));
  return {
    customerId: truth.map((_, row) => `customer-${row}`),
    cohort,
    pPurchase: truth.map((odds) => sigmoid(distort(odds))),
    expectedPurchases: truth.map((odds) => sigmoid(distort(odds))),
    expectedSpendMinor: truth.map((odds) => 1000 * sigmoid(distort(odds))),
    actualBaskets: bought,
    actualSpendMinor: bought.map((value) => 1000 * value),
  };
}

describe('calibration', () => {
  it('brings down the error of a set that is made to be wrong, on customers that the map has not seen', () => {
    const { before, after, probability } = fitCalibration(
      simulate('wrong', 6000, (odds) => 2 * odds + 0.8),
      config,
    );
    expect(before.ece).toBeGreaterThan(0.08);
    expect(after.ece).toBeLessThan(0.025); // noise floor of ten bins of 600: about 0.8·0.45/√600 = 0.015
    expect(after.brier).toBeLessThan(before.brier);
    expect(probability).toMatchObject({ kind: 'logistic', slope: expect.closeTo(0.5, 1) });
  });

  it('does so for any slope above one half and any large enough shift', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.6, max: 2.5, noNaN: true }), fc.double({ min: 0.6, max: 1.5, noNaN: true }), (slope, shift) => {
        const { before, after } = fitCalibration(
          simulate(`s${slope}`, 1500, (odds) => slope * odds + shift),
          config,
        );
        expect(after.ece).toBeLessThan(before.ece);
      }),
      { numRuns: 8, seed: 7 },
    );
  });

  it('finds the cohort that buys more than the rest', () => {
    const { probability, moneyScale } = fitCalibration(
      simulate('lift', 6000, (odds) => odds, 0.8),
      config,
    );
    const { cohorts } = probability as ProbabilityMap; // of a cohort-logistic map
    const shift = (name: string): number => cohorts[name]?.shift ?? Number.NaN;
    // Against the average intercept, b is 2/3·0.8 up and the others 1/3·0.8 down; standard error about 0.06.
    expect(shift('b') - shift('a')).toBeGreaterThan(0.55);
    expect(scaleOf(moneyScale, 'b')).toBeGreaterThan(scaleOf(moneyScale, 'a'));
  });

  it('changes nothing on few outcomes, and says so', () => {
    const result = fitCalibration(
      simulate('few', 30, (odds) => odds),
      config,
    );
    expect(result.probability).toMatchObject({ kind: 'identity', reason: expect.stringContaining('of 30 customers bought') });
    expect(result.after.ece).toBe(result.before.ece);
    expect(result.moneyScale.global).toBe(1);
  });

  it('is plain JSON', () => {
    const result = fitCalibration(
      simulate('json', 300, (odds) => odds),
      config,
    );
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
  });
});

describe('the probability map', () => {
  it('keeps the order of customers within a cohort', () => {
    const data = simulate('order', 2000, (odds) => 1.7 * odds);
    const map = fitProbabilityMap({ predicted: data.pPurchase, outcome: data.actualBaskets, cohort: data.cohort });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (p, q) => {
        const [low, high] = [Math.min(p, q), Math.max(p, q)].map((value) => applyProbabilityMap(map, value, 'a'));
        expect(low).toBeLessThanOrEqual(high ?? 0);
      }),
    );
  });

  it('gives probabilities even when all predictions are the same, zero or one', () => {
    const outcome = Array.from({ length: 100 }, (_, row) => (row % 4 === 0 ? 1 : 0));
    for (const value of [0, 0.5, 1]) {
      const map = fitProbabilityMap({ predicted: outcome.map(() => value), outcome, cohort: outcome.map(() => 'x') });
      expect(applyProbabilityMap(map, value, 'x')).toBeGreaterThan(0.15);
      expect(applyProbabilityMap(map, value, 'x')).toBeLessThan(0.4);
    }
  });

  it('gives an unknown cohort no shift and leaves an identity alone', () => {
    const data = simulate('unknown', 1000, (odds) => odds, 1);
    const map = fitProbabilityMap({ predicted: data.pPurchase, outcome: data.actualBaskets, cohort: data.cohort });
    expect(applyProbabilityMap(map, 0.4, 'nowhere')).toBeCloseTo(sigmoid(map.intercept + map.slope * logit(0.4)), 12);
    expect(applyProbabilityMap(map, 0.4, 'toString')).toBe(applyProbabilityMap(map, 0.4, 'nowhere'));
    expect(applyProbabilityMap(identityMap('test'), 0.123, 'a')).toBe(0.123);
  });
});

describe('the scale', () => {
  const rows = Array.from({ length: 900 }, (_, row) => row);
  const rng = makeRng('scale');
  const expected = rows.map(() => 50 + 100 * rng.uniform());
  const cohort = rows.map((row) => `g${row % 3}`);

  it('takes over what lasts of the ratio of actual to expected', () => {
    const map = fitScale(
      expected,
      expected.map((value) => 1.3 * value * (0.5 + rng.uniform())),
      cohort,
    );
    // Raw ratio about 1.30, of which 0.1² / (0.1² + 0.08²) = 0.61 lasts: 1.18.
    expect(map.global).toBeCloseTo(1.18, 1);
  });

  it('shrinks cohorts to the global scale when they differ by no more than chance', () => {
    const map = fitScale(
      expected,
      expected.map((value) => value * 2 * rng.uniform()),
      cohort,
    );
    for (const name of ['g0', 'g1', 'g2']) expect(Math.abs(scaleOf(map, name) - map.global)).toBeLessThan(0.03);
  });

  it('leaves cohorts their own scale when they differ much', () => {
    const factor = [0.5, 1, 2];
    const map = fitScale(
      expected,
      expected.map((value, row) => (factor[row % 3] ?? 1) * value * (0.8 + 0.4 * rng.uniform())),
      cohort,
    );
    // The global ratio is 1.17, of which 0.61 lasts; the cohorts keep their ratios to each other.
    factor.forEach((value, index) => expect(scaleOf(map, `g${index}`) / scaleOf(map, 'g1') / value).toBeCloseTo(1, 1));
  });

  it('is one without evidence, and finite for one customer', () => {
    expect(fitScale([], [], []).global).toBe(1);
    expect(fitScale([0, 0], [5, 5], ['a', 'b']).global).toBe(1);
    const one = fitScale([100], [0], ['a']);
    expect(one.global).toBeGreaterThan(0);
    expect(Number.isFinite(cohortErrorOf(one, 'a'))).toBe(true);
  });

  it('is never negative, also when refunds exceed purchases', () => {
    const map = fitScale(
      expected,
      expected.map((value) => -value),
      cohort,
    );
    expect(map.global).toBeGreaterThanOrEqual(0);
    expect(scaleOf(map, 'g1')).toBeGreaterThanOrEqual(0);
  });
});

describe('folds', () => {
  it('are about equally large and depend on the id alone', () => {
    const counts = [0, 0, 0, 0, 0];
    for (let index = 0; index < 5000; index++) counts[foldOf(`c${index}`, 5)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(foldOf('c1', 5)).toBe(foldOf('c1', 5));
  });
});

describe('intervals', () => {
  it('keep the value inside and only widen with doubt', () => {
    const positive = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(positive, positive, positive, fc.double({ min: 0, max: 3, noNaN: true }), (a, b, c, scale) => {
        const [low = 0, value = 0, high = 0] = [a, b, c].sort((x, y) => x - y);
        const sure = rescaleInterval({ value, low, high }, scale, 0, 1.645);
        const unsure = rescaleInterval({ value, low, high }, scale, 0.2, 1.645);
        expect(sure.low).toBeCloseTo(low * scale, 4);
        expect(unsure.low).toBeLessThanOrEqual(sure.low + 1e-6);
        expect(unsure.high).toBeGreaterThanOrEqual(sure.high - 1e-6);
        expect(unsure.low).toBeLessThanOrEqual(unsure.value);
      }),
    );
  });
});
