import { describe, expect, it } from 'vitest';

import { effectiveSampleSize, makeRng, splitRhat } from './index.ts';

/** Stationary AR(1) chains with unit variance. */
function chainsOf(correlation: number, count: number, length: number, seed: string): Float64Array[] {
  return Array.from({ length: count }, (_, chain) => {
    const rng = makeRng(`${seed} ${chain}`);
    let value = rng.normal();
    return Float64Array.from({ length }, () => {
      value = correlation * value + Math.sqrt(1 - correlation * correlation) * rng.normal();
      return value;
    });
  });
}

describe('split R-hat', () => {
  it('is near 1 for chains of one distribution', () => {
    expect(Math.abs(splitRhat(chainsOf(0, 4, 1000, 'agree')) - 1)).toBeLessThan(0.005);
  });

  it('tells chains that stay in different places', () => {
    const chains = chainsOf(0, 4, 1000, 'apart').map((chain, index) => chain.map((value) => value + index));
    // The means 0 to 3 have variance 5/3, or 10/7 over eight halves, beside a variance of 1 within.
    expect(splitRhat(chains)).toBeCloseTo(Math.sqrt(1 + 10 / 7), 1);
  });

  it('tells one chain that drifts, which R-hat without splitting cannot', () => {
    const [chain = new Float64Array(0)] = chainsOf(0, 1, 1000, 'drift');
    expect(splitRhat([chain.map((value, index) => value + index / 250)])).toBeGreaterThan(1.2);
  });

  it('is 1 for a constant and infinite for constants that differ', () => {
    expect(splitRhat([new Float64Array(8).fill(2), new Float64Array(8).fill(2)])).toBe(1);
    expect(splitRhat([new Float64Array(8).fill(2), new Float64Array(8).fill(3)])).toBe(Number.POSITIVE_INFINITY);
  });

  it('refuses chains that are too short or of unequal length', () => {
    expect(() => splitRhat([])).toThrow(/at least 4/);
    expect(() => splitRhat([new Float64Array(3)])).toThrow(/at least 4/);
    expect(() => splitRhat([new Float64Array(8), new Float64Array(9)])).toThrow(/one length/);
  });
});

describe('effective sample size', () => {
  // An AR(1) chain of n draws is worth n(1−ρ)/(1+ρ); the estimate is within 15 % at this length.
  it.each([
    [0, 8000],
    [0.5, 8000 / 3],
    [0.9, 8000 / 19],
  ])('of chains with autocorrelation %s is near %s of 8,000', (correlation, expected) => {
    const measured = effectiveSampleSize(chainsOf(correlation, 4, 2000, 'ess'));
    expect(measured / expected).toBeGreaterThan(0.85);
    expect(measured / expected).toBeLessThan(1.15);
  });

  it('is above the number of draws when they alternate', () => {
    expect(effectiveSampleSize(chainsOf(-0.5, 4, 1000, 'alternate'))).toBeGreaterThan(6000);
  });

  it('is small for chains that stay in different places', () => {
    const chains = chainsOf(0, 4, 1000, 'apart').map((chain, index) => chain.map((value) => value + 3 * index));
    expect(effectiveSampleSize(chains)).toBeLessThan(50);
  });

  it('of a constant is the number of draws', () => {
    expect(effectiveSampleSize([new Float64Array(10).fill(1)])).toBe(10);
  });
});
