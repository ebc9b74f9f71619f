import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { bgNbd, mbgNbd } from '../bg-nbd/index.ts';
import type { History } from '../family.ts';
import { summarizeHistories } from '../histories.ts';
import { type CnbdParameters, cnbdFamily } from './index.ts';

const grocery: CnbdParameters = { r: 1.329, alpha: 2.813, a: 0.425, b: 0.79 };
const logged = (min: number, max: number): fc.Arbitrary<number> => fc.double({ min, max, noNaN: true }).map((power) => 10 ** power);
const parameters: fc.Arbitrary<CnbdParameters> = fc.record({
  r: logged(-3, 2),
  alpha: logged(-1, 2),
  a: fc.oneof(logged(-3, 2), fc.constant(0)),
  b: logged(-2, 2),
});
const unit = fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true }));
const history: fc.Arbitrary<History> = fc
  .tuple(fc.nat(40), unit, logged(-1, 2))
  .map(([x, share, T]) => ({ x, tx: x === 0 ? 0 : share * T, T }));
const family = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.boolean()).map(([k, isModified]) => cnbdFamily(k, isModified));
const horizon = logged(-2, 3);
const apart = (one: number, other: number): number => Math.abs(one - other) / Math.max(Math.abs(other), 1e-12);

describe('with one phase the models are BG/NBD and MBG/NBD', () => {
  it.each([
    [cnbdFamily(1, false), bgNbd],
    [cnbdFamily(1, true), mbgNbd],
  ])('$title', (one, other) => {
    fc.assert(
      fc.property(parameters, history, horizon, fc.nat(12), (p, h, t, n) => {
        const gradients = [new Float64Array(4), new Float64Array(4)] as const;
        expect(apart(one.logLikelihood(p, h, gradients[0]), other.logLikelihood(p, h, gradients[1]))).toBeLessThan(1e-12);
        gradients[0].forEach((slope, index) => expect(apart(slope, gradients[1][index] ?? 0)).toBeLessThan(1e-9));
        expect(one.logProbabilityAlive(p, h)).toBeCloseTo(other.logProbabilityAlive(p, h), 10);
        expect(Math.exp(one.logProbabilityAlive(p, h, t))).toBeCloseTo(Math.exp(other.logProbabilityAlive(p, h, t)), 9);
        // The error bound of this module; BG/NBD's own is 3e-10.
        expect(apart(one.conditionalExpectation(p, h, t), other.conditionalExpectation(p, h, t))).toBeLessThan(1e-8);
        expect(apart(one.expectedPurchases(p, t), other.expectedPurchases(p, t))).toBeLessThan(1e-8);
        expect(one.countProbability(p, n, t)).toBeCloseTo(other.countProbability(p, n, t), 10);
        expect(one.futureCountProbability(p, h, n, t)).toBeCloseTo(other.futureCountProbability(p, h, n, t), 10);
      }),
    );
  });

  it('discounted, too, with and without an end', () => {
    fc.assert(
      fc.property(parameters, history, logged(-2, 0), (p, h, rate) => {
        fc.pre(p.a > 0.05);
        for (const until of [13, 200, Number.POSITIVE_INFINITY]) {
          const [one, other] = [cnbdFamily(1, true), mbgNbd].map((model) => model.discountedExpectation(p, h, until, rate));
          expect(apart(one ?? 0, other ?? 0)).toBeLessThan(1e-6);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('log-likelihood', () => {
  it('has the gradient of its central differences, alone and over many histories', () => {
    const rng = makeRng('gradient');
    for (const k of [1, 2, 5, 8]) {
      for (const isModified of [false, true]) {
        const model = cnbdFamily(k, isModified);
        const rows = Array.from({ length: 60 }, () => {
          const T = 1 + 50 * rng.uniform();
          const x = rng.poisson(3);
          return { x, tx: x === 0 ? 0 : T * rng.uniform(), T, logGaps: x * 0.3 };
        });
        const columns = {
          x: rows.map(({ x }) => x),
          tx: rows.map(({ tx }) => tx),
          T: rows.map(({ T }) => T),
          logGaps: rows.map(({ logGaps }) => logGaps),
        };
        const objective = model.objective(summarizeHistories(columns));
        const at = [0.7, 4, 0.6, 1.7];
        const value = (point: readonly number[]): number => objective(point, new Float64Array(4));
        const [r = 0, alpha = 0, a = 0, b = 0] = at;
        const gradient = new Float64Array(4);
        const total = objective(at, gradient);
        const single = new Float64Array(4);
        let sum = 0;
        for (const row of rows) {
          const own = new Float64Array(4);
          sum -= model.logLikelihood({ r, alpha, a, b }, row, own);
          own.forEach((slope, index) => (single[index] = (single[index] ?? 0) - slope));
        }
        expect(apart(total, sum)).toBeLessThan(1e-12);
        at.forEach((parameter, index) => {
          const h = 1e-5 * parameter;
          const slope =
            (value(at.map((other, place) => (place === index ? other + h : other))) -
              value(at.map((other, place) => (place === index ? other - h : other)))) /
            (2 * h);
          expect(apart(gradient[index] ?? 0, slope)).toBeLessThan(1e-6);
          expect(apart(single[index] ?? 0, gradient[index] ?? 0)).toBeLessThan(1e-9);
        });
      }
    }
  });

  it('shifts with the unit of time by the number of gaps, and no more', () => {
    fc.assert(
      fc.property(parameters, history, family, (p, h, model) => {
        const k = Number(model.id.split('-').at(-1));
        const weeks = model.logLikelihood(p, { ...h, logGaps: 1.5 * h.x });
        const days = model.logLikelihood(
          { ...p, alpha: 7 * p.alpha },
          { x: h.x, tx: 7 * h.tx, T: 7 * h.T, logGaps: (1.5 + Math.log(7)) * h.x },
        );
        expect(Math.abs(days - (weeks - h.x * Math.log(7)))).toBeLessThan(1e-9 * (1 + Math.abs(weeks) + k * h.x));
      }),
    );
  });

  it('of k > 1 is refused without the times between purchases', () => {
    const bare = summarizeHistories({ x: [1, 2], tx: [3, 4], T: [9, 9] });
    expect(() => cnbdFamily(2, true).objective(bare)).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
    expect(() => cnbdFamily(1, true).objective(bare)).not.toThrow();
    const sameMoment = summarizeHistories({ x: [1], tx: [3], T: [9], logGaps: [Number.NEGATIVE_INFINITY] });
    expect(() => cnbdFamily(2, true).objective(sameMoment)).toThrow(/logGaps/);
  });

  it('of a family with a limit is that of the full model near it', () => {
    const rng = makeRng('limits');
    const rows = Array.from({ length: 40 }, () => ({ x: 1 + rng.poisson(2), T: 20 + rng.integer(20), share: rng.uniform() }));
    const statistics = summarizeHistories({
      x: rows.map(({ x }) => x),
      tx: rows.map(({ T, share }) => T * share),
      T: rows.map(({ T }) => T),
      logGaps: rows.map(({ x }) => 0.4 * x),
    });
    const model = cnbdFamily(3, true);
    for (const limit of model.limits) {
      const free = limit.start([0.8, 5, 0.5, 2]);
      const objective = limit.objective(statistics);
      const gradient = new Float64Array(free.length);
      const value = objective(free, gradient);
      expect(free.length).toBe(limit.free);
      expect(value).toBe(model.objective(statistics)(limit.embed(free), new Float64Array(4)));
      free.forEach((parameter, index) => {
        const h = 1e-4 * parameter;
        const at = (by: number): number =>
          objective(
            free.map((other, place) => (place === index ? other + by : other)),
            new Float64Array(free.length),
          );
        expect(Math.abs((at(h) - at(-h)) / (2 * h) - (gradient[index] ?? 0))).toBeLessThan(2e-5 * (1 + Math.abs(value)));
      });
    }
  });
});

describe('probabilities and expectations', () => {
  it('stay in their ranges for any parameters and histories', () => {
    fc.assert(
      fc.property(family, parameters, history, horizon, (model, p, h, t) => {
        const now = model.logProbabilityAlive(p, h);
        const later = model.logProbabilityAlive(p, h, t);
        expect(now).toBeLessThanOrEqual(0);
        expect(Number.isFinite(later)).toBe(true);
        expect(Math.exp(later)).toBeLessThanOrEqual(Math.exp(now) + 1e-12);
        const expected = model.conditionalExpectation(p, h, t);
        expect(Number.isFinite(expected)).toBe(true);
        expect(expected).toBeGreaterThanOrEqual(0);
        expect(model.conditionalExpectation(p, h, 1.5 * t)).toBeGreaterThanOrEqual(expected * (1 - 1e-9));
        expect(model.conditionalExpectation(p, h, 0)).toBe(0);
      }),
    );
  });

  it('do not depend on the unit of time', () => {
    fc.assert(
      fc.property(family, parameters, history, horizon, (model, p, h, t) => {
        const days = { ...p, alpha: 7 * p.alpha };
        const inDays = { x: h.x, tx: 7 * h.tx, T: 7 * h.T };
        expect(apart(model.conditionalExpectation(days, inDays, 7 * t), model.conditionalExpectation(p, h, t))).toBeLessThan(1e-8);
        expect(model.logProbabilityAlive(days, inDays, 7 * t)).toBeCloseTo(model.logProbabilityAlive(p, h, t), 6);
      }),
    );
  });

  it('of counts add up to one and have the expectation as their mean', () => {
    fc.assert(
      fc.property(family, history, (model, h) => {
        const p = { r: 2, alpha: 6, a: 0.8, b: 2 };
        const t = 10;
        let [mass, mean, bornMass, bornMean] = [0, 0, 0, 0];
        for (let n = 0; n < 400; n++) {
          const chance = model.futureCountProbability(p, h, n, t);
          const atBirth = model.countProbability(p, n, t);
          mass += chance;
          mean += n * chance;
          bornMass += atBirth;
          bornMean += n * atBirth;
        }
        expect(mass).toBeCloseTo(1, 9);
        expect(bornMass).toBeCloseTo(1, 9);
        expect(apart(mean, model.conditionalExpectation(p, h, t))).toBeLessThan(1e-7);
        expect(apart(bornMean, model.expectedPurchases(p, t))).toBeLessThan(1e-7);
      }),
      { numRuns: 25 },
    );
  });

  it('follow the draws within four standard errors', () => {
    const rng = makeRng('draws');
    for (const [k, h] of [
      [2, { x: 3, tx: 20, T: 25 }],
      [4, { x: 8, tx: 25, T: 25 }],
      [8, { x: 0, tx: 0, T: 3 }],
    ] as const) {
      const model = cnbdFamily(k, true);
      const [draws, t, rate] = [40_000, 15, 0.05];
      let [total, squares, timed, discounted, born] = [0, 0, 0, 0, 0];
      for (let draw = 0; draw < draws; draw++) {
        const n = model.drawPurchases(grocery, h, t, rng);
        total += n;
        squares += n * n;
        const times = model.drawPurchaseTimes(grocery, h, t, rng);
        timed += times.length;
        for (const time of times) discounted += Math.exp(-rate * time);
        born += model.simulate(grocery, t, rng).length;
      }
      const error = 4 * Math.sqrt(squares / draws / draws);
      const expected = model.conditionalExpectation(grocery, h, t);
      expect(Math.abs(total / draws - expected)).toBeLessThan(error);
      expect(Math.abs(timed / draws - expected)).toBeLessThan(error);
      expect(Math.abs(discounted / draws - model.discountedExpectation(grocery, h, t, rate))).toBeLessThan(error);
      const atBirth = model.expectedPurchases(grocery, t);
      expect(Math.abs(born / draws - atBirth)).toBeLessThan(4 * Math.sqrt((atBirth * (1 + 2 * atBirth)) / draws));
    }
  });

  it('are those of nobody leaving at a = 0', () => {
    const p = { ...grocery, a: 0 };
    const model = cnbdFamily(2, true);
    expect(model.logProbabilityAlive(p, { x: 3, tx: 2, T: 50 }, 10)).toBe(0);
    // A regular customer seen right after a purchase makes less than a k-th of the phases' number.
    expect(apart(model.expectedPurchases({ ...grocery, a: 1e-9 }, 52), model.expectedPurchases(p, 52))).toBeLessThan(1e-6);
  });
});

describe('what is refused', () => {
  it.each([0, 9, 1.5, Number.NaN])('k = %d', (k) => {
    expect(() => cnbdFamily(k, true)).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
  });

  it('a recency above the age, and an endless horizon without a discount', () => {
    const model = cnbdFamily(2, true);
    expect(() => model.logProbabilityAlive(grocery, { x: 1, tx: 5, T: 4 })).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
    expect(() => model.discountedExpectation(grocery, { x: 1, tx: 3, T: 4 }, Number.POSITIVE_INFINITY, 0)).toThrow(/horizon/);
  });
});
