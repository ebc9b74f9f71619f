import { describe, expect, it } from 'vitest';

import { effectiveSampleSize, exp, log, type Objective, sampleHmc, splitRhat, sum } from './index.ts';

const columnOf = (chain: Float64Array, size: number, index: number): Float64Array =>
  Float64Array.from({ length: chain.length / size }, (_, draw) => chain[draw * size + index] ?? 0);

/** Normal with means 1 and −2, standard deviations 1 and 0.8, correlation 0.6. */
const correlated: Objective = (x, gradient) => {
  const u = (x[0] ?? 0) - 1;
  const v = ((x[1] ?? 0) + 2) / 0.8;
  const scale = 1 / (1 - 0.36);
  gradient[0] = scale * (u - 0.6 * v);
  gradient[1] = (scale * (v - 0.6 * u)) / 0.8;
  return (scale * (u * u - 1.2 * u * v + v * v)) / 2;
};

/** Neal's funnel: the scale of eight coordinates is e^(v/2), with v of standard deviation 3. */
const funnel: Objective = (x, gradient) => {
  const v = x[0] ?? 0;
  const precision = exp(-v);
  let squares = 0;
  for (let index = 1; index < x.length; index++) {
    squares += (x[index] ?? 0) * (x[index] ?? 0);
    gradient[index] = precision * (x[index] ?? 0);
  }
  const others = x.length - 1;
  gradient[0] = v / 9 + others / 2 - (precision * squares) / 2;
  return (v * v) / 18 + (others * v) / 2 + (precision * squares) / 2;
};

describe('Hamiltonian Monte Carlo', () => {
  const found = sampleHmc(correlated, 2, { seed: 'normal', draws: 2000 });
  const perParameter = [0, 1].map((index) => found.chains.map((chain) => columnOf(chain, 2, index)));

  it('recovers means, deviations and correlation of a normal', () => {
    const [u, v] = perParameter.map((chains) => Float64Array.from(chains.flatMap((chain) => [...chain])));
    if (!u || !v) throw new Error('two parameters went in');
    const mean = (values: Float64Array): number => sum(values) / values.length;
    // 8,000 draws worth at least 4,000 have a standard error of the mean of 0.016 and of second moments of about 0.022; four of each.
    expect(Math.abs(mean(u) - 1)).toBeLessThan(0.064);
    expect(Math.abs(mean(v) + 2)).toBeLessThan(0.064);
    expect(Math.abs(mean(u.map((value) => (value - 1) * (value - 1))) - 1)).toBeLessThan(0.09);
    expect(Math.abs(mean(v.map((value) => (value + 2) * (value + 2))) - 0.64)).toBeLessThan(0.09);
    expect(Math.abs(mean(u.map((value, index) => (value - 1) * ((v[index] ?? 0) + 2))) - 0.48)).toBeLessThan(0.09);
  });

  it('ends with chains that agree, few rejections and no divergence', () => {
    for (const chains of perParameter) {
      expect(splitRhat(chains)).toBeLessThan(1.01);
      expect(effectiveSampleSize(chains)).toBeGreaterThan(4000);
    }
    expect(found.divergences).toBe(0);
    for (const acceptance of found.acceptance) expect(acceptance).toBeGreaterThan(0.9);
    expect(found.stepSizes).toEqual([0.35, 0.35, 0.35, 0.35]);
  });

  it('gives the same bytes for the same seed, and others for another', () => {
    const again = sampleHmc(correlated, 2, { seed: 'normal', draws: 2000 });
    expect(again.chains).toEqual(found.chains);
    const other = sampleHmc(correlated, 2, { seed: 'another', draws: 2000 });
    expect(other.chains[0]).not.toEqual(found.chains[0]);
  });

  it('counts divergences on a funnel instead of hiding them', () => {
    const { divergences } = sampleHmc(funnel, 9, { seed: 'funnel', draws: 1000 });
    expect(divergences).toBeGreaterThan(0);
  });

  it('takes smaller steps when the density is narrower than it was told', () => {
    const narrow: Objective = (x, gradient) => {
      x.forEach((value, index) => (gradient[index] = value * 100));
      return 50 * x.reduce((total, value) => total + value * value, 0);
    };
    const { stepSizes, acceptance, chains } = sampleHmc(narrow, 3, { seed: 'narrow', draws: 500 });
    for (const stepSize of stepSizes) expect(stepSize).toBeLessThan(0.2);
    for (const rate of acceptance) expect(rate).toBeGreaterThan(0.6);
    expect(splitRhat(chains.map((chain) => columnOf(chain, 3, 0)))).toBeLessThan(1.02);
  });

  it('stays where the density is positive', () => {
    // Exponential: infinite energy below zero.
    const half: Objective = (x, gradient) => {
      gradient[0] = 1;
      return (x[0] ?? 0) < 0 ? Number.POSITIVE_INFINITY : (x[0] ?? 0);
    };
    const { chains, divergences } = sampleHmc(half, 1, { seed: 'half', draws: 500 });
    expect(chains.every((chain) => chain.every((value) => value >= 0))).toBe(true);
    // A trajectory that leaves the support is lost: that counts.
    expect(divergences).toBeGreaterThan(0);
    const median = Float64Array.from(chains.flatMap((chain) => [...chain])).sort()[1000] ?? 0;
    expect(Math.abs(median - log(2))).toBeLessThan(0.15);
  });
});
