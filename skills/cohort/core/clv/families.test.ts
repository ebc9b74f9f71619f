/** What every timing family promises, shown for each of them: the estimator contract. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { log, makeRng, sum, sumOf } from '../../../sdk/numeric/index.ts';
import { drawLogNormal } from './draw-parameters.ts';
import { timingFamily, timingFamilyIds } from './families.ts';
import type { NegativeLogLikelihood } from './family.ts';
import { fitStatistics, fitTiming } from './fit-timing.ts';
import { type HistoryColumns, summarizeHistories } from './histories.ts';
import { predictTiming } from './predict-timing.ts';

/** Parameters in the middle of what real data give; of families named alike the first that fits. */
const truths: readonly (readonly [prefix: string, truth: readonly number[]])[] = [
  ['nbd', [0.8, 6]],
  ['bg-bb', [1.2, 0.75, 0.66, 2.8]],
  ['pareto-nbd', [0.8, 6, 0.7, 12]],
  ['', [0.8, 6, 0.9, 2.5]],
];

const named = (id: string, values: readonly number[]): Readonly<Record<string, number>> =>
  Object.fromEntries(timingFamily(id).parameters.map(({ name }, index) => [name, values[index] ?? 0]));

interface SimulatedColumns {
  readonly x: readonly number[];
  readonly tx: readonly number[];
  readonly T: readonly number[];
  readonly logGaps: readonly number[];
}

/** Phases are a number, so two of the families with phases stand for all. */
const tested = timingFamilyIds.filter((id) => !/[4-8]$/.test(id) && id !== 'bg-cnbd-3' && id !== 'mbg-cnbd-2');

