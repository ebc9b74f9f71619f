import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { bgNbd } from '../bg-nbd/index.ts';
import { simulateHistories } from '../data/index.ts';
import { fitStatistics, fitTiming } from '../fit-timing.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import { nbd } from '../nbd/index.ts';
import { paretoNbd, type ParetoNbdParameters } from '../pareto-nbd/index.ts';
import {
  bootstrapDraws,
  importanceDraws,
  laplaceDraws,
  laplaceIntervals,
  type ParameterIntervals,
  posteriorDraws,
  profileIntervals,
  summarizeDraws,
} from './index.ts';

const truth = { r: 0.8, alpha: 6, a: 0.9, b: 2.5 };

function simulated(customers: number, seed: string): HistoryColumns {
  return simulateHistories(bgNbd, truth, { customers, T: (rng) => 27 + rng.integer(12), rng: makeRng(seed) });
}

const data = simulated(800, 'intervals');
const statistics = summarizeHistories(data);
const model = fitStatistics(bgNbd, statistics);

/** Customers who buy at gamma-distributed rates and never leave: the fit of BG/NBD runs to its limit. */
function loyal(): HistoryColumns {
  return simulateHistories(nbd, { r: 1.2, alpha: 5 }, { customers: 400, T: 30, rng: makeRng('loyal') });
}

const ends = ({ intervals }: ParameterIntervals): number[] => intervals.flatMap(({ low, high }) => [low, high]);

describe('Laplace intervals', () => {
  it('are symmetric on the log scale around the fit and say what they cover', () => {
    const laplace = laplaceIntervals(bgNbd, model);
    expect(laplace).toMatchObject({ method: 'laplace', covers: 'parameters', level: 0.95, diagnostics: { fixed: [], warnings: [] } });
    for (const { point, low, high } of laplace.intervals) expect(low * high).toBeCloseTo(point * point, 9);
  });

  it('are the quantiles of the draws', () => {
    // The standard error of a 2.5 % quantile of 20,000 normal draws is 0.019 deviations; four of these.
    const fromDraws = summarizeDraws(laplaceDraws(bgNbd, model, { seed: 'laplace', draws: 20_000 }));
    const exact = laplaceIntervals(bgNbd, model);
    fromDraws.intervals.forEach(({ low, high }, index) => {
      const interval = exact.intervals[index];
      const deviation = Math.log((interval?.high ?? 1) / (interval?.low ?? 1)) / 3.92;
      expect(Math.abs(Math.log(low / (interval?.low ?? 1)))).toBeLessThan(0.076 * deviation);
      expect(Math.abs(Math.log(high / (interval?.high ?? 1)))).toBeLessThan(0.076 * deviation);
    });
  });

  it('leave out what a limit fixes, and say so', () => {
    const fit = fitTiming(bgNbd, loyal());
    expect(fit.boundary?.limit).toBe('nobody-leaves');
    const laplace = laplaceIntervals(bgNbd, fit);
    expect(laplace.diagnostics.fixed).toEqual(['a', 'b']);
    expect(laplace.intervals[2]).toMatchObject({ name: 'a', point: 0, low: 0, high: 0 });
  });

  it.each([0, 1, -1, Number.NaN])('refuse the level %s', (level) => {
    expect(() => laplaceIntervals(bgNbd, model, level)).toThrow(/level/);
  });
});

