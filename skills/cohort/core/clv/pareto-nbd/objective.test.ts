import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../sdk/numeric/index.ts';
import { fitTiming } from '../fit-timing.ts';
import { type HistoryColumns, summarizeHistories } from '../histories.ts';
import { paretoNbd, type ParetoNbdParameters } from './index.ts';

const cdnow: ParetoNbdParameters = { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };

/** Customers of ages up to 39 weeks; whole days when asked. */
function simulated(parameters: ParetoNbdParameters, customers: number, seed: string, isDaily: boolean): HistoryColumns {
  const rng = makeRng(seed);
  const rows = Array.from({ length: customers }, () => {
    const T = isDaily ? (150 + rng.integer(124)) / 7 : 20 + 19 * rng.uniform();
    const ages = paretoNbd.simulate(parameters, T, rng);
    const days = isDaily ? [...new Set(ages.map((age) => Math.floor(age * 7) / 7))].filter((age) => age > 0) : ages;
    return { x: days.length, tx: days.at(-1) ?? 0, T };
  });
  return { x: rows.map(({ x }) => x), tx: rows.map(({ tx }) => tx), T: rows.map(({ T }) => T) };
}

function oneByOne(
  { x, tx, T }: HistoryColumns,
  [r = 1, alpha = 1, s = 1, beta = 1]: readonly number[],
): { value: number; gradient: number[] } {
  const total = { value: 0, gradient: [0, 0, 0, 0] };
  const part = new Float64Array(4);
  for (let row = 0; row < x.length; row++) {
    total.value -= paretoNbd.logLikelihood({ r, alpha, s, beta }, { x: x[row] ?? 0, tx: tx[row] ?? 0, T: T[row] ?? 0 }, part);
    total.gradient = total.gradient.map((sum, index) => sum - (part[index] ?? 0));
  }
  return total;
}

const size = fc.double({ min: -3, max: 3, noNaN: true }).map((exponent) => 10 ** exponent);

describe('the likelihood of many histories', () => {
  it.each([
    ['whole days', true],
    ['any time', false],
  ])('is the sum of their likelihoods, at any parameters: %s', (_, isDaily) => {
    const data = simulated({ r: 0.8, alpha: 2, s: 0.6, beta: 12 }, 400, 'batch', isDaily);
    const objective = paretoNbd.objective(summarizeHistories(data));
    fc.assert(
      fc.property(fc.tuple(size, size, fc.oneof(size, fc.constant(0)), size), (parameters) => {
        const gradient = new Float64Array(4);
        const value = objective(parameters, gradient);
        const single = oneByOne(data, parameters);
        expect(Math.abs(value / single.value - 1)).toBeLessThan(1e-12);
        single.gradient.forEach((slope, index) => {
          // Slopes per log, against the size of the terms that they are sums of.
          const parameter = parameters[index] ?? 0;
          expect(Math.abs((gradient[index] ?? 0) - slope) * parameter).toBeLessThan(
            1e-10 * (Math.abs(value) + 400 * Math.max(...parameters)),
          );
        });
      }),
      { numRuns: 60 },
    );
  });

  it('counts a weight as so many customers', () => {
    const data = { x: [0, 2, 2, 5], tx: [0, 10, 10, 30], T: [39, 39, 39, 35] };
    const weighted = { x: [0, 2, 5], tx: [0, 10, 30], T: [39, 39, 35], weight: [1, 2, 1] };
    const [one, other] = [data, weighted].map((columns) =>
      paretoNbd.objective(summarizeHistories(columns))([0.5, 10, 0.6, 11], new Float64Array(4)),
    );
    expect(one).toBe(other);
  });

  it('takes customers of age 0, and those who bought on their last day', () => {
    const data = { x: [0, 3], tx: [0, 39], T: [0, 39] };
    const gradient = new Float64Array(4);
    const value = paretoNbd.objective(summarizeHistories(data))([0.5, 10, 0.6, 11], gradient);
    expect(value).toBeCloseTo(oneByOne(data, [0.5, 10, 0.6, 11]).value, 12);
    expect(gradient.every(Number.isFinite)).toBe(true);
  });
});

