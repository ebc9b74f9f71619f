import '../../../../test/property-seed.ts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { dayOfIsoDate, isoDate, makeRng } from '../../../sdk/numeric/index.ts';
import { cohortRises, domainDrift, judgeDrift, nextCutoff, rankClusters, stabilityIndex, tierValues } from './index.ts';

const day = (text: string): number => dayOfIsoDate(text) ?? Number.NaN;
const normals = (seed: string, rows: number, mean = 0): Float64Array => {
  const rng = makeRng(seed);
  return Float64Array.from({ length: rows }, () => mean + rng.normal());
};
const domainError = expect.objectContaining({ code: 'NUMERIC_DOMAIN' }) as Error;

describe('the next cut-off', () => {
  it('is 14 days on for 12 weeks, and then the first Monday of each month', () => {
    const first = day('2026-01-05');
    const days = [first];
    while (days.length < 11) days.push(nextCutoff(days.at(-1) ?? 0, first));
    expect(days.map(isoDate)).toEqual(
      ['2026-01-05', '2026-01-19', '2026-02-02', '2026-02-16', '2026-03-02', '2026-03-16', '2026-03-30'].concat([
        '2026-04-06',
        '2026-05-04',
        '2026-06-01',
        '2026-07-06',
      ]),
    );
  });

  it('changes its step at 84 days and not a day earlier', () => {
    const first = day('2026-01-05');
    expect(isoDate(nextCutoff(first + 83, first))).toBe('2026-04-12');
    expect(isoDate(nextCutoff(first + 84, first))).toBe('2026-04-06');
  });

  it('is 30 days on after that in the manner of House-Ware, Monday or not', () => {
    const first = day('2026-01-05');
    expect(isoDate(nextCutoff(first, first, 'house-ware'))).toBe('2026-01-19');
    expect(isoDate(nextCutoff(first + 84, first, 'house-ware'))).toBe('2026-04-29');
  });

  it('is always a Monday in the first seven days of a month once the first weeks are over', () => {
    fc.assert(
      fc.property(fc.integer({ min: day('1950-01-01'), max: day('2190-01-01') }), fc.integer({ min: 84, max: 4000 }), (first, age) => {
        const next = nextCutoff(first + age, first);
        expect(next).toBeGreaterThan(first + age);
        expect(next - first - age).toBeLessThanOrEqual(35);
        expect(new Date(next * 86_400_000).getUTCDay()).toBe(1);
        expect(Number(isoDate(next).slice(8))).toBeLessThanOrEqual(7);
      }),
    );
  });

  it('refuses a first cut-off that is later, and days that are none', () => {
    expect(() => nextCutoff(1, 2)).toThrow(domainError);
    expect(() => nextCutoff(Number.NaN, 2)).toThrow(domainError);
    expect(() => nextCutoff(day('2199-12-20'), day('2199-01-01'))).toThrow(domainError);
  });
});

describe('value tiers', () => {
  it('give ties at a cut to the lower id, and keep the bounds', () => {
    const { tiers, tier, rank } = tierValues(['d', 'c', 'b', 'a'], Float64Array.of(5, 7, 5, 5), [50]);
    expect(tiers).toEqual([
      { name: 'Top-50 %', upToPercent: 50, customers: 2, low: 5, high: 7 },
      { name: 'Rest', upToPercent: 100, customers: 2, low: 5, high: 5 },
    ]);
    expect([...tier]).toEqual([1, 0, 1, 0]);
    expect([...rank]).toEqual([4, 1, 3, 2]);
  });

  it('hold the first customers, a started one included, and everybody once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 250 }), (values) => {
        const ids = values.map((_, at) => `c${at}`);
        const { tiers, tier, order } = tierValues(ids, Float64Array.from(values), [1, 5, 20]);
        expect(tiers.reduce((all, { customers }) => all + customers, 0)).toBe(values.length);
        expect(tiers[0]?.customers).toBe(Math.ceil(values.length / 100));
        for (let at = 1; at < order.length; at++) {
          const [before, own] = [order[at - 1] ?? 0, order[at] ?? 0];
          expect(tier[before]).toBeLessThanOrEqual(tier[own] ?? 0);
          expect(values[before]).toBeGreaterThanOrEqual(values[own] ?? 0);
        }
      }),
    );
  });

  it('of nobody are empty', () => {
    expect(tierValues([], new Float64Array(0), [1]).tiers.map(({ customers, low }) => [customers, low])).toEqual([
      [0, null],
      [0, null],
    ]);
  });

  it.each([[[0]], [[100]], [[5, 5]], [[5, 1]], [[Number.NaN]]])('refuse cut points %j', (cuts) => {
    expect(() => tierValues(['a'], Float64Array.of(1), cuts)).toThrow(domainError);
  });

  it('refuse a value that is no number', () => {
    expect(() => tierValues(['a'], Float64Array.of(Number.NaN), [1])).toThrow(domainError);
  });
});

