import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import type { HistoryColumns } from '../histories.ts';
import { drawGammaAbove } from './gamma-above.ts';
import { fitParetoGgg, type ParetoGggModel, type ParetoGggParameters, predictParetoGgg, simulateParetoGgg } from './index.ts';
import { parameterNames } from './parameters.ts';
import { drawSlice } from './slice.ts';

const truth: ParetoGggParameters = { t: 3, gamma: 1, r: 2, alpha: 8, s: 1, beta: 30 };
const [age, after] = [52, 26];
const rng = makeRng('customers');
const customers = Array.from({ length: 400 }, () => {
  const ages = simulateParetoGgg(truth, age + after, rng);
  const seen = ages.filter((at) => at <= age);
  const logGaps = seen.reduce((total, at, index) => total + Math.log(at - (seen[index - 1] ?? 0)), 0);
  return { x: seen.length, tx: seen.at(-1) ?? 0, logGaps, later: ages.length - seen.length };
});
const histories = (unit: number): HistoryColumns => ({
  x: customers.map(({ x }) => x),
  tx: customers.map(({ tx }) => tx * unit),
  T: customers.map(() => age * unit),
  logGaps: customers.map(({ x, logGaps }) => logGaps + x * Math.log(unit)),
});
const short = { seed: 'short', draws: 20, burnIn: 10, thin: 1, chains: 2 };

/** A model of one draw: the truth itself. */
const exact: ParetoGggModel = {
  ...fitParetoGgg(histories(1), { ...short, draws: 4 }),
  population: Object.fromEntries(parameterNames.map((name) => [name, [truth[name]]])) as unknown as ParetoGggModel['population'], // one for each name
  chains: 1,
  draws: 1,
};

describe('fitParetoGgg', () => {
  it('finds the population that customers were simulated from, within four posterior deviations', () => {
    const model = fitParetoGgg(histories(1), { seed: 'truth', draws: 150, burnIn: 150, thin: 2, chains: 2 });
    for (const name of parameterNames) {
      const { mean, sd, ess } = model.summary[name];
      expect(Math.abs(mean - truth[name])).toBeLessThan(4 * sd);
      expect(ess).toBeGreaterThan(5);
    }
    expect(model.worstRhat).toBeLessThan(1.2);
    expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  });

  it('gives the same draws for the same seed, and others for another', () => {
    const once = fitParetoGgg(histories(1), short);
    expect(fitParetoGgg(histories(1), short)).toEqual(once);
    expect(fitParetoGgg(histories(1), { ...short, seed: 'other' }).population).not.toEqual(once.population);
  });

  it('does not depend on the unit of time, but for the last digits', () => {
    const weeks = fitParetoGgg(histories(1), { ...short, draws: 4, burnIn: 0 });
    const years = fitParetoGgg(histories(1 / 64), { ...short, draws: 4, burnIn: 0 });
    weeks.population.r.forEach((value, index) => expect((years.population.r[index] ?? 0) / value).toBeCloseTo(1, 6));
    weeks.population.alpha.forEach((value, index) => expect(((years.population.alpha[index] ?? 0) * 64) / value).toBeCloseTo(1, 6));
  });

  it('says that chains have not converged when they are too short', () => {
    const model = fitParetoGgg(histories(1), { ...short, draws: 10, burnIn: 0, chains: 4 });
    expect(model.worstRhat).toBeGreaterThan(1.05);
    expect(model.isConverged).toBe(false);
  });

  it('refuses what it cannot sample', () => {
    expect(() => fitParetoGgg({ x: [1], tx: [1], T: [2], logGaps: [0] }, short)).toThrow(
      expect.objectContaining({ code: 'CLV_TOO_FEW_CUSTOMERS' }),
    );
    const { x, tx, T, logGaps } = histories(1);
    expect(() => fitParetoGgg({ x, tx, T }, short)).toThrow(/logGaps/);
    expect(() => fitParetoGgg({ x, tx, T, logGaps, weight: T }, short)).toThrow(/weights/);
    expect(() => fitParetoGgg({ x, tx: T, T: tx, logGaps }, short)).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
    expect(() => fitParetoGgg(histories(1), { ...short, draws: 2 })).toThrow(/draws/);
  });
});

