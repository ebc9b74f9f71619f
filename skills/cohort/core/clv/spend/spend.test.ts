import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import {
  drawAmounts,
  drawSpendParameters,
  fitGammaGamma,
  fitSpend,
  gammaGamma,
  measureIndependence,
  normalNormal,
  predictSpend,
  spendFamilies,
} from './index.ts';
import { spendRows } from './spend-rows.ts';

const truth = { p: 6, q: 4, v: 15 };
const rng = makeRng('spend');
const x = Array.from({ length: 4000 }, () => 1 + rng.poisson(2));
const meanSpend = x.map((count) => rng.gamma(truth.p * count) / count / (rng.gamma(truth.q) / truth.v));
const model = fitSpend('gamma-gamma', { x, meanSpend });

const normals = { mu: 30, sigmaWithin: 4, sigmaBetween: 6 };
const amounts = x.map((count) => {
  const own = normals.mu + normals.sigmaBetween * rng.normal();
  return Array.from({ length: count }, () => own + normals.sigmaWithin * rng.normal());
});
const means = amounts.map((list) => list.reduce((a, b) => a + b, 0) / list.length);
const squares = amounts.map((list, row) => list.reduce((total, amount) => total + (amount - (means[row] ?? 0)) ** 2, 0));

const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);

describe('spend families', () => {
  it.each(['gamma-gamma', 'normal-normal'] as const)(
    '%s: the likelihood of many is the sum of single ones, its gradient that of differences',
    (id) => {
      const family = spendFamilies[id];
      const positive = fc.double({ min: -2, max: 2, noNaN: true }).map(Math.exp);
      const customer = fc.record({ x: fc.integer({ min: 1, max: 30 }), m: positive, ss: fc.double({ min: 0.01, max: 50, noNaN: true }) });
      fc.assert(
        fc.property(positive, positive, positive, fc.array(customer, { minLength: 1, maxLength: 20 }), (a, b, c, customers) => {
          const rows = spendRows({
            x: customers.map((one) => one.x),
            meanSpend: customers.map((one) => one.m),
            withinSumOfSquares: customers.map((one) => (one.x > 1 ? one.ss : 0)),
          });
          const at = [a, b, c];
          const gradient = new Float64Array(3);
          const scratch = new Float64Array(3);
          const objective = family.objective(rows);
          const value = objective(at, gradient);
          const { unit } = rows;
          const [first, second, third] = family.parameters.map(({ unit: kind }, index) => (at[index] ?? 1) * (kind === 'money' ? unit : 1));
          const single = customers.map((one) =>
            id === 'gamma-gamma'
              ? gammaGamma.logLikelihood({ p: first ?? 1, q: second ?? 1, v: third ?? 1 }, one.x, one.m)
              : normalNormal.logLikelihood(
                  { mu: first ?? 1, sigmaWithin: second ?? 1, sigmaBetween: third ?? 1 },
                  one.x,
                  one.m,
                  one.x > 1 ? one.ss : 0,
                ),
          );
          const total = -sum(single) - family.densities(rows) * Math.log(unit);
          expect(Math.abs(value - total)).toBeLessThan(1e-9 * Math.max(1, sum(single.map(Math.abs))));
          at.forEach((parameter, index) => {
            const shifted = (factor: number): number[] => at.map((other, k) => (k === index ? other * factor : other));
            const slope = (objective(shifted(1.00001), scratch) - objective(shifted(0.99999), scratch)) / 2e-5;
            expect(Math.abs(slope - (gradient[index] ?? 0) * parameter)).toBeLessThan(1e-5 * Math.max(1, Math.abs(slope), Math.abs(value)));
          });
        }),
      );
    },
  );
});

