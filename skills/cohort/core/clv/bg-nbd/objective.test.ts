import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../sdk/numeric/index.ts';
import { bgNbdObjective, nbdObjective, type NegativeLogLikelihood, summarizeHistories } from './bg-nbd-likelihood.ts';
import { logLikelihood } from './bg-nbd.ts';
import { alikeObjective, constantObjective, gammaGammaObjective } from './gamma-gamma-likelihood.ts';
import { spendLogLikelihood } from './gamma-gamma.ts';
import { groupRows } from './group-rows.ts';

const rng = makeRng('likelihood');
const histories = Array.from({ length: 300 }, () => {
  const T = (30 + rng.integer(300)) / 7;
  const x = rng.poisson(rng.gamma(0.4) * 4);
  return { x, tx: x === 0 ? 0 : Math.floor(rng.uniform() * T * 7) / 7, T };
});
const columns = { x: histories.map(({ x }) => x), tx: histories.map(({ tx }) => tx), T: histories.map(({ T }) => T) };
const spend = histories.filter(({ x }) => x > 0).map(({ x }) => ({ x, m: Math.ceil((rng.gamma(5 * x) / (5 * x)) * 40 * 100) / 100 }));
const spendRows = groupRows([spend.map(({ x }) => x), spend.map(({ m }) => m)]);

/** Largest difference between the gradient and central differences of the value, relative to the gradient's size. */
function gradientError(objective: NegativeLogLikelihood, at: readonly number[]): number {
  const gradient = new Float64Array(at.length);
  objective(at, gradient);
  const ignored = new Float64Array(at.length);
  const errors = at.map((value, index) => {
    const h = 1e-5 * value;
    const shifted = (by: number): number =>
      objective(
        at.map((other, place) => (place === index ? other + by : other)),
        ignored,
      );
    const slope = (shifted(h) - shifted(-h)) / (2 * h);
    return (Math.abs(slope - (gradient[index] ?? 0)) * value) / Math.max(1, Math.abs(objective(at, ignored)));
  });
  return Math.max(...errors);
}

const parameter = fc.double({ min: -1.5, max: 1.5, noNaN: true }).map((exponent) => 10 ** exponent);

describe('gradients equal central differences to 1e-7 of the value', () => {
  const statistics = summarizeHistories(columns);
  it.each<[string, NegativeLogLikelihood, number]>([
    ['BG/NBD', bgNbdObjective(statistics), 4],
    ['NBD', nbdObjective(statistics), 2],
    ['Gamma-Gamma', gammaGammaObjective(spendRows), 3],
    ['Gamma-Gamma, all alike', alikeObjective(spendRows), 2],
    ['Gamma-Gamma, constant', constantObjective(spendRows), 2],
  ])('%s', (_, objective, size) => {
    fc.assert(
      fc.property(fc.array(parameter, { minLength: size, maxLength: size }), (at) => {
        expect(gradientError(objective, at)).toBeLessThan(1e-7);
      }),
    );
  });
});

describe('sums over grouped rows', () => {
  it('equal the sum of single rows of BG/NBD to 1e-12', () => {
    fc.assert(
      fc.property(parameter, parameter, parameter, parameter, (r, alpha, a, b) => {
        const single = histories.reduce((total, { x, tx, T }) => total - logLikelihood({ r, alpha, a, b }, x, tx, T), 0);
        const grouped = bgNbdObjective(summarizeHistories(columns))([r, alpha, a, b], new Float64Array(4));
        expect(Math.abs(grouped - single)).toBeLessThanOrEqual(1e-12 * Math.abs(single));
      }),
    );
  });

  it('equal the sum of single rows of Gamma-Gamma to 1e-12', () => {
    fc.assert(
      fc.property(parameter, parameter, parameter, (p, q, v) => {
        const single = spend.reduce((total, { x, m }) => total - spendLogLikelihood({ p, q, v }, x, m), 0);
        expect(Math.abs(gammaGammaObjective(spendRows)([p, q, v], new Float64Array(3)) - single)).toBeLessThanOrEqual(
          1e-12 * Math.abs(single),
        );
      }),
    );
  });
});

describe('what is no purchase history', () => {
  it.each([
    ['a recency above the age', { x: [1, 1], tx: [1, 5], T: [2, 4] }],
    ['a fraction of a purchase', { x: [1, 1.5], tx: [1, 1], T: [2, 4] }],
    ['a missing number', { x: [1, 1], tx: [1, Number.NaN], T: [2, 4] }],
    ['an endless age', { x: [1, 1], tx: [1, 1], T: [2, Number.POSITIVE_INFINITY] }],
  ])('%s is refused with its row', (_, data) => {
    expect(() => summarizeHistories(data)).toThrow(
      expect.objectContaining({ code: 'NUMERIC_DOMAIN', message: expect.stringContaining('row 1') }),
    );
  });

  it('columns of different lengths are refused', () => {
    expect(() => summarizeHistories({ x: [1], tx: [1, 2], T: [2, 3] })).toThrow(/one length/);
  });
});
