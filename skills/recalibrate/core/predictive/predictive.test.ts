import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import '../../../../test/property-seed.ts';
import type { Estimator } from '../../../sdk/estimator.ts';
import { clopperPearsonInterval, exp, makeRng, normalCdf, normalQuantile, type Rng, sum } from '../../../sdk/numeric/index.ts';
import {
  continuousPit,
  crpsOfClimatology,
  crpsOfEnsemble,
  crpsOfNormal,
  crpsOfQuantiles,
  distributional,
  type DistributionalModel,
  intervalQuality,
  levelCalibration,
  logScoreOfNormal,
  maturedCoverage,
  type MaturedRows,
  meanPit,
  meanScore,
  pinballLoss,
  pitHistogram,
  pitOfCounts,
  pitOfEnsemble,
  type PitRows,
  rawLevels,
  scoreCounts,
  skillScore,
  winklerScores,
} from './index.ts';

({ ...distributional, predict: (model: DistributionalModel, rows: PitRows) => distributional.predict(model, rows.at) }) satisfies Estimator<
  PitRows,
  object,
  DistributionalModel,
  Float64Array
>;

const normals = (rng: Rng, count: number): Float64Array => Float64Array.from({ length: count }, () => rng.normal());
const amount = fc.double({ min: -100, max: 100, noNaN: true });

