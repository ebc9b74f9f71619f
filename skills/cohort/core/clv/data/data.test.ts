import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dayOfIsoDate, makeRng } from '../../../../sdk/numeric/index.ts';
import type { TimingFamily } from '../family.ts';
import { expectedTracking, simulateHistories, splitCalibration, summarizePurchases, trackPurchases } from './index.ts';
import type { PurchaseColumns } from './index.ts';

const day = (date: string): number => dayOfIsoDate(date) ?? Number.NaN;
type Row = readonly [id: number, date: string, money: number];
const columns = (rows: readonly Row[]): PurchaseColumns => ({
  customerId: rows.map(([id]) => String(id)),
  day: rows.map(([, date]) => day(date)),
  money: rows.map(([, , money]) => money),
});

// The purchases that lifetimes and PyMC-Marketing test their summaries with (tests/test_utils.py, tests/clv/test_utils.py).
const fixture: readonly Row[] = [
  [1, '2015-01-01', 1],
  [1, '2015-02-06', 2],
  [2, '2015-01-01', 2],
  [3, '2015-01-01', 3],
  [3, '2015-01-02', 1],
  [3, '2015-01-05', 5],
  [4, '2015-01-16', 6],
  [4, '2015-02-02', 3],
  [4, '2015-02-05', 3],
  [5, '2015-01-16', 3],
  [5, '2015-01-17', 1],
  [5, '2015-01-18', 8],
  [6, '2015-02-02', 5],
];
const log = columns(fixture);
const sameDay = columns([...fixture, [4, '2015-02-05', 6]]);
const observationEnd = day('2015-02-07');
const rowsOf = (...parts: readonly ArrayLike<number>[]): number[][] =>
  Array.from({ length: parts[0]?.length ?? 0 }, (_, row) => parts.map((part) => part[row] ?? Number.NaN));

