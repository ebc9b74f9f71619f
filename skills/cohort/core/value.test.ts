import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { timingModel } from '../../../test/fixtures/timing-model.ts';
import { makeRng, sum } from '../../sdk/numeric/index.ts';
import { bgNbd, measureIndependence } from './clv/index.ts';
import { type PeriodModel, seasonsToLend } from './model.ts';
import { borrowClock, clockReadings, estimateClock, evenClock, horizonSpeed, type SeasonalClock } from './seasonal-clock.ts';
import { expectedSpend, fitSpend, netToGross, spendSampler } from './spend.ts';
import { uniformMix } from './timing-mix.ts';
import { trackWeeks } from './tracking.ts';
import { cumulativeExpectation } from './unconditional.ts';
import { valueAccounts } from './value.ts';

/** Published BG/NBD parameters of CDNOW, weeks (Fader, Hardie & Lee 2005, table 2). */
const timing = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const mix = uniformMix([timingModel('bg-nbd', timing)]);
const everybody = [0, 0, 0, 0];

const ordinary = { x: [2, 0, 5, 1], tx: [200 / 7, 0, 250 / 7, 1], T: [39, 39, 37, 14], repeatSpendMinor: [4000, 0, 15_000, 900] };
const pooled = {
  fit: { kind: 'pooled-mean', meanMinor: 2000, shape: 2, reason: 'test' },
  netFactor: 1,
  independence: measureIndependence({ x: [], meanSpend: [] }),
  fitted: 0,
} as const;

describe('values', () => {
  it('are purchases × spend × net-to-gross', () => {
    const horizon = { days: 90, speed: 1, discountRateAnnual: 0 };
    const whole = valueAccounts(mix, everybody, pooled, ordinary, horizon);
    const net = valueAccounts(mix, everybody, { ...pooled, netFactor: 0.9 }, ordinary, horizon);
    whole.clvMinor.forEach((value, row) => {
      expect(value).toBeCloseTo((whole.expectedPurchases[row] ?? 0) * 2000, 9);
      expect(net.clvMinor[row]).toBeCloseTo(0.9 * value, 9);
      expect(whole.pPurchase[row]).toBeLessThanOrEqual(whole.pAlive[row] ?? 0);
      expect(whole.pPurchase[row]).toBeLessThanOrEqual(whole.expectedPurchases[row] ?? 0);
    });
    expect(whole.pAlive[1]).toBe(1); // BG/NBD: nobody leaves before a repeat purchase
  });

  it('rise with the season and fall with the discount rate', () => {
    const at = (speed: number, discountRateAnnual: number): number =>
      sum(valueAccounts(mix, everybody, pooled, ordinary, { days: 90, speed, discountRateAnnual }).clvMinor);
    expect(at(1.2, 0)).toBeGreaterThan(at(1, 0));
    expect(at(1, 0.1)).toBeLessThan(at(1, 0));
    // Cash flows lie between day 0 and day 90, so the factor lies between 1.1^(−90/365.25) and 1.
    expect(at(1, 0.1) / at(1, 0)).toBeGreaterThan(0.9767);
  });

  it('do not depend on the order of the customers', () => {
    const horizon = { days: 90, speed: 1.1, discountRateAnnual: 0.1 };
    const reversed = Object.fromEntries(Object.entries(ordinary).map(([name, list]) => [name, list.toReversed()])) as typeof ordinary;
    expect([...valueAccounts(mix, everybody, pooled, reversed, horizon).clvMinor].reverse()).toEqual([
      ...valueAccounts(mix, everybody, pooled, ordinary, horizon).clvMinor,
    ]);
  });

  it('equal the mean of simulated futures', () => {
    const { expectedPurchases, pPurchase } = valueAccounts(mix, everybody, pooled, ordinary, { days: 90, speed: 1, discountRateAnnual: 0 });
    ordinary.x.forEach((x, row) => {
      const rng = makeRng(`future ${row}`);
      const draws = Array.from({ length: 20_000 }, () =>
        bgNbd.drawPurchases(timing, { x, tx: ordinary.tx[row] ?? 0, T: ordinary.T[row] ?? 0 }, 90 / 7, rng),
      );
      const mean = sum(draws) / draws.length;
      const some = draws.filter((count) => count > 0).length / draws.length;
      // Four standard errors: the variance of a count is at most a few times its mean.
      expect(Math.abs(mean - (expectedPurchases[row] ?? 0))).toBeLessThan(4 * Math.sqrt((4 * mean + 0.1) / 20_000));
      expect(Math.abs(some - (pPurchase[row] ?? 0))).toBeLessThan(0.015);
    });
  });
});

