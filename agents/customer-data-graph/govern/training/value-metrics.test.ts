import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../../skills/sdk/numeric/index.ts';
import { measureValues, measureWithIntervals } from './value-metrics.ts';
import '../../../../test/property-seed.ts';

const columns = (predicted: readonly number[], actual: readonly number[]) => ({
  predicted: Float64Array.from(predicted),
  actual: Float64Array.from(actual),
});

describe('measures of predicted values', () => {
  it('are those worked out by hand', () => {
    const { rmse, r2, mae, bias, gini } = measureValues(columns([1, 2, 3], [0, 2, 6]));
    expect(rmse).toBeCloseTo(Math.sqrt(10 / 3), 12);
    expect(mae).toBeCloseTo(4 / 3, 12);
    // Squares around the mean 8/3: 64/9 + 4/9 + 100/9.
    expect(r2).toBeCloseTo(1 - 10 / (168 / 9), 12);
    expect(bias).toBeCloseTo(6 / 8 - 1, 12);
    expect(gini).toBe(1);
  });

  it('have a Gini of −1 for the order turned around, and 0 where all predictions are equal', () => {
    expect(measureValues(columns([3, 2, 1], [0, 2, 6])).gini).toBeCloseTo(-1, 12);
    expect(measureValues(columns([5, 5, 5], [0, 2, 6])).gini).toBeCloseTo(0, 12);
  });

  it('have no R², Gini or bias where outcomes are all 0, and no R² where they are equal', () => {
    expect(measureValues(columns([1, 2], [0, 0]))).toMatchObject({ r2: null, gini: null, bias: null, mae: 1.5 });
    expect(measureValues(columns([1, 2], [4, 4]))).toMatchObject({ r2: null, gini: null });
  });

  it('refuse no rows, and columns of two lengths', () => {
    expect(() => measureValues(columns([], []))).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
    expect(() => measureValues(columns([1], [1, 2]))).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
  });

  it('keep the order of rows out of the ranking, also among ties', () => {
    const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 9 })), { minLength: 2, maxLength: 30 });
    fc.assert(
      fc.property(rows, (pairs) => {
        const one = measureValues(
          columns(
            pairs.map(([predicted]) => predicted),
            pairs.map(([, actual]) => actual),
          ),
        );
        const turned = pairs.toReversed();
        const other = measureValues(
          columns(
            turned.map(([predicted]) => predicted),
            turned.map(([, actual]) => actual),
          ),
        );
        for (const name of ['rmse', 'mae', 'gini', 'r2', 'bias'] as const) {
          if (one[name] === null) expect(other[name]).toBeNull();
          else expect(other[name]).toBeCloseTo(one[name], 10);
        }
      }),
    );
  });

  it('have intervals around them that do not depend on the run, and are wider where rows belong to fewer customers', () => {
    const rng = makeRng('value metrics');
    const actual = Float64Array.from({ length: 400 }, () => rng.exponential() * 100);
    const predicted = actual.map((value) => value * 0.5 + 30 + 20 * rng.normal());
    const alone = { predicted, actual, customer: Int32Array.from(actual.keys()) };
    const found = measureWithIntervals(alone, 'seed');
    expect(measureWithIntervals(alone, 'seed')).toEqual(found);
    for (const one of [found.rmse, found.r2, found.mae, found.gini, found.bias]) {
      expect(one?.low).toBeLessThan(one?.value ?? Number.NaN);
      expect(one?.high).toBeGreaterThan(one?.value ?? Number.NaN);
    }
    // Each customer four times over: the same numbers, four times less known.
    const fourfold = {
      predicted: Float64Array.from({ length: 400 }, (_, row) => predicted[row >> 2] ?? 0),
      actual: Float64Array.from({ length: 400 }, (_, row) => actual[row >> 2] ?? 0),
      customer: Int32Array.from({ length: 400 }, (_, row) => row >> 2),
    };
    const asIfApart = measureWithIntervals({ ...fourfold, customer: alone.customer }, 'seed');
    const together = measureWithIntervals(fourfold, 'seed');
    expect(together).toMatchObject({ rows: 400, customers: 100 });
    expect(together.mae.high - together.mae.low).toBeGreaterThan(1.5 * (asIfApart.mae.high - asIfApart.mae.low));
  });

  it('draw all rows of a customer together: of one customer every draw is the whole', () => {
    const money = fc.integer({ min: 0, max: 5000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(money, money), { minLength: 2, maxLength: 40 }), (pairs) => {
        const predicted = Float64Array.from(pairs, ([one]) => one);
        const actual = Float64Array.from(pairs, ([, other]) => other);
        const { rmse, r2, mae, gini, bias } = measureWithIntervals({ predicted, actual, customer: new Int32Array(pairs.length) }, 'one');
        for (const one of [rmse, r2, mae, gini, bias]) {
          if (one === null) continue;
          expect(one.low).toBeCloseTo(one.value, 8);
          expect(one.high).toBeCloseTo(one.value, 8);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('leave draws without an explained variance out of its interval', () => {
    // One buyer of sixty: more than a third of the draws miss it.
    const actual = Float64Array.from({ length: 60 }, (_, row) => (row === 7 ? 4321.7 : 0));
    const predicted = Float64Array.from({ length: 60 }, (_, row) => 70 + row);
    const { r2 } = measureWithIntervals({ predicted, actual, customer: Int32Array.from(actual.keys()) }, 'rare');
    expect(r2?.low).toBeGreaterThan(-1);
    expect(r2?.high).toBeLessThan(1);
  });
});