describe('summarizing purchases', () => {
  it('gives the daily table of lifetimes', () => {
    const { customerId, x, tx, T, meanSpend } = summarizePurchases(log, { timeUnit: 'day', observationEnd });
    expect(customerId).toEqual(['1', '2', '3', '4', '5', '6']);
    expect(rowsOf(x, tx, T, meanSpend)).toEqual([
      [1, 36, 37, 2],
      [0, 0, 37, 0],
      [2, 4, 37, 3],
      [2, 20, 22, 3],
      [2, 2, 22, 4.5],
      [0, 0, 5, 0],
    ]);
  });

  it('gives the weekly table of lifetimes in calendar periods', () => {
    const { x, tx, T } = summarizePurchases(log, { timeUnit: 'week', calendar: true, observationEnd });
    expect(rowsOf(x, tx, T)).toEqual([
      [1, 5, 5],
      [0, 0, 5],
      [1, 1, 5],
      [1, 3, 3],
      [0, 0, 3],
      [0, 0, 0],
    ]);
  });

  it('counts exact weeks otherwise', () => {
    const { x, tx, T } = summarizePurchases(log, { timeUnit: 'week', observationEnd });
    expect(rowsOf(x, tx, T)[0]).toEqual([1, 36 / 7, 37 / 7]);
    expect(rowsOf(x, tx, T)[4]).toEqual([2, 2 / 7, 22 / 7]);
  });

  it('sums the money of one day (PyMC-Marketing: customer 4 has mean 6)', () => {
    const { x, meanSpend, totalSpend } = summarizePurchases(sameDay, { timeUnit: 'day', observationEnd });
    expect([x[3], meanSpend[3], totalSpend[3]]).toEqual([2, 6, 18]);
  });

  it('counts the first purchase when it is asked to (PyMC-Marketing include_first_transaction)', () => {
    const { x, tx, T, meanSpend } = summarizePurchases(sameDay, { timeUnit: 'day', observationEnd, keepFirst: true });
    expect(Array.from(x)).toEqual([2, 1, 3, 3, 3, 1]);
    expect(rowsOf(T, tx).map(([age = 0, last = 0]) => age - last)).toEqual([1, 37, 33, 2, 20, 5]);
    expect(Array.from(meanSpend)).toEqual([1.5, 2, 3, 6, 4, 5]);
  });

  it('squashes purchases of one period into one (lifetimes)', () => {
    const twice = columns([
      [1, '2015-01-01', 1],
      [1, '2015-01-01', 1],
    ]);
    expect(Array.from(summarizePurchases(twice, { timeUnit: 'week', observationEnd }).x)).toEqual([0]);
  });

  it('takes ids as text, and an end after the data (BTYDplus: T.star of 70 days is 10 weeks)', () => {
    const { customerId, T } = summarizePurchases({ customerId: ['b', 'a'], day: [0, 0] }, { timeUnit: 'week', observationEnd: 70 });
    expect(customerId).toEqual(['a', 'b']);
    expect(Array.from(T)).toEqual([10, 10]);
  });

  it('gives the same times whether they are counted in hours, days or weeks', () => {
    const [hours, days, weeks] = (['hour', 'day', 'week'] as const).map((timeUnit) =>
      summarizePurchases(log, { timeUnit, observationEnd }),
    );
    expect(hours?.x).toEqual(days?.x);
    hours?.T.forEach((T, row) => {
      expect(T).toBeCloseTo((days?.T[row] ?? 0) * 24, 9);
      expect(T).toBeCloseTo((weeks?.T[row] ?? 0) * 168, 9);
    });
  });

  it('keeps hours apart, and holds the whole day of the end otherwise', () => {
    const times = { customerId: ['a', 'a', 'a'], day: [10 + 7 / 24, 10 + 8 / 24, 10 + 23 / 24] };
    const hours = summarizePurchases(times, { timeUnit: 'hour', observationEnd: 11 });
    expect([hours.x[0], hours.tx[0], hours.T[0]]).toEqual([2, 16, 17]);
    const days = summarizePurchases(times, { timeUnit: 'day', observationEnd: 10 });
    expect([days.x[0], days.rowsAfterEnd]).toEqual([0, 0]);
    const exact = summarizePurchases(times, { timeUnit: 'day', observationEnd: 10.5, mergeDays: 0 });
    expect([exact.x[0], exact.rowsAfterEnd]).toEqual([1, 1]);
    expect(exact.tx[0]).toBeCloseTo(1 / 24, 12);
  });

  it('counts months, quarters and years of the calendar', () => {
    const dates = columns([
      [1, '2015-01-31', 1],
      [1, '2015-02-01', 1],
      [1, '2016-01-01', 1],
    ]);
    const end = day('2016-04-01');
    const at = (timeUnit: 'month' | 'quarter' | 'year'): number[] => {
      const { x, tx, T } = summarizePurchases(dates, { timeUnit, calendar: true, observationEnd: end });
      return rowsOf(x, tx, T)[0] ?? [];
    };
    expect(at('month')).toEqual([2, 12, 15]);
    expect(at('quarter')).toEqual([1, 4, 5]);
    expect(at('year')).toEqual([1, 1, 1]);
  });

  it('sums the logarithms of the times between purchases', () => {
    const { logGaps } = summarizePurchases(log, { timeUnit: 'day', observationEnd });
    expect(logGaps[0]).toBeCloseTo(3.58351893845611, 12); // ln 36
    expect(logGaps[2]).toBeCloseTo(1.09861228866811, 12); // ln 1 + ln 3
    expect(logGaps[1]).toBe(0);
  });

  it('leaves later purchases out and counts them', () => {
    const early = summarizePurchases(log, { timeUnit: 'day', observationEnd: day('2015-01-31') });
    expect(early.customerId).toEqual(['1', '2', '3', '4', '5']);
    expect(early.rowsAfterEnd).toBe(4);
  });

  it('nets refunds within a period, and drops a period that nets to nothing or less', () => {
    const money = columns([
      [1, '2015-01-01', 10],
      [1, '2015-01-01', -4],
      [1, '2015-01-05', 3],
      [1, '2015-01-05', -5],
      [1, '2015-01-09', 8],
      [2, '2015-01-03', -7],
    ]);
    const summary = summarizePurchases(money, { timeUnit: 'day', observationEnd });
    expect(summary.customerId).toEqual(['1']);
    expect([summary.x[0], summary.tx[0], summary.meanSpend[0], summary.totalSpend[0], summary.refunds[0]]).toEqual([1, 8, 8, 14, 2]);
    expect(summary.customersWithoutPurchase).toBe(1);
  });

  it('counts a free purchase when it is asked to, but not goods sent back', () => {
    const money = columns([
      [1, '2015-01-01', 10],
      [1, '2015-01-05', 0],
      [1, '2015-01-09', 5],
      [1, '2015-01-09', -5],
    ]);
    expect(summarizePurchases(money, { timeUnit: 'day', observationEnd }).x[0]).toBe(0);
    expect(summarizePurchases(money, { timeUnit: 'day', observationEnd, countFree: true }).x[0]).toBe(1);
  });

  it('does not depend on the order of the rows, bit for bit', () => {
    const amount = fc.double({ min: -50, max: 200, noNaN: true });
    const row = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 30 }), amount);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1 }), fc.array(fc.nat(), { maxLength: 60 }), (rows, keys) => {
        const order = rows.map((_, index) => index).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
        const table = (indexes: readonly number[]): PurchaseColumns => ({
          customerId: indexes.map((index) => `c${rows[index]?.[0]}`),
          day: indexes.map((index) => rows[index]?.[1] ?? 0),
          money: indexes.map((index) => rows[index]?.[2] ?? 0),
        });
        const summarize = (purchases: PurchaseColumns): unknown => {
          try {
            return summarizePurchases(purchases, { timeUnit: 'week', observationEnd: 25 });
          } catch (error) {
            return String(error);
          }
        };
        expect(summarize(table(order))).toEqual(summarize(table(rows.map((_, index) => index))));
      }),
    );
  });

  it('says what is wrong with data or options', () => {
    const options = { timeUnit: 'day', observationEnd } as const;
    expect(() => summarizePurchases({ customerId: [], day: [] }, options)).toThrow(/no data/);
    expect(() => summarizePurchases(log, { ...options, observationEnd: day('2014-01-01') })).toThrow(/no data: nobody bought up to/);
    expect(() => summarizePurchases({ customerId: ['a'], day: [Number.NaN] }, options)).toThrow(/row 0: day is NaN/);
    expect(() => summarizePurchases({ customerId: ['a'], day: [1], money: [Number.NaN] }, options)).toThrow(/row 0: money is NaN/);
    expect(() => summarizePurchases({ customerId: ['a'], day: [1, 2] }, options)).toThrow(/one length/);
    expect(() => summarizePurchases(log, { ...options, observationEnd: Number.NaN })).toThrow(/silent at the end/);
    expect(() => summarizePurchases(log, { timeUnit: { days: 0 }, observationEnd })).toThrow(/timeUnit/);
    expect(() => summarizePurchases(log, { ...options, mergeDays: -1 })).toThrow(/mergeDays/);
  });
});

