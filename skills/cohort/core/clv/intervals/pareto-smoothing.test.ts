import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../../../sdk/numeric/index.ts';
import { fitGeneralisedPareto, smoothWeights } from './pareto-smoothing.ts';

function paretoSample(shape: number, size: number): Float64Array {
  const rng = makeRng(`pareto ${shape}`);
  return Float64Array.from({ length: size }, () => Math.expm1(shape * rng.exponential()) / shape).sort();
}

describe('the generalised Pareto fit', () => {
  // Standard error of the shape is (1 + k)/√n; four of these.
  it.each([0.1, 0.5, 0.9])('finds a shape of %s', (shape) => {
    const found = fitGeneralisedPareto(paretoSample(shape, 4000));
    expect(Math.abs(found.shape - shape)).toBeLessThan((4 * (1 + shape)) / Math.sqrt(4000));
    expect(found.scale).toBeGreaterThan(0.85);
    expect(found.scale).toBeLessThan(1.15);
  });
});

describe('smoothed weights', () => {
  it('sum to one and keep their order', () => {
    const rng = makeRng('weights');
    const ratios = Float64Array.from({ length: 1000 }, () => rng.normal());
    const { weights } = smoothWeights(ratios);
    expect(sum(weights)).toBeCloseTo(1, 12);
    const order = [...ratios.keys()].sort((i, j) => (ratios[i] ?? 0) - (ratios[j] ?? 0));
    for (let rank = 1; rank < order.length; rank++) {
      expect(weights[order[rank] ?? 0] ?? 0).toBeGreaterThanOrEqual(weights[order[rank - 1] ?? 0] ?? 0);
    }
  });

  it('tell a proposal with tails too light from one with tails heavy enough', () => {
    // Target normal with deviation 1, proposal with deviation s: the weights have shape 1 − 1/s² … when s < 1, negative when s > 1.
    const ratiosFor = (s: number): Float64Array => {
      const rng = makeRng(`proposal ${s}`);
      return Float64Array.from({ length: 4000 }, () => {
        const x = s * rng.normal();
        return (x * x) / (2 * s * s) - (x * x) / 2;
      });
    };
    expect(smoothWeights(ratiosFor(0.4)).paretoK).toBeGreaterThan(0.7);
    expect(smoothWeights(ratiosFor(1.3)).paretoK).toBeLessThan(0.3);
  });

  it('are equal when all ratios are, and take a weight of zero', () => {
    const { weights, paretoK } = smoothWeights(new Float64Array(50).fill(3));
    expect(weights.every((weight) => Math.abs(weight - 0.02) < 1e-15)).toBe(true);
    expect(paretoK).toBe(Number.NEGATIVE_INFINITY);
    const withZero = smoothWeights(Float64Array.of(0, Number.NEGATIVE_INFINITY, 0, 0));
    expect(withZero.weights[1]).toBe(0);
  });
});
