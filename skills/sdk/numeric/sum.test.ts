import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { gaussLegendre } from './quadrature.ts';
import { sum, sumOf } from './sum.ts';
import { ulpDistance } from './ulp.ts';

describe('sum', () => {
  it('keeps what a plain loop loses', () => {
    expect(sum([1e16, 1, -1e16])).toBe(1);
    expect(sum([1, 1e100, 1, -1e100])).toBe(2);
    expect(sum(new Float64Array(10).fill(0.1))).toBe(1);
  });

  it('is 0 for nothing, and infinite or NaN as its terms are', () => {
    expect(sum([])).toBe(0);
    expect(sum([1, Number.POSITIVE_INFINITY])).toBe(Number.POSITIVE_INFINITY);
    expect(sum([1, Number.NaN])).toBeNaN();
  });

  it('of whole numbers is exact in any order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), (values) => {
        expect(sum(values)).toBe(sum(values.toReversed()));
        expect(sumOf(values.length, (index) => values[index] ?? 0)).toBe(sum(values));
      }),
    );
  });
});

describe('gaussLegendre', () => {
  it.each([1, 2, 5, 16, 33, 64])('with %i nodes integrates every monomial up to degree 2n − 1 to 1e-14', (n) => {
    const { nodes, weights } = gaussLegendre(n);
    for (let degree = 0; degree < 2 * n; degree++) {
      const found = sumOf(n, (index) => {
        let power = weights[index] ?? 0;
        for (let k = 0; k < degree; k++) power *= nodes[index] ?? 0;
        return power;
      });
      expect(Math.abs(found - (degree % 2 === 0 ? 2 / (degree + 1) : 0))).toBeLessThanOrEqual(1e-14);
    }
  });

  it('has ascending, mirrored nodes', () => {
    const { nodes } = gaussLegendre(31);
    expect(Array.from(nodes)).toEqual(Array.from(nodes).sort((a, b) => a - b));
    expect(nodes.every((node, index) => node === -(nodes[30 - index] ?? 0))).toBe(true);
  });
});

describe('ulpDistance', () => {
  it('counts doubles between, across zero too', () => {
    expect(ulpDistance(1, 1 + Number.EPSILON)).toBe(1);
    expect(ulpDistance(-Number.MIN_VALUE, Number.MIN_VALUE)).toBe(2);
    expect(ulpDistance(0, -0)).toBe(0);
    expect(ulpDistance(Number.NaN, Number.NaN)).toBe(0);
    expect(ulpDistance(1, Number.NaN)).toBe(Number.POSITIVE_INFINITY);
  });
});