describe('Gamma-Gamma', () => {
  it('recovers the parameters of 4,000 simulated customers within four standard errors', () => {
    (['p', 'q', 'v'] as const).forEach((name, index) => {
      expect(Math.abs(model.params[name] - truth[name])).toBeLessThan(4 * (model.standardErrors[index] ?? 0));
    });
    expect(model.boundary).toBeNull();
    expect(model.populationMean).toBeCloseTo((model.params.p * model.params.v) / (model.params.q - 1), 9);
  });

  it('does not depend on the currency or on the order of rows', () => {
    const cents = fitSpend('gamma-gamma', { x, meanSpend: meanSpend.map((m) => 100 * m) });
    expect(cents.params.p).toBeCloseTo(model.params.p, 6);
    expect(cents.params.v / 100).toBeCloseTo(model.params.v, 5);
    expect(cents.logLikelihood).toBeCloseTo(model.logLikelihood - 4000 * Math.log(100), 5);
    expect(fitSpend('gamma-gamma', { x: x.toReversed(), meanSpend: meanSpend.toReversed() })).toEqual(model);
  });

  it('leaves out customers without a repeat purchase or with nothing spent', () => {
    expect(fitGammaGamma({ x: [...x, 0, 3], meanSpend: [...meanSpend, 5, 0] })).toEqual(model);
  });

  it.each(['gamma-gamma', 'normal-normal'] as const)('%s: counts a weight as that many rows', (id) => {
    const some = {
      x: x.slice(0, 300),
      meanSpend: meanSpend.slice(0, 300),
      withinSumOfSquares: squares.slice(0, 300).map((s, row) => (x[row] === 1 ? 0 : s)),
    };
    const weight = some.x.map((_, row) => 1 + (row % 3));
    const repeat = (column: readonly number[]): number[] =>
      column.flatMap((value, row) => Array.from({ length: weight[row] ?? 1 }, () => value));
    const weighted = fitSpend(id, { ...some, weight });
    const repeated = fitSpend(id, {
      x: repeat(some.x),
      meanSpend: repeat(some.meanSpend),
      withinSumOfSquares: repeat(some.withinSumOfSquares),
    });
    expect(weighted.logLikelihood / repeated.logLikelihood).toBeCloseTo(1, 10);
    expect(weighted.customers).toBe(600);
    Object.values(weighted.params).forEach((value: number, index) => {
      expect(value / Number(Object.values(repeated.params)[index])).toBeCloseTo(1, 6);
    });
  });

  it('predicts between the population mean and what the customer spent', () => {
    const [unknown = 0, low = 0, high = 0] = predictSpend(model, { x: [0, 5, 5], meanSpend: [0, 1, 100] });
    expect(low > 1 && low < unknown && high > unknown && high < 100).toBe(true);
  });

  it('says where the population mean does not exist: null in the model, Infinity for x = 0, finite for buyers', () => {
    const heavy = fitSpend('gamma-gamma', { x, meanSpend: x.map((count) => rng.gamma(6 * count) / count / rng.gamma(0.6)) });
    expect(heavy.params.q).toBeLessThan(1);
    expect(heavy.populationMean).toBeNull();
    const [unknown, known] = predictSpend(heavy, { x: [0, 2], meanSpend: [0, 9] });
    expect(unknown).toBe(Number.POSITIVE_INFINITY);
    expect(Number.isFinite(known)).toBe(true);
  });

  it('uses the limit of a customer who always pays the same: the expected spend is what was paid', () => {
    const fixed = x.map(() => 15 / rng.gamma(4));
    const constant = fitSpend('gamma-gamma', { x, meanSpend: fixed });
    expect(constant.boundary).toMatchObject({ limit: 'constant', pValue: 1 });
    expect(constant.standardErrors[0]).toBeNull();
    const predicted = predictSpend(constant, { x: [0, ...x], meanSpend: [0, ...fixed] });
    fixed.forEach((paid, row) => expect((predicted[row + 1] ?? 0) / paid).toBeCloseTo(1, 12));
    // 15/(q − 1) with q near 4.
    expect(Math.abs((predicted[0] ?? 0) - 5)).toBeLessThan(0.5);
    const amount = drawAmounts(constant, 2, 2 * 12.5, makeRng('same'));
    expect(amount()).toBeCloseTo(12.5, 5);
    expect(amount()).toBeCloseTo(12.5, 5);
    expect(drawSpendParameters(constant, makeRng('p')).p).toBe(constant.params.p);
  });

  it('uses the limit of customers who spend alike: one mean for everybody', () => {
    const stream = makeRng('alike 2');
    let found = 0;
    for (let sample = 0; sample < 8; sample++) {
      const alike = fitSpend('gamma-gamma', {
        x: x.slice(0, 500),
        meanSpend: x.slice(0, 500).map((count) => stream.gamma(6 * count) / count),
      });
      if (!alike.boundary) continue;
      found += 1;
      expect(alike.boundary.limit).toBe('alike');
      const [unknown = 0, low = 0, high = 0] = predictSpend(alike, { x: [0, 5, 5], meanSpend: [0, 1, 100] });
      expect(low / unknown).toBeCloseTo(1, 9);
      expect(high / unknown).toBeCloseTo(1, 9);
      expect(Math.abs(unknown - 6)).toBeLessThan(0.5);
      const drawn = drawSpendParameters(alike, stream);
      expect(drawn.q).toBe(alike.params.q);
      expect(drawn.v).not.toBe(alike.params.v);
      const spend = Array.from({ length: 4000 }, () => drawAmounts(alike, 3, 300, stream)());
      // Standard deviation 6/√6; 4,000 draws; four standard errors.
      expect(Math.abs(sum(spend) / 4000 - unknown)).toBeLessThan(0.16);
    }
    // The variance between customers is estimated as zero in about half of such samples.
    expect(found).toBeGreaterThan(0);
  });

  it('draws spend whose mean is purchases times expected spend, and positive parameters', () => {
    const stream = makeRng('money');
    let total = 0;
    for (let draw = 0; draw < 20; draw++) {
      x.forEach((count, row) => {
        const amount = drawAmounts(model, count, count * (meanSpend[row] ?? 0), stream);
        total += (amount() + amount()) / 20;
      });
      expect(Object.values(drawSpendParameters(model, stream)).every((value) => value > 0 && Number.isFinite(value))).toBe(true);
    }
    expect(Math.abs(total / (2 * sum(predictSpend(model, { x, meanSpend }))) - 1)).toBeLessThan(0.01);
  });
});