describe('spend', () => {
  /** Gamma-Gamma customers with mean 5·8000/(4−1) = 13,333 minor units. */
  const simulate = (customers: number): { x: number[]; repeatSpendMinor: number[] } => {
    const rng = makeRng('spend');
    const x = Array.from({ length: customers }, () => 1 + rng.integer(6));
    const repeatSpendMinor = x.map((count) => {
      const rate = rng.gamma(4) / 8000;
      return Math.round(sum(Array.from({ length: count }, () => rng.gamma(5) / rate)));
    });
    return { x, repeatSpendMinor };
  };

  it('is Gamma-Gamma where there is enough, near the truth', () => {
    const history = simulate(3000);
    const { fit } = fitSpend(history, history.repeatSpendMinor, history.x);
    expect(fit.kind).toBe('gamma-gamma');
    expect(expectedSpend(fit, 0, 0) / 13_333).toBeCloseTo(1, 1);
    const rng = makeRng('draws');
    const drawn = sum(Array.from({ length: 20_000 }, () => spendSampler(fit, rng, 5, 100_000)())) / 20_000;
    expect(drawn / expectedSpend(fit, 5, 100_000)).toBeCloseTo(1, 1);
  });

  it('is a pooled mean with the reason where it is not', () => {
    const few = fitSpend({ x: [1, 2], repeatSpendMinor: [100, 500] }, [200, 700], [2, 3]);
    expect(few.fit).toMatchObject({ kind: 'pooled-mean', meanMinor: 200, reason: '2 customers have repeat spend; Gamma-Gamma needs 20' });
    const nobody = fitSpend({ x: [0, 0], repeatSpendMinor: [0, 0] }, [300, 500], [1, 1]);
    expect(nobody.fit).toMatchObject({ kind: 'pooled-mean', meanMinor: 400 });
  });

  it('says when the mean is infinite', () => {
    const rng = makeRng('tail');
    const x = Array.from({ length: 800 }, () => 1 + rng.integer(3));
    // q = 0.6: the mean of a new customer does not exist.
    const repeatSpendMinor = x.map((count) => (count * 100 * rng.gamma(20)) / rng.gamma(0.6));
    const { fit } = fitSpend({ x, repeatSpendMinor }, repeatSpendMinor, x);
    expect(fit).toMatchObject({ kind: 'pooled-mean', reason: expect.stringContaining('infinite mean') });
  });

  it('takes refunds beyond purchases off everybody, never below nothing', () => {
    expect(netToGross({ x: [1, 1, 0], repeatSpendMinor: [1000, -100, -50] })).toBeCloseTo(0.9, 12);
    expect(netToGross({ x: [1, 1], repeatSpendMinor: [100, -500] })).toBe(0);
    expect(netToGross({ x: [1], repeatSpendMinor: [-5] })).toBe(1);
  });
});

