import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { digammaRise, logBetaRatio } from './beta-ratio.ts';
import {
  betaDiscreteWeibull,
  countRenewals,
  existingCustomerValue,
  fitSubscription,
  newCustomerValue,
  shiftedBetaGeometric,
  subscriptionObjective,
  survivalTable,
} from './index.ts';

const sbg = shiftedBetaGeometric;
const bdw = betaDiscreteWeibull;
const regular = { alpha: 0.704, beta: 1.182 };
const ageing = { alpha: 0.3, beta: 2, c: 1.6 };

const positive = (low: number, high: number) => fc.double({ min: Math.log(low), max: Math.log(high), noNaN: true }).map(Math.exp);
const someParameters = fc.record({ alpha: positive(0.02, 200), beta: positive(0.02, 200), c: positive(0.2, 4) });

describe('ratios of beta functions', () => {
  it('are the product over whole shifts, from tiny to huge arguments, within 1e-13 of max(1, |log|)', () => {
    fc.assert(
      fc.property(positive(1e-9, 1e12), positive(1e-9, 1e12), fc.integer({ min: 0, max: 60 }), (a, b, y) => {
        let reference = 0;
        for (let j = 0; j < y; j++) reference -= Math.log1p(a / (b + j));
        expect(Math.abs(logBetaRatio(a, b, y) - reference)).toBeLessThan(1e-13 * Math.max(1, Math.abs(reference)));
      }),
    );
  });

  it('add up over consecutive shifts, whole or not', () => {
    fc.assert(
      fc.property(positive(1e-3, 1e6), positive(1e-3, 1e6), positive(1e-3, 1e3), positive(1e-3, 1e3), (a, b, y, z) => {
        const whole = logBetaRatio(a, b, y + z);
        const parts = logBetaRatio(a, b, y) + logBetaRatio(a, b + y, z);
        expect(Math.abs(whole - parts)).toBeLessThan(1e-12 * Math.max(1, Math.abs(whole), Math.min(a, y + z)));
      }),
    );
  });

  it('have digamma differences as slopes: sums of reciprocals over whole shifts', () => {
    fc.assert(
      fc.property(positive(1e-6, 1e9), fc.integer({ min: 0, max: 60 }), (z, y) => {
        let reference = 0;
        for (let j = 0; j < y; j++) reference += 1 / (z + j);
        expect(Math.abs(digammaRise(z, y) - reference)).toBeLessThan(1e-13 * Math.max(1e-9, reference));
      }),
    );
  });
});