describe('Normal-Normal', () => {
  const full = fitSpend('normal-normal', { x, meanSpend: means, withinSumOfSquares: squares });

  it('recovers the parameters of 4,000 simulated customers, better with sums of squares than from means alone', () => {
    const fromMeans = fitSpend('normal-normal', { x, meanSpend: means });
    for (const fitted of [full, fromMeans]) {
      (['mu', 'sigmaWithin', 'sigmaBetween'] as const).forEach((name, index) => {
        expect(Math.abs(fitted.params[name] - normals[name])).toBeLessThan(4 * (fitted.standardErrors[index] ?? 0));
      });
    }
    expect(full.standardErrors[1] ?? 1).toBeLessThan((fromMeans.standardErrors[1] ?? 0) / 5);
  });

  it('shrinks a mean by what is known of it', () => {
    const { mu, sigmaWithin, sigmaBetween } = full.params;
    const [none, one, many] = predictSpend(full, { x: [0, 1, 50], meanSpend: [0, 50, 50] });
    expect(none).toBe(mu);
    expect(one).toBeCloseTo((mu / sigmaBetween ** 2 + 50 / sigmaWithin ** 2) / (1 / sigmaBetween ** 2 + 1 / sigmaWithin ** 2), 9);
    expect(many).toBeGreaterThan(one ?? 0);
  });

  it('draws futures with that mean', () => {
    const stream = makeRng('normal money');
    const draws = Array.from({ length: 20_000 }, () => drawAmounts(full, 2, 100, stream)());
    const [expected = 0] = predictSpend(full, { x: [2], meanSpend: [50] });
    // Standard deviation of one amount is below 6; 20,000 draws; four standard errors.
    expect(Math.abs(sum(draws) / draws.length - expected)).toBeLessThan(0.17);
  });

  it('names and uses its limits: spend alike, and always the same', () => {
    const stream = makeRng('limits');
    const limits = new Set<string | undefined>();
    for (let sample = 0; sample < 8; sample++) {
      const alike = fitSpend('normal-normal', { x, meanSpend: x.map((count) => 30 + (4 * stream.normal()) / Math.sqrt(count)) });
      limits.add(alike.boundary?.limit);
      if (!alike.boundary) continue;
      expect(alike.params.sigmaBetween).toBe(0);
      expect(predictSpend(alike, { x: [0, 9], meanSpend: [0, 80] })).toEqual(Float64Array.of(alike.params.mu, alike.params.mu));
    }
    expect(limits).toContain('alike');
    const paid = x.map(() => 30 + 4 * stream.normal());
    const constant = fitSpend('normal-normal', { x, meanSpend: paid, withinSumOfSquares: x.map(() => 0) });
    expect(constant.boundary?.limit).toBe('constant');
    expect(constant.params.sigmaWithin).toBe(0);
    expect(predictSpend(constant, { x: [3], meanSpend: [41] })[0]).toBe(41);
    const amount = drawAmounts(constant, 3, 123, stream);
    expect(amount()).toBe(41);
  });
});

