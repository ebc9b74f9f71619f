import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { bgNbd } from '../bg-nbd/index.ts';
import { simulateHistories } from '../data/index.ts';
import type { History } from '../family.ts';
import { fitStatistics } from '../fit-timing.ts';
import { summarizeHistories } from '../histories.ts';
import { bootstrapDraws, forecastCustomers, forecastTotals, laplaceDraws } from './index.ts';

const truth = { r: 0.8, alpha: 6, a: 0.9, b: 2.5 };
const data = simulateHistories(bgNbd, truth, { customers: 300, T: (rng) => 20 + rng.integer(5), rng: makeRng('forecast'), resolution: 1 });
const statistics = summarizeHistories(data);
const model = fitStatistics(bgNbd, statistics);
const draws = laplaceDraws(bgNbd, model, { seed: 'forecast', draws: 300 });
const groups = Uint32Array.from(data.x, (_, row) => row % 3);
const base = { family: bgNbd, data, draws, horizon: 20 } as const;
const seeded = () => makeRng('forecast');

describe('totals', () => {
  const expected = forecastTotals({ ...base, groups, rng: seeded(), withFuture: false });
  const future = forecastTotals({ ...base, groups, rng: seeded(), withFuture: true });

  it('say what they cover', () => {
    expect(expected).toMatchObject({ method: 'laplace', covers: 'parameters', level: 0.95, horizon: 20 });
    expect(future.covers).toBe('parameters and future purchases');
  });

  it('at the point are the sums of conditional expectations', () => {
    const sums = [0, 0, 0];
    for (let row = 0; row < 300; row++) {
      const history = { x: data.x[row] ?? 0, tx: data.tx[row] ?? 0, T: data.T[row] ?? 0 };
      sums[row % 3] = (sums[row % 3] ?? 0) + bgNbd.conditionalExpectation(model.params, history, 20);
    }
    expected.groups.forEach(({ point }, group) => expect(point).toBeCloseTo(sums[group] ?? 0, 9));
    expect(expected.overall.point).toBeCloseTo(
      sums.reduce((total, value) => total + value, 0),
      9,
    );
  });

  it('add up in every draw, so the interval of all is narrower than the sum of intervals', () => {
    const widths = future.groups.reduce((total, { low, high }) => total + high - low, 0);
    expect(future.overall.high - future.overall.low).toBeLessThan(widths);
    const mean = future.groups.reduce((total, group) => total + group.mean, 0);
    expect(future.overall.mean).toBeCloseTo(mean, 9);
    expect(future.byDraw.length).toBe(900);
  });

  it('are wider with the future drawn, around the same mean', () => {
    expect(future.overall.sd).toBeGreaterThan(1.1 * expected.overall.sd);
    // Standard error of the mean of 300 draws; four of these.
    expect(Math.abs(future.overall.mean - expected.overall.mean)).toBeLessThan((4 * future.overall.sd) / Math.sqrt(300));
  });

  it('do not depend on the order of rows', () => {
    const reversed = (column: ArrayLike<number>): number[] => Array.from(column).reverse();
    const again = forecastTotals({
      ...base,
      data: { x: reversed(data.x), tx: reversed(data.tx), T: reversed(data.T) },
      groups: reversed(groups),
      rng: seeded(),
      withFuture: true,
    });
    expect(again).toEqual(future);
  });

  it('take weights as repeated rows', () => {
    const { rows, times } = statistics;
    const weighted = {
      x: Float64Array.from(rows.count),
      tx: Float64Array.from(rows.recency, (index) => times[index] ?? 0),
      T: Float64Array.from(rows.age, (index) => times[index] ?? 0),
      weight: rows.weight,
    };
    const one = forecastTotals({ ...base, rng: seeded(), withFuture: true });
    expect(forecastTotals({ ...base, data: weighted, rng: seeded(), withFuture: true })).toEqual(one);
    const halves = forecastTotals({
      ...base,
      data: { ...weighted, weight: rows.weight.map((w) => w / 2) },
      rng: seeded(),
      withFuture: true,
    });
    expect(halves.overall.point).toBeCloseTo(one.overall.point / 2, 9);
    expect(Math.abs(halves.overall.mean - one.overall.mean / 2)).toBeLessThan((4 * halves.overall.sd) / Math.sqrt(300));
  });

  it('of a group without customers are zero', () => {
    const { groups: totals } = forecastTotals({ ...base, groups: groups.map((group) => group * 2), rng: seeded(), withFuture: true });
    expect(totals[1]).toEqual({ point: 0, mean: 0, sd: 0, low: 0, high: 0 });
  });

  it('of a horizon of zero are zero', () => {
    expect(forecastTotals({ ...base, horizon: 0, rng: seeded(), withFuture: true }).overall.high).toBe(0);
  });

  it.each(['multinomial', 'bayesian'] as const)('over customers of a %s resampling add up over groups', (scheme) => {
    const refits = bootstrapDraws(bgNbd, model, statistics, { seed: 'refits', draws: 60, scheme });
    const request = { ...base, draws: refits, rng: seeded(), withFuture: false, resampleCustomers: true } as const;
    const whole = forecastTotals(request);
    const split = forecastTotals({ ...request, groups });
    expect(whole.covers).toBe('parameters and sampled customers');
    expect(split.overall.low).toBeCloseTo(whole.overall.low, 8);
    expect(split.overall.high).toBeCloseTo(whole.overall.high, 8);
    const kept = forecastTotals({ ...request, resampleCustomers: false });
    expect(whole.overall.sd).toBeGreaterThan(kept.overall.sd);
    const all = forecastTotals({ ...request, withFuture: true });
    expect(all.covers).toBe('parameters, sampled customers and future purchases');
    expect(all.overall.sd).toBeGreaterThan(whole.overall.sd);
  });

  it('refuse to resample without a bootstrap or on other data', () => {
    expect(() => forecastTotals({ ...base, rng: seeded(), withFuture: false, resampleCustomers: true })).toThrow(/use a bootstrap/);
    const refits = bootstrapDraws(bgNbd, model, statistics, { seed: 'refits', draws: 10 });
    const others = { x: [1, 2], tx: [1, 2], T: [9, 9] };
    expect(() =>
      forecastTotals({ ...base, data: others, draws: refits, rng: seeded(), withFuture: false, resampleCustomers: true }),
    ).toThrow(/other histories/);
  });

  it('refuse bad rows, groups, horizons and levels', () => {
    const rng = seeded();
    const withFuture = false;
    expect(() => forecastTotals({ ...base, data: { x: [1], tx: [9], T: [3] }, rng, withFuture })).toThrow(/history/);
    expect(() => forecastTotals({ ...base, groups: [0], rng, withFuture })).toThrow(/1 groups for 300 rows/);
    expect(() => forecastTotals({ ...base, groups: Array.from(data.x, () => -1), rng, withFuture })).toThrow(/integer from 0/);
    expect(() => forecastTotals({ ...base, horizon: -1, rng, withFuture })).toThrow(/horizon/);
    expect(() => forecastTotals({ ...base, level: 95, rng, withFuture })).toThrow(/level/);
  });
});

