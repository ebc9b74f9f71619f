import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { exp, expm1, log, log1p, makeRng, ulpDistance } from '../index.ts';
import { fastExp, fastExpm1, fastLog, fastLog1p } from './index.ts';

/** Inputs of a function over a range, by a fixed seed. */
function inputs(at: (u: number) => number): number[] {
  const rng = makeRng('kernels');
  return Array.from({ length: 20_000 }, () => at(rng.uniform()));
}

/** Digest of the bits of the results: a change of any bit on any machine changes it. */
function digest(f: (x: number) => number, values: readonly number[]): number {
  const words = new Uint32Array(Float64Array.from(values, f).buffer);
  return words.reduce((hash, word) => Math.imul(hash ^ word, 0x01000193) >>> 0, 0x811c9dc5);
}

describe.each([
  // Both sides round: ours within 0.51 and 0.76 units of the last place, stdlib's within 0.9 (measured against 48 digits).
  ['fastExp', fastExp, exp, [(u: number) => 40 * u - 20, (u: number) => 1400 * u - 700, (u: number) => (u - 0.5) / 100]],
  [
    'fastExpm1',
    fastExpm1,
    expm1,
    [(u: number) => 20 * u - 10, (u: number) => exp(-40 * u), (u: number) => (u - 0.5) / 100, (u: number) => 700 * u],
  ],
  ['fastLog', fastLog, log, [(u: number) => 10 * u, (u: number) => exp(1400 * u - 700), (u: number) => 1 + (u - 0.5) / 20]],
  ['fastLog1p', fastLog1p, log1p, [(u: number) => u, (u: number) => exp(-40 * u), (u: number) => 100 * u, (u: number) => -u]],
] as const)('%s', (_, fast, slow, ranges) => {
  it.each(ranges)('agrees with stdlib to one unit in the last place (%s)', (range) => {
    const worst = Math.max(...inputs(range).map((x) => ulpDistance(fast(x), slow(x))));
    expect(worst).toBeLessThanOrEqual(1);
  });

  it.each([0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -2, 5e-324, 1e-310, 1e308, 746])(
    'agrees with stdlib at %s',
    (x) => {
      expect(ulpDistance(fast(x), slow(x))).toBeLessThanOrEqual(1);
    },
  );

  it('never falls where it should rise', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 700, noNaN: true }), fc.double({ min: 0, max: 1e-3, noNaN: true }), (x, step) => {
        expect(fast(x + step)).toBeGreaterThanOrEqual(fast(x) - 1e-15 * Math.abs(fast(x)));
      }),
    );
  });
});

describe('the kernels', () => {
  it('are right to the last digit where 50-digit arithmetic says so', () => {
    expect(fastExp(1)).toBe(Math.E);
    expect(fastExp(-745)).toBe(5e-324);
    expect(fastExp(-708.9)).toBe(1.3447506992632944e-308);
    expect(fastExp(709.7)).toBe(1.6549840276802644e308);
    expect(fastLog(10)).toBe(Math.LN10);
    expect(fastLog(0.9999)).toBe(-0.00010000500033334732);
    expect(fastLog1p(1e-9)).toBe(9.999999995e-10);
    expect(fastLog1p(0.1)).toBe(0.09531017980432487);
  });

  it('give these bits on every machine', () => {
    const values = inputs((u) => 60 * u - 30);
    expect([fastExp, (x: number) => fastLog(Math.abs(x)), (x: number) => fastLog1p(Math.abs(x))].map((f) => digest(f, values))).toEqual([
      3169265098, 239890409, 1866807116,
    ]);
  });
});