describe('fits', () => {
  it('find the parameters that customers were drawn with, within three standard errors', () => {
    const model = fitTiming(paretoNbd, simulated(cdnow, 20_000, 'recover', false));
    expect(model.boundary).toBeNull();
    paretoNbd.parameters.forEach(({ name }, index) => {
      expect(Math.abs(model.params[name] - cdnow[name])).toBeLessThan(3 * (model.standardErrors[index] ?? 0));
    });
  });

  it('of customers who never leave end at NBD, which every formula takes', () => {
    const data = simulated({ r: 1.5, alpha: 8, s: 0, beta: 1 }, 3000, 'stay', true);
    const model = fitTiming(paretoNbd, data);
    expect(model.boundary?.limit).toBe('nobody-leaves');
    expect(model.params.s).toBe(0);
    expect(model.standardErrors.map((error) => error === null)).toEqual([false, false, true, true]);
    expect(paretoNbd.conditionalExpectation(model.params, { x: 2, tx: 5, T: 39 }, 39)).toBeGreaterThan(0);
  });

  it('of customers with one rate who never leave end at the Poisson', () => {
    const model = fitTiming(paretoNbd, simulated({ r: 1e8, alpha: 1e9, s: 0, beta: 1 }, 2000, 'poisson', false));
    expect(['poisson', 'nobody-leaves', 'one-rate']).toContain(model.boundary?.limit);
    expect(model.params.r / model.params.alpha).toBeCloseTo(0.1, 1);
  });
});

describe('limits', () => {
  const data = simulated(cdnow, 2000, 'limits', true);
  const statistics = summarizeHistories(data);

  it.each(paretoNbd.limits.map((limit) => [limit.title, limit] as const))(
    '%s: is the full likelihood at the embedded parameters',
    (_, limit) => {
      const free = limit.start([0.5, 10, 0.6, 12]);
      const gradient = new Float64Array(free.length);
      const objective = limit.objective(statistics);
      const value = objective(free, gradient);
      const full = paretoNbd.objective(statistics)(limit.embed(free), new Float64Array(4));
      expect(Math.abs(value / full - 1)).toBeLessThan(1e-9);
      free.forEach((parameter, index) => {
        const step = 1e-4;
        const [up, down] = [1 + step, 1 - step].map((factor) =>
          objective(
            free.map((other, at) => (at === index ? parameter * factor : other)),
            new Float64Array(free.length),
          ),
        );
        expect(Math.abs((gradient[index] ?? 0) * parameter - ((up ?? 0) - (down ?? 0)) / (2 * step))).toBeLessThan(1e-7 * value);
      });
    },
  );

  it('one rate for all: is the model with an exponential gap between purchases', () => {
    // 1e8 stands for infinity: the log-likelihood of one history is off by x²/1e8 and (λT)²/1e8.
    const [lambda, s, beta] = [0.1, 0.6, 12];
    const steps = 40_000;
    const [x, tx, T] = [3, 20, 39];
    let left = 0;
    for (let index = 0; index < steps; index++) {
      const u = tx + ((index + 0.5) * (T - tx)) / steps;
      left += (Math.exp(-lambda * u) * s * beta ** s * (T - tx)) / steps / (beta + u) ** (s + 1);
    }
    const plain = Math.log(lambda ** x * (left + Math.exp(-lambda * T) * (beta / (beta + T)) ** s));
    expect(paretoNbd.logLikelihood({ r: 1e8, alpha: 1e8 / lambda, s, beta }, { x, tx, T })).toBeCloseTo(plain, 6);
  });

  it('one drop-out rate for all: is the model with exponential lifetimes', () => {
    const [r, alpha, mu] = [0.5, 10, 0.05];
    const steps = 40_000;
    const [x, tx, T] = [3, 20, 39];
    let left = 0;
    for (let index = 0; index < steps; index++) {
      const u = tx + ((index + 0.5) * (T - tx)) / steps;
      left += (mu * Math.exp(-mu * u) * (alpha + u) ** -(r + x) * (T - tx)) / steps;
    }
    const likelihood = r * (r + 1) * (r + 2) * alpha ** r * (left + Math.exp(-mu * T) * (alpha + T) ** -(r + x));
    expect(paretoNbd.logLikelihood({ r, alpha, s: 1e8, beta: 1e8 / mu }, { x, tx, T })).toBeCloseTo(Math.log(likelihood), 6);
  });
});