describe('spend that leaves nothing to fit', () => {
  it.each(['gamma-gamma', 'normal-normal'] as const)('%s: everybody pays one price', (id) => {
    const price = fitSpend(id, { x, meanSpend: x.map((count) => (count * 19.99) / count) });
    expect(price.boundary?.limit).toBe('identical');
    const found = predictSpend(price, { x: [0, 4], meanSpend: [0, 19.99] });
    found.forEach((mean) => expect(mean).toBeCloseTo(19.99, 10));
    expect(JSON.parse(JSON.stringify(price))).toEqual(price);
  });

  it.each(['gamma-gamma', 'normal-normal'] as const)('%s: one customer needs a prior', (id) => {
    expect(() => fitSpend(id, { x: [2], meanSpend: [10] })).toThrow(expect.objectContaining({ code: 'CLV_TOO_FEW_CUSTOMERS' }));
    const one = fitSpend(id, { x: [2], meanSpend: [10] }, { prior: { sd: 1 } });
    expect(Object.values(one.params).every((value: number) => value > 0 && Number.isFinite(value))).toBe(true);
  });

  it('refuses columns of two lengths, and weights and sums of squares below zero', () => {
    const domain = expect.objectContaining({ code: 'NUMERIC_DOMAIN' });
    expect(() => fitSpend('gamma-gamma', { x: [1, 2], meanSpend: [3] })).toThrow(domain);
    expect(() => fitSpend('gamma-gamma', { x: [1], meanSpend: [3], weight: [0] })).toThrow(domain);
    expect(() => fitSpend('normal-normal', { x: [1], meanSpend: [3], withinSumOfSquares: [-1] })).toThrow(domain);
    expect(() => fitSpend('gamma-gamma', { x: [1], meanSpend: [Number.POSITIVE_INFINITY] })).toThrow(domain);
    expect(() => measureIndependence({ x: [1, 2, 3, 4, 5], meanSpend: [3, 4] })).toThrow(domain);
  });

  it('refuses NaN instead of leaving it out, except where nothing was bought', () => {
    const broken = { x: [1, 2, 3, 4, 5], meanSpend: [1, 2, Number.NaN, 4, 5] };
    expect(() => measureIndependence(broken)).toThrow('row 2: spend needs numbers; found x=3, meanSpend=NaN');
    expect(() => fitSpend('gamma-gamma', broken)).toThrow('row 2');
    expect(() => fitSpend('gamma-gamma', { x: [Number.NaN], meanSpend: [1] })).toThrow('row 0');
    expect(measureIndependence({ ...broken, x: [1, 2, 0, 4, 5] }).customers).toBe(4);
  });

  it('refuses bad options, and names the models there are', () => {
    const domain = expect.objectContaining({ code: 'NUMERIC_DOMAIN' });
    const unknown = 'abc' as 'gamma-gamma';
    expect(() => fitSpend(unknown, { x, meanSpend })).toThrow("there is no spend model 'abc'; there are: gamma-gamma, normal-normal");
    expect(() => fitSpend('gamma-gamma', { x, meanSpend }, { start: [1, 2] })).toThrow(domain);
    expect(() => fitSpend('gamma-gamma', { x, meanSpend }, { prior: { sd: -1 } })).toThrow(domain);
  });
});

