import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { cohortAxes } from '../../sdk/index.ts';
import { makeRng, quantileScores } from '../../sdk/numeric/index.ts';
import { type AxisAttributes, assignAxes } from './axes.ts';
import { dayOfDate, daysBefore } from './civil-date.ts';
import { rfmScores } from './rfm.ts';
import { seasonsOf } from './seasonality.ts';
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
    season: ['q3', 'too-few'],
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
    expect(of(1)).toMatchObject({ location: 'unknown', tenure: '365+', seasonality: 'too-few', subscription: 'active' });
    expect(Object.keys(of(1))).toEqual([...cohortAxes]);
  });

  it('leave dormant axes out', () => {
    expect(assignAxes(attributes, ['rfm', 'vertical'], 5).axis).toHaveLength(18);
  });
});

describe('seasonality', () => {
  const start = dayOfDate('2024-01-01');
  const end = dayOfDate('2025-12-31');
  /** Season of one customer from the ISO dates of the purchases, the first one first. */
  const season = (dates: readonly string[], asOf = end): string | undefined => {
    const day = dates.map(dayOfDate);
    return seasonsOf({ account: day.map(() => 0), day, firstDay: [day[0] ?? start] }, asOf)[0];
  };

  it('is the quarter that holds more repeat days than chance puts there', () => {
    expect(season(['2024-01-05', '2024-11-03', '2024-11-20', '2024-12-12', '2025-10-30', '2025-12-01'])).toBe('q4');
    expect(season(['2024-01-05', '2024-02-03', '2024-03-20', '2025-01-12', '2025-01-30', '2025-03-01'])).toBe('q1');
  });

  it('is all year for purchases all over the year', () => {
    expect(season(['2024-01-05', '2024-02-03', '2024-05-20', '2024-08-12', '2024-11-30', '2025-03-01', '2025-07-07'])).toBe('all-year');
  });

  it('is not guessed from three repeat days, nor from less than a year', () => {
    expect(season(['2024-01-05', '2024-11-03', '2024-11-20', '2024-12-12'])).toBe('too-few');
    expect(season(['2025-01-02', '2025-01-05', '2025-01-20', '2025-02-03', '2025-02-12', '2025-03-01'], dayOfDate('2025-12-30'))).toBe(
      'too-few',
    );
  });

  it('counts a day once, and no day after the as-of day', () => {
    const twice = ['2024-01-05', '2024-11-03', '2024-11-03', '2024-11-20', '2024-11-20', '2024-12-12'];
    expect(season(twice)).toBe('too-few');
    expect(season(['2024-01-05', '2024-11-03', '2024-11-20', '2024-12-12', '2025-10-30'], dayOfDate('2025-09-30'))).toBe('too-few');
  });

  it('puts at most one in twenty customers without a season into one', () => {
    const rng = makeRng('no season');
    const customers = 4000;
    const account: number[] = [];
    const day: number[] = [];
    for (let customer = 0; customer < customers; customer++) {
      const days = [start, ...Array.from({ length: 4 + (customer % 20) }, () => start + 1 + rng.integer(end - start))].sort(
        (a, b) => a - b,
      );
      account.push(...days.map(() => customer));
      day.push(...days);
    }
    const found = seasonsOf({ account, day, firstDay: new Array<number>(customers).fill(start) }, end);
    const seasonal = found.filter((name) => name.startsWith('q')).length / customers;
    expect(seasonal).toBeGreaterThan(0.005);
    expect(seasonal).toBeLessThan(0.05);
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