describe('expected repeat purchases of everybody', () => {
  const even = clockReadings(evenClock(140, ''), 0, 140);
  const byAge = (days: number): number => bgNbd.expectedPurchases(timing, days / 7);

  it('add up over first-purchase days', () => {
    const cumulative = cumulativeExpectation(mix, [1], [10, 10, 20], even, 0);
    expect(cumulative(10)).toBe(0);
    expect(cumulative(30)).toBeCloseTo(2 * byAge(20) + byAge(10), 12);
  });

  it('never fall from one day to the next', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 0, max: 90 }),
        (days, day) => {
          const cumulative = cumulativeExpectation(mix, [1], days, even, 0);
          expect(cumulative(day + 1)).toBeGreaterThanOrEqual(cumulative(day));
        },
      ),
    );
  });

  it('are tracked by week, the last one shorter', () => {
    const weeks = trackWeeks({ week: [0, 2], repeatBaskets: [3, 4] }, (day) => day - 100, 100, 115);
    expect(weeks).toEqual([
      { week: 0, actual: 3, actualCumulative: 3, expected: 6, expectedCumulative: 6 },
      { week: 1, actual: 0, actualCumulative: 3, expected: 7, expectedCumulative: 13 },
      { week: 2, actual: 4, actualCumulative: 7, expected: 2, expectedCumulative: 15 },
    ]);
  });
});

describe('the seasonal clock', () => {
  const expected = (day: number): number => 100 * day;
  /** 104 weeks of 700 purchases, 1,400 in the four weeks before the last day of each year. */
  const weekly = {
    week: Array.from({ length: 104 }, (_, week) => week),
    repeatBaskets: Array.from({ length: 104 }, (_, week) => (week % 52 >= 48 ? 1400 : 700)),
  };

  it('runs twice as fast where twice as much happens, and once on average', () => {
    const { speeds, reason } = estimateClock(weekly, expected, 0, 727);
    expect(reason).toBe('');
    expect(speeds.reduce((total, speed) => total + speed, 0)).toBeCloseTo(13, 12);
    // Before scaling (5600 + 25) / (2800 + 25) to (2800 + 25) / (2800 + 25), about: 1.991.
    expect((speeds[0] ?? 0) / (speeds[5] ?? 1)).toBeCloseTo(1.991, 3);
  });

  it('reads the future from the year before', () => {
    const clock = estimateClock(weekly, expected, 0, 727);
    const quiet = horizonSpeed(clock, 90);
    expect(quiet).toBeLessThan(1);
    expect(horizonSpeed(clock, 364)).toBeCloseTo(1, 12);
    expect(horizonSpeed(evenClock(727, ''), 90)).toBe(1);
  });

  it('does not read weeks after the last day', () => {
    const longer = { week: [...weekly.week, 104, 105], repeatBaskets: [...weekly.repeatBaskets, 9999, 9999] };
    expect(estimateClock(longer, expected, 0, 727)).toEqual(estimateClock(weekly, expected, 0, 727));
  });

  it('is lent with its seasons on the same days of the year', () => {
    const clock = estimateClock(weekly, expected, 0, 727);
    const lent = borrowClock(clock, 727 - 364, 'short');
    expect(lent).toMatchObject({ lastDay: 363, reason: 'borrowed from a longer history: short' });
    lent.speeds.forEach((speed, period) => expect(speed).toBeCloseTo(clock.speeds[period] ?? 0, 12));
    // Half a period earlier every period mixes two of the lender's, half and half.
    const between = borrowClock(clock, 727 - 14, 'short').speeds;
    expect(between[0]).toBeCloseTo(((clock.speeds[0] ?? 0) + (clock.speeds[1] ?? 0)) / 2, 12);
    expect(sum(between)).toBeCloseTo(13, 12);
  });

  it('is lent only by an estimated clock, and only to a cut-off a year back or more', () => {
    const now = (clock: SeasonalClock): PeriodModel => ({ clock }) as PeriodModel; // nothing else is read
    const clock = estimateClock(weekly, expected, 0, 727);
    expect(seasonsToLend(now(clock), 364)).toBe(clock);
    expect(seasonsToLend(now(clock), 363)).toBeUndefined();
    expect(seasonsToLend(now(evenClock(727, 'turned off')), 365)).toBeUndefined();
  });

  it('runs evenly without a year of history', () => {
    expect(estimateClock(weekly, expected, 400, 727)).toMatchObject({ reason: expect.stringContaining('shorter than 420 days') });
  });
});
