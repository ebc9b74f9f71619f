import { describe, expect, it } from 'vitest';

import { makeRng, sumOf } from '../../../sdk/numeric/index.ts';
import { bgNbd, drawFuture, lifetimeValues, newCustomerLifetimeValue } from './index.ts';

/** CDNOW, weeks and dollars (Fader, Hardie & Lee 2005; Fader & Hardie 2013). */
const models = {
  timing: { family: 'bg-nbd', params: { r: 0.2426, alpha: 4.4136, a: 0.7929, b: 2.4259 } },
  spend: { family: 'gamma-gamma', params: { p: 6.25, q: 3.74, v: 15.44 } },
} as const;
const ratePerTime = Math.log(1.1) / 52.18;
const data = { x: [2, 0, 7], tx: [30.43, 0, 29.43], T: [38.86, 38.86, 38.86], meanSpend: [22.35, 0, 73.74] };

describe('lifetime value', () => {
  it('is discounted purchases times expected spend', () => {
    const { value, discounted, spend } = lifetimeValues(models, data, { horizon: 52, ratePerTime });
    value.forEach((money, row) => expect(money).toBeCloseTo((discounted[row] ?? 0) * (spend[row] ?? 0), 12));
    expect(spend[0]).toBeCloseTo((6.25 * (15.44 + 2 * 22.35)) / (6.25 * 2 + 3.74 - 1), 10);
  });

  it('grows with the horizon up to that of ever, and falls with the rate', () => {
    const at = [13, 52, 520, Number.POSITIVE_INFINITY].map((horizon) => lifetimeValues(models, data, { horizon, ratePerTime }).value);
    data.x.forEach((_, row) => {
      const values = at.map((column) => column[row] ?? 0);
      expect(values.toSorted((a, b) => a - b)).toEqual(values);
      expect(lifetimeValues(models, data, { horizon: 52, ratePerTime: 2 * ratePerTime }).value[row]).toBeLessThan(values[1] ?? 0);
    });
  });

  it('of a new customer is that of no history, and one purchase more with the first', () => {
    const none = { x: [0], tx: [0], T: [0], meanSpend: [0] };
    const request = { horizon: 52, ratePerTime };
    const [expected = 0] = lifetimeValues(models, none, request).value;
    const mean = (6.25 * 15.44) / 2.74;
    expect(newCustomerLifetimeValue(models, request)).toBeCloseTo(expected, 10);
    expect(newCustomerLifetimeValue(models, request, true)).toBeCloseTo(expected + mean, 10);
  });

  it('takes the fallback where the population mean is infinite, and says infinite without one', () => {
    const heavy = { ...models, spend: { family: 'gamma-gamma', params: { p: 2, q: 0.5, v: 10 } } } as const;
    expect(newCustomerLifetimeValue(heavy, { horizon: 52 })).toBe(Number.POSITIVE_INFINITY);
    expect(newCustomerLifetimeValue({ ...heavy, fallbackSpend: 30 }, { horizon: 52 })).toBeCloseTo(
      30 * bgNbd.expectedPurchases(models.timing.params, 52),
      10,
    );
    expect(lifetimeValues({ ...heavy, fallbackSpend: 30 }, data, { horizon: 52 }).value.every(Number.isFinite)).toBe(true);
  });

  it('is the mean of drawn futures, discounted purchase by purchase', () => {
    const rng = makeRng('futures of one');
    const draws = 40_000;
    const worth = Float64Array.from({ length: draws }, () =>
      drawFuture(models, { x: 2, tx: 30.43, T: 38.86 }, 22.35, 52, rng).reduce(
        (total, { time, amount }) => total + amount * Math.exp(-ratePerTime * time),
        0,
      ),
    );
    const mean = sumOf(draws, (draw) => worth[draw] ?? 0) / draws;
    const spread = Math.sqrt(sumOf(draws, (draw) => ((worth[draw] ?? 0) - mean) ** 2)) / draws;
    // Four standard errors.
    expect(Math.abs(mean - (lifetimeValues(models, data, { horizon: 52, ratePerTime }).value[0] ?? 0))).toBeLessThan(4 * spread);
  });
});
