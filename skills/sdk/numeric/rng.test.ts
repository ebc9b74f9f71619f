import { describe, expect, it } from 'vitest';

import { normalCdf } from './quantile.ts';
import { makeRng } from './rng.ts';
import { exp, lgamma, log } from './special.ts';
import { sumOf } from './sum.ts';

const count = 20_000;

function draw(next: () => number, size = count): Float64Array {
  return Float64Array.from({ length: size }, next).sort();
}

/** Kolmogorov's distance times √n; above 1.95 in one of a thousand samples from the right distribution. */
function kolmogorov(sorted: Float64Array, cdf: (x: number) => number): number {
  let top = 0;
  sorted.forEach((value, index) => {
    const at = cdf(value);
    top = Math.max(top, at - index / sorted.length, (index + 1) / sorted.length - at);
  });
  return top * Math.sqrt(sorted.length);
}

/** Mean and variance as distances from what is expected, in standard errors. */
function moments(
  sample: Float64Array,
  mean: number,
  variance: number,
  fourth: number,
): { readonly mean: number; readonly variance: number } {
  const n = sample.length;
  const average = sumOf(n, (index) => sample[index] ?? 0) / n;
  const spread = sumOf(n, (index) => ((sample[index] ?? 0) - mean) * ((sample[index] ?? 0) - mean)) / n;
  return {
    mean: Math.abs(average - mean) / Math.sqrt(variance / n),
    variance: Math.abs(spread - variance) / Math.sqrt((fourth - variance * variance) / n),
  };
}

describe('streams', () => {
  it('are a function of the seed text, and stay as they are from release to release', () => {
    const rng = makeRng('cohortium');
    expect([rng.uniform(), rng.uniform(), rng.normal(), rng.gamma(0.3), rng.poisson(100)]).toEqual([
      0.42207858748494664, 0.9392899105757087, -0.7732954793009661, 1.32340788540658, 98,
    ]);
  });

  it('of a label neither advance the parent nor depend on where it is', () => {
    const [a, b] = [makeRng('seed'), makeRng('seed')];
    const early = a.split('spend').uniform();
    b.uniform();
    expect(b.split('spend').uniform()).toBe(early);
    expect(a.uniform()).toBe(makeRng('seed').uniform());
  });

  it('differ between labels, nestings and seeds that look alike', () => {
    const root = makeRng('s');
    const firsts = [
      root,
      makeRng('s '),
      makeRng('S'),
      makeRng(''),
      root.split('a'),
      root.split('b'),
      root.split('a').split('b'),
      root.split('a/b'),
      root.split('ab'),
    ];
    expect(new Set(firsts.map((rng) => rng.uniform())).size).toBe(firsts.length);
  });

  it('of a thousand numbered labels are uncorrelated and uniform in their first draws', () => {
    const root = makeRng('labels');
    const firsts = Array.from({ length: 1000 }, (_, index) => root.split(String(index)).uniform());
    expect(kolmogorov(Float64Array.from(firsts).sort(), (x) => x)).toBeLessThan(1.95);
    const correlation = sumOf(999, (index) => ((firsts[index] ?? 0) - 0.5) * ((firsts[index + 1] ?? 0) - 0.5)) * (12 / 999);
    expect(Math.abs(correlation) * Math.sqrt(999)).toBeLessThan(3.3);
  });
});

describe('uniform and integer', () => {
  it('fill [0, 1) evenly', () => {
    const rng = makeRng('uniform');
    const sample = draw(rng.uniform);
    expect(sample[0]).toBeGreaterThanOrEqual(0);
    expect(sample.at(-1)).toBeLessThan(1);
    expect(kolmogorov(sample, (x) => x)).toBeLessThan(1.95);
  });

  it('hit every residue equally often', () => {
    const rng = makeRng('integer');
    const seen = new Float64Array(10);
    for (let index = 0; index < count; index++) {
      const at = rng.integer(10);
      seen[at] = (seen[at] ?? 0) + 1;
    }
    const chiSquare = sumOf(10, (index) => ((seen[index] ?? 0) - count / 10) * ((seen[index] ?? 0) - count / 10)) / (count / 10);
    expect(chiSquare).toBeLessThan(27.9); // 99.9 % point with 9 degrees of freedom
  });
});

