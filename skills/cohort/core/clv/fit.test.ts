import { describe, expect, it } from 'vitest';

import { makeRng, type Rng, sum } from '../../../sdk/numeric/index.ts';
import {
  drawAmounts,
  drawBgNbdParameters,
  drawGammaGammaParameters,
  drawPurchases,
  fitBgNbd,
  fitGammaGamma,
  predictBgNbd,
  predictSpend,
} from './index.ts';

interface Histories {
  readonly x: number[];
  readonly tx: number[];
  readonly T: number[];
}

function simulate(rng: Rng, customers: number, truth: { readonly r: number; readonly alpha: number }, leaving: () => number): Histories {
  const columns: Histories = { x: [], tx: [], T: [] };
  for (let customer = 0; customer < customers; customer++) {
    const T = 20 + 60 * rng.uniform();
    const rate = rng.gamma(truth.r) / truth.alpha;
    const chance = leaving();
    let [at, x, tx] = [rng.exponential() / rate, 0, 0];
    while (at < T) {
      x += 1;
      tx = at;
      if (rng.uniform() < chance) break;
      at += rng.exponential() / rate;
    }
    columns.x.push(x);
    columns.tx.push(tx);
    columns.T.push(T);
  }
  return columns;
}

describe('fitBgNbd', () => {
  const rng = makeRng('fit');
  const truth = { r: 0.8, alpha: 6, a: 0.9, b: 2.5 };
  const data = simulate(rng, 5000, truth, () => rng.beta(truth.a, truth.b));
  const model = fitBgNbd(data);

  it('recovers the parameters of 5,000 simulated customers within 4 standard errors', () => {
    const off = (['r', 'alpha', 'a', 'b'] as const).map(
      (name, index) => Math.abs(model.params[name] - truth[name]) / (model.standardErrors[index] ?? 0),
    );
    expect(Math.max(...off)).toBeLessThan(4);
    expect(model.boundary).toBeNull();
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  });

  it('gives the same shape in another unit of time: only alpha and the likelihood are in it', () => {
    const days = fitBgNbd({ x: data.x, tx: data.tx.map((t) => 7 * t), T: data.T.map((t) => 7 * t) });
    expect(days.params.r).toBeCloseTo(model.params.r, 8);
    expect(days.params.alpha / 7).toBeCloseTo(model.params.alpha, 7);
    expect(days.params.a).toBeCloseTo(model.params.a, 7);
    expect(days.params.b).toBeCloseTo(model.params.b, 7);
    expect(days.logLikelihood).toBeCloseTo(model.logLikelihood - sum(data.x) * Math.log(7), 5);
  });

  it('names the limit where nobody leaves, and predicts by it', () => {
    const stream = makeRng('loyal');
    const loyal = simulate(stream, 800, truth, () => 0);
    const fitted = fitBgNbd(loyal);
    expect(fitted.boundary?.limit).toMatch(/nobody leaves/);
    expect(fitted.params.a).toBe(0);
    expect(fitted.standardErrors.slice(2)).toEqual([null, null]);
    const { pAlive, expected } = predictBgNbd(fitted, loyal, 13);
    expect(pAlive.every((p) => p === 1)).toBe(true);
    expect(expected[0]).toBeCloseTo(((fitted.params.r + (loyal.x[0] ?? 0)) / (fitted.params.alpha + (loyal.T[0] ?? 0))) * 13, 12);
    expect(drawBgNbdParameters(fitted, stream).a).toBe(0);
  });

  it('names the limit of one chance of leaving for all, and stays finite', () => {
    const stream = makeRng('same chance');
    const same = simulate(stream, 400, { r: 3, alpha: 6 }, () => 0.3);
    const fitted = fitBgNbd(same);
    // Chance may leave a little spread in the data; either way the mean chance is recovered.
    expect(fitted.params.a / (fitted.params.a + fitted.params.b)).toBeCloseTo(0.3, 1);
    expect(predictBgNbd(fitted, same, 13).expected.every(Number.isFinite)).toBe(true);
  });

  it('names the limit of one purchase rate for all', () => {
    const stream = makeRng('same rate');
    const same = simulate(stream, 300, { r: 1e9, alpha: 5e9 }, () => stream.beta(1, 3));
    const fitted = fitBgNbd(same);
    if (fitted.boundary) expect(fitted.boundary.limit).toMatch(/one purchase rate/);
    expect(fitted.params.r / fitted.params.alpha).toBeCloseTo(0.2, 1);
    expect(predictBgNbd(fitted, same, 13).expected.every(Number.isFinite)).toBe(true);
  });

  it('refuses fewer than 10 customers, and nobody with a repeat purchase', () => {
    const none = { x: new Array<number>(50).fill(0), tx: new Array<number>(50).fill(0), T: new Array<number>(50).fill(9) };
    for (const data of [none, { x: [1], tx: [1], T: [2] }, { x: [], tx: [], T: [] }]) {
      expect(() => fitBgNbd(data)).toThrow(expect.objectContaining({ code: 'CLV_TOO_FEW_CUSTOMERS' }));
    }
  });

  it('ends in finite predictions and draws on 100 small data sets of every kind', () => {
    for (let seed = 0; seed < 100; seed++) {
      const stream = makeRng(`small ${seed}`);
      const spread = { r: 0.05 + 2 * stream.uniform(), alpha: 1 + 20 * stream.uniform() };
      const [a, b] = [2 * stream.uniform() + 0.01, 5 * stream.uniform() + 0.01];
      const small = simulate(stream, 12 + stream.integer(60), spread, () => stream.beta(a, b));
      if (sum(small.x) === 0) continue;
      const fitted = fitBgNbd(small);
      for (const params of [fitted.params, drawBgNbdParameters(fitted, stream)]) {
        const { pAlive, expected, pPurchase } = predictBgNbd({ params }, small, 26);
        expect(pAlive.every((p) => p >= 0 && p <= 1) && pPurchase.every((p) => p >= 0 && p <= 1)).toBe(true);
        expect(expected.every((value) => value >= 0 && Number.isFinite(value))).toBe(true);
      }
    }
  });

  it('draws parameters with the covariance of the fit', () => {
    const stream = makeRng('parameters');
    const logs = Array.from({ length: 4000 }, () => Math.log(drawBgNbdParameters(model, stream).r / model.params.r));
    const variance = sum(logs.map((value) => value * value)) / logs.length;
    // Standard error of a variance of normals: √(2/n) = 2.2 %; four of them.
    expect(Math.abs(variance / (model.covarianceLog[0] ?? 0) - 1)).toBeLessThan(0.09);
  });

  it('draws futures whose mean is the expectation, and as often none as P(no purchase) says', () => {
    const stream = makeRng('futures');
    const draws = 200;
    let total = 0;
    let any = 0;
    for (let draw = 0; draw < draws; draw++) {
      for (let row = 0; row < data.x.length; row++) {
        const made = drawPurchases(model.params, data.x[row] ?? 0, data.tx[row] ?? 0, data.T[row] ?? 0, 13, stream);
        total += made;
        any += made > 0 ? 1 : 0;
      }
    }
    const { expected, pPurchase } = predictBgNbd(model, data, 13);
    // A million draws; 1 % is more than four standard errors of either.
    expect(Math.abs(total / draws / sum(expected) - 1)).toBeLessThan(0.01);
    expect(Math.abs(any / draws / sum(pPurchase) - 1)).toBeLessThan(0.01);
  });
});