describe('profile intervals', () => {
  it('hold the fit, and lose 1.92 of log-likelihood at their ends', () => {
    const profile = profileIntervals(bgNbd, model, statistics);
    expect(profile).toMatchObject({ method: 'profile', covers: 'parameters', level: 0.95 });
    const objective = nbdProfile();
    const intervals = profileIntervals(nbd, objective.fit, objective.statistics).intervals;
    for (const [index, { low, high }] of intervals.entries()) {
      for (const end of [low, high]) expect(objective.loss(index, end)).toBeCloseTo(1.9207, 3);
    }
    for (const { low, point, high } of profile.intervals) {
      expect(low).toBeLessThan(point);
      expect(high).toBeGreaterThan(point);
    }
  });

  /** NBD has two parameters, so a profile is a search along a line that a test can do by itself. */
  function nbdProfile() {
    const counts = summarizeHistories(loyal());
    const fit = fitStatistics(nbd, counts);
    const likelihood = nbd.objective(counts);
    const loss = (index: number, value: number): number => {
      let least = Number.POSITIVE_INFINITY;
      const other = index === 0 ? fit.params.alpha : fit.params.r;
      for (let step = -300; step <= 300; step++) {
        const moved = other * Math.exp(step / 1000);
        least = Math.min(least, likelihood(index === 0 ? [value, moved] : [moved, value], new Float64Array(2)));
      }
      return least + fit.logLikelihood;
    };
    return { fit, statistics: counts, loss };
  }

  it('are those of Laplace when there are many customers', () => {
    // A hundred of each: intervals a tenth as wide, skew a tenth of that.
    const many = summarizeHistories({ ...data, weight: new Float64Array(data.x.length).fill(100) });
    const fit = fitStatistics(bgNbd, many);
    const laplace = laplaceIntervals(bgNbd, fit);
    profileIntervals(bgNbd, fit, many).intervals.forEach(({ low, high }, index) => {
      const other = laplace.intervals[index];
      const width = (other?.high ?? 0) - (other?.low ?? 0);
      expect(Math.abs(low - (other?.low ?? 0)) / width).toBeLessThan(0.03);
      expect(Math.abs(high - (other?.high ?? 0)) / width).toBeLessThan(0.03);
    });
  });

  it('say that an end is open where the data do not exclude a limit', () => {
    // Few customers: one chance of leaving for all (a, b → ∞) is nearly as likely as the fit.
    const few = summarizeHistories(simulated(60, 'few 1'));
    const { intervals, diagnostics } = profileIntervals(bgNbd, fitStatistics(bgNbd, few), few);
    expect(intervals.map(({ isHighOpen }) => isHighOpen)).toEqual([false, false, true, true]);
    for (const { isLowOpen, low, isHighOpen, high } of intervals) {
      expect(isLowOpen).toBe(low === 0);
      expect(isHighOpen).toBe(high === Number.POSITIVE_INFINITY);
    }
    expect(diagnostics.warnings.join()).toMatch(/do not bound a, b/);
  });

  it('refuse a fit that lies on a limit', () => {
    const columns = loyal();
    expect(() => profileIntervals(bgNbd, fitTiming(bgNbd, columns), summarizeHistories(columns))).toThrow(/nobody-leaves/);
  });
});