describe('ranked clusters', () => {
  it('have an index against the median of all, and dense ranks', () => {
    const ranking = rankClusters(Int32Array.of(0, 0, 1, 1, 4, 4, 4), Float64Array.of(1, 3, 4, 6, 1, 5, 9));
    expect(ranking).toEqual({
      populationMedian: 4,
      clusters: [
        { cluster: 1, customers: 2, median: 5, index: 125, rank: 1 },
        { cluster: 4, customers: 3, median: 5, index: 125, rank: 1 },
        { cluster: 0, customers: 2, median: 2, index: 50, rank: 2 },
      ],
    });
  });

  it('have no index where most customers are worth nothing', () => {
    expect(rankClusters(Int32Array.of(0, 0, 1), Float64Array.of(0, 0, 3)).clusters.map(({ index }) => index)).toEqual([null, null]);
  });

  it('refuse nobody', () => {
    expect(() => rankClusters(new Int32Array(0), new Float64Array(0))).toThrow(domainError);
  });
});

describe('the stability index', () => {
  it('is 0 for the same rows, and stays near what chance gives for one population', () => {
    const before = normals('before', 4000);
    expect(stabilityIndex(before, before).psi).toBe(0);
    const { psi, byChance, bins } = stabilityIndex(before, normals('now', 4000));
    expect(bins).toBe(10);
    expect(byChance).toBeCloseTo(0.0045, 10);
    expect(psi).toBeLessThan(4 * byChance);
  });

  it('has the value of its definition on two shares', () => {
    // ln by node's Math.log, which nothing here is computed with.
    const { psi } = stabilityIndex(Float64Array.of(0, 0, 0, 1), Float64Array.of(0, 1, 1, 1));
    expect(psi).toBeCloseTo((0.25 - 0.75) * Math.log(0.25 / 0.75) + (0.75 - 0.25) * Math.log(0.75 / 0.25), 12);
  });

  it('sees a shift of half a deviation, and values that went missing', () => {
    const before = normals('before', 2000);
    expect(stabilityIndex(before, normals('now', 2000, 0.5)).psi).toBeGreaterThan(0.2);
    const holes = before.map((value, row) => (row % 3 === 0 ? Number.NaN : value));
    const { psi, missingBefore, missingNow } = stabilityIndex(before, holes);
    expect(psi).toBeGreaterThan(0.5);
    expect([missingBefore, missingNow]).toEqual([0, 667 / 2000]);
  });

  it('takes a column of one value, and one of none', () => {
    expect(stabilityIndex(Float64Array.of(1, 1), Float64Array.of(1, 1)).psi).toBe(0);
    expect(stabilityIndex(Float64Array.of(Number.NaN), Float64Array.of(Number.NaN)).psi).toBe(0);
    expect(() => stabilityIndex(new Float64Array(0), Float64Array.of(1))).toThrow(domainError);
  });
});