describe('splitting calibration from holdout', () => {
  const calibrationEnd = day('2015-02-01');

  it('gives the weekly split of lifetimes', () => {
    const { calibration, holdout } = splitCalibration(log, { timeUnit: 'week', calendar: true, calibrationEnd, observationEnd });
    expect(calibration.customerId).toEqual(['1', '2', '3', '4', '5']);
    expect(rowsOf(calibration.x, calibration.tx, calibration.T, holdout.x)).toEqual([
      [0, 0, 4, 1],
      [0, 0, 4, 0],
      [1, 1, 4, 0],
      [0, 0, 2, 1],
      [0, 0, 2, 0],
    ]);
    expect(holdout.duration).toBe(1);
  });

  it('gives the money of both parts (lifetimes; PyMC-Marketing with two purchases on one day)', () => {
    const { calibration, holdout } = splitCalibration(log, { timeUnit: 'day', calibrationEnd, observationEnd });
    expect(Array.from(calibration.meanSpend)).toEqual([0, 0, 3, 0, 4.5]);
    expect(Array.from(holdout.meanSpend)).toEqual([2, 0, 0, 3, 0]);
    const summed = splitCalibration(sameDay, { timeUnit: 'day', calibrationEnd, observationEnd });
    expect(Array.from(summed.holdout.meanSpend)).toEqual([2, 0, 0, 6, 0]);
    expect(Array.from(summed.holdout.spend)).toEqual([2, 0, 0, 12, 0]);
    expect(summed.holdout.duration).toBe(6);
  });

  it('counts the last day of the calibration in it, and the last of the observation in the holdout', () => {
    const dates = columns([
      [1, '2015-01-30', 1],
      [1, '2015-02-01', 1],
      [1, '2015-02-02', 1],
      [1, '2015-02-07', 1],
      [1, '2015-02-08', 1],
    ]);
    const { calibration, holdout } = splitCalibration(dates, { timeUnit: 'day', calibrationEnd, observationEnd });
    expect([calibration.x[0], calibration.tx[0], calibration.T[0], holdout.x[0]]).toEqual([1, 2, 2, 2]);
  });

  it('refuses a holdout of no length and a calibration without customers', () => {
    expect(() => splitCalibration(log, { timeUnit: 'day', calibrationEnd: observationEnd, observationEnd })).toThrow(/length 0/);
    expect(() => splitCalibration(log, { timeUnit: 'day', calibrationEnd: 0, observationEnd })).toThrow(/no data/);
  });
});

