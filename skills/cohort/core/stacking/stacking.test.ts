import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng, sum } from '../../../sdk/numeric/index.ts';
import { poissonDeviance } from './poisson-deviance.ts';
import { fitSimplexWeights } from './simplex-weights.ts';
import { applyStack, stackModels } from './stack-models.ts';

/** Counts with the mean of a truth, and models that are off from it by lognormal errors of given sizes. */
function simulate(
  seed: string,
  rows: number,
  errors: readonly number[],
): { predictions: Float64Array[]; actual: Float64Array; truth: Float64Array } {
  const rng = makeRng(seed);
  const truth = Float64Array.from({ length: rows }, () => rng.gamma(0.5) * 4);
  const predictions = errors.map((error) => truth.map((mean) => mean * Math.exp(error * rng.normal() - (error * error) / 2)));
  return { predictions, truth, actual: truth.map((mean) => rng.poisson(mean)) };
}

const small = fc.record({
  seed: fc.string(),
  rows: fc.integer({ min: 1, max: 60 }),
  errors: fc.array(fc.double({ min: 0, max: 1.5, noNaN: true }), { minLength: 1, maxLength: 5 }),
});

const equalOf = (models: number): number[] => new Array<number>(models).fill(1 / models);

describe('poissonDeviance', () => {
  it('refuses columns of two lengths, and numbers below zero or NaN, instead of scoring them', () => {
    const domain = expect.objectContaining({ code: 'NUMERIC_DOMAIN' });
    expect(() => poissonDeviance([1, 2], [1])).toThrow(domain);
    expect(() => poissonDeviance([1], [1, 2])).toThrow(domain);
    expect(() => poissonDeviance([1, 2], [1, 2], [1])).toThrow(domain);
    expect(() => poissonDeviance([1, -2], [1, 1])).toThrow('row 1: counts are numbers ≥ 0; found expected -2 and actual 1');
    expect(() => poissonDeviance([1], [Number.NaN])).toThrow(domain);
    expect(poissonDeviance([], [])).toBe(0);
  });
});

describe('weights of a mixture', () => {
  it('lie on the simplex with a gap that is certified', () => {
    fc.assert(
      fc.property(small, fc.constantFrom(0, 1, 50, Number.POSITIVE_INFINITY), ({ seed, rows, errors }, strength) => {
        const data = simulate(seed, rows, errors);
        const { weights, gap } = fitSimplexWeights(data, equalOf(errors.length), strength);
        expect(Math.abs(sum(weights) - 1)).toBeLessThan(1e-12);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
        expect(gap).toBeLessThanOrEqual(1e-6 * Math.max(1, sum(data.actual)) + (strength < 1e9 ? 1e-6 * strength : 0));
      }),
    );
  });

  it('are no worse than the best model before they are pulled anywhere', () => {
    fc.assert(
      fc.property(small, ({ seed, rows, errors }) => {
        const data = simulate(seed, rows, errors);
        const { weights } = fitSimplexWeights(data, equalOf(errors.length), 0);
        const mixed = data.actual.map((_, row) => sum(data.predictions.map((column, model) => weights[model]! * column[row]!)));
        const best = Math.min(...data.predictions.map((column) => poissonDeviance(column, data.actual)));
        // The gap is 1e-8 of the purchases, over rows; deviance is twice the log-likelihood.
        expect(poissonDeviance(mixed, data.actual)).toBeLessThanOrEqual(best + (1e-6 * Math.max(1, sum(data.actual))) / rows);
      }),
    );
  });

  it('move with the models when these are listed in another order', () => {
    fc.assert(
      fc.property(small, fc.constantFrom(0, 8), ({ seed, rows, errors }, strength) => {
        const data = simulate(seed, rows, errors);
        const order = errors.map((_, model) => (model + 1) % errors.length);
        const turned = { ...data, predictions: order.map((model) => data.predictions[model]!) };
        const one = fitSimplexWeights(data, equalOf(errors.length), strength).weights;
        const other = fitSimplexWeights(turned, equalOf(errors.length), strength).weights;
        expect(other).toEqual(order.map((model) => one[model]));
      }),
    );
  });

  it('move with models that are nearly alike', () => {
    const data = simulate('.o', 37, [0, 1.1606333529758533e-8, 0]);
    const turned = { ...data, predictions: [1, 2, 0].map((model) => data.predictions[model]!) };
    const [first, second, third] = fitSimplexWeights(data, equalOf(3), 0).weights;
    expect(fitSimplexWeights(turned, equalOf(3), 0).weights).toEqual([second, third, first]);
  });

  it('are equal for models that are alike', () => {
    const { predictions, actual } = simulate('alike', 400, [0.4]);
    const same = { predictions: [predictions[0]!, predictions[0]!, predictions[0]!], actual };
    for (const weight of fitSimplexWeights(same, equalOf(3), 0).weights) expect(weight).toBeCloseTo(1 / 3, 6);
    const stack = stackModels(same);
    for (const weight of stack.overall.weights) expect(weight).toBeCloseTo(1 / 3, 6);
    expect(stack.strength.overall).toBeNull();
  });

  it('go to a model that is right', () => {
    const { predictions, actual, truth } = simulate('right', 4000, [1, 0.8]);
    const { weights } = fitSimplexWeights({ predictions: [predictions[0]!, truth, predictions[1]!], actual }, equalOf(3), 0);
    expect(weights[1]).toBeGreaterThan(0.95);
  });

  it('stay finite when a model says zero and somebody buys', () => {
    const data = { predictions: [new Float64Array([0, 0, 0]), new Float64Array([1, 2, 0])], actual: [1, 2, 3] };
    const { weights, gap } = fitSimplexWeights(data, equalOf(2), 0);
    expect(weights.every(Number.isFinite)).toBe(true);
    expect(Number.isFinite(gap)).toBe(true);
    const silent = { predictions: [new Float64Array(3), new Float64Array(3)], actual: [0, 0, 0] };
    for (const weight of fitSimplexWeights(silent, equalOf(2), 0).weights) expect(weight).toBeCloseTo(0.5, 9);
  });
});