describe('drift of measures', () => {
  const limits = { rmse: 0.2, r2: 0.15 };

  it('is above its limit and not at it', () => {
    expect(judgeDrift({ rmse: 1.2, r2: 0.85 }, { rmse: 1, r2: 1 }, limits)).toMatchObject({ isRmseOver: false, isR2Over: false });
    expect(judgeDrift({ rmse: 1.21, r2: 0.84 }, { rmse: 1, r2: 1 }, limits)).toMatchObject({ isRmseOver: true, isR2Over: true });
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e9, noNaN: true }), (baseline) => {
        expect(judgeDrift({ rmse: baseline * 1.2, r2: null }, { rmse: baseline, r2: 0.5 }, limits).isRmseOver).toBe(false);
      }),
    );
  });

  it('does not take a fall from next to nothing for a loss of everything', () => {
    expect(judgeDrift({ rmse: 1, r2: -0.001 }, { rmse: 1, r2: 0.001 }, limits).isR2Over).toBe(false);
    expect(judgeDrift({ rmse: 1, r2: -0.1 }, { rmse: 1, r2: 0.001 }, limits).isR2Over).toBe(true);
  });

  it('is relative to the size of a baseline below 0', () => {
    expect(judgeDrift({ rmse: 1, r2: -0.55 }, { rmse: 1, r2: -0.5 }, limits)).toMatchObject({ isR2Over: false });
    expect(judgeDrift({ rmse: 1, r2: -0.6 }, { rmse: 1, r2: -0.5 }, limits)).toMatchObject({ isR2Over: true });
  });

  it('takes a perfect baseline and outcomes that are all equal', () => {
    expect(judgeDrift({ rmse: 1, r2: null }, { rmse: 0, r2: 1 }, limits)).toEqual({
      rmseRise: null,
      r2Fall: null,
      isRmseOver: true,
      isR2Over: false,
    });
  });

  it('refuses what is no number', () => {
    expect(() => judgeDrift({ rmse: Number.NaN, r2: 0 }, { rmse: 1, r2: 0 }, limits)).toThrow(domainError);
    expect(() => judgeDrift({ rmse: 1, r2: 0 }, { rmse: 1, r2: 0 }, { rmse: 0, r2: 1 })).toThrow(domainError);
  });
});

describe('rises of error by cohort', () => {
  const squares = (seed: string, scale: number): Float64Array => normals(seed, 200).map((error) => scale * scale * error * error);

  it('are found where errors rose and not where they did not, whatever the order', () => {
    const cohorts = Array.from({ length: 12 }, (_, at) => ({
      name: `c${at}`,
      squaredError: squares(`rows ${at}`, at === 3 ? 2 : 1),
      baselineRmse: 1,
    }));
    const found = cohortRises(cohorts, 0.2, 'seed');
    expect(found.filter(({ isOver }) => isOver).map(({ name }) => name)).toEqual(['c3']);
    expect(found.every(({ low, rise, high, p, adjusted }) => low < rise && rise < high && adjusted >= p)).toBe(true);
    expect(cohortRises(cohorts.toReversed(), 0.2, 'seed').toReversed()).toEqual(found);
  });

  it('leave out a perfect baseline, and refuse a cohort without rows', () => {
    expect(cohortRises([{ name: 'a', squaredError: Float64Array.of(1), baselineRmse: 0 }], 0.2, 's')).toEqual([]);
    expect(() => cohortRises([{ name: 'a', squaredError: new Float64Array(0), baselineRmse: 1 }], 0.2, 's')).toThrow(domainError);
  });
});

describe('a classifier of before and now', () => {
  const table = (seed: string, rows: number, mean = 0): Float64Array[] =>
    [0, 1, 2, 3].map((at) => normals(`${seed} ${at}`, rows, at === 0 ? mean : 0));

  it('tells two populations, and does not tell one from itself', () => {
    const before = table('before', 400);
    const same = domainDrift(before, table('same', 300), 'seed');
    expect(same.isOver).toBe(false);
    expect(Math.abs(same.auc - 0.5)).toBeLessThan(0.06);
    const moved = domainDrift(before, table('moved', 300, 0.6), 'seed');
    expect(moved).toMatchObject({ isOver: true, p: 0.01, rowsBefore: 400, rowsNow: 300 });
    expect(moved.auc).toBeGreaterThan(0.6);
  });

  it('fires by chance about as often as it says', () => {
    const fired = Array.from({ length: 30 }, (_, at) => domainDrift(table(`b${at}`, 60), table(`n${at}`, 60), 'seed').isOver).filter(
      Boolean,
    );
    // 5 of 100; more than 6 of 30 has a chance below 0.001.
    expect(fired.length).toBeLessThanOrEqual(6);
  });

  it('notices what went missing, and takes columns that say nothing', () => {
    const before = [...table('before', 300), new Float64Array(300).fill(2), new Float64Array(300).fill(Number.NaN)];
    const now = before.map((column, at) => (at === 1 ? column.map((value, row) => (row % 2 === 0 ? Number.NaN : value)) : column));
    expect(domainDrift(before, now, 'seed').isOver).toBe(true);
    expect(domainDrift([new Float64Array(4)], [new Float64Array(4)], 'seed')).toMatchObject({ auc: 0.5, isOver: false });
  });

  it('refuses other columns, and too few rows', () => {
    expect(() => domainDrift(table('a', 9), [], 'seed')).toThrow(domainError);
    expect(() => domainDrift(table('a', 3), table('b', 9), 'seed')).toThrow(domainError);
  });
});
