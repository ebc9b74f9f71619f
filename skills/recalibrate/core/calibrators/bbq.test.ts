import { describe, expect, it } from 'vitest';

import { lgamma, makeRng, sigmoid } from '../../../sdk/numeric/index.ts';
import { bbq } from './bbq.ts';

describe('Bayesian binning into quantiles', () => {
  it('gives (events + 1) / (rows + 2) when there is one bin', () => {
    const model = bbq.fit({}, { predicted: new Float64Array(7).fill(0.4), outcome: Float64Array.of(1, 1, 0, 0, 0, 1, 0) });
    expect(model).toMatchObject({ from: [0], histograms: [{ bins: 1, weight: 1 }] });
    expect(model.probability[0]).toBeCloseTo(4 / 9, 15);
  });

  it('weighs histograms by the marginal likelihood of the paper, worked out by hand', () => {
    // Two predictions, so one bin or two. Pseudo-rows: two per bin, their mean the middle of the bin; the bins meet at 0.5.
    const predicted = Float64Array.of(0.2, 0.2, 0.2, 0.8, 0.8);
    const outcome = Float64Array.of(0, 0, 1, 1, 1);
    const bin = (middle: number, n: number, events: number): number => {
      const [alpha, other] = [2 * middle, 2 * (1 - middle)];
      return lgamma(2) - lgamma(n + 2) + lgamma(events + alpha) - lgamma(alpha) + lgamma(n - events + other) - lgamma(other);
    };
    const one = Math.exp(bin(0.5, 5, 3));
    const two = Math.exp(bin(0.25, 3, 1) + bin(0.75, 2, 2));
    const model = bbq.fit({}, { predicted, outcome });
    expect(model.from).toEqual([0, 0.5]);
    expect(model.histograms[0]?.weight).toBeCloseTo(one / (one + two), 12);
    expect(model.probability[0]).toBeCloseTo((one * (4 / 7) + two * (1.5 / 5)) / (one + two), 12);
    expect(model.probability[1]).toBeCloseTo((one * (4 / 7) + two * (3.5 / 4)) / (one + two), 12);
  });

  it('takes predictions that are next to 0 or to 1 for what they are', () => {
    for (const [lower, upper] of [
      [0, Number.MIN_VALUE],
      [1 - 2 ** -53, 1],
    ] as const) {
      const predicted = Float64Array.from({ length: 400 }, (_, row) => (row % 2 === 0 ? lower : upper));
      const outcome = predicted.map((_, row) => (row % 2 === 0 && row > 20 ? 0 : 1));
      const [low = Number.NaN, high = Number.NaN] = bbq.predict(bbq.fit({}, { predicted, outcome }), Float64Array.of(lower, upper));
      expect(low).toBeGreaterThan(0.04);
      expect(low).toBeLessThan(0.08); // 11 of 200
      expect(high).toBeGreaterThan(0.98); // 200 of 200
    }
  });

  it('comes near the curve as rows grow, by either score', () => {
    const rng = makeRng('curve');
    const odds = Float64Array.from({ length: 6000 }, () => rng.normal());
    const rows = { predicted: odds.map((own) => sigmoid(2 * own)), outcome: odds.map((own) => (rng.uniform() < sigmoid(own) ? 1 : 0)) };
    for (const score of ['beta-binomial', 'bic'] as const) {
      const calibrated = bbq.predict(bbq.fit({ score }, rows), rows.predicted);
      const off = calibrated.map((own, row) => Math.abs(own - sigmoid(odds[row] ?? 0)));
      expect(off.reduce((total, own) => total + own, 0) / off.length).toBeLessThan(0.03);
    }
  });

  it('tries the numbers of bins that the spread allows', () => {
    const rng = makeRng('spread');
    const predicted = Float64Array.from({ length: 1000 }, () => rng.uniform());
    const outcome = predicted.map((own) => (rng.uniform() < own ? 1 : 0));
    const counts = bbq.fit({ spread: 2 }, { predicted, outcome }).histograms.map(({ bins }) => bins);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(5); // 1000^⅓ / 2
    expect(Math.max(...counts)).toBeLessThanOrEqual(20); // 1000^⅓ · 2
    expect(() => bbq.fit({ spread: 0 }, { predicted, outcome })).toThrow(/spread/);
  });
});
