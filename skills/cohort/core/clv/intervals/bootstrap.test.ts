import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../../../sdk/numeric/index.ts';
import { bgNbd } from '../bg-nbd/index.ts';
import { simulateHistories } from '../data/index.ts';
import { fitStatistics } from '../fit-timing.ts';
import { summarizeHistories } from '../histories.ts';
import { bootstrapDraws, laplaceIntervals, reweigh, summarizeDraws } from './index.ts';
import { makeResampler } from './resample.ts';

const truth = { r: 0.8, alpha: 6, a: 0.9, b: 2.5 };
const data = simulateHistories(bgNbd, truth, { customers: 800, T: (rng) => 27 + rng.integer(12), rng: makeRng('bootstrap') });
const statistics = summarizeHistories(data);
const model = fitStatistics(bgNbd, statistics);

describe('reweighed histories', () => {
  it('with their own weights are the same, and give the same fit', () => {
    const same = reweigh(statistics, statistics.rows.weight);
    expect(same).toEqual(statistics);
    expect(fitStatistics(bgNbd, same)).toEqual(model);
  });

  it('give the fit of the same customers summarised anew', () => {
    const doubled = statistics.rows.weight.map((weight, row) => (row % 3 === 0 ? 0 : weight * 2));
    const kept = [...doubled.keys()].filter((row) => row % 3 !== 0);
    const { times, rows } = statistics;
    const anew = summarizeHistories({
      x: kept.map((row) => rows.count[row] ?? 0),
      tx: kept.map((row) => times[rows.recency[row] ?? 0] ?? 0),
      T: kept.map((row) => times[rows.age[row] ?? 0] ?? 0),
      weight: kept.map((row) => doubled[row] ?? 0),
    });
    const one = fitStatistics(bgNbd, reweigh(statistics, doubled));
    const other = fitStatistics(bgNbd, anew);
    expect(one.logLikelihood).toBeCloseTo(other.logLikelihood, 8);
    expect(one.params.a).toBeCloseTo(other.params.a, 6);
    expect(one.customers).toBe(other.customers);
  });

  it('refuse weights that are missing, negative, not finite or all zero', () => {
    const size = statistics.rows.weight.length;
    expect(() => reweigh(statistics, new Float64Array(size - 1))).toThrow(/as many weights/);
    expect(() => reweigh(statistics, new Float64Array(size).fill(-1))).toThrow(/≥ 0/);
    expect(() => reweigh(statistics, new Float64Array(size).fill(Number.NaN))).toThrow(/finite/);
    expect(() => reweigh(statistics, new Float64Array(size))).toThrow(/above zero/);
  });
});

describe('resampled weights', () => {
  it('of a multinomial are whole and keep the number of customers', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }), fc.string(), (weights, seed) => {
        const drawn = makeResampler(Float64Array.from(weights), 'multinomial', seed)(0);
        expect(drawn.every((weight) => Number.isInteger(weight) && weight >= 0)).toBe(true);
        expect(sum(drawn)).toBe(sum(weights));
      }),
    );
  });

  it.each(['multinomial', 'bayesian'] as const)('of scheme %s have the weights as mean and the right spread', (scheme) => {
    const weights = Float64Array.of(1, 2, 5, 12);
    const next = makeResampler(weights, scheme, 'moments');
    const drawn = Array.from({ length: 20_000 }, (_, replicate) => next(replicate));
    weights.forEach((weight, row) => {
      const values = drawn.map((one) => one[row] ?? 0);
      const mean = sum(values) / values.length;
      const variance = sum(values.map((value) => (value - mean) * (value - mean))) / values.length;
      const expected = scheme === 'bayesian' ? weight : weight * (1 - weight / 20);
      // Standard error of the mean √(v/20,000), of the variance about v·√(8/20,000) for the most skewed; four of each.
      expect(Math.abs(mean - weight)).toBeLessThan(4 * Math.sqrt(expected / 20_000));
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.08);
    });
  });

  it('are a function of the seed and the replicate alone', () => {
    const weights = statistics.rows.weight;
    const forward = makeResampler(weights, 'multinomial', 'seed');
    forward(0);
    expect(makeResampler(weights, 'multinomial', 'seed')(7)).toEqual(forward(7));
    expect(forward(8)).not.toEqual(forward(7));
  });
});

describe('the bootstrap', () => {
  it.each(['multinomial', 'bayesian'] as const)('of scheme %s is near Laplace on data of the model', (scheme) => {
    const draws = bootstrapDraws(bgNbd, model, statistics, { seed: 'near', draws: 400, scheme });
    expect(draws.diagnostics).toMatchObject({ refits: 400, failed: 0 });
    expect(draws.method).toBe(scheme === 'bayesian' ? 'bayesian-bootstrap' : 'bootstrap');
    const laplace = laplaceIntervals(bgNbd, model);
    summarizeDraws(draws).intervals.forEach(({ median, low, high }, index) => {
      const other = laplace.intervals[index];
      const width = Math.log((other?.high ?? 1) / (other?.low ?? 1));
      // The median is within its Monte-Carlo error of the fit and the width within a third: Laplace is no more exact here.
      expect(Math.abs(Math.log(median / (other?.point ?? 1))) / width).toBeLessThan(0.1);
      expect(Math.abs(Math.log(high / low) / width - 1)).toBeLessThan(0.34);
    });
  });

  it('refits to the maximum that a fit from scratch finds', () => {
    const draws = bootstrapDraws(bgNbd, model, statistics, { seed: 'refit', draws: 5 });
    const weightsOf = makeResampler(statistics.rows.weight, 'multinomial', 'refit');
    for (let replicate = 0; replicate < 5; replicate++) {
      const { params, covarianceLog } = fitStatistics(bgNbd, reweigh(statistics, weightsOf(replicate)));
      const fitted = [params.r, params.alpha, params.a, params.b];
      fitted.forEach((value, index) => {
        const deviation = Math.sqrt(covarianceLog[index * 5] ?? 1);
        expect(Math.abs(Math.log((draws.draws[replicate * 4 + index] ?? 0) / value)) / deviation).toBeLessThan(1e-3);
      });
    }
  });

  it('counts the resampled data sets that prefer a limit', () => {
    const few = summarizeHistories(simulateHistories(bgNbd, truth, { customers: 60, T: 30, rng: makeRng('few') }));
    const { diagnostics, draws } = bootstrapDraws(bgNbd, fitStatistics(bgNbd, few, { prior: { sd: 1 } }), few, {
      seed: 'few',
      draws: 200,
      prior: null,
    });
    expect(diagnostics.atLimit).toBeGreaterThan(0);
    expect(diagnostics.warnings.join()).toMatch(/prefer a limit/);
    expect(draws.length / 4).toBe(200 - diagnostics.failed);
    expect(draws.every(Number.isFinite)).toBe(true);
  });

  it('gives the same bytes for the same seed', () => {
    const draws = bootstrapDraws(bgNbd, model, statistics, { seed: 'same', draws: 50 });
    expect(bootstrapDraws(bgNbd, model, statistics, { seed: 'same', draws: 50 })).toEqual(draws);
    // More refits begin with the same ones.
    expect(bootstrapDraws(bgNbd, model, statistics, { seed: 'same', draws: 60 }).draws.subarray(0, 200)).toEqual(draws.draws);
  });
});