describe('predictParetoGgg', () => {
  it('under the true population expects what the customers then did, and covers it', () => {
    const { pAlive, expected, intervals } = predictParetoGgg(exact, histories(1), { horizon: after, seed: 'future', futures: 150 });
    const total = expected.reduce((sum, value) => sum + value, 0);
    const actual = customers.reduce((sum, { later }) => sum + later, 0);
    // Purchases of 400 customers have a standard deviation of about a tenth of their sum.
    expect(Math.abs(total / actual - 1)).toBeLessThan(0.2);
    expect(pAlive.every((chance) => chance >= 0 && chance <= 1)).toBe(true);
    const covered = customers.filter(({ later }, row) => later >= (intervals.low[row] ?? 0) && later <= (intervals.high[row] ?? 0)).length;
    expect(covered / customers.length).toBeGreaterThan(0.87);
  });

  it('gives a customer without a repeat purchase the probability that integration gives', () => {
    // No purchase up to T: P(alive) = E[S(T)·e^(−μT)] / (the same + ∫ of leaving before T), by plain simulation from the prior.
    const draws = makeRng('plain');
    let [alive, silent] = [0, 0];
    for (let draw = 0; draw < 60_000; draw++) {
      const k = draws.gamma(truth.t) / truth.gamma;
      const lambda = draws.gamma(truth.r) / truth.alpha;
      const leaves = draws.exponential() / (draws.gamma(truth.s) / truth.beta);
      if (draws.gamma(k) / (k * lambda) <= Math.min(20, leaves)) continue;
      silent += 1;
      if (leaves > 20) alive += 1;
    }
    const { pAlive } = predictParetoGgg(exact, { x: [0], tx: [0], T: [20], logGaps: [0] }, { horizon: 1, seed: 'one', futures: 4000 });
    expect(pAlive[0]).toBeCloseTo(alive / silent, 1);
    expect(Math.abs((pAlive[0] ?? 0) - alive / silent)).toBeLessThan(4 * Math.sqrt(0.25 / silent) + 0.01);
  });

  it('expects nothing in no time, and does not depend on the other customers', () => {
    const all = histories(1);
    expect(predictParetoGgg(exact, all, { horizon: 0, seed: 'a', futures: 5 }).expected.every((value) => value === 0)).toBe(true);
    const many = predictParetoGgg(exact, all, { horizon: 9, seed: 'a', futures: 50 });
    const first = { x: [all.x[7] ?? 0], tx: [all.tx[7] ?? 0], T: [all.T[7] ?? 0], logGaps: [all.logGaps?.[7] ?? 0] };
    const alone = predictParetoGgg(exact, first, { horizon: 9, seed: 'a', futures: 50 });
    expect([alone.pAlive[0], alone.expected[0]]).toEqual([many.pAlive[7], many.expected[7]]);
  });

  it('stays finite at the edges of histories', () => {
    const edges = { x: [0, 0, 1, 30, 30], tx: [0, 0, 52, 1, 52], T: [0, 500, 52, 52, 52], logGaps: [0, 0, 4, -100, 10] };
    const { pAlive, expected } = predictParetoGgg(exact, edges, { horizon: 10, seed: 'edge', futures: 50 });
    expect([...pAlive, ...expected].every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
    expect(pAlive[0]).toBe(1);
    expect(pAlive[3]).toBeLessThan(0.01);
    expect(pAlive[4]).toBe(1);
  });

  it('refuses a horizon or level out of range', () => {
    expect(() => predictParetoGgg(exact, histories(1), { horizon: -1, seed: 'a' })).toThrow(
      expect.objectContaining({ code: 'NUMERIC_DOMAIN' }),
    );
    expect(() => predictParetoGgg(exact, histories(1), { horizon: 1, seed: 'a', level: 1 })).toThrow(/level/);
  });
});

describe('draws', () => {
  it.each([
    [0.4, 0.005],
    [0.4, 3],
    [1, 2],
    [3, 1],
    [3, 12],
    [40, 60],
  ])('of a gamma of shape %d above %d have the moments of rejection', (shape, least) => {
    const draws = makeRng(`above ${shape} ${least}`);
    const n = 20_000;
    let [mean, squares] = [0, 0];
    for (let draw = 0; draw < n; draw++) {
      const x = drawGammaAbove(shape, least, draws);
      expect(x).toBeGreaterThanOrEqual(least);
      mean += x / n;
      squares += (x * x) / n;
    }
    // Mean of the truncated gamma by the trapezoid rule.
    let [mass, total] = [0, 0];
    for (let index = 0; index < 200_000; index++) {
      const x = least + ((index + 0.5) * 80) / 200_000;
      const weight = Math.exp((shape - 1) * Math.log(x / (least + shape)) - x + least);
      mass += weight;
      total += x * weight;
    }
    expect(Math.abs(mean - total / mass)).toBeLessThan(4.5 * Math.sqrt((squares - mean * mean) / n));
  });

  it('by slices have the moments of the density', () => {
    const draws = makeRng('slice');
    let [x, mean, squares] = [5, 0, 0];
    const n = 20_000;
    for (let draw = 0; draw < n; draw++) {
      x = drawSlice((at) => -((at - 2) * (at - 2)) / 0.5, x, 1, draws);
      mean += x / n;
      squares += (x * x) / n;
    }
    expect(mean).toBeCloseTo(2, 1);
    expect(squares - mean * mean).toBeCloseTo(0.25, 1);
  });
});
