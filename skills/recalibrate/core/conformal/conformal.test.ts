import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import '../../../../test/property-seed.ts';
import type { Estimator } from '../../../sdk/estimator.ts';
import { exp, log, makeRng, type Rng, sum } from '../../../sdk/numeric/index.ts';
import {
  adaptiveConformal,
  boundOf,
  type CohortIntervals,
  type ConformalConfig,
  conformalBound,
  conformalisedQuantile,
  type IntervalColumns,
  type IntervalOutcomes,
  type IntervalRows,
  marginOf,
  mondrianConformal,
  type MondrianModel,
  type Nonconformity,
  nextAllowed,
  pointRows,
  rowsNeeded,
  splitConformal,
  type SplitModel,
  type WindowIntervals,
} from './index.ts';

splitConformal satisfies Estimator<IntervalOutcomes, ConformalConfig, SplitModel, IntervalColumns>;

/** Log-normal spend; intervals are too narrow by a factor, as bootstrap intervals of a mean would be. */
function customers(rng: Rng, count: number, narrow = 0.5): IntervalOutcomes {
  const median = Float64Array.from({ length: count }, () => exp(8 + rng.normal()));
  const outcome = median.map((value) => value * exp(0.8 * rng.normal()));
  return {
    predicted: median,
    low: median.map((value) => value * exp(-1.645 * 0.8 * narrow)),
    high: median.map((value) => value * exp(1.645 * 0.8 * narrow)),
    outcome,
  };
}

const coverage = ({ low, high }: IntervalColumns, outcome: Float64Array): number =>
  outcome.filter((value, row) => value >= low[row]! && value <= high[row]!).length / outcome.length;

const take = <Rows extends IntervalOutcomes>(rows: Rows, order: readonly number[]): Rows => {
  const pick = (column: unknown): unknown =>
    column instanceof Float64Array
      ? Float64Array.from(order, (row) => column[row]!)
      : column instanceof Int32Array
        ? Int32Array.from(order, (row) => column[row]!)
        : order.map((row) => (column as readonly string[])[row]!);
  return Object.fromEntries(Object.entries(rows).map(([name, column]) => [name, pick(column)])) as unknown as Rows;
};

const all: readonly Nonconformity[] = ['residual', 'scaled-residual', 'interval', 'relative-interval'];