describe('normal and exponential', () => {
  it('follow their distribution functions', () => {
    expect(kolmogorov(draw(makeRng('normal').normal), normalCdf)).toBeLessThan(1.95);
    expect(kolmogorov(draw(makeRng('exponential').exponential), (x) => 1 - exp(-x))).toBeLessThan(1.95);
  });
});

describe('gamma', () => {
  it.each([0.05, 0.3, 1, 2.5, 40, 1e6])('of shape %d has its mean and variance within 4 standard errors', (shape) => {
    const off = moments(
      draw(() => makeGamma(shape)),
      shape,
      shape,
      3 * shape * shape + 6 * shape,
    );
    expect(off.mean).toBeLessThan(4);
    expect(off.variance).toBeLessThan(4);
  });

  it('of shape 1 is exponential, and of shape ½ half the square of a normal', () => {
    const rng = makeRng('gamma cdf');
    expect(
      kolmogorov(
        draw(() => rng.gamma(1)),
        (x) => 1 - exp(-x),
      ),
    ).toBeLessThan(1.95);
    expect(
      kolmogorov(
        draw(() => rng.gamma(0.5)),
        (x) => 2 * normalCdf(Math.sqrt(2 * x)) - 1,
      ),
    ).toBeLessThan(1.95);
  });

  const stream = makeRng('gamma');
  const makeGamma = (shape: number): number => stream.gamma(shape);
});

describe('beta', () => {
  it.each([
    [0.001, 0.001],
    [0.793, 2.426],
    [1, 1],
    [200, 9800],
  ])('(%d, %d) stays in [0, 1] with its mean and variance within 4 standard errors', (a, b) => {
    const rng = makeRng(`beta ${a} ${b}`);
    const sample = draw(() => rng.beta(a, b));
    expect(sample.every((value) => value >= 0 && value <= 1)).toBe(true);
    const s = a + b;
    const variance = (a * b) / (s * s * (s + 1));
    const excess = (6 * ((a - b) * (a - b) * (s + 1) - a * b * (s + 2))) / (a * b * (s + 2) * (s + 3));
    const off = moments(sample, a / s, variance, (excess + 3) * variance * variance);
    expect(off.mean).toBeLessThan(4);
    expect(off.variance).toBeLessThan(4);
  });

  it('(2, 1) has distribution function x²', () => {
    const rng = makeRng('beta cdf');
    expect(
      kolmogorov(
        draw(() => rng.beta(2, 1)),
        (x) => x * x,
      ),
    ).toBeLessThan(1.95);
  });
});

describe('poisson', () => {
  it.each([0.01, 1, 9, 29.9, 30.1, 100, 5000, 1e9])('of mean %d has its mean and variance within 4 standard errors', (mean) => {
    const rng = makeRng(`poisson ${mean}`);
    const sample = draw(() => rng.poisson(mean));
    expect(sample.every((value) => Number.isInteger(value) && value >= 0)).toBe(true);
    const off = moments(sample, mean, mean, 3 * mean * mean + mean);
    expect(off.mean).toBeLessThan(4);
    expect(off.variance).toBeLessThan(4);
  });

  it.each([5, 40])('of mean %d hits each count as often as its probability says', (mean) => {
    const rng = makeRng(`poisson counts ${mean}`);
    const seen = new Map<number, number>();
    for (let index = 0; index < count; index++) {
      const value = rng.poisson(mean);
      seen.set(value, (seen.get(value) ?? 0) + 1);
    }
    let chiSquare = 0;
    let cells = 0;
    for (let k = 0; k < 4 * mean; k++) {
      const expected = count * exp(k * log(mean) - mean - lgamma(k + 1));
      if (expected < 10) continue;
      cells += 1;
      chiSquare += (((seen.get(k) ?? 0) - expected) * ((seen.get(k) ?? 0) - expected)) / expected;
    }
    // Mean `cells`, variance 2·cells; four standard deviations above.
    expect(chiSquare).toBeLessThan(cells + 4 * Math.sqrt(2 * cells));
  });

  it('of mean 0 is 0', () => {
    expect(makeRng('zero').poisson(0)).toBe(0);
  });
});