describe('the posterior', () => {
  const posterior = posteriorDraws(bgNbd, model, statistics, { seed: 'posterior', draws: 400 });

  it('comes with its diagnostics, and nothing to warn of here', () => {
    const { diagnostics, method, covers, names } = posterior;
    expect({ method, covers, names }).toEqual({ method: 'posterior', covers: 'parameters', names: ['r', 'alpha', 'a', 'b'] });
    expect(diagnostics).toMatchObject({ chains: 4, divergences: 0, far: 0, warnings: [] });
    for (const rhat of diagnostics.splitRhat) expect(rhat).toBeLessThan(1.01);
    for (const size of diagnostics.tailEffectiveSampleSize) expect(size).toBeGreaterThan(400);
  });

  it('agrees with the importance-resampled Laplace within Monte-Carlo error', () => {
    const importance = importanceDraws(bgNbd, model, statistics, { seed: 'importance', draws: 1000 });
    expect(importance.diagnostics.paretoK).toBeLessThan(0.7);
    const other = summarizeDraws(importance).intervals;
    summarizeDraws(posterior).intervals.forEach(({ mean, sd, low }, index) => {
      // Means of two samples worth 1,000 draws at least: standard error 0.045 deviations; ends 0.12. Four of each.
      expect(Math.abs(mean - (other[index]?.mean ?? 0)) / sd).toBeLessThan(0.18);
      expect(Math.abs(low - (other[index]?.low ?? 0)) / sd).toBeLessThan(0.48);
    });
  });

  it('moves towards a prior', () => {
    const prior = { mean: [truth.r, truth.alpha, truth.a, truth.b].map(Math.log), sd: 0.01 };
    const held = summarizeDraws(posteriorDraws(bgNbd, model, statistics, { seed: 'prior', draws: 50, warmup: 50, prior }));
    held.intervals.forEach(({ mean, name }) => expect(Math.abs(Math.log(mean / truth[name as keyof typeof truth]))).toBeLessThan(0.02)); // names of bgNbd
  });

  it('of a fit on a limit is that of the limit', () => {
    const columns = loyal();
    const { draws, point } = posteriorDraws(bgNbd, fitTiming(bgNbd, columns), summarizeHistories(columns), { seed: 'limit', draws: 100 });
    const ofNbd = posteriorDraws(nbd, fitTiming(nbd, columns), summarizeHistories(columns), { seed: 'limit', draws: 100 });
    expect(point.slice(2)).toEqual([0, 1]);
    for (let row = 0; row < 400; row += 57) {
      expect(draws[row * 4]).toBeCloseTo(ofNbd.draws[row * 2] ?? 0, 4);
      expect(draws[row * 4 + 2]).toBe(0);
    }
  });

  it('gives the same bytes for the same seed', () => {
    const short = { seed: 'posterior', draws: 20, warmup: 20 };
    expect(posteriorDraws(bgNbd, model, statistics, short).draws).toEqual(posteriorDraws(bgNbd, model, statistics, short).draws);
    const once = importanceDraws(bgNbd, model, statistics, { seed: 'x', draws: 100 });
    expect(importanceDraws(bgNbd, model, statistics, { seed: 'x', draws: 100 }).draws).toEqual(once.draws);
    const drawn = laplaceDraws(bgNbd, model, { seed: 'x', draws: 100 });
    expect(laplaceDraws(bgNbd, model, { seed: 'x', draws: 100 }).draws).toEqual(drawn.draws);
  });

  it('warns of draws at the edge of the parameter space under flat priors', () => {
    const few = summarizeHistories(simulated(60, 'few 1'));
    const flat = posteriorDraws(bgNbd, fitStatistics(bgNbd, few), few, { seed: 'far', draws: 500 });
    expect(flat.diagnostics.far).toBeGreaterThan(0);
    expect(flat.diagnostics.warnings.join()).toMatch(/edge of the parameter space/);
    expect(ends(summarizeDraws(flat)).every(Number.isFinite)).toBe(true);
  });
});

describe('draws', () => {
  it('are refused in numbers that are none, and from the fit of another family', () => {
    for (const draws of [0, -5, 2.5, Number.NaN]) {
      const options = { seed: 's', draws };
      for (const call of [
        () => laplaceDraws(bgNbd, model, options),
        () => importanceDraws(bgNbd, model, statistics, options),
        () => posteriorDraws(bgNbd, model, statistics, options),
        () => bootstrapDraws(bgNbd, model, statistics, options),
      ]) {
        expect(call).toThrow('draws is a whole number from 1 on');
      }
    }
    // A caller without types may give the wrong family.
    const params = JSON.parse(JSON.stringify(model.params)) as ParetoNbdParameters;
    expect(() => laplaceIntervals(paretoNbd, { ...model, params })).toThrow("the fit has no parameter 's' of Pareto/NBD");
  });

  it('that do not fill rows are refused', () => {
    const laplace = laplaceDraws(bgNbd, model, { seed: 'x', draws: 3 });
    expect(() => summarizeDraws({ ...laplace, draws: laplace.draws.subarray(1) })).toThrow(/rows of 4/);
    expect(() => summarizeDraws({ ...laplace, draws: new Float64Array(0) })).toThrow(/at least one/);
  });
});
