import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { paretoNbd, type ParetoNbdParameters } from './index.ts';

/** A lifetime and a rate of finite variance, so that a mean of draws has an error that can be stated. */
const shop: ParetoNbdParameters = { r: 2, alpha: 10, s: 3, beta: 60 };
const regular = { x: 3, tx: 20, T: 39 };
const draws = 20_000;

/** How many standard errors a mean of draws lies from what it should be. */
function distance(values: readonly number[], expected: number): number {
  const mean = values.reduce((total, value) => total + value, 0) / values.length;
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
  return Math.abs(mean - expected) / Math.sqrt(variance / values.length);
}

describe('drawn futures', () => {
  it('have the conditional expectation as their mean, and the probability of no purchase', () => {
    const rng = makeRng('future');
    const counts = Array.from({ length: draws }, () => paretoNbd.drawPurchases(shop, regular, 26, rng));
    expect(distance(counts, paretoNbd.conditionalExpectation(shop, regular, 26))).toBeLessThan(4);
    const none = counts.map((count) => (count === 0 ? 1 : 0));
    expect(distance(none, paretoNbd.futureCountProbability(shop, regular, 0, 26))).toBeLessThan(4);
  });

  it('have times within the horizon, ascending, as many by each part of it as expected', () => {
    const rng = makeRng('times');
    const times = Array.from({ length: draws }, () => paretoNbd.drawPurchaseTimes(shop, regular, 26, rng));
    expect(times.every((one) => one.every((time, index) => time > (one[index - 1] ?? 0) && time <= 26))).toBe(true);
    for (const part of [6.5, 13, 26]) {
      const counts = times.map((one) => one.filter((time) => time <= part).length);
      expect(distance(counts, paretoNbd.conditionalExpectation(shop, regular, part))).toBeLessThan(4);
    }
  });

  it('are the same from the same seed', () => {
    const once = (): number[] => paretoNbd.drawPurchaseTimes(shop, regular, 100, makeRng('again'));
    expect(once()).toEqual(once());
  });

  it('without a horizon are empty', () => {
    expect(paretoNbd.drawPurchases(shop, regular, 0, makeRng('zero'))).toBe(0);
    expect(paretoNbd.drawPurchaseTimes(shop, regular, 0, makeRng('zero'))).toEqual([]);
  });
});

describe('simulated customers', () => {
  it('buy as often as a new customer is expected to, with the probabilities of counts', () => {
    const rng = makeRng('new');
    const counts = Array.from({ length: draws }, () => paretoNbd.simulate(shop, 39, rng).length);
    expect(distance(counts, paretoNbd.expectedPurchases(shop, 39))).toBeLessThan(4);
    for (const n of [0, 1, 5]) {
      const share = counts.map((count) => (count === n ? 1 : 0));
      expect(distance(share, paretoNbd.countProbability(shop, n, 39))).toBeLessThan(4);
    }
  });

  it('do not leave where s = 0', () => {
    const rng = makeRng('stay');
    const counts = Array.from({ length: draws }, () => paretoNbd.simulate({ ...shop, s: 0 }, 39, rng).length);
    expect(distance(counts, (2 / 10) * 39)).toBeLessThan(4);
  });
});
