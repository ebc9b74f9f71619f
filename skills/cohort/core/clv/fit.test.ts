import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../../sdk/numeric/index.ts';
import { drawAmounts, drawGammaGammaParameters, fitGammaGamma, predictSpend } from './index.ts';

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