describe('sBG and BdW', () => {
  it('keep 24 % of the regular customers of the paper after seven renewals (published: 24.1 % observed, 24 % projected)', () => {
    expect(sbg.survival(regular, 7)).toBeCloseTo(0.239, 3);
    expect(sbg.retention(regular, 1)).toBeCloseTo(1.182 / 1.886, 12);
  });

  it('are one model at c = 1', () => {
    const same = { ...regular, c: 1 };
    const [gradient, wide] = [new Float64Array(2), new Float64Array(3)];
    for (let t = 1; t < 200; t++) {
      expect(bdw.logSurvival(same, t)).toBe(sbg.logSurvival(regular, t));
      expect(bdw.retention(same, t)).toBe(sbg.retention(regular, t));
      expect(bdw.logRetention(same, t, wide)).toBeCloseTo(sbg.logRetention(regular, t, gradient), 12);
      expect(Math.abs((wide[1] ?? 0) - (gradient[1] ?? 0))).toBeLessThan(1e-13);
    }
  });

  it('have probabilities in [0, 1]; leaving sums with survival to one; survival is the product of retentions', () => {
    fc.assert(
      fc.property(someParameters, (params) => {
        let left = 0;
        let kept = 0;
        for (let t = 1; t <= 40; t++) {
          const chance = bdw.churnProbability(params, t);
          expect(chance >= 0 && chance <= 1).toBe(true);
          left += chance;
          kept += bdw.logRetention(params, t);
        }
        expect(left + bdw.survival(params, 40)).toBeCloseTo(1, 10);
        expect(Math.abs(kept - bdw.logSurvival(params, 40))).toBeLessThan(1e-9 * Math.max(1, Math.abs(kept)));
      }),
    );
  });

  it('have the gradient of central differences', () => {
    const counts = countRenewals(survivalTable([1000, 640, 470, 380]));
    fc.assert(
      fc.property(someParameters, ({ alpha, beta, c }) => {
        const objective = subscriptionObjective(bdw, counts);
        const at = [alpha, beta, c];
        const gradient = new Float64Array(3);
        const value = objective(at, gradient);
        const [up, down] = [new Float64Array(3), new Float64Array(3)];
        at.forEach((_, index) => {
          const step = (factor: number): number[] => at.map((parameter, k) => (k === index ? parameter * factor : parameter));
          const slope = (objective(step(1.00001), up) - objective(step(0.99999), down)) / 2e-5;
          expect(Math.abs(slope - (gradient[index] ?? 0) * (at[index] ?? 1))).toBeLessThan(
            1e-5 * Math.max(1, Math.abs(slope), value * 0.01),
          );
        });
      }),
    );
  });

  it('sum lifetimes term by term, to a horizon and to infinity, at small rates too', () => {
    for (const [rate, terms] of [
      [0.1, 1000],
      [1e-3, 60_000],
      [2e-5, 2_000_000],
    ] as const) {
      let direct = 0;
      let survival = 1;
      for (let t = 0; t < terms; t++) {
        direct += survival * Math.exp(-rate * t);
        survival *= bdw.retention(ageing, t + 1);
      }
      expect(bdw.expectedLifetime(ageing, { ratePerPeriod: rate }) / direct).toBeCloseTo(1, 9);
    }
    const tenure = Array.from({ length: 12 }, (_, k) => bdw.survival(ageing, 4 + k) / bdw.survival(ageing, 3)).reduce((a, b) => a + b, 0);
    expect(bdw.expectedTenure(ageing, 3, 12)).toBeCloseTo(tenure, 11);
    expect(bdw.expectedTenure(ageing, 3, 0)).toBe(0);
  });

  it('have the mean lifetime (α + β − 1)/(α − 1) as the rate falls to zero', () => {
    expect(sbg.expectedLifetime({ alpha: 2.5, beta: 3 }, { ratePerPeriod: 1e-12 })).toBeCloseTo(3, 6);
  });

  it('value customers: a new one pays at once, an old one is worth a cash flow less when just paid', () => {
    const options = { ratePerPeriod: Math.log(1.1) };
    const fresh = newCustomerValue(sbg, regular, 100, options);
    expect(fresh).toBeCloseTo(100 * (1 + sbg.residualLifetime(regular, 0, { ...options, timing: 'after-renewal' })), 9);
    const before = existingCustomerValue(sbg, regular, 3, 100, options);
    expect(existingCustomerValue(sbg, regular, 3, 100, { ...options, timing: 'after-renewal' })).toBeCloseTo(before / 1.1, 9);
    expect(existingCustomerValue(sbg, regular, 5, 100, options)).toBeGreaterThan(before);
    expect(newCustomerValue(sbg, regular, 100, { ratePerPeriod: 0.2 })).toBeLessThan(fresh);
  });

  it('draw tenures with the mean of the formula, within four standard errors, and the same from the same seed', () => {
    const rng = makeRng('tenure');
    const draws = Array.from({ length: 20_000 }, () => bdw.drawRenewals(ageing, 2, 10, rng));
    const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
    const spread = Math.sqrt(draws.reduce((a, b) => a + (b - mean) ** 2, 0)) / draws.length;
    expect(Math.abs(mean - bdw.expectedTenure(ageing, 2, 10))).toBeLessThan(4 * spread);
    expect(bdw.drawRenewals(ageing, 2, 10, makeRng('x'))).toBe(bdw.drawRenewals(ageing, 2, 10, makeRng('x')));
  });

  it('refuse periods that are not whole and endless sums without a rate', () => {
    const domain = expect.objectContaining({ code: 'NUMERIC_DOMAIN' });
    expect(() => sbg.survival(regular, 1.5)).toThrow(domain);
    expect(() => sbg.retention(regular, 0)).toThrow(domain);
    expect(() => sbg.residualLifetime(regular, -1, { ratePerPeriod: 0.1 })).toThrow(domain);
    expect(() => sbg.expectedLifetime(regular, { ratePerPeriod: 0 })).toThrow(domain);
    expect(() => sbg.expectedLifetime(regular, { ratePerPeriod: 0.1, horizon: 2.5 })).toThrow(domain);
    expect(() => sbg.drawRenewals(regular, 0, Number.POSITIVE_INFINITY, makeRng('e'))).toThrow(domain);
  });

  it('refuse parameters and cash flows that are none, instead of answering NaN', () => {
    const domain = expect.objectContaining({ code: 'NUMERIC_DOMAIN' });
    const rate = { ratePerPeriod: 0.1 };
    for (const params of [
      { alpha: Number.NaN, beta: 1 },
      { alpha: -1, beta: 2 },
      { alpha: 0, beta: 0 },
    ]) {
      expect(() => sbg.survival(params, 3)).toThrow(domain);
      expect(() => sbg.retention(params, 3)).toThrow(domain);
      expect(() => sbg.churnProbability(params, 3)).toThrow(domain);
      expect(() => sbg.expectedLifetime(params, rate)).toThrow(domain);
      expect(() => sbg.residualLifetime(params, 2, rate)).toThrow(domain);
      expect(() => sbg.simulate(params, 5, makeRng('p'))).toThrow(domain);
    }
    expect(() => bdw.survival({ alpha: 1, beta: 2, c: 0 }, 3)).toThrow('BdW needs finite alpha ≥ 0 and beta ≥ 0, not both 0, and c > 0');
    expect(() => newCustomerValue(sbg, regular, Number.NaN, rate)).toThrow(domain);
    expect(() => existingCustomerValue(sbg, regular, 2, Number.POSITIVE_INFINITY, rate)).toThrow(domain);
  });
});