describe('the conformal quantile', () => {
  it('is the ⌈(n + 1)·level⌉-th smallest score', () => {
    const scores = Float64Array.from({ length: 19 }, (_, index) => index + 1);
    expect(conformalBound(scores, 0.9)).toEqual({ kind: 'margin', margin: 18, n: 19 });
    expect(conformalBound(scores, 0.95)).toEqual({ kind: 'margin', margin: 19, n: 19 });
    expect(conformalBound(scores, 0.5)).toEqual({ kind: 'margin', margin: 10, n: 19 });
  });

  it('is infinite when the rows are too few, and says how many are needed', () => {
    expect(conformalBound(new Float64Array(8), 0.9)).toEqual({ kind: 'everything', n: 8, needed: 9 });
    expect(conformalBound(new Float64Array(9), 0.9)).toEqual({ kind: 'margin', margin: 0, n: 9 });
    expect([0.5, 0.8, 0.9, 0.95, 0.99].map(rowsNeeded)).toEqual([1, 4, 9, 19, 99]);
    expect(marginOf(conformalBound(new Float64Array(0), 0.9))).toBe(Number.POSITIVE_INFINITY);
  });

  it('needs as many rows as it says for every level, not one more for a rounding', () => {
    for (let percent = 1; percent < 100; percent++) {
      const needed = Math.ceil(percent / (100 - percent));
      expect(rowsNeeded(percent / 100)).toBe(needed);
      expect(conformalBound(new Float64Array(needed), percent / 100).kind).toBe('margin');
      if (needed > 1) expect(conformalBound(new Float64Array(needed - 1), percent / 100).kind).toBe('everything');
    }
  });

  it('is everything at a level of one, nothing at zero', () => {
    expect(conformalBound(Float64Array.of(1), 1)).toEqual({ kind: 'everything', n: 1, needed: null });
    expect(marginOf(conformalBound(Float64Array.of(1), 0))).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('coverage on rows that were not seen', () => {
  // Coverage of a new row given n calibration rows is Beta(k, n + 1 − k) with k = ⌈(n + 1)·level⌉; its mean is k / (n + 1).
  const [fitted, judged, runs] = [100, 100, 200];

  it.each([0.5, 0.8, 0.9, 0.95])('is at least %f on average over many fits, and not more than one row above', (level) => {
    for (const nonconformity of all) {
      const calibrator = nonconformity.endsWith('interval') ? conformalisedQuantile : splitConformal;
      const rng = makeRng(`coverage-${nonconformity}-${level}`);
      let held = 0;
      for (let run = 0; run < runs; run++) {
        const model = calibrator.fit({ level, nonconformity }, customers(rng, fitted));
        const later = customers(rng, judged);
        held += coverage(calibrator.predict(model, later), later.outcome) / runs;
      }
      // Variance of one run's share: that of the beta distribution, and of 100 draws from it.
      const variance = level * (1 - level) * (1 / (fitted + 2) + 1 / judged);
      const fourErrors = 4 * Math.sqrt(variance / runs);
      expect(held).toBeGreaterThan(level - fourErrors);
      expect(held).toBeLessThan(level + 1 / (fitted + 1) + fourErrors);
    }
  });

  it('is put right for intervals that were too narrow, and for ones that were too wide, which get narrower', () => {
    for (const narrow of [0.4, 2]) {
      const rng = makeRng(`given-${narrow}`);
      const later = customers(rng, 4000, narrow);
      const before = coverage(later, later.outcome);
      const model = conformalisedQuantile.fit({ level: 0.9, nonconformity: 'relative-interval' }, customers(rng, 4000, narrow));
      const found = conformalisedQuantile.predict(model, later);
      expect(Math.abs(before - 0.9)).toBeGreaterThan(0.09);
      expect(Math.abs(coverage(found, later.outcome) - 0.9)).toBeLessThan(0.03);
      const widths = (rows: IntervalColumns): number => sum(rows.high.map((high, row) => high - rows.low[row]!));
      expect(widths(found) < widths(later)).toBe(narrow > 1);
    }
  });

  it('is above the level, never below, where most outcomes are the same', () => {
    const rng = makeRng('zeros');
    const lapsed = (count: number): IntervalOutcomes => {
      const outcome = Float64Array.from({ length: count }, () => (rng.uniform() < 0.8 ? 0 : 1000 * rng.exponential()));
      const predicted = outcome.map(() => 200);
      return { predicted, low: predicted.map(() => 0), high: predicted.map(() => 100), outcome };
    };
    const model = conformalisedQuantile.fit({ level: 0.6 }, lapsed(500));
    const later = lapsed(2000);
    const found = conformalisedQuantile.predict(model, later);
    expect(coverage(found, later.outcome)).toBeGreaterThan(0.6);
    expect(found.low.every((low) => low === 0)).toBe(true);
  });
});

describe('split and conformalised intervals', () => {
  const given: IntervalRows = {
    predicted: Float64Array.of(10, 100),
    low: Float64Array.of(8, 60),
    high: Float64Array.of(14, 180),
  };
  const nine = (scores: readonly number[]): IntervalOutcomes => ({
    predicted: Float64Array.from(scores, () => 50),
    low: Float64Array.from(scores, () => 40),
    high: Float64Array.from(scores, () => 60),
    outcome: Float64Array.from(scores, (score) => 60 + score),
  });

  it('widen every interval by the margin', () => {
    const model = conformalisedQuantile.fit({ level: 0.9 }, nine([-5, -4, -3, -2, -1, 0, 1, 2, 3]));
    expect(model).toMatchObject({ kind: 'conformalised-quantile', bound: { kind: 'margin', margin: 3, n: 9 } });
    expect(conformalisedQuantile.predict(model, given)).toEqual({ low: Float64Array.of(5, 57), high: Float64Array.of(17, 183) });
  });

  it('or in proportion to its width', () => {
    const model = conformalisedQuantile.fit({ level: 0.9, nonconformity: 'relative-interval' }, nine([0, 0, 0, 0, 0, 0, 0, 0, 10]));
    expect(marginOf(model.bound)).toBe(0.5);
    expect(conformalisedQuantile.predict(model, given)).toEqual({ low: Float64Array.of(5, 0), high: Float64Array.of(17, 240) });
  });

  it('reach around predictions alone, cut at zero', () => {
    const model = splitConformal.fit({ level: 0.9 }, { ...pointRows(new Float64Array(9).fill(50)), outcome: new Float64Array(9).fill(70) });
    expect(splitConformal.predict(model, pointRows(Float64Array.of(5, 100)))).toEqual({
      low: Float64Array.of(0, 80),
      high: Float64Array.of(25, 120),
    });
  });

  it('go below zero only when told that outcomes may', () => {
    const returns = { ...pointRows(new Float64Array(9)), outcome: new Float64Array(9).fill(-20) };
    expect(() => splitConformal.fit({ level: 0.9 }, returns)).toThrow(/outcome -20 in row 0 is below the floor 0/u);
    const model = splitConformal.fit({ level: 0.9, floor: null }, returns);
    expect(splitConformal.predict(model, pointRows(Float64Array.of(5))).low[0]).toBe(-15);
  });

  it('are infinite on three customers, and say that nine are needed', () => {
    const model = splitConformal.fit({ level: 0.9 }, take(customers(makeRng('three'), 3), [0, 1, 2]));
    expect(model.bound).toEqual({ kind: 'everything', n: 3, needed: 9 });
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
    expect(splitConformal.predict(model, given)).toEqual({
      low: Float64Array.of(0, 0),
      high: Float64Array.of(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
    });
  });

  it('collapse to the middle where a negative margin leaves nothing', () => {
    const model = conformalisedQuantile.fit(
      { level: 0.5 },
      {
        predicted: new Float64Array(9).fill(50),
        low: new Float64Array(9),
        high: new Float64Array(9).fill(100),
        outcome: new Float64Array(9).fill(50),
      },
    );
    expect(marginOf(model.bound)).toBe(-50);
    expect(conformalisedQuantile.predict(model, given)).toEqual({ low: Float64Array.of(11, 110), high: Float64Array.of(11, 130) });
  });

  it('turn crossed quantiles round', () => {
    const rows = customers(makeRng('crossed'), 400);
    const model = conformalisedQuantile.fit({ level: 0.9 }, { ...rows, low: rows.high, high: rows.low });
    const found = conformalisedQuantile.predict(model, { ...rows, low: rows.high, high: rows.low });
    expect(found.low.every((low, row) => low <= found.high[row]!)).toBe(true);
    expect(coverage(found, rows.outcome)).toBeGreaterThanOrEqual(0.9);
  });

  it('hold the level on the rows of the fit, are in order, above the floor, and do not depend on the order of rows', () => {
    const level = fc.double({ min: 0.05, max: 0.99, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), level, fc.constantFrom(...all), fc.string(), (count, wanted, nonconformity, seed) => {
        const rows = customers(makeRng(seed), count);
        const calibrator = nonconformity.endsWith('interval') ? conformalisedQuantile : splitConformal;
        const model = calibrator.fit({ level: wanted, nonconformity }, rows);
        const turned = take(
          rows,
          Array.from({ length: count }, (_, row) => count - 1 - row),
        );
        expect(JSON.stringify(calibrator.fit({ level: wanted, nonconformity }, turned))).toBe(JSON.stringify(model));
        const found = calibrator.predict(JSON.parse(JSON.stringify(model)) as typeof model, rows);
        expect(found.low.every((low, row) => low >= 0 && low <= found.high[row]!)).toBe(true);
        // The row that sets the margin may be outside by a rounding.
        expect(
          coverage({ low: found.low.map((low) => low * (1 - 1e-12)), high: found.high.map((high) => high * (1 + 1e-12)) }, rows.outcome),
        ).toBeGreaterThanOrEqual(wanted);
      }),
    );
  });

  const good = customers(makeRng('good'), 20);
  it.each([
    ['no rows', { level: 0.9 }, take(good, []), /no rows/u],
    ['a level of one', { level: 1 }, good, /level 1; give the share/u],
    ['a level that is NaN', { level: Number.NaN }, good, /level NaN/u],
    ['NaN', { level: 0.9 }, { ...good, high: good.high.map(() => Number.NaN) }, /'high' has NaN in row 0/u],
    ['an infinite interval', { level: 0.9 }, { ...good, high: good.high.map(() => Number.POSITIVE_INFINITY) }, /'high' has Infinity/u],
    ['columns of unequal length', { level: 0.9 }, { ...good, low: Float64Array.of(1) }, /'low' has 1 rows, 'predicted' has 20/u],
    ['a width that is no unit', { level: 0.9, leastWidth: 0 }, good, /leastWidth 0/u],
    ['a measure of the other method', { level: 0.9, nonconformity: 'residual' as const }, good, /'residual' is not a measure of/u],
  ])('refuse %s', (_, config, rows, message) => {
    expect(() => conformalisedQuantile.fit(config, rows)).toThrow(message);
  });
});

/** Three cohorts whose intervals are wrong in three ways; `tiny` is a part of `wild`. */
function threeCohorts(rng: Rng, count: number): CohortIntervals & IntervalOutcomes {
  const spread: Readonly<Record<string, number>> = { calm: 0.2, usual: 0.8, wild: 1.6, tiny: 1.6 };
  const cohort = Array.from({ length: count }, (_, row) => (row % 50 === 0 ? 'tiny' : ['calm', 'usual', 'wild'][row % 3]!));
  const predicted = Float64Array.from(cohort, () => exp(8 + rng.normal()));
  return {
    cohort,
    predicted,
    low: predicted.map((value) => value * exp(-1.3)),
    high: predicted.map((value) => value * exp(1.3)),
    outcome: predicted.map((value, row) => value * exp(spread[cohort[row]!]! * rng.normal())),
  };
}

describe('Mondrian intervals', () => {
  const config = { level: 0.9, nonconformity: 'relative-interval' as const, parents: { tiny: 'wild', wild: 'world', usual: 'world' } };
  const rng = makeRng('mondrian');
  const model: MondrianModel = mondrianConformal.fit(config, threeCohorts(rng, 1500));
  const later = threeCohorts(rng, 6000);

  it('hold the level in every cohort, where one margin for everybody does not', () => {
    const together = conformalisedQuantile.predict(
      conformalisedQuantile.fit({ level: 0.9, nonconformity: 'relative-interval' }, later),
      later,
    );
    const byCohort = mondrianConformal.predict(model, later);
    const within = (found: IntervalColumns, name: string): number => {
      const rows = later.cohort.flatMap((own, row) => (own === name ? [row] : []));
      const pick = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row]!);
      return coverage({ low: pick(found.low), high: pick(found.high) }, pick(later.outcome));
    };
    expect(within(together, 'calm')).toBe(1);
    expect(within(together, 'wild')).toBeLessThan(0.82);
    // About 490 rows of a cohort make the margin, 2,000 judge it: standard error 1.5 %.
    for (const name of ['calm', 'usual', 'wild']) expect(Math.abs(within(byCohort, name) - 0.9)).toBeLessThan(0.045);
  });

  it('take the margin of the parent for a cohort of few, and say so', () => {
    expect(model.cohorts['tiny']).toMatchObject({ n: 30, from: 'wild' });
    expect(model.cohorts['tiny']!.bound).toEqual(model.cohorts['wild']!.bound);
    expect(model.cohorts['wild']).toMatchObject({ from: 'wild' });
    expect(model.cohorts['wild']!.n).toBe(520); // its own 490 and the 30 of its part
    expect(Object.keys(model.cohorts)).toEqual(['calm', 'tiny', 'usual', 'wild', 'world']);
  });

  it('go up as far as they must: to the parent of the parent, then to everybody', () => {
    const few = mondrianConformal.fit({ ...config, leastRows: 600 }, threeCohorts(makeRng('up'), 1500));
    expect(few.cohorts['tiny']).toMatchObject({ from: 'world' });
    expect(few.cohorts['calm']).toMatchObject({ from: null, bound: few.everybody });
  });

  it('give a cohort that was not seen the margin of its parent, and a stranger that of everybody', () => {
    const wider = { ...model, parents: { ...model.parents, new: 'usual' } };
    expect(boundOf(wider, 'new')).toEqual(model.cohorts['usual']!.bound);
    expect(boundOf(wider, 'stranger')).toEqual(model.everybody);
    expect(boundOf(wider, 'toString')).toEqual(model.everybody);
  });

  it('are infinite when there are too few of everybody', () => {
    const few = mondrianConformal.fit(config, threeCohorts(makeRng('few'), 3));
    expect(few.everybody).toEqual({ kind: 'everything', n: 3, needed: 9 });
    expect(mondrianConformal.predict(few, later).high[0]).toBe(Number.POSITIVE_INFINITY);
  });

  it('do not depend on the order of rows, and survive JSON', () => {
    const rows = threeCohorts(makeRng('order'), 300);
    const turned = take(
      rows,
      Array.from({ length: 300 }, (_, row) => 299 - row),
    );
    const found = mondrianConformal.fit(config, rows);
    expect(JSON.stringify(mondrianConformal.fit(config, turned))).toBe(JSON.stringify(found));
    expect(mondrianConformal.predict(JSON.parse(JSON.stringify(found)) as MondrianModel, rows)).toEqual(
      mondrianConformal.predict(found, rows),
    );
  });

  it('refuse cohorts that are part of themselves, and columns that do not fit', () => {
    const rows = threeCohorts(makeRng('refuse'), 30);
    expect(() => mondrianConformal.fit({ level: 0.9, parents: { calm: 'usual', usual: 'calm' } }, rows)).toThrow(
      /part of itself by calm → usual → calm|part of itself by usual → calm → usual/u,
    );
    expect(() => mondrianConformal.fit({ level: 0.9, leastRows: 0 }, rows)).toThrow(/leastRows 0/u);
    expect(() => mondrianConformal.fit({ level: 0.9 }, { ...rows, cohort: ['a'] })).toThrow(/1 cohorts for 30 rows/u);
  });
});

/** Windows of customers whose spread doubles from a window on. */
function windows(rng: Rng, count: number, perWindow: number, breakAt: number): WindowIntervals {
  const window = Int32Array.from({ length: count * perWindow }, (_, row) => Math.floor(row / perWindow));
  const predicted = Float64Array.from(window, () => 1000);
  return {
    window,
    predicted,
    low: predicted.map(() => 900),
    high: predicted.map(() => 1100),
    outcome: predicted.map((value, row) => Math.max(0, value + (window[row]! >= breakAt ? 160 : 80) * rng.normal())),
  };
}

describe('adaptive intervals', () => {
  it('come back to the level after a break that a fixed margin never recovers from', () => {
    const rows = windows(makeRng('break'), 60, 200, 20);
    const fixed = conformalisedQuantile.fit(
      { level: 0.9 },
      take(
        rows,
        Array.from({ length: 4000 }, (_, row) => row),
      ),
    );
    const after = take(
      rows,
      Array.from({ length: 4000 }, (_, row) => 8000 + row),
    );
    expect(coverage(conformalisedQuantile.predict(fixed, after), after.outcome)).toBeLessThan(0.68);
    const model = adaptiveConformal.fit({ level: 0.9, rate: 0.3, memory: 12 }, rows);
    const held = (from: number, to: number): number => {
      const steps = model.steps.filter(({ window }) => window >= from && window < to);
      return 1 - sum(steps.map(({ missed }) => missed)) / steps.length;
    };
    expect(Math.abs(held(5, 20) - 0.9)).toBeLessThan(0.02);
    expect(held(20, 21)).toBeLessThan(0.7); // Φ(1.645 / 2) gives 0.59
    expect(Math.abs(held(35, 60) - 0.9)).toBeLessThan(0.02);
  });

  it('hold the level in the long run whatever comes, within the bound of the paper', () => {
    const shift = fc.array(fc.double({ min: 0, max: 1e4, noNaN: true }), { minLength: 5, maxLength: 40 });
    fc.assert(
      fc.property(
        shift,
        fc.double({ min: 0.02, max: 1, noNaN: true }),
        fc.double({ min: 0.5, max: 0.95, noNaN: true }),
        (levels, rate, level) => {
          const rng = makeRng('any');
          const rows: WindowIntervals = {
            window: Int32Array.from(levels, (_, index) => index),
            ...pointRows(new Float64Array(levels.length)),
            outcome: Float64Array.from(levels, (value) => value + rng.uniform()),
          };
          const { steps } = adaptiveConformal.fit({ level, rate }, rows);
          const missed = sum(steps.map((step) => step.missed)) / steps.length;
          const bound = (Math.max(1 - level, level) + rate) / (rate * steps.length);
          expect(Math.abs(missed - (1 - level))).toBeLessThanOrEqual(bound + 1e-9);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('allow less after a miss, more after none', () => {
    expect(nextAllowed(0.1, 0, 0.9, 0.05)).toBeCloseTo(0.105, 15);
    expect(nextAllowed(0.1, 1, 0.9, 0.05)).toBeCloseTo(0.055, 15);
  });

  it('have nothing to say of a first window, and everything as its interval', () => {
    const model = adaptiveConformal.fit({ level: 0.9 }, windows(makeRng('first'), 1, 5, 9));
    expect(model).toMatchObject({ allowed: expect.closeTo(0.1, 12), bound: { kind: 'everything', n: 5, needed: 9 }, steps: [] });
  });

  it('forget windows beyond the memory', () => {
    const rows = windows(makeRng('memory'), 30, 100, 15);
    const short = adaptiveConformal.fit({ level: 0.9, memory: 3 }, rows);
    expect(short.bound.n).toBe(300);
    expect(adaptiveConformal.fit({ level: 0.9 }, rows).bound.n).toBe(3000);
  });

  it('go by the number of the window, not by the order of rows', () => {
    const rows = windows(makeRng('order'), 10, 30, 5);
    const turned = take(
      rows,
      Array.from({ length: 300 }, (_, row) => 299 - row),
    );
    expect(JSON.stringify(adaptiveConformal.fit({ level: 0.8 }, turned))).toBe(JSON.stringify(adaptiveConformal.fit({ level: 0.8 }, rows)));
    const apart = adaptiveConformal.fit({ level: 0.8 }, { ...rows, window: rows.window.map((window) => 10 * window - 7) });
    expect(apart.allowed).toBe(adaptiveConformal.fit({ level: 0.8 }, rows).allowed);
  });

  it.each([
    ['a rate of zero', { rate: 0 }, /rate 0/u],
    ['a memory of none', { memory: 0 }, /memory 0/u],
    ['half a window', { memory: 1.5 }, /memory 1.5/u],
  ])('refuse %s', (_, config, message) => {
    expect(() => adaptiveConformal.fit({ level: 0.9, ...config }, windows(makeRng('refuse'), 3, 5, 9))).toThrow(message);
  });

  it('refuse windows that do not fit', () => {
    expect(() => adaptiveConformal.fit({ level: 0.9 }, { ...windows(makeRng('x'), 3, 5, 9), window: Int32Array.of(1) })).toThrow(
      /1 windows for 15 rows/u,
    );
  });
});

it('log-normal spend has the spread that the tests suppose', () => {
  const { outcome, predicted } = customers(makeRng('spread'), 20_000);
  const ratios = outcome.map((value, row) => log(value / predicted[row]!));
  expect(Math.sqrt(sum(ratios.map((value) => value * value)) / ratios.length)).toBeCloseTo(0.8, 1);
});