describe('tracking purchases', () => {
  // BTYDplus tests/testthat/test-helpers.R, elog2cum by 7.
  const elog = { customerId: ['1', '1', '1', '3', '3'], day: [0, 9, 20, 4, 6] };

  it('gives the cumulative counts of BTYDplus', () => {
    const options = { timeUnit: 'week', observationEnd: 20 } as const;
    expect(Array.from(trackPurchases(elog, options).cumulative)).toEqual([1, 2, 3]);
    expect(Array.from(trackPurchases(elog, { ...options, includeFirst: true }).cumulative)).toEqual([3, 4, 5]);
    expect(Array.from(trackPurchases(elog, options).births)).toEqual([0, 4 / 7]);
  });

  it('tracks a cohort alone, and whole periods only', () => {
    const tracked = trackPurchases(elog, { timeUnit: 'week', observationEnd: 19, lastBirth: 0 });
    expect(Array.from(tracked.incremental)).toEqual([0, 1]);
    expect(() => trackPurchases(elog, { timeUnit: 'week', observationEnd: 5 })).toThrow(/no whole period/);
    expect(() => trackPurchases(elog, { timeUnit: 'week', observationEnd: -5 })).toThrow(/no data/);
  });

  it('expects of each customer what its age at the end of a period says', () => {
    const { cumulative, incremental } = expectedTracking(poisson, { rate: 2 }, [0, 0, 1.5], [1, 2, 3]);
    expect(Array.from(cumulative)).toEqual([4, 9, 15]);
    expect(Array.from(incremental)).toEqual([4, 5, 6]);
    expect(() => expectedTracking(poisson, { rate: 2 }, [-1], [1])).toThrow(/before the origin/);
    expect(() => expectedTracking(poisson, { rate: 2 }, [0], [1, 1])).toThrow(/ascend/);
  });
});

/** Only what these functions call, of a family where all buy at one rate for ever. */
const poisson = {
  expectedPurchases: ({ rate }: { rate: number }, t: number) => rate * t,
  simulate: ({ rate }: { rate: number }, T: number, rng: ReturnType<typeof makeRng>) => {
    const times: number[] = [];
    for (let time = rng.exponential() / rate; time < T; time += rng.exponential() / rate) times.push(time);
    return times;
  },
} as unknown as TimingFamily<{ rate: number }>; // a stand-in for a whole family

describe('simulating histories', () => {
  it('draws histories that fit their ages', () => {
    const drawn = simulateHistories(poisson, { rate: 0.5 }, { customers: 2000, T: (rng) => 10 + 10 * rng.uniform(), rng: makeRng('s') });
    drawn.x.forEach((x, row) => {
      const [tx = 0, T = 0, gaps = 0] = [drawn.tx[row], drawn.T[row], drawn.logGaps[row]];
      expect(tx <= T && T >= 10 && T < 20 && x > 0 === tx > 0 && (x > 0 || gaps === 0)).toBe(true);
    });
    const mean = drawn.x.reduce((total, x) => total + x, 0) / drawn.T.reduce((total, T) => total + T, 0);
    expect(mean).toBeCloseTo(0.5, 1);
  });

  it('merges purchases of one recording period, at whole periods', () => {
    const rng = makeRng('days');
    const drawn = simulateHistories(poisson, { rate: 9 }, { customers: 200, T: 4, rng, resolution: 1 / 7 });
    drawn.x.forEach((x, row) => {
      expect(x).toBeLessThanOrEqual(28);
      const periods = (drawn.tx[row] ?? 0) * 7;
      expect(periods).toBeCloseTo(Math.round(periods), 9);
      expect(drawn.logGaps[row]).toBeLessThan(0);
    });
  });

  it('gives the same customers for the same seed, and refuses options that make no sense', () => {
    const draw = (): unknown => simulateHistories(poisson, { rate: 1 }, { customers: 5, T: 3, rng: makeRng('x') });
    expect(draw()).toEqual(draw());
    expect(() => simulateHistories(poisson, { rate: 1 }, { customers: 0, T: 3, rng: makeRng('x') })).toThrow(/customers/);
    expect(() => simulateHistories(poisson, { rate: 1 }, { customers: 1, T: 0, rng: makeRng('x') })).toThrow(/age T/);
  });
});
