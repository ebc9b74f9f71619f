import { describe, expect, it } from 'vitest';

import { dayOfIsoDate } from '../../../../skills/sdk/numeric/index.ts';
import { featuresOf } from './history-features.ts';
import { latestCutoff, monthWindows } from './month-windows.ts';

const nothing = { returns: 0, paidMinor: 0, returnedMinor: 0, signals: 0, lastActiveDay: -1e6 };

describe('features of a history', () => {
  it('are those worked out by hand', () => {
    const found = featuresOf(
      {
        ...nothing,
        firstDay: 10,
        days: [110, 130, 170, 190],
        spend: [100, 300, 200, 400],
        returns: 1,
        paidMinor: 1200,
        returnedMinor: 200,
        signals: 7,
        lastActiveDay: 195,
      },
      100,
      200,
    );
    expect(found).toMatchObject({
      tenureDays: 190,
      recencyDays: 10,
      purchaseDays: 4,
      recentPurchaseDays: 2, // after day 200 − 33
      gapMedianDays: 20,
      overdue: 0.5,
      spendSum: 1000,
      spendMean: 250,
      spendLast: 400,
      spendLargest: 400,
      returns: 1,
      signals: 7,
      activeRecencyDays: 5,
    });
    expect(found.gapDeviationDays).toBeCloseTo(Math.sqrt(400 / 3), 12); // gaps 20, 40, 20
    expect(found.spendTrend).toBeCloseTo((600 - 400) / 1000, 12);
    expect(found.returnedShare).toBeCloseTo(1 / 6, 12);
  });

  it('are missing, not 0, where one purchase day says nothing', () => {
    const found = featuresOf({ ...nothing, firstDay: 150, days: [150], spend: [500] }, 100, 200);
    expect(found).toMatchObject({ gapMedianDays: NaN, gapDeviationDays: NaN, overdue: NaN, returnedShare: NaN, spendTrend: -1 });
    expect(found.activeRecencyDays).toBe(50);
  });

  it('have no trend where everything was given back', () => {
    expect(featuresOf({ ...nothing, firstDay: 150, days: [150, 160], spend: [0, -20] }, 100, 200)).toMatchObject({
      spendTrend: NaN,
      spendSum: -20,
    });
  });
});

describe('windows of months', () => {
  it('clamp at month ends, on both sides', () => {
    expect(monthWindows('2025-08-31', 6, 6)).toEqual({
      cutoffDay: dayOfIsoDate('2025-08-31'),
      startDay: dayOfIsoDate('2025-02-28'),
      endDay: dayOfIsoDate('2026-02-28'),
    });
  });

  it('end with the log: the latest cut-off is one whose outcome is seen, and the day after is not', () => {
    for (const last of ['2025-12-31', '2026-02-28', '2024-02-29', '2025-08-30', '2025-06-15']) {
      for (const months of [1, 3, 6, 12]) {
        const cutoff = latestCutoff(last, months);
        const lastDay = dayOfIsoDate(last) ?? 0;
        expect(monthWindows(cutoff, 1, months).endDay).toBeLessThanOrEqual(lastDay);
        const next = new Date(Date.parse(cutoff) + 86_400_000).toISOString().slice(0, 10);
        // Of 28 to 31 January and a month, several days end on one.
        expect(monthWindows(next, 1, months).endDay).toBeGreaterThanOrEqual(lastDay);
      }
    }
  });

  it.each([
    ['2025-02-30', 9, 6, 'ISO date'],
    ['yesterday', 9, 6, 'ISO date'],
    ['2025-01-31', 0, 6, 'history months are 0'],
    ['2025-01-31', 1.5, 6, 'history months are 1.5'],
    ['2025-01-31', 9, 61, 'prediction months are 61'],
    ['1900-01-31', 9, 6, 'outside 1900 to 2199'],
  ])('refuse %s with %d and %d months', (cutoff, history, pred, says) => {
    expect(() => monthWindows(cutoff, history, pred)).toThrow(says);
    expect(() => monthWindows(cutoff, history, pred)).toThrow(expect.objectContaining({ code: 'ARGUMENT_INVALID' }));
  });
});