describe.each(tested)('%s', (id) => {
  const family = timingFamily(id);
  const isDiscrete = id === 'bg-bb';
  const truth = truths.find(([prefix]) => id.startsWith(prefix))?.[1] ?? [];
  const params = named(id, truth);

  const simulateColumns = (seed: string, customers: number, values = truth): SimulatedColumns => {
    const rng = makeRng(seed);
    const rows = Array.from({ length: customers }, () => {
      const T = isDiscrete ? 6 : (140 + rng.integer(420)) / 7;
      const ages = family.simulate(named(id, values), T, rng);
      return {
        x: ages.length,
        tx: ages.at(-1) ?? 0,
        T,
        logGaps: sumOf(ages.length, (at) => Math.log((ages[at] ?? 0) - (ages[at - 1] ?? 0))),
      };
    });
    return {
      x: rows.map((row) => row.x),
      tx: rows.map((row) => row.tx),
      T: rows.map((row) => row.T),
      logGaps: rows.map((row) => row.logGaps),
    };
  };
  const data = simulateColumns('contract', 1500);
  const model = fitTiming(family, data);
  const some = [0, 1, 2, 3, 40, 41, 42].map((row) => ({ x: data.x[row] ?? 0, tx: data.tx[row] ?? 0, T: data.T[row] ?? 0 }));
  const parameter = fc.double({ min: -1, max: 1, noNaN: true }).map((exponent) => 10 ** exponent);
  const anywhere = fc.tuple(...truth.map((value) => parameter.map((factor) => value * factor)));
  const horizon = isDiscrete ? 10 : 26;

  it('recovers the parameters of 1,500 simulated customers within 4 standard errors', () => {
    const off = truth.map(
      (value, index) => Math.abs((model.params[family.parameters[index]?.name ?? ''] ?? 0) - value) / (model.standardErrors[index] ?? 0),
    );
    expect(Math.max(...off)).toBeLessThan(4);
    expect(model.boundary).toBeNull();
    expect(model.aic).toBeCloseTo(2 * truth.length - 2 * model.logLikelihood, 9);
  });

  it('is plain JSON, and the same bytes for the same rows in any order', () => {
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
    const reversed = { x: data.x.toReversed(), tx: data.tx.toReversed(), T: data.T.toReversed(), logGaps: data.logGaps };
    expect(JSON.stringify(fitTiming(family, reversed))).toBe(JSON.stringify(model));
  });

  it('takes a weight as so many rows', () => {
    const few = simulateColumns('weights', 200);
    const weight = few.x.length === 0 ? [] : Array.from({ length: 200 }, (_, row) => 1 + (row % 3));
    const repeated = (column: ArrayLike<number>): number[] =>
      Array.from(column).flatMap((value, row) => new Array<number>(weight[row] ?? 0).fill(value));
    const long = { x: repeated(few.x), tx: repeated(few.tx), T: repeated(few.T), logGaps: repeated(few.logGaps) };
    const [weighted, plain] = [fitTiming(family, { ...few, weight }), fitTiming(family, long)];
    expect(weighted.params).toEqual(plain.params);
    expect(weighted.logLikelihood).toBeCloseTo(plain.logLikelihood, 9);
    expect([weighted.customers, weighted.distinct]).toEqual([plain.customers, plain.distinct]);
  });

  it('scales with the unit of time: only times and densities are in it', () => {
    // Opportunities have no unit, and their likelihood is no density.
    if (isDiscrete) return expect(family.parameters.every(({ unit }) => unit === 'one')).toBe(true);
    const scaled = (column: ArrayLike<number>): number[] => Array.from(column, (value) => 7 * value);
    const logGaps = Array.from(data.logGaps, (value, row) => value + (data.x[row] ?? 0) * Math.log(7));
    const days = fitTiming(family, { x: data.x, tx: scaled(data.tx), T: scaled(data.T), logGaps });
    family.parameters.forEach(({ name, unit }) => {
      expect((days.params[name] ?? 0) / (unit === 'time' ? 7 : 1) / (model.params[name] ?? 1)).toBeCloseTo(1, 6);
    });
    expect(days.logLikelihood).toBeCloseTo(model.logLikelihood - sum(data.x) * Math.log(7), 4);
  });

  it('has the gradient of its likelihood, of histories together and of one', () => {
    const statistics = summarizeHistories(simulateColumns('gradient', 120));
    const single: NegativeLogLikelihood = (values, gradient) => {
      const total = new Float64Array(values.length);
      const own = new Float64Array(values.length);
      const value = some.reduce((before, history) => {
        const likelihood = family.logLikelihood(named(id, values), history, own);
        own.forEach((slope, index) => (total[index] = (total[index] ?? 0) - slope));
        return before - likelihood;
      }, 0);
      gradient.set(total);
      return value;
    };
    for (const objective of [family.objective(statistics), single]) {
      fc.assert(
        fc.property(anywhere, (at) => {
          expect(gradientError(objective, at)).toBeLessThan(1e-6);
        }),
        { numRuns: 25 },
      );
    }
  });

  it('has the gradient of each limit', () => {
    const statistics = summarizeHistories(simulateColumns('limits', 120));
    for (const limit of family.limits) {
      const at = limit.start(truth);
      expect(at.length).toBe(limit.free);
      expect(limit.embed(at).length).toBe(truth.length);
      expect(gradientError(limit.objective(statistics), at), limit.id).toBeLessThan(1e-5);
    }
  });

  it('sums single likelihoods over grouped rows', () => {
    const statistics = summarizeHistories({ ...data, logGaps: data.x.length === 0 ? [] : new Array<number>(1500).fill(0) });
    fc.assert(
      fc.property(anywhere, (at) => {
        const together = -family.objective(statistics)(at, new Float64Array(at.length));
        const alone = sumOf(1500, (row) =>
          family.logLikelihood(named(id, at), { x: data.x[row] ?? 0, tx: data.tx[row] ?? 0, T: data.T[row] ?? 0 }),
        );
        expect(Math.abs(together / alone - 1)).toBeLessThan(1e-10);
      }),
      { numRuns: 10 },
    );
  });

  it('predicts one row as it predicts many, within [0, 1] and not below zero', () => {
    const predicted = predictTiming(family, model, data, { horizon, ratePerTime: 0.002 });
    some.forEach((history, index) => {
      const row = [0, 1, 2, 3, 40, 41, 42][index] ?? 0;
      // Sums over many rows at once may add in another order.
      expect((predicted.expected[row] ?? 0) / family.conditionalExpectation(model.params, history, horizon)).toBeCloseTo(1, 12);
      expect(predicted.pAlive[row]).toBeCloseTo(Math.exp(family.logProbabilityAlive(model.params, history)), 14);
    });
    for (const column of [predicted.pAlive, predicted.pAliveLater, predicted.pPurchase])
      expect(column.every((p) => p >= 0 && p <= 1)).toBe(true);
    expect(
      predicted.expected.every(
        (value, row) => value >= (predicted.discounted[row] ?? 0) && value >= (predicted.pPurchase[row] ?? 0) * (1 - 1e-9),
      ),
    ).toBe(true);
    expect(predicted.pAliveLater.every((p, row) => p <= (predicted.pAlive[row] ?? 0) * (1 + 1e-9))).toBe(true);
  });

  it('expects less the more it discounts, and nothing in no time', () => {
    for (const history of some) {
      const at = [0, 0.001, 0.01, 0.1].map((rate) => family.discountedExpectation(params, history, horizon, rate));
      expect(at[0]).toBeCloseTo(family.conditionalExpectation(params, history, horizon), 8);
      expect(at.toSorted((a, b) => b - a)).toEqual(at);
      expect(family.conditionalExpectation(params, history, 0)).toBe(0);
      const forever = family.discountedExpectation(params, history, Number.POSITIVE_INFINITY, 0.01);
      expect(forever).toBeGreaterThanOrEqual((at[2] ?? 0) * (1 - 1e-9));
      expect(Number.isFinite(forever)).toBe(true);
    }
  });

  it('has counts whose probabilities add up to one with the expectation as their mean', () => {
    const most = isDiscrete ? horizon + 1 : 250;
    const check = (probability: (n: number) => number, expected: number): void => {
      expect(sumOf(most, probability)).toBeCloseTo(1, 6);
      expect(sumOf(most, (n) => n * probability(n)) / Math.max(expected, 1e-9)).toBeCloseTo(1, 4);
    };
    check((n) => family.countProbability(params, n, horizon), family.expectedPurchases(params, horizon));
    for (const history of some) {
      check((n) => family.futureCountProbability(params, history, n, horizon), family.conditionalExpectation(params, history, horizon));
    }
  });

  it('gives a probability to a busy customer who buys nothing more, however small', () => {
    if (isDiscrete) return;
    // Rates so high that nobody is idle for long, and nobody has had time to leave.
    const busy = named(id, id === 'pareto-nbd' ? [60, 6, 1e-30, 12] : [60, 6, 1e-30, 1].slice(0, truth.length));
    const history = { x: 12, tx: 1.2, T: 1.2 };
    const [half, whole] = [10, 20].map((t) => log(family.futureCountProbability(busy, history, 0, t)));
    expect(half).toBeLessThan(-40);
    expect(whole).toBeLessThan(half ?? 0);
    expect(family.countProbability(busy, 0, 20)).toBeGreaterThan(0);
  });

  it('draws futures with that mean, and times that are as many as the counts', () => {
    const rng = makeRng('futures');
    const history = some.reduce((best, one) => (one.x > best.x ? one : best));
    const draws = 20_000;
    const counts = Float64Array.from({ length: draws }, () => family.drawPurchases(params, history, horizon, rng));
    const times = Array.from({ length: draws }, () => family.drawPurchaseTimes(params, history, horizon, rng));
    const expected = family.conditionalExpectation(params, history, horizon);
    const spread = Math.sqrt(sumOf(draws, (at) => ((counts[at] ?? 0) - expected) ** 2)) / draws;
    // Four standard errors of the drawn mean.
    expect(Math.abs(sum(counts) / draws - expected)).toBeLessThan(4 * spread);
    expect(Math.abs(sumOf(draws, (at) => times[at]?.length ?? 0) / draws - expected)).toBeLessThan(4 * spread);
    for (const list of times) {
      expect(list.toSorted((a, b) => a - b)).toEqual(list);
      expect(list.every((time) => time > 0 && time <= horizon)).toBe(true);
    }
  });

  it('refuses too few customers, and takes one of them with a prior', () => {
    const none: HistoryColumns = { x: [], tx: [], T: [], logGaps: [] };
    const one: HistoryColumns = isDiscrete ? { x: [1], tx: [2], T: [6] } : { x: [1], tx: [2], T: [6], logGaps: [Math.log(2)] };
    const two = { x: [...Array.from(one.x), 0], tx: [2, 0], T: [6, 6], logGaps: [Math.log(2), 0] };
    const idle = {
      x: new Array<number>(50).fill(0),
      tx: new Array<number>(50).fill(0),
      T: new Array<number>(50).fill(6),
      logGaps: new Array<number>(50).fill(0),
    };
    for (const few of [none, one, two, idle]) {
      expect(() => fitTiming(family, few)).toThrow(expect.objectContaining({ code: 'CLV_TOO_FEW_CUSTOMERS' }));
    }
    const { params: found, boundary } = fitTiming(family, one, { prior: { sd: 1 } });
    expect(Object.values(found).every((value) => value > 0 && Number.isFinite(value))).toBe(true);
    expect(boundary).toBeNull();
    expect(() => fitTiming(family, none, { prior: { sd: 1 } })).toThrow(/found 0/);
    expect(() => fitTiming(family, one, { prior: { sd: 0 } })).toThrow(/sd > 0/);
    expect(() => fitTiming(family, data, { start: [1] })).toThrow(/positive numbers/);
  });

  it('starts above zero where everybody came today', () => {
    const today = summarizeHistories({ x: [0, 0], tx: [0, 0], T: [0, 0], logGaps: [0, 0] });
    expect(family.start(today).every((value) => value > 0)).toBe(true);
    expect(fitStatistics(family, today, { prior: { sd: 1 } }).boundary).toBeNull();
  });

  it('moves little under a weak prior', () => {
    const weak = fitTiming(family, data, { prior: { sd: 2 } });
    expect(weak.logLikelihood).toBeLessThanOrEqual(model.logLikelihood + 1e-9);
    expect(weak.logLikelihood).toBeGreaterThan(model.logLikelihood - 1);
  });

  it('fits customers who are all alike, and stays finite', () => {
    const same: HistoryColumns = {
      x: new Array<number>(60).fill(2),
      tx: new Array<number>(60).fill(3),
      T: new Array<number>(60).fill(6),
      logGaps: new Array<number>(60).fill(2 * Math.log(1.5)),
    };
    const fitted = fitTiming(family, same);
    expect(fitted.boundary).not.toBeNull();
    const predicted = predictTiming(family, fitted, same, { horizon, ratePerTime: 0.01 });
    for (const column of Object.values(predicted)) expect(column.every((value: number) => value >= 0 && Number.isFinite(value))).toBe(true);
  });

  it('ends in finite predictions and draws on 40 small data sets', () => {
    for (let seed = 0; seed < 40; seed++) {
      const rng = makeRng(`small ${seed}`);
      const values = truth.map((value) => value * Math.exp(rng.normal()));
      const small = simulateColumns(`small ${seed}`, 12 + rng.integer(60), values);
      if (sum(small.x) === 0) continue;
      const fitted = fitStatistics(family, summarizeHistories(small));
      const centre = family.parameters.map(({ name }) => fitted.params[name] ?? 0);
      for (const at of [fitted.params, named(id, drawLogNormal(centre, fitted.covarianceLog, rng))]) {
        const first = { x: small.x.slice(0, 8), tx: small.tx.slice(0, 8), T: small.T.slice(0, 8) };
        const { pAlive, expected, pPurchase } = predictTiming(family, { params: at }, first, { horizon });
        expect(pAlive.every((p) => p >= 0 && p <= 1) && pPurchase.every((p) => p >= 0 && p <= 1), `seed ${seed}`).toBe(true);
        expect(
          expected.every((value) => value >= 0 && Number.isFinite(value)),
          `seed ${seed}`,
        ).toBe(true);
      }
    }
  });

  it('refuses parameters, times and rates that are no numbers, instead of computing for ever', () => {
    const refusal = expect.objectContaining({ code: 'NUMERIC_DOMAIN' });
    const history = { x: 2, tx: 3, T: 6 };
    const calls: readonly ((at: typeof params, t: number) => unknown)[] = [
      (at) => family.logLikelihood(at, history),
      (at, t) => family.logProbabilityAlive(at, history, t),
      (at, t) => family.conditionalExpectation(at, history, t),
      (at, t) => family.expectedPurchases(at, t),
      (at, t) => family.countProbability(at, 2, t),
      (at, t) => family.futureCountProbability(at, history, 2, t),
      (at, t) => family.discountedExpectation(at, history, t, 0.01),
      (at, t) => family.drawPurchases(at, history, t, makeRng('refused')),
      (at, t) => family.drawPurchaseTimes(at, history, t, makeRng('refused')),
      (at, t) => family.simulate(at, t, makeRng('refused')),
    ];
    for (const call of calls) {
      for (const { name } of family.parameters) {
        const bad = [Number.NaN, Number.POSITIVE_INFINITY, -1, ...(name === family.parameters[0]?.name ? [0] : [])];
        for (const value of bad) expect(() => call({ ...params, [name]: value }, 4), `${name} = ${value}`).toThrow(refusal);
      }
      expect(() => call({}, 4)).toThrow(refusal);
      if (call === calls[0]) continue;
      for (const t of [Number.NaN, -1]) expect(() => call(params, t)).toThrow(refusal);
    }
    for (const rate of [Number.NaN, -1]) expect(() => family.discountedExpectation(params, history, 4, rate)).toThrow(refusal);
    for (const n of [Number.NaN, -1, 1.5]) {
      expect([family.countProbability(params, n, 4), family.futureCountProbability(params, history, n, 4)]).toEqual([0, 0]);
    }
  });

  it.each([
    { x: 1, tx: 5, T: 4 },
    { x: -1, tx: 0, T: 4 },
    { x: 1, tx: Number.NaN, T: 4 },
    { x: 0, tx: 2, T: 4 },
  ])('refuses %j', (history) => {
    const refusal = expect.objectContaining({ code: 'NUMERIC_DOMAIN' });
    expect(() => family.logLikelihood(params, history)).toThrow(refusal);
    expect(() => family.logProbabilityAlive(params, history)).toThrow(refusal);
    expect(() => family.conditionalExpectation(params, history, 4)).toThrow(refusal);
    const rows = { x: [2, history.x], tx: [3, history.tx], T: [4, history.T] };
    expect(() => predictTiming(family, { params }, rows, { horizon: 4 })).toThrow(refusal);
  });
});

it('says what to pass where an id stands for a family', () => {
  // What plain JavaScript may do.
  const byId = fitTiming as unknown as (id: string, data: HistoryColumns) => unknown;
  expect(() => byId('bg-nbd', { x: [], tx: [], T: [] })).toThrow(/timingFamily\('bg-nbd'\)/);
});

/** Largest difference between the gradient and central differences of the value, relative to the size of the value. */
function gradientError(objective: NegativeLogLikelihood, at: readonly number[]): number {
  const gradient = new Float64Array(at.length);
  const size = Math.max(1, Math.abs(objective(at, gradient)));
  const ignored = new Float64Array(at.length);
  return Math.max(
    ...at.map((value, index) => {
      const h = 1e-5 * value;
      const shifted = (by: number): number =>
        objective(
          at.map((other, place) => (place === index ? other + by : other)),
          ignored,
        );
      return (Math.abs((shifted(h) - shifted(-h)) / (2 * h) - (gradient[index] ?? 0)) * value) / size;
    }),
  );
}