describe('another quantity', () => {
  const quantity = (params: typeof truth, history: History): number => Math.exp(bgNbd.logProbabilityAlive(params, history));

  it('has intervals of its own, per customer and in sum', () => {
    const each = forecastCustomers({ ...base, rng: seeded(), withFuture: false, quantity });
    const total = forecastTotals({ ...base, rng: seeded(), withFuture: false, quantity });
    for (let row = 0; row < 300; row++) {
      expect(each.low[row]).toBeGreaterThanOrEqual(0);
      expect(each.high[row]).toBeLessThanOrEqual(1);
    }
    expect(total.overall.point).toBeCloseTo(
      each.point.reduce((sum, value) => sum + value, 0),
      9,
    );
    expect(total.overall.low).toBeLessThan(total.overall.point);
  });

  it('has no future to draw', () => {
    expect(() => forecastTotals({ ...base, rng: seeded(), withFuture: true, quantity })).toThrow(/purchases only/);
  });
});

describe('single customers', () => {
  it('have whole intervals that hold at least the level of their own future', () => {
    const many = laplaceDraws(bgNbd, model, { seed: 'forecast', draws: 2000 });
    const one = { x: data.x.slice(0, 20), tx: data.tx.slice(0, 20), T: data.T.slice(0, 20) };
    const { low, high, covers } = forecastCustomers({ ...base, data: one, draws: many, rng: seeded(), withFuture: true });
    expect(covers).toBe('parameters and future purchases');
    for (let row = 0; row < 20; row++) {
      const history = { x: one.x[row] ?? 0, tx: one.tx[row] ?? 0, T: one.T[row] ?? 0 };
      expect(Number.isInteger(low[row]) && Number.isInteger(high[row])).toBe(true);
      let inside = 0;
      for (let n = low[row] ?? 0; n <= (high[row] ?? 0); n++) inside += bgNbd.futureCountProbability(model.params, history, n, 20);
      // At the fit's parameters, and with Monte-Carlo error of the ends.
      expect(inside).toBeGreaterThan(0.93);
    }
  });

  it('share an interval when their histories are equal, whoever else is asked for', () => {
    const pair = { x: [2, 0, 2], tx: [5, 0, 5], T: [20, 20, 20] };
    const all = forecastCustomers({ ...base, data: pair, rng: seeded(), withFuture: true });
    const alone = forecastCustomers({ ...base, data: { x: [2], tx: [5], T: [20] }, rng: seeded(), withFuture: true });
    expect([all.low[0], all.high[0], all.mean[0]]).toEqual([all.low[2], all.high[2], all.mean[2]]);
    expect([all.low[0], all.high[0], all.mean[0]]).toEqual([alone.low[0], alone.high[0], alone.mean[0]]);
  });

  it('are known far better in expectation than in what they will do', () => {
    const expectation = forecastCustomers({ ...base, rng: seeded(), withFuture: false });
    const future = forecastCustomers({ ...base, rng: seeded(), withFuture: true });
    expect(expectation.covers).toBe('parameters');
    const width = ({ low, high }: { low: Float64Array; high: Float64Array }): number =>
      high.reduce((total, end, row) => total + end - (low[row] ?? 0), 0);
    expect(width(future)).toBeGreaterThan(5 * width(expectation));
    for (let row = 0; row < 300; row++) expect(expectation.point[row]).toBeGreaterThanOrEqual(0);
  });
});