describe('a stack', () => {
  /** Two cohorts in which another model is right; the third cohort has four customers. */
  function cohorts(seed: string): { predictions: Float64Array[]; actual: Float64Array; cohort: Int32Array } {
    const { predictions, actual, truth } = simulate(seed, 3000, [0.9, 0.9]);
    const cohort = Int32Array.from(truth, (_, row) => (row < 4 ? 2 : row % 2));
    const first = truth.map((mean, row) => (cohort[row] === 0 ? mean : predictions[0]![row]!));
    const second = truth.map((mean, row) => (cohort[row] === 0 ? predictions[1]![row]! : mean));
    return { predictions: [first, second], actual, cohort };
  }

  it('finds the model of each cohort and keeps a tiny cohort near the overall weights', () => {
    const data = cohorts('cohorts');
    const stack = stackModels(data);
    expect(stack.cohorts.map(({ cohort, n }) => [cohort, n])).toEqual([
      [0, 1498],
      [1, 1498],
      [2, 4],
    ]);
    expect(stack.cohorts[0]!.weights[0]).toBeGreaterThan(0.9);
    expect(stack.cohorts[1]!.weights[1]).toBeGreaterThan(0.9);
    expect(stack.strength.cohort).not.toBeNull();
    const { deviance } = stack.cohorts[0]!;
    expect(deviance.crossValidated).toBeLessThan(Math.min(deviance.equal, deviance.single[1]!));
  });

  it('pulls to equal weights where a choice would be chance', () => {
    const { predictions, actual } = simulate('chance', 30, [0.2, 0.2, 0.2]);
    const stack = stackModels({ predictions, actual });
    expect(stack.strength.overall === null || stack.strength.overall >= 32).toBe(true);
    for (const weight of stack.overall.weights) expect(Math.abs(weight - 1 / 3)).toBeLessThan(0.2);
  });

  it('records deviances that can be recomputed, and is plain JSON', () => {
    const data = cohorts('record');
    const stack = stackModels(data);
    expect(JSON.parse(JSON.stringify(stack))).toEqual(stack);
    const { deviance } = stack.overall;
    expect(deviance.single).toEqual(data.predictions.map((column) => poissonDeviance(column, data.actual)));
    expect(poissonDeviance(applyStack({ ...stack, cohorts: [] }, data.predictions), data.actual)).toBeCloseTo(deviance.stack, 12);
  });

  it('mixes by the weights of the cohort, and by the overall ones where it knows none', () => {
    const stack = {
      models: 2,
      overall: { cohort: -1, n: 0, weights: [0.5, 0.5], deviance: { single: [], equal: 0, stack: 0, crossValidated: 0 } },
      cohorts: [{ cohort: 3, n: 1, weights: [1, 0], deviance: { single: [], equal: 0, stack: 0, crossValidated: 0 } }],
    };
    const columns = [
      [2, 2],
      [4, 4],
    ];
    expect([...applyStack(stack, columns, [3, 9])]).toEqual([2, 3]);
    expect([...applyStack(stack, columns)]).toEqual([3, 3]);
    expect(() => applyStack(stack, [[1]])).toThrow(/weights for 2 models; found 1/);
    expect(() => applyStack(stack, [[1], [1, 2]])).toThrow(/one length/);
  });

  it('keeps the rows of a customer in one fold', () => {
    const { predictions, actual } = simulate('groups', 300, [0.5, 0.2]);
    const twice = (column: ArrayLike<number>): Float64Array => Float64Array.from([...Array.from(column), ...Array.from(column)]);
    const group = Int32Array.from({ length: 600 }, (_, row) => row % 300);
    const once = stackModels({ predictions, actual, group: group.slice(0, 300) }, { strengths: [0] });
    const double = stackModels({ predictions: predictions.map(twice), actual: twice(actual), group }, { strengths: [0] });
    once.overall.weights.forEach((weight, model) => expect(double.overall.weights[model]).toBeCloseTo(weight, 4));
    expect(double.overall.deviance.crossValidated).toBeCloseTo(once.overall.deviance.crossValidated, 6);
  });

  it('says what is wrong with bad input', () => {
    expect(() => stackModels({ predictions: [], actual: [1] })).toThrow(/needs a model and a row; found 0 models, 1 rows/);
    expect(() => stackModels({ predictions: [[1], [1, 2]], actual: [1] })).toThrow(/model 1 needs one number for each of 1 rows; found 2/);
    expect(() => stackModels({ predictions: [[1, Number.NaN]], actual: [1, 1] })).toThrow(/model 0 has NaN in row 1/);
    expect(() => stackModels({ predictions: [[1]], actual: [-1] })).toThrow(/actual has -1 in row 0/);
    expect(() => stackModels({ predictions: [[1]], actual: [1], weight: [0] })).toThrow(/weight has 0/);
    expect(() => stackModels({ predictions: [[1]], actual: [1], cohort: [0.5] })).toThrow(/cohort has 0.5/);
    expect(() => stackModels({ predictions: [[1]], actual: [1] }, { folds: 1 })).toThrow(/folds is an integer/);
    expect(() => stackModels({ predictions: [[1]], actual: [1] }, { strengths: [] })).toThrow(/found none/);
  });
});
