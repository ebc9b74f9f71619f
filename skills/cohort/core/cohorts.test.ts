import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { type AxisAttributes, assignAxes, axisNames } from './axes.ts';
import { dayOfDate, daysBefore } from './civil-date.ts';
import { quantileScores, rfmScores } from './rfm.ts';
import { seasonOf } from './seasonality.ts';
import { tenureBand } from './tenure.ts';

describe('tenure bands', () => {
  it.each([
    [0, '0-30'],
    [29, '0-30'],
    [30, '30-90'],
    [89, '30-90'],
    [90, '90-180'],
    [179, '90-180'],
    [180, '180-365'],
    [364, '180-365'],
    [365, '365+'],
    [10_000, '365+'],
  ])('puts %i days into %s', (days, band) => {
    expect(tenureBand(days)).toBe(band);
  });
});

describe('RFM scores', () => {
  it('are quintiles when all values differ', () => {
    expect([...quantileScores([50, 10, 40, 20, 30], 5)]).toEqual([5, 1, 4, 2, 3]);
  });

  it('keep ties together', () => {
    // Seven one-time buyers of ten share mid-rank 3.5 of 10: class 1 + ⌊5·0.35⌋ = 2.
    expect([...quantileScores([1, 1, 1, 1, 1, 1, 1, 2, 3, 4], 5)]).toEqual([2, 2, 2, 2, 2, 2, 2, 4, 5, 5]);
  });

  it('put everybody in the middle when all are alike', () => {
    expect(new Set(quantileScores([7, 7, 7, 7], 5))).toEqual(new Set([3]));
  });

  it('give equal values equal scores, larger ones no smaller, and do not depend on the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 2, max: 9 }),
        (values, quantiles) => {
          const scores = quantileScores(values, quantiles);
          const reversed = quantileScores(values.toReversed(), quantiles).reverse();
          expect([...reversed]).toEqual([...scores]);
          values.forEach((value, row) => {
            expect(scores[row]).toBeGreaterThanOrEqual(1);
            expect(scores[row]).toBeLessThanOrEqual(quantiles);
            values.forEach((other, at) => {
              if (value === other) expect(scores[row]).toBe(scores[at]);
              if (value < other) expect(scores[row]).toBeLessThanOrEqual(scores[at] ?? 0);
            });
          });
        },
      ),
    );
  });

  it('score the customer who bought last highest on recency', () => {
    expect([...rfmScores([0, 100, 50], [1, 1, 1], [1, 1, 1], 3).recency]).toEqual([3, 1, 2]);
  });
});

describe('axes', () => {
  const attributes: AxisAttributes = {
    homeLocation: ['paris', ''],
    homeChannel: ['web', 'web'],
    homeBrand: ['a', ''],
    vertical: ['', ''],
    loyaltyTier: ['gold', ''],
    subscription: ['', 'active'],
    source: ['search', ''],
    firstSku: ['sku-1', ''],
    dominantQuarter: [3, 0],
    ageDays: [30, 400],
    daysSinceLast: [1, 200],
    baskets: [5, 1],
    spendMinor: [5000, 700],
  };

  it('give every account one cohort on each of the eleven axes, unknown where nothing is stated', () => {
    const { account, axis, cohort } = assignAxes(attributes, [], 5);
    expect(account.length).toBe(22);
    const of = (row: number): Record<string, string | undefined> =>
      Object.fromEntries(axis.flatMap((name, index) => (account[index] === row ? [[name, cohort[index]]] : [])));
    expect(of(0)).toEqual({
      location: 'paris',
      channel: 'web',
      brand: 'a',
      vertical: 'unknown',
      tenure: '30-90',
      rfm: 'r4f4m4',
      seasonality: 'q3',
      'loyalty-tier': 'gold',
      subscription: 'unknown',
      'acquisition-source': 'search',
      'first-order-sku': 'sku-1',
    });
    expect(of(1)).toMatchObject({ location: 'unknown', tenure: '365+', seasonality: 'unknown', subscription: 'active' });
    expect(Object.keys(of(1))).toEqual([...axisNames]);
  });

  it('leave dormant axes out', () => {
    expect(assignAxes(attributes, ['rfm', 'vertical'], 5).axis).toHaveLength(18);
  });

  it('call a quarter outside the year unknown', () => {
    expect([0, 1, 4, 5].map(seasonOf)).toEqual(['unknown', 'q1', 'q4', 'unknown']);
  });
});

describe('civil dates', () => {
  it('count back over leap days and year ends', () => {
    expect(daysBefore('2024-03-01', 1)).toBe('2024-02-29');
    expect(daysBefore('2023-01-01', 90)).toBe('2022-10-03');
    expect(dayOfDate('1970-01-01')).toBe(0);
    expect(dayOfDate('1997-09-30')).toBe(10_134);
  });

  it.each(['2023-02-29', '2023-13-01', '23-01-01', ''])('refuse %j', (text) => {
    expect(() => dayOfDate(text)).toThrow(/is not a date/);
  });
});