describe('fitSubscription', () => {
  it.each(['sbg', 'bdw'] as const)('%s: recovers what simulated its 20,000 customers, within four standard errors', (id) => {
    const rng = makeRng('recover');
    const truth = id === 'sbg' ? { ...regular, c: 1 } : ageing;
    const rows = Array.from({ length: 20_000 }, () => bdw.simulate(truth, 12, rng));
    const model = fitSubscription(id, { period: rows.map(({ period }) => period), isChurned: rows.map(({ isChurned }) => isChurned) });
    const found = Object.values(model.params) as number[];
    found.forEach((value, index) => {
      expect(Math.abs(value - ([truth.alpha, truth.beta, truth.c][index] ?? 0))).toBeLessThan(4 * (model.standardErrors[index] ?? 0));
    });
    expect(model.boundary).toBeNull();
  });

  it('takes rows, weights and survivor tables for the same data, in any order', () => {
    const table = fitSubscription('sbg', survivalTable([100, 70, 55, 48]));
    const period = [1, 2, 3, 3];
    const isChurned = [1, 1, 1, 0];
    expect(fitSubscription('sbg', { period, isChurned, weight: [30, 15, 7, 48] })).toEqual(table);
    const expand = (column: readonly number[]): number[] =>
      column.flatMap((v, i) => Array.from({ length: [30, 15, 7, 48][i] ?? 0 }, () => v));
    expect(fitSubscription('sbg', { period: expand(period).toReversed(), isChurned: expand(isChurned).toReversed() })).toEqual(table);
  });

  it('adds cohorts of different age', () => {
    const counts = countRenewals(survivalTable([100, 70, 55], [50, 40]));
    expect([...counts.left]).toEqual([40, 15]);
    expect([...counts.renewed]).toEqual([110, 55]);
    expect(counts.customers).toBe(150);
  });

  it.each([
    ['one chance for all', 'sbg', [1000, 900, 810, 729, 656], 'one-leaving-chance'],
    ['one period only says one chance', 'sbg', [1000, 900], 'one-leaving-chance'],
    ['leaving at once or never', 'sbg', [1000, 900, 900, 900], 'at-once-or-never'],
    ['nobody leaves', 'sbg', [1000, 1000, 1000], 'nobody-leaves'],
    ['everybody leaves', 'sbg', [1000, 0], 'all-leave'],
    ['one chance for all', 'bdw', [1000, 900, 810, 729, 656], 'geometric'],
    ['ageing alike', 'bdw', [1000, 900, 700, 400, 150], 'one-leaving-chance'],
    ['leaving at once or never', 'bdw', [1000, 900, 900, 900], 'at-once-or-never'],
    ['nobody leaves', 'bdw', [1000, 1000, 1000], 'nobody-leaves'],
    ['everybody leaves', 'bdw', [1000, 0], 'all-leave'],
    ['all in one later period', 'bdw', [1000, 1000, 1000, 0], 'one-leaving-chance'],
  ] as const)('names the limit and predicts with it: %s (%s)', (_, id, counts, limit) => {
    const model = fitSubscription(id, survivalTable(counts));
    expect(model.boundary?.limit).toBe(limit);
    const params = { c: 1, ...model.params };
    counts.forEach((survivors, t) => expect(Math.abs(bdw.survival(params, t) - survivors / 1000)).toBeLessThan(0.03));
    const lifetime = bdw.residualLifetime(params, 2, { ratePerPeriod: 0.1 });
    expect(lifetime >= 0 && lifetime <= 1 / (1 - Math.exp(-0.1)) + 1e-9).toBe(true);
    expect(Number.isFinite(model.logLikelihood) && model.standardErrors.every((error) => error === null || Number.isFinite(error))).toBe(
      true,
    );
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
    expect(bdw.drawRenewals(params, 0, 20, makeRng('limit'))).toBeLessThanOrEqual(20);
  });

  it('needs ten customers who faced a renewal, or a prior', () => {
    expect(() => fitSubscription('sbg', survivalTable([9, 5]))).toThrow(expect.objectContaining({ code: 'CLV_TOO_FEW_CUSTOMERS' }));
    expect(() => fitSubscription('sbg', survivalTable([100]))).toThrow(expect.objectContaining({ code: 'CLV_TOO_FEW_CUSTOMERS' }));
    const one = fitSubscription('bdw', { period: [3], isChurned: [true] }, { prior: { sd: 1 } });
    expect(Object.values(one.params).every((value) => value > 0 && Number.isFinite(value))).toBe(true);
    expect(one.prior?.sd).toBe(1);
  });

  it('names the models there are, and the columns that it needs, to callers without types', () => {
    const rows = [{ period: 1, isChurned: true, weight: 3 }];
    expect(() => fitSubscription('abc' as 'sbg', survivalTable([100, 50, 20]))).toThrow(
      "there is no subscription model 'abc'; there are: sbg, bdw",
    );
    expect(() => fitSubscription('sbg', rows as never)).toThrow('subscriptions are columns, { period: [3, 5], isChurned: [1, 0] }');
  });

  it('refuses tables that grow and rows that are no subscription', () => {
    const domain = expect.objectContaining({ code: 'NUMERIC_DOMAIN' });
    expect(() => survivalTable([10, 12])).toThrow(domain);
    expect(() => survivalTable([])).toThrow(domain);
    expect(() => fitSubscription('sbg', { period: [0], isChurned: [1] })).toThrow(domain);
    expect(() => fitSubscription('sbg', { period: [1.5], isChurned: [0] })).toThrow(domain);
    expect(() => fitSubscription('sbg', { period: [1, 2], isChurned: [0] })).toThrow(domain);
    expect(() => fitSubscription('sbg', { period: [1], isChurned: [0], weight: [-1] })).toThrow(domain);
    expect(() => fitSubscription('sbg', survivalTable([100, 50]), { start: [1] })).toThrow(domain);
    expect(() => fitSubscription('sbg', survivalTable([100, 50]), { prior: { sd: 0 } })).toThrow(domain);
  });
});
