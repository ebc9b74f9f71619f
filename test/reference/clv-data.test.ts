/**
 * Data utilities on CDNOW and grocery against what BTYD, lifetimes and BTYDplus publish of them. BTYD counts purchases of
 * nothing (eight baskets of CDNOW), so these tests do.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { bgNbd } from '../../skills/cohort/core/clv/bg-nbd/index.ts';
import {
  expectedTracking,
  type PurchaseColumns,
  splitCalibration,
  summarizePurchases,
  trackPurchases,
} from '../../skills/cohort/core/clv/data/index.ts';
import { fitTiming } from '../../skills/cohort/core/clv/fit-timing.ts';
import { groupRows } from '../../skills/cohort/core/clv/group-rows.ts';
import { paretoNbd } from '../../skills/cohort/core/clv/pareto-nbd/index.ts';
import { dayOfIsoDate } from '../../skills/sdk/numeric/index.ts';

const data = join(import.meta.dirname, '..', '..', '..', 'shared', 'data');
const sample = join(data, 'cdnow', 'CDNOW_sample.txt');
const published = join(data, 'cdnow', 'btyd_cdnowSummary_cbs.csv');
const grocery = join(data, 'grocery', 'groceryElog.csv');
const day = (date: string): number => dayOfIsoDate(date) ?? Number.NaN;
/** @param absent lines instead: the body of a skipped suite is run all the same */
const linesOf = (file: string, ...absent: readonly string[]): readonly string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trim().split(/\r?\n/) : absent;
const total = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0);

describe.skipIf(!existsSync(sample))('CDNOW (skipped where the data folder is absent)', () => {
  const rows = linesOf(sample, '1 nobody 19970101 1 1.00').map((line) => line.trim().split(/\s+/));
  const purchases: PurchaseColumns = {
    customerId: rows.map((row) => row[1] ?? ''),
    day: rows.map((row) => day((row[2] ?? '').replace(/(\d{4})(\d\d)(\d\d)/, '$1-$2-$3'))),
    money: rows.map((row) => Number(row[4])),
  };
  const options = { timeUnit: 'week', observationEnd: day('1998-06-30'), countFree: true } as const;
  const split = splitCalibration(purchases, { ...options, calibrationEnd: day('1997-09-30') });

  it('gives x, recency, age, mean spend and holdout purchases of every customer as BTYD prints them', () => {
    const table = linesOf(published)
      .slice(1)
      .map((line) => line.split(',').map((field) => Number(field.replaceAll('"', ''))));
    expect(split.calibration.customerId.map(Number)).toEqual(table.map(([id]) => id));
    for (const [row, [, x, tx = 0, T = 0, later, mean = 0]] of table.entries()) {
      expect([split.calibration.x[row], split.holdout.x[row]]).toEqual([x, later]);
      // Printed with 15 digits.
      expect(split.calibration.tx[row]).toBeCloseTo(tx, 12);
      expect(split.calibration.T[row]).toBeCloseTo(T, 12);
      if (x) expect(split.calibration.meanSpend[row]).toBeCloseTo(mean, 9);
    }
    expect(total(split.holdout.x)).toBe(1882);
    expect(split.holdout.duration).toBe(39);
  });

  it('has the spend of repeat buyers that lifetimes asserts: 946, mean 35, sd 30, from 3 to 300, median 27', () => {
    const spend = Array.from(split.calibration.meanSpend).filter((value) => value > 0);
    const mean = total(spend) / spend.length;
    const deviation = Math.sqrt(total(spend.map((value) => (value - mean) ** 2)) / (spend.length - 1));
    const sorted = spend.toSorted((a, b) => a - b);
    const median = ((sorted[472] ?? 0) + (sorted[473] ?? 0)) / 2;
    expect([spend.length, mean, deviation, sorted[0] ?? 0, median, sorted.at(-1) ?? 0].map(Math.round)).toEqual([946, 35, 30, 3, 27, 300]);
  });

  it('tracks the purchases per week of the BTYD walkthrough', () => {
    const tracked = trackPurchases(purchases, options);
    expect(Array.from(tracked.incremental.slice(19, 25))).toEqual([73, 55, 70, 33, 56, 99]);
    expect(Array.from(tracked.cumulative.slice(19, 25))).toEqual([1359, 1414, 1484, 1517, 1573, 1672]);
    expect(tracked.ends.length).toBe(78);
  });

  it('tracks the purchases per day that lifetimes asserts for 11 to 14 January 1997', () => {
    const tracked = trackPurchases(purchases, { ...options, timeUnit: 'day' });
    expect(Array.from(tracked.cumulative.slice(10, 14))).toEqual([11, 12, 15, 19]);
  });

  it('expects the purchases per week that the BTYD walkthrough prints (Pareto/NBD)', () => {
    const params = { r: 0.553371025, alpha: 10.579519634637, s: 0.605907381853, beta: 11.658116184257 };
    const { births, ends } = trackPurchases(purchases, options);
    const { cumulative, incremental } = expectedTracking(paretoNbd, params, births, ends);
    const week = [20, 21, 22, 23, 24, 25];
    // Printed with three decimals.
    const printed = [1308.856, 1385.275, 1459.923, 1532.906, 1604.32, 1674.253];
    week.forEach((number, index) => expect(cumulative[number - 1]).toBeCloseTo(printed[index] ?? 0, 2));
    [78.308, 76.419, 74.648, 72.983, 71.414, 69.933].forEach((value, index) => expect(incremental[19 + index]).toBeCloseTo(value, 2));
  });

  it('expects the purchases per day that lifetimes asserts for 11 to 14 January 1997 (BG/NBD fitted on days)', () => {
    const { births, ends } = trackPurchases(purchases, { ...options, timeUnit: 'day' });
    const calibration = splitCalibration(purchases, { ...options, timeUnit: 'day', calibrationEnd: day('1997-09-30') }).calibration;
    const { cumulative } = expectedTracking(bgNbd, fitTiming(bgNbd, calibration).params, births, ends.slice(0, 14));
    [10.67, 12.67, 14.87, 17.24].forEach((value, index) => expect(cumulative[10 + index]).toBeCloseTo(value, 2));
  });

  it('drops the purchases of nothing by default', () => {
    const without = summarizePurchases(purchases, { timeUnit: 'week', observationEnd: options.observationEnd });
    const { x } = summarizePurchases(purchases, options);
    expect(total(x) + x.length - total(without.x) - without.x.length).toBe(8);
    expect(total(without.refunds)).toBe(0);
  });
});

describe.skipIf(!existsSync(grocery))('grocery (skipped where the data folder is absent)', () => {
  const rows = linesOf(grocery, 'cust,date', 'nobody,2006-01-02')
    .slice(1)
    .map((line) => line.replaceAll('"', '').split(','));
  const purchases = { customerId: rows.map(([id]) => id ?? ''), day: rows.map(([, date]) => day(date ?? '')) };
  const { calibration, holdout } = splitCalibration(purchases, {
    timeUnit: 'week',
    calibrationEnd: day('2006-12-31'),
    observationEnd: day('2007-12-30'),
  });

  it('has the customers, the distinct histories and the holdout that BTYDplus has: 1,525, 1,012 and 3,389', () => {
    expect(calibration.customerId).toHaveLength(1525);
    expect(groupRows([calibration.x, calibration.tx, calibration.T]).weights).toHaveLength(1012);
    expect(total(holdout.x)).toBe(3389);
    expect(holdout.duration).toBe(52);
  });
});
