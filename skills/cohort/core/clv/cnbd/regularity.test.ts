import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { digamma, makeRng } from '../../../../sdk/numeric/index.ts';
import { chooseRegularity } from './choose-regularity.ts';
import { cnbdFamily } from './index.ts';
import { estimateRegularity, type RegularityMethod } from './regularity.ts';

const methods: readonly RegularityMethod[] = ['wheat', 'mle', 'mle-minka', 'mle-thom', 'cv'];

describe('estimateRegularity', () => {
  it.each([0.5, 1, 3])('finds the shape %d of simulated times within a tenth', (k) => {
    const rng = makeRng(`gaps ${k}`);
    const gaps = Array.from({ length: 4000 }, () => {
      const rate = rng.gamma(2);
      return Array.from({ length: 60 }, () => rng.gamma(k) / rate);
    });
    for (const method of methods) {
      // The coefficient of variation and the closed forms have a bias for small shapes and 60 times.
      expect(Math.abs(estimateRegularity(gaps, method).k / k - 1)).toBeLessThan(0.1);
    }
  });

  it('of maximum likelihood is the root of its equation, which both closed forms come near', () => {
    const gaps = [[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]];
    const { k } = estimateRegularity(gaps, 'mle');
    const ratio = Math.log(5.5) - Math.log(3_628_800) / 10;
    expect(Math.log(k) - digamma(k)).toBeCloseTo(ratio, 12);
    for (const method of ['mle-minka', 'mle-thom'] as const)
      expect(Math.abs(estimateRegularity(gaps, method).k / k - 1)).toBeLessThan(0.02);
  });

  it('does not depend on the unit of time', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.1, max: 100, noNaN: true }), { minLength: 10, maxLength: 30 }), (times) => {
        for (const method of methods) {
          const [weeks, days] = [times, times.map((time) => 7 * time)].map((gaps) => estimateRegularity([gaps], method).k);
          // Beyond a million the times are as good as equal.
          expect(Math.abs(Math.min(days ?? 0, 1e6) / Math.min(weeks ?? 0, 1e6) - 1)).toBeLessThan(1e-6);
        }
      }),
    );
  });

  it('is infinite for equal times', () => {
    for (const method of methods) expect(estimateRegularity([new Array<number>(10).fill(3)], method).k).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes customers with enough times, and refuses where there are none or a time is not positive', () => {
    expect(estimateRegularity([[1, 2], [3]], 'wheat').customers).toBe(1);
    expect(() => estimateRegularity([[1, 2]], 'mle')).toThrow(expect.objectContaining({ code: 'CLV_TOO_FEW_CUSTOMERS' }));
    expect(() => estimateRegularity([[1, 0]], 'wheat')).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
    expect(() => estimateRegularity([[1, 2]], 'cv', 1)).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
  });
});

describe('chooseRegularity', () => {
  it('finds the k that simulated customers have', () => {
    const rng = makeRng('choose');
    const truth = cnbdFamily(3, true);
    const rows = Array.from({ length: 800 }, () => {
      const ages = truth.simulate({ r: 2, alpha: 2, a: 0.5, b: 3 }, 52, rng);
      const logGaps = ages.reduce((total, age, index) => total + Math.log(age - (ages[index - 1] ?? 0)), 0);
      return { x: ages.length, tx: ages.at(-1) ?? 0, logGaps };
    });
    const histories = {
      x: rows.map(({ x }) => x),
      tx: rows.map(({ tx }) => tx),
      T: rows.map(() => 52),
      logGaps: rows.map(({ logGaps }) => logGaps),
    };
    const { k, best, candidates } = chooseRegularity(histories, { isModified: true, most: 5 });
    expect(k).toBe(3);
    expect(best.family).toBe('mbg-cnbd-3');
    expect(candidates.map((candidate) => candidate.k)).toEqual([1, 2, 3, 4, 5]);
    // Within four standard errors of the truth.
    [2, 2, 0.5, 3].forEach((value, index) => {
      const name = (['r', 'alpha', 'a', 'b'] as const)[index] ?? 'r';
      expect(Math.abs(best.params[name] - value)).toBeLessThan(4 * (best.standardErrors[index] ?? 0));
    });
    expect(() => chooseRegularity(histories, { isModified: true, most: 9 })).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
  });
});