describe('measureIndependence', () => {
  it('sees none where there is none, and says so', () => {
    const stream = makeRng('independent');
    const { rho, lower, upper, pValue, verdict, says } = measureIndependence({ x, meanSpend: x.map(() => stream.gamma(2)) });
    expect(lower < rho && rho < upper && lower < 0 && upper > 0).toBe(true);
    expect(pValue).toBeGreaterThan(0.05);
    expect(verdict).toBe('holds');
    expect(says).toMatch(/holds/);
  });

  it('does not fail data of the model itself, whose means of few skewed amounts are a little lower in rank', () => {
    const { rho, verdict } = measureIndependence({ x, meanSpend });
    expect(rho).toBeLessThan(0.1);
    expect(verdict).not.toBe('fails');
  });

  it('sees dependence in either direction', () => {
    expect(measureIndependence({ x, meanSpend: meanSpend.map((m, row) => m * (x[row] ?? 1)) })).toMatchObject({
      verdict: 'fails',
      says: /pay more/,
    });
    expect(measureIndependence({ x, meanSpend: meanSpend.map((m, row) => m / (x[row] ?? 1)) }).says).toMatch(/pay less/);
  });

  it('has the p-value of Student t: 0.00962792472537981 for ρ = 0.8 of nine customers (mpmath, incomplete beta)', () => {
    const { rho, pValue } = measureIndependence({ x: [1, 2, 3, 4, 5, 6, 7, 8, 9], meanSpend: [2, 1, 4, 3, 9, 5, 6, 7, 8] });
    expect(rho).toBeCloseTo(0.8, 12);
    expect(pValue).toBeCloseTo(0.00962792472537981, 14);
  });

  it('counts weights as rows, stands constant and perfect data, and needs four customers', () => {
    const data = { x: [1, 2, 3, 4, 5], meanSpend: [3, 1, 2, 6, 5] };
    const twice = { x: [...data.x, ...data.x], meanSpend: [...data.meanSpend, ...data.meanSpend] };
    expect(measureIndependence({ ...data, weight: [2, 2, 2, 2, 2] }).rho).toBeCloseTo(measureIndependence(twice).rho, 12);
    expect(measureIndependence({ x: [2, 2, 2, 2, 2], meanSpend: [1, 2, 3, 4, 5] })).toMatchObject({ rho: 0, pValue: 1, verdict: 'holds' });
    expect(measureIndependence({ x: [1, 2, 3, 4, 5], meanSpend: [1, 2, 3, 4, 5] })).toMatchObject({
      rho: 1,
      lower: 1,
      upper: 1,
      pValue: 0,
    });
    expect(measureIndependence({ x: [1, 2], meanSpend: [1, 2] })).toMatchObject({ verdict: 'unknown', lower: -1, upper: 1 });
    expect(() => measureIndependence(data, 1)).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
  });
});