describe('CRPS', () => {
  it('of an ensemble is what the definition with every pair gives', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 2, maxLength: 12 }), amount, (draws, outcome) => {
        const m = draws.length;
        const away = sum(draws.map((draw) => Math.abs(draw - outcome))) / m;
        const pairs = sum(draws.flatMap((a) => draws.map((b) => Math.abs(a - b))));
        const ensemble = { draws: Float64Array.from(draws), perRow: m };
        expect(crpsOfEnsemble(ensemble, Float64Array.of(outcome))[0]).toBeCloseTo(away - pairs / (2 * m * m), 9);
        expect(crpsOfEnsemble(ensemble, Float64Array.of(outcome), { isFair: true })[0]).toBeCloseTo(away - pairs / (2 * m * (m - 1)), 9);
      }),
    );
  });

  it('of a fair ensemble is that of the distribution on average, however few draws; of the draws themselves it is larger', () => {
    const rng = makeRng('fair');
    const rows = 20_000;
    const outcome = normals(rng, rows);
    const draws = { draws: normals(rng, 3 * rows), perRow: 3 };
    const exact = meanScore(crpsOfNormal(new Float64Array(rows), new Float64Array(rows).fill(1), outcome)).mean;
    const fair = meanScore(crpsOfEnsemble(draws, outcome, { isFair: true }));
    expect(exact).toBeCloseTo(1 / Math.sqrt(Math.PI), 2); // expectation of a right standard normal forecast
    expect(Math.abs(fair.mean - exact)).toBeLessThan(4 * fair.standardError!);
    expect(meanScore(crpsOfEnsemble(draws, outcome)).mean).toBeGreaterThan(exact + 0.1);
  });

  it('of quantiles comes close to that of the distribution, evenly spaced or not', () => {
    const outcome = Float64Array.of(-1.3, 0, 0.4, 2.5);
    const exact = crpsOfNormal(new Float64Array(4), new Float64Array(4).fill(1), outcome);
    for (const levels of [
      Array.from({ length: 200 }, (_, index) => (index + 0.5) / 200),
      Array.from({ length: 199 }, (_, index) => normalCdf((index - 99) / 28)),
    ]) {
      const found = crpsOfQuantiles({ levels, quantiles: levels.map((level) => new Float64Array(4).fill(normalQuantile(level))) }, outcome);
      found.forEach((score, row) => expect(Math.abs(score - exact[row]!)).toBeLessThan(0.003));
    }
  });

  it('of the median alone is the absolute error', () => {
    const forecast = { levels: [0.5], quantiles: [Float64Array.of(3, 3)] };
    expect(crpsOfQuantiles(forecast, Float64Array.of(5, 1))).toEqual(Float64Array.of(2, 2));
    expect(crpsOfNormal(Float64Array.of(3), Float64Array.of(0), Float64Array.of(5))[0]).toBe(2);
  });

  it('of a normal distribution of next to no spread is the absolute error', () => {
    const [score] = crpsOfNormal(Float64Array.of(7), Float64Array.of(1e-310), Float64Array.of(107));
    expect(score).toBe(100);
  });

  it('of climatology takes every outcome as a draw', () => {
    fc.assert(
      fc.property(fc.array(amount, { minLength: 1, maxLength: 15 }), (values) => {
        const outcome = Float64Array.from(values);
        const draws = { draws: Float64Array.from(values.flatMap(() => values)), perRow: values.length };
        const expected = crpsOfEnsemble(draws, outcome);
        crpsOfClimatology(outcome).forEach((score, row) => expect(score).toBeCloseTo(expected[row]!, 9));
      }),
    );
  });

  it('and the logarithmic score are proper: the true spread scores best', () => {
    const outcome = normals(makeRng('proper'), 20_000);
    const zero = new Float64Array(outcome.length);
    for (const score of [crpsOfNormal, logScoreOfNormal]) {
      const of = (sd: number): number =>
        meanScore(
          score(
            zero,
            zero.map(() => sd),
            outcome,
          ),
        ).mean;
      expect(of(1)).toBeLessThan(of(0.8));
      expect(of(1)).toBeLessThan(of(1.25));
    }
  });

  it('gives the skill against climatology, and none against a perfect reference', () => {
    const outcome = Float64Array.of(1, 2, 3, 10);
    expect(skillScore(new Float64Array(4), crpsOfClimatology(outcome))).toBe(1);
    expect(skillScore(crpsOfClimatology(outcome), crpsOfClimatology(outcome))).toBe(0);
    expect(skillScore(outcome, new Float64Array(4))).toBeNull();
  });

  it.each([
    [
      'draws that do not fit',
      () => crpsOfEnsemble({ draws: Float64Array.of(1, 2, 3), perRow: 2 }, Float64Array.of(1)),
      /3 draws for 1 rows/u,
    ],
    [
      'one draw for the fair score',
      () => crpsOfEnsemble({ draws: Float64Array.of(1), perRow: 1 }, Float64Array.of(1), { isFair: true }),
      /at least 2/u,
    ],
    ['NaN', () => crpsOfEnsemble({ draws: Float64Array.of(Number.NaN), perRow: 1 }, Float64Array.of(1)), /'draws' has NaN/u],
    ['a negative spread', () => crpsOfNormal(Float64Array.of(1), Float64Array.of(-1), Float64Array.of(1)), /'sd' has -1/u],
    [
      'no spread for the logarithmic score',
      () => logScoreOfNormal(Float64Array.of(1), Float64Array.of(0), Float64Array.of(1)),
      /'sd' has 0/u,
    ],
    ['levels that fall', () => pinballLoss({ levels: [0.5, 0.1], quantiles: [] }, Float64Array.of(1)), /levels 0.5, 0.1/u],
    ['a level of one', () => pinballLoss({ levels: [1], quantiles: [] }, Float64Array.of(1)), /levels 1/u],
    [
      'a column missing',
      () => pinballLoss({ levels: [0.1, 0.5], quantiles: [Float64Array.of(1)] }, Float64Array.of(1)),
      /1 columns for 2/u,
    ],
    ['no rows', () => meanScore(new Float64Array()), /no rows/u],
    ['a score that is NaN', () => meanScore(Float64Array.of(1, Number.NaN)), /score of row 1/u],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('the PIT', () => {
  it('is flat when distributions are right, of continuous outcomes, counts and draws alike', () => {
    const rng = makeRng('flat');
    const rows = 4000;
    const mean = Float64Array.from({ length: rows }, () => 0.3 + 3 * rng.uniform());
    const size = new Float64Array(rows).fill(1.5);
    const counts = mean.map((value) => rng.poisson((value * rng.gamma(1.5)) / 1.5));
    const outcome = normals(rng, rows);
    const all: readonly PitRows[] = [
      continuousPit(outcome.map(normalCdf)),
      pitOfCounts({ mean, size }, counts),
      pitOfEnsemble({ draws: normals(rng, 7 * rows), perRow: 7 }, outcome),
    ];
    for (const pit of all) {
      const { bins, mean: centre, variance } = pitHistogram(pit);
      // Standard error of a share of 0.1 in 4,000 rows: 0.0047.
      for (const { share } of bins) expect(Math.abs(share - 0.1)).toBeLessThan(0.02);
      expect(centre).toBeCloseTo(0.5, 1);
      expect(variance).toBeCloseTo(1 / 12, 2);
    }
  });

  it('heaps up at both ends when they are too narrow, in the middle when too wide, at one side when biased', () => {
    const outcome = normals(makeRng('shape'), 3000);
    const of = (shift: number, sd: number) => pitHistogram(continuousPit(outcome.map((value) => normalCdf((value - shift) / sd))));
    expect(of(0, 0.5).variance).toBeGreaterThan(0.12);
    expect(of(0, 2).variance).toBeLessThan(0.05);
    expect(of(-1, 1).mean).toBeGreaterThan(0.65);
    expect(of(0, 0.5).bins[0]!.share).toBeGreaterThan(0.2);
  });

  it('spreads an outcome that has probability of its own, such as a spend of nothing', () => {
    // 60 % chance of nothing, and nothing came: six tenths of the picture are filled evenly.
    const { bins } = pitHistogram({ below: Float64Array.of(0), at: Float64Array.of(0.6) });
    bins.forEach(({ share }, index) => expect(share).toBeCloseTo(index < 6 ? 1 / 6 : 0, 12));
  });

  it('adds up to one and does not depend on the order of rows', () => {
    const span = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (spans, bins) => {
        const rows = (of: typeof spans): PitRows => ({
          below: Float64Array.from(of, ([a, b]) => Math.min(a, b)),
          at: Float64Array.from(of, ([a, b]) => Math.max(a, b)),
        });
        const found = pitHistogram(rows(spans), bins);
        expect(sum(found.bins.map(({ share }) => share))).toBeCloseTo(1, 12);
        expect(found.bins.every(({ share }) => share >= -1e-15)).toBe(true);
        expect(JSON.stringify(pitHistogram(rows(spans.toReversed()), bins))).toBe(JSON.stringify(found));
      }),
    );
  });

  it('of counts agrees with sums of probabilities, and the negative binomial of a large size with Poisson', () => {
    const [mean, outcome] = [Float64Array.of(2, 2, 0.1), Float64Array.of(0, 3, 1)];
    const poisson = pitOfCounts({ mean }, outcome);
    expect(poisson.at[1]).toBeCloseTo(exp(-2) * (1 + 2 + 2 + 4 / 3), 14);
    expect(poisson.below[0]).toBe(0);
    const wide = pitOfCounts({ mean, size: mean.map(() => 1e9) }, outcome);
    wide.at.forEach((value, row) => expect(value).toBeCloseTo(poisson.at[row]!, 6));
    // Geometric distribution of mean 1: P(0) = 1/2, P(0 or 1) = 3/4.
    const geometric = pitOfCounts({ mean: Float64Array.of(1), size: Float64Array.of(1) }, Float64Array.of(1));
    expect([geometric.below[0], geometric.at[0]]).toEqual([expect.closeTo(0.5, 14), expect.closeTo(0.75, 14)]);
  });

  it('of a negative binomial of any large size is that of Poisson, and counts too large to be gone through are refused', () => {
    const mean = Float64Array.of(4, 20, 0.5);
    const outcome = Float64Array.of(3, 30, 0);
    const poisson = scoreCounts({ mean }, outcome).rankedProbability;
    for (const size of [1e10, 1e14, 1e300]) {
      const scores = scoreCounts({ mean, size: new Float64Array(3).fill(size) }, outcome).rankedProbability;
      scores.forEach((score, row) => expect(score).toBeCloseTo(poisson[row] ?? Number.NaN, 7));
    }
    expect(() => scoreCounts({ mean }, Float64Array.of(3, 1e12, 0))).toThrow(/row 1 has outcome 1000000000000/);
    expect(() => pitOfCounts({ mean: Float64Array.of(1e9) }, Float64Array.of(3))).toThrow(/mean 1000000000/);
  });

  it('of counts scores the true spread best', () => {
    const rng = makeRng('counts');
    const mean = new Float64Array(8000).fill(2);
    const outcome = mean.map((value) => rng.poisson((value * rng.gamma(0.8)) / 0.8));
    const of = (size: number): readonly [number, number] => {
      const { rankedProbability, dawidSebastiani } = scoreCounts({ mean, size: mean.map(() => size) }, outcome);
      return [meanScore(rankedProbability).mean, meanScore(dawidSebastiani).mean];
    };
    const [right, narrow, wide] = [of(0.8), of(8), of(0.2)];
    for (const index of [0, 1] as const) {
      expect(right[index]).toBeLessThan(narrow[index]);
      expect(right[index]).toBeLessThan(wide[index]);
    }
  });

  it.each([
    ['no rows', () => pitHistogram({ below: new Float64Array(), at: new Float64Array() }), /no rows/u],
    ['probabilities above one', () => pitHistogram(continuousPit(Float64Array.of(1.1))), /P\(less\) 1.1/u],
    ['below above at', () => pitHistogram({ below: Float64Array.of(0.5), at: Float64Array.of(0.4) }), /0 ≤ below ≤ at ≤ 1/u],
    ['no bins', () => pitHistogram(continuousPit(Float64Array.of(0.5)), 0), /0 bins/u],
    ['one level', () => levelCalibration(continuousPit(Float64Array.of(0.5)), 'quantile', 1), /1 levels/u],
    ['half a purchase', () => pitOfCounts({ mean: Float64Array.of(1) }, Float64Array.of(0.5)), /outcome 0.5 in row 0 is no count/u],
    ['a mean of zero', () => scoreCounts({ mean: Float64Array.of(0) }, Float64Array.of(0)), /'mean' has 0/u],
    ['a size of zero', () => scoreCounts({ mean: Float64Array.of(1), size: Float64Array.of(0) }, Float64Array.of(0)), /'size' has 0/u],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});

describe('calibration of levels', () => {
  it('lies on the diagonal when right, and off it by what is wrong', () => {
    const outcome = normals(makeRng('levels'), 20_000);
    const of = (sd: number, kind: 'quantile' | 'interval') =>
      levelCalibration(continuousPit(outcome.map((value) => normalCdf(value / sd))), kind);
    for (const kind of ['quantile', 'interval'] as const) expect(of(1, kind).miscalibrationArea).toBeLessThan(0.01);
    const narrow = of(0.5, 'interval');
    expect(narrow.levels[90]!.said).toBe(0.9);
    // Standard error of the share: 0.0035.
    expect(Math.abs(narrow.levels[90]!.seen - (2 * normalCdf(0.5 * 1.6449) - 1))).toBeLessThan(0.015);
    expect(narrow.miscalibrationArea).toBeGreaterThan(0.15);
  });

  it('spreads counts as the PIT does', () => {
    const rows = { below: Float64Array.of(0), at: Float64Array.of(1) };
    expect(levelCalibration(rows, 'interval').rootMeanSquareError).toBeCloseTo(0, 14);
    expect(meanPit(rows, [0.3])[0]).toBeCloseTo(0.3, 15);
  });
});

describe('quality of intervals', () => {
  const low = Float64Array.of(0, 0, 0, 0);
  const high = Float64Array.of(10, 10, 10, 10);

  it('counts ends as inside, and says on which side the others are', () => {
    const found = intervalQuality({ low, high }, Float64Array.of(0, 10, 11, -5), 0.8);
    expect(found).toMatchObject({ n: 4, coverage: 0.5, below: 0.25, above: 0.25, meanWidth: 10, crossed: 0, unbounded: 0 });
    // 10 wide, and 2 / 0.2 for each unit outside: 10, 10, 20, 60.
    expect(found.meanScore).toBeCloseTo(25, 12);
    expect(found.coverageInterval).toEqual(clopperPearsonInterval(2, 4, 0.95));
  });

  it('judges the level by the exact interval, so that few rows condemn nothing', () => {
    const of = (inside: number, n: number) =>
      intervalQuality(
        { low: new Float64Array(n), high: new Float64Array(n).fill(1) },
        Float64Array.from({ length: n }, (_, row) => (row < inside ? 0.5 : 2)),
        0.9,
      ).verdict;
    expect([of(8, 10), of(80, 100), of(90, 100), of(980, 1000)]).toEqual(['holds', 'too few inside', 'holds', 'too many inside']);
  });

  it('gives no mean width to an unbounded interval, and counts it', () => {
    const found = intervalQuality({ low, high: Float64Array.of(10, 10, 10, Number.POSITIVE_INFINITY) }, Float64Array.of(1, 1, 1, 1), 0.9);
    expect(found).toMatchObject({ meanWidth: null, meanScore: null, unbounded: 1, coverage: 1 });
    expect(JSON.parse(JSON.stringify(found))).toEqual(found);
  });

  it('scores the true quantiles best', () => {
    const outcome = normals(makeRng('winkler'), 20_000);
    const of = (reach: number): number =>
      meanScore(winklerScores({ low: outcome.map(() => -reach), high: outcome.map(() => reach) }, outcome, 0.9)).mean;
    expect(of(1.645)).toBeLessThan(of(1.3));
    expect(of(1.645)).toBeLessThan(of(2));
  });

  it.each([
    ['no rows', { low: new Float64Array(), high: new Float64Array() }, new Float64Array(), 0.9, /no rows/u],
    ['NaN', { low: low.map(() => Number.NaN), high }, low, 0.9, /'low' has NaN/u],
    ['a low end at infinity', { low: low.map(() => Number.POSITIVE_INFINITY), high }, low, 0.9, /'low' has Infinity/u],
    ['columns of unequal length', { low, high: Float64Array.of(1) }, low, 0.9, /'high' has 1 rows/u],
    ['a level in percent', { low, high }, low, 90, /level 90/u],
  ])('refuses %s', (_, given, outcome, level, message) => {
    expect(() => intervalQuality(given, outcome, level)).toThrow(message);
  });
});

describe('coverage on matured windows', () => {
  const rows: MaturedRows = {
    low: Float64Array.of(0, 0, 0, 0, 0),
    high: Float64Array.of(5, 5, 5, 5, 5),
    outcome: Float64Array.of(1, 9, 2, 3, 9),
    cohort: ['b', 'a', 'b', 'a', 'c'],
    windowEndDay: Int32Array.of(100, 100, 100, 100, 101),
  };

  it('counts closed windows only, by cohort', () => {
    const found = maturedCoverage(rows, 100, 0.5);
    expect(found.waiting).toBe(1);
    expect(found.everybody).toMatchObject({ n: 4, coverage: 0.75 });
    expect(Object.entries(found.cohorts).map(([name, { n, coverage }]) => [name, n, coverage])).toEqual([
      ['a', 2, 0.5],
      ['b', 2, 1],
    ]);
    expect(maturedCoverage(rows, 101, 0.5).everybody).toMatchObject({ n: 5, coverage: 0.6 });
  });

  it('says that nothing has matured rather than guessing', () => {
    expect(maturedCoverage(rows, 99, 0.5)).toEqual({ waiting: 5, everybody: null, cohorts: {} });
  });

  it('refuses a day that is none, and columns that do not fit', () => {
    expect(() => maturedCoverage(rows, Number.NaN, 0.5)).toThrow(/as-of day NaN/u);
    expect(() => maturedCoverage({ ...rows, cohort: [] }, 100, 0.5)).toThrow(/'cohort' has 0 rows/u);
  });
});

describe('distributional recalibration', () => {
  /** Forecasts are normal with a spread that is wrong by a factor, and shifted. */
  const pitOf = (outcome: Float64Array, sd: number, shift: number): PitRows =>
    continuousPit(outcome.map((value) => normalCdf((value - shift) / sd)));

  it.each([
    [0.5, 0],
    [2, 0],
    [1, 0.7],
    [0.6, -0.4],
  ])('makes forecasts of spread %f and shift %f right on rows that it has not seen', (sd, shift) => {
    const rng = makeRng(`distribution-${sd}-${shift}`);
    const model = distributional.fit({}, pitOf(normals(rng, 3000), sd, shift));
    const later = pitOf(normals(rng, 3000), sd, shift);
    const before = levelCalibration(later, 'quantile');
    const after = levelCalibration(continuousPit(distributional.predict(model, later.at)), 'quantile');
    expect(before.miscalibrationArea).toBeGreaterThan(0.08);
    expect(after.miscalibrationArea).toBeLessThan(0.02); // about 1/√3000 by chance
  });

  it('makes counts right too, though each has probability of its own', () => {
    const rng = makeRng('distribution-counts');
    const counts = (): PitRows => {
      const mean = Float64Array.from({ length: 3000 }, () => 0.5 + 2 * rng.uniform());
      return pitOfCounts(
        { mean },
        mean.map((value) => rng.poisson((value * rng.gamma(0.7)) / 0.7)),
      );
    };
    const model = distributional.fit({}, counts());
    const later = counts();
    const after = { below: distributional.predict(model, later.below), at: distributional.predict(model, later.at) };
    const worst = (rows: PitRows): number => Math.max(...pitHistogram(rows).bins.map(({ share }) => Math.abs(share - 0.1)));
    expect(worst(later)).toBeGreaterThan(0.05);
    expect(worst(after)).toBeLessThan(0.03);
  });

  it('gives intervals the level that they say, by asking for other quantiles', () => {
    const rng = makeRng('distribution-levels');
    const model = distributional.fit({}, pitOf(normals(rng, 4000), 0.5, 0));
    const [low, high] = rawLevels(model, Float64Array.of(0.05, 0.95));
    // The true 5 % quantile of a normal with half the spread: Φ(−1.645 / 0.5) = 0.0005, known to the resolution of the rows.
    expect(low).toBeLessThan(0.002);
    const outcome = normals(rng, 4000);
    const quantile = (level: number): Float64Array => outcome.map(() => 0.5 * normalQuantile(level));
    expect(intervalQuality({ low: quantile(low!), high: quantile(high!) }, outcome, 0.9).coverage).toBeCloseTo(0.9, 1);
  });

  it('never falls, stays in [0, 1], ends at its ends, is undone by its levels, and does not depend on the order of rows', () => {
    const value = fc.double({ min: 0, max: 1, noNaN: true });
    const span = fc.oneof(
      value.map((at) => [at, at] as const),
      fc.tuple(value, value),
    );
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 60 }), fc.integer({ min: 2, max: 30 }), value, value, (spans, knots, a, b) => {
        const rows = (of: typeof spans): PitRows => ({
          below: Float64Array.from(of, ([from, to]) => Math.min(from, to)),
          at: Float64Array.from(of, ([from, to]) => Math.max(from, to)),
        });
        const model = distributional.fit({ knots }, rows(spans));
        expect(JSON.stringify(distributional.fit({ knots }, rows(spans.toReversed())))).toBe(JSON.stringify(model));
        expect(model.said.length).toBeLessThanOrEqual(knots + 2);
        const [zero, low, high, one] = distributional.predict(model, Float64Array.of(0, Math.min(a, b), Math.max(a, b), 1));
        expect([zero, one]).toEqual([0, 1]);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeGreaterThanOrEqual(low!);
        expect(high).toBeLessThanOrEqual(1);
        const level = rawLevels(model, Float64Array.of(a));
        expect(distributional.predict(model, level)[0]).toBeCloseTo(a, 6);
      }),
    );
  });

  it('keeps what is right on few rows close to what was said, and takes one row', () => {
    const model = distributional.fit({}, continuousPit(Float64Array.of(0.5)));
    expect(model).toEqual({ kind: 'distributional', n: 1, said: [0, 0.5, 1], seen: [0, 0.5, 1] });
  });

  it.each([
    ['no rows', () => distributional.fit({}, continuousPit(new Float64Array())), /no rows/u],
    ['one knot', () => distributional.fit({ knots: 1 }, continuousPit(Float64Array.of(0.5))), /1 knots/u],
    [
      'a probability of two',
      () => distributional.predict(distributional.fit({}, continuousPit(Float64Array.of(0.5))), Float64Array.of(2)),
      /row 0 has 2/u,
    ],
  ])('refuses %s', (_, call, message) => {
    expect(call).toThrow(message);
  });
});
