import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { fitTiming } from '../fit-timing.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import { bgBb, type BgBbParameters, logProbabilityActiveAtEnd } from './index.ts';

const donors = { alpha: 1.204, beta: 0.75, gamma: 0.657, delta: 2.783 };
const names = ['alpha', 'beta', 'gamma', 'delta'] as const;
const values = ({ alpha, beta, gamma, delta }: BgBbParameters): number[] => [alpha, beta, gamma, delta];

const someParameters = fc
  .tuple(...names.map(() => fc.double({ min: -4, max: 5, noNaN: true })))
  .map(([a = 0, b = 0, c = 0, d = 0]) => ({ alpha: Math.exp(a), beta: Math.exp(b), gamma: Math.exp(c), delta: Math.exp(d) }));
const someHistory = fc
  .tuple(fc.integer({ min: 0, max: 60 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([T, share, part]) => {
    const tx = Math.round(T * share);
    return { T, tx, x: tx === 0 ? 0 : Math.max(1, Math.round(tx * part)) };
  });

/** Histories of a simulated cohort. */
function cohort(
  params: BgBbParameters,
  customers: number,
  T: number,
  seed: string,
): HistoryColumns & { readonly x: number[]; tx: number[]; T: number[] } {
  const rng = makeRng(seed);
  const data = { x: [] as number[], tx: [] as number[], T: [] as number[] };
  for (let customer = 0; customer < customers; customer++) {
    const ages = bgBb.simulate(params, T, rng);
    data.x.push(ages.length);
    data.tx.push(ages.at(-1) ?? 0);
    data.T.push(T);
  }
  return data;
}

describe('BG/BB', () => {
  it('says what a donor of four in six years will give: the example of the paper', () => {
    const history = { x: 4, tx: 5, T: 6 };
    expect(bgBb.conditionalExpectation(donors, history, 10)).toBeCloseTo(3.627, 2);
    expect(Math.exp(bgBb.logProbabilityAlive(donors, history))).toBeLessThan(Math.exp(logProbabilityActiveAtEnd(donors, history)));
  });

  it('has the gradient of its central differences, within 1e-6', () => {
    fc.assert(
      fc.property(someParameters, someHistory, (params, history) => {
        const gradient = new Float64Array(4);
        bgBb.logLikelihood(params, history, gradient);
        names.forEach((name, index) => {
          const step = 1e-5 * params[name];
          const up = bgBb.logLikelihood({ ...params, [name]: params[name] + step }, history);
          const down = bgBb.logLikelihood({ ...params, [name]: params[name] - step }, history);
          const slope = ((up - down) / (2 * step)) * params[name];
          expect(Math.abs(slope - (gradient[index] ?? 0) * params[name])).toBeLessThan(1e-6 * Math.max(1, Math.abs(slope)));
        });
      }),
    );
  });

  it('gives many histories at once the sum of their own likelihoods and gradients', () => {
    fc.assert(
      fc.property(someParameters, fc.array(someHistory, { minLength: 1, maxLength: 30 }), (params, histories) => {
        const data = { x: histories.map(({ x }) => x), tx: histories.map(({ tx }) => tx), T: histories.map(({ T }) => T) };
        const gradient = new Float64Array(4);
        const value = bgBb.objective(summarizeHistories(data))(values(params), gradient);
        const one = new Float64Array(4);
        let total = 0;
        const sums = [0, 0, 0, 0];
        for (const history of histories) {
          total -= bgBb.logLikelihood(params, history, one);
          one.forEach((slope, index) => (sums[index] = (sums[index] ?? 0) - slope));
        }
        expect(Math.abs(value - total)).toBeLessThan(1e-10 * Math.max(1, Math.abs(total)));
        sums.forEach((slope, index) => {
          expect(Math.abs((gradient[index] ?? 0) - slope)).toBeLessThan(1e-8 * Math.max(1, Math.abs(slope), Math.abs(total)));
        });
      }),
    );
  });

  it('keeps probabilities in [0, 1] that sum to one, and expectations that are their means', () => {
    fc.assert(
      fc.property(someParameters, someHistory, fc.integer({ min: 0, max: 40 }), (params, history, horizon) => {
        const counts = Array.from({ length: horizon + 1 }, (_, n) => n);
        const future = counts.map((n) => bgBb.futureCountProbability(params, history, n, horizon));
        const fresh = counts.map((n) => bgBb.countProbability(params, n, horizon));
        for (const pmf of [future, fresh]) {
          expect(pmf.every((p) => p >= 0 && p <= 1)).toBe(true);
          expect(pmf.reduce((total, p) => total + p, 0)).toBeCloseTo(1, 10);
        }
        const mean = (pmf: readonly number[]): number => pmf.reduce((total, p, n) => total + n * p, 0);
        expect(mean(future)).toBeCloseTo(bgBb.conditionalExpectation(params, history, horizon), 9);
        expect(mean(fresh)).toBeCloseTo(bgBb.expectedPurchases(params, horizon), 9);
        const alive = [0, 1, 5].map((later) => Math.exp(bgBb.logProbabilityAlive(params, history, later)));
        expect(alive.every((p, index) => p >= 0 && p <= (alive[index - 1] ?? 1))).toBe(true);
      }),
    );
  });

  it('has likelihoods of all histories of one length that sum to one', () => {
    const T = 7;
    let total = 0;
    for (let bits = 0; bits < 2 ** T; bits++) {
      const bought = Array.from({ length: T }, (_, j) => (bits >> j) & 1);
      total += Math.exp(bgBb.logLikelihood(donors, { x: bought.reduce((a, b) => a + b, 0), tx: bought.lastIndexOf(1) + 1, T }));
    }
    expect(total).toBeCloseTo(1, 12);
  });

  it('discounts each opportunity: the finite sum term by term, to infinity, and at rates so small that terms run into millions', () => {
    const history = { x: 2, tx: 4, T: 6 };
    const increments = Array.from(
      { length: 30 },
      (_, j) => bgBb.conditionalExpectation(donors, history, j + 1) - bgBb.conditionalExpectation(donors, history, j),
    );
    const byTerms = increments.reduce((total, added, j) => total + added * Math.exp(-0.05 * (j + 1)), 0);
    expect(bgBb.discountedExpectation(donors, history, 30, 0.05)).toBeCloseTo(byTerms, 11);
    const endless = bgBb.discountedExpectation(donors, history, Number.POSITIVE_INFINITY, 1e-5);
    // 5 million terms reach e^-50 of the first.
    let direct = 0;
    let stay = (donors.delta + 6) / (donors.gamma + donors.delta + 6);
    for (let j = 1; j <= 5_000_000; j++) {
      direct += stay * Math.exp(-1e-5 * j);
      stay *= (donors.delta + 6 + j) / (donors.gamma + donors.delta + 6 + j);
    }
    const active = Math.exp(logProbabilityActiveAtEnd(donors, history));
    const reference = (active * direct * (donors.alpha + 2)) / (donors.alpha + donors.beta + 6);
    expect(endless / reference).toBeCloseTo(1, 9);
  });

  it('stays finite on a history so long that the odds of having left overflow a double', () => {
    const history = { x: 3000, tx: 3010, T: 20_000 };
    const gradient = new Float64Array(4);
    expect(Number.isFinite(bgBb.logLikelihood(donors, history, gradient))).toBe(true);
    expect(gradient.every(Number.isFinite)).toBe(true);
    expect(Number.isFinite(bgBb.logProbabilityAlive(donors, history))).toBe(true);
    expect(bgBb.conditionalExpectation(donors, history, 10)).toBe(0);
    expect(bgBb.countProbability(donors, 5000, 20_000)).toBeGreaterThan(0);
  });

  it('draws futures with the mean and the zeros of the formulas, within four standard errors', () => {
    const rng = makeRng('draws');
    const history = { x: 2, tx: 5, T: 6 };
    const drawn = Array.from({ length: 40_000 }, () => bgBb.drawPurchases(donors, history, 8, rng));
    const mean = drawn.reduce((a, b) => a + b, 0) / drawn.length;
    const spread = Math.sqrt(drawn.reduce((a, b) => a + (b - mean) ** 2, 0) / drawn.length / drawn.length);
    expect(Math.abs(mean - bgBb.conditionalExpectation(donors, history, 8))).toBeLessThan(4 * spread);
    const none = drawn.filter((n) => n === 0).length / drawn.length;
    const p = bgBb.futureCountProbability(donors, history, 0, 8);
    expect(Math.abs(none - p)).toBeLessThan(4 * Math.sqrt((p * (1 - p)) / drawn.length));
    const times = bgBb.drawPurchaseTimes(donors, history, 8, makeRng('times'));
    expect(times.every((t, index) => Number.isInteger(t) && t >= 1 && t <= 8 && t > (times[index - 1] ?? 0))).toBe(true);
  });

  it('refuses fractions, more purchases than opportunities, and horizons that are not whole', () => {
    for (const history of [
      { x: 1, tx: 1.5, T: 6 },
      { x: 1, tx: 1, T: 6.5 },
      { x: 1.5, tx: 2, T: 6 },
      { x: 3, tx: 2, T: 6 },
      { x: 1, tx: 7, T: 6 },
      { x: 0, tx: 1, T: 6 },
      { x: 1, tx: 0, T: 6 },
      { x: -1, tx: 0, T: 6 },
    ]) {
      expect(() => bgBb.logLikelihood(donors, history)).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
    }
    const history = { x: 1, tx: 1, T: 6 };
    for (const horizon of [0.5, -1, Number.POSITIVE_INFINITY, Number.NaN]) {
      expect(() => bgBb.conditionalExpectation(donors, history, horizon)).toThrow(/whole number/);
      expect(() => bgBb.drawPurchases(donors, history, horizon, makeRng('h'))).toThrow(/whole number/);
    }
    expect(() => bgBb.countProbability(donors, 1, 1e300)).toThrow(/from 0 to 1000000/);
    expect(() => bgBb.logProbabilityAlive(donors, history, 0.5)).toThrow(/whole number/);
    expect(() => fitTiming(bgBb, { x: [3], tx: [2], T: [6], weight: [100] })).toThrow(/BG\/BB counts opportunities/);
  });
});

describe('BG/BB fitted', () => {
  it('recovers the parameters of 20,000 simulated customers within four standard errors', () => {
    const model = fitTiming(bgBb, cohort(donors, 20_000, 10, 'recover'));
    names.forEach((name, index) => {
      expect(Math.abs(model.params[name] - donors[name])).toBeLessThan(4 * (model.standardErrors[index] ?? 0));
    });
    expect(model.boundary).toBeNull();
  });

  it('counts a weight as that many rows', () => {
    const data = cohort(donors, 300, 5, 'weights');
    const weight = data.x.map((_, row) => 1 + (row % 3));
    const repeat = (column: readonly number[]): number[] =>
      column.flatMap((value, row) => Array.from({ length: weight[row] ?? 1 }, () => value));
    const weighted = fitTiming(bgBb, { ...data, weight });
    const repeated = fitTiming(bgBb, { x: repeat(data.x), tx: repeat(data.tx), T: repeat(data.T) });
    expect(weighted.logLikelihood).toBeCloseTo(repeated.logLikelihood, 9);
    expect(weighted.params.alpha / repeated.params.alpha).toBeCloseTo(1, 7);
  });

  const huge = 1e7;
  it.each([
    ['nobody leaves', { alpha: 2, beta: 3, gamma: 0, delta: 1 }, 'nobody-leaves'],
    ['one chance of buying and nobody leaves', { alpha: 0.3 * huge, beta: 0.7 * huge, gamma: 0, delta: 1 }, 'binomial'],
    ['one chance of buying for all', { alpha: 0.4 * huge, beta: 0.6 * huge, gamma: 1, delta: 4 }, 'one-purchase-chance'],
    ['one chance of leaving for all', { alpha: 1, beta: 2, gamma: 0.15 * huge, delta: 0.85 * huge }, 'one-leaving-chance'],
    ['one chance of each for all', { alpha: 0.4 * huge, beta: 0.6 * huge, gamma: 0.2 * huge, delta: 0.8 * huge }, 'one-chance-each'],
    ['leaving at once or never', { alpha: 2, beta: 3, gamma: 0.4 / huge, delta: 0.6 / huge }, 'at-once-or-never'],
    ['buying always while active', { alpha: 1, beta: 1 / huge, gamma: 1, delta: 4 }, 'always-buys'],
  ])('names the limit and predicts with it: %s', (_, truth, limit) => {
    const data = cohort(truth, 4000, 6, 'c');
    const model = fitTiming(bgBb, data);
    expect(model.boundary?.limit).toBe(limit);
    for (let row = 0; row < 200; row++) {
      const history = { x: data.x[row] ?? 0, tx: data.tx[row] ?? 0, T: 6 };
      const expected = bgBb.conditionalExpectation(model.params, history, 5);
      expect(expected >= 0 && expected <= 5).toBe(true);
      const truly = bgBb.conditionalExpectation(truth, history, 5);
      // The worst cell of 4,000 simulated customers; parameters are off by a few percent.
      expect(Math.abs(expected - truly)).toBeLessThan(0.5);
    }
    expect(bgBb.expectedPurchases(model.params, 6) * 4000).toBeCloseTo(
      data.x.reduce((a, b) => a + b, 0),
      -2,
    );
  });

  it('fits one customer with a prior, and refuses one without', () => {
    const one = { x: [2], tx: [3], T: [5] };
    expect(() => fitTiming(bgBb, one)).toThrow(expect.objectContaining({ code: 'CLV_TOO_FEW_CUSTOMERS' }));
    const model = fitTiming(bgBb, one, { prior: { sd: 1 } });
    expect(Object.values(model.params).every((value) => value > 0 && Number.isFinite(value))).toBe(true);
  });
});