describe('fitGammaGamma', () => {
  const rng = makeRng('spend');
  const truth = { p: 6, q: 4, v: 15 };
  const x = Array.from({ length: 4000 }, () => 1 + rng.poisson(2));
  const meanSpend = x.map((count) => rng.gamma(truth.p * count) / count / (rng.gamma(truth.q) / truth.v));
  const model = fitGammaGamma({ x, meanSpend });

  it('recovers the parameters of 4,000 simulated customers within 4 standard errors', () => {
    const off = (['p', 'q', 'v'] as const).map(
      (name, index) => Math.abs(model.params[name] - truth[name]) / (model.standardErrors[index] ?? 0),
    );
    expect(Math.max(...off)).toBeLessThan(4);
    expect(model.boundary).toBeNull();
  });

  it('does not depend on the currency unit: only v and the likelihood are in it', () => {
    const cents = fitGammaGamma({ x, meanSpend: meanSpend.map((m) => 100 * m) });
    expect(cents.params.p).toBeCloseTo(model.params.p, 6);
    expect(cents.params.v / 100).toBeCloseTo(model.params.v, 5);
    expect(cents.logLikelihood).toBeCloseTo(model.logLikelihood - 4000 * Math.log(100), 5);
  });

  it('leaves out customers without a repeat purchase or with nothing spent', () => {
    expect(fitGammaGamma({ x: [...x, 0, 3], meanSpend: [...meanSpend, 5, 0] })).toEqual(model);
  });

  it('predicts between the population mean and what the customer spent', () => {
    const [unknown = 0, low = 0, high = 0] = predictSpend(model, { x: [0, 5, 5], meanSpend: [0, 1, 100] });
    expect(low).toBeGreaterThan(1);
    expect(low).toBeLessThan(unknown);
    expect(high).toBeGreaterThan(unknown);
    expect(high).toBeLessThan(100);
  });

  it('says infinite, never negative, where the population mean does not exist', () => {
    expect(predictSpend({ params: { p: 2, q: 0.5, v: 10 } }, { x: [0, 3], meanSpend: [0, 9] })).toEqual(
      Float64Array.of(Number.POSITIVE_INFINITY, (2 * (10 + 27)) / 5.5),
    );
  });

  it('names the limits: a customer who always pays the same, and customers who spend alike', () => {
    const constant = fitGammaGamma({ x, meanSpend: x.map(() => 15 / rng.gamma(4)) });
    expect(constant.boundary?.limit).toMatch(/always pays the same/);
    const alike = fitGammaGamma({ x: x.slice(0, 500), meanSpend: x.slice(0, 500).map((count) => rng.gamma(6 * count) / count) });
    if (alike.boundary) expect(alike.boundary.limit).toMatch(/spend alike/);
    else expect(alike.params.q).toBeGreaterThan(30);
  });

  it('draws spend whose mean is purchases times expected spend', () => {
    const stream = makeRng('money');
    let total = 0;
    for (let draw = 0; draw < 50; draw++) {
      x.forEach((count, row) => {
        const amount = drawAmounts(model.params, count, count * (meanSpend[row] ?? 0), stream);
        total += (amount() + amount()) / 50;
      });
    }
    expect(Math.abs(total / (2 * sum(predictSpend(model, { x, meanSpend }))) - 1)).toBeLessThan(0.01);
  });

  it('draws positive parameters', () => {
    const stream = makeRng('positive');
    for (let draw = 0; draw < 100; draw++) {
      expect(Object.values(drawGammaGammaParameters(model, stream)).every((value) => value > 0 && Number.isFinite(value))).toBe(true);
    }
  });
});
