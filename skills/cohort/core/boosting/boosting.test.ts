import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../sdk/numeric/index.ts';
import { fitOn } from './fit.ts';
import { type BoostingConfig, type BoostingLoss, type BoostingRows, boostingPredictor, fitBoosting, predictBoosting } from './index.ts';
import { plainKernel } from './kernel.ts';
import { sortValues } from './sort-values.ts';
import { weightedQuantile } from './weighted-quantile.ts';

const losses: readonly BoostingLoss[] = ['poisson', 'squared', { quantile: 0.8 }];

/** Counts that rise with the first column, more steeply where the second is above 0; the third is missing for a fifth. */
function counts(rows: number, seed: string, isWeighted = false): BoostingRows {
  const rng = makeRng(seed);
  const columns = Array.from({ length: 4 }, () => Float64Array.from({ length: rows }, () => rng.normal()));
  columns[2] = columns[2]!.map((value) => (rng.uniform() < 0.2 ? Number.NaN : Math.round(2 * value)));
  const target = Float64Array.from({ length: rows }, (_, row) => {
    const [first = 0, second = 0, third = 0] = columns.map((column) => column[row]!);
    return rng.poisson(Math.exp(0.3 + 0.5 * first * (second > 0 ? 2 : 1) + (Number.isNaN(third) ? 1 : 0)));
  });
  const data = { columns, names: ['first', 'second', 'third', 'noise'], target };
  return isWeighted ? { ...data, weight: Float64Array.from({ length: rows }, () => rng.gamma(2)) } : data;
}

function reordered(data: BoostingRows, order: readonly number[]): BoostingRows {
  const turn = (column: Float64Array): Float64Array => Float64Array.from(order, (row) => column[row]!);
  const { weight } = data;
  return { ...data, columns: data.columns.map(turn), target: turn(data.target), ...(weight && { weight: turn(weight) }) };
}

/** Two hundred rows that any language makes alike, with missing values and few distinct ones. */
const twoHundred = ((): BoostingRows => {
  const rows = Array.from({ length: 200 }, (_, i) => i);
  const a = Float64Array.from(rows, (i) => ((i * 0.6180339887498949) % 1) * 10);
  const b = Float64Array.from(rows, (i) => (i % 7 === 3 ? Number.NaN : ((i * i * 0.7548776662466927) % 1) * 100));
  const c = Float64Array.from(rows, (i) => i % 5);
  const target = Float64Array.from(rows, (i) => Math.floor((a[i]! * (1 + (i % 5))) / 4 + (i % 7 === 3 ? 6 : b[i]! / 20)));
  return { columns: [a, b, c], names: ['a', 'b', 'c'], target };
})();
const oneToThree = Float64Array.from({ length: 200 }, (_, i) => 1 + (i % 3));

describe('gradient boosting', () => {
  // scikit-learn 1.7.2, HistGradientBoostingRegressor(max_iter=20, max_leaf_nodes=8, min_samples_leaf=5, learning_rate=0.2); it keeps
  // gradients in single precision, which is the tolerance. Rows 0, 3, 17, 50, 101 and 199.
  it.each<[BoostingLoss, Float64Array | undefined, number, number[]]>([
    [
      'poisson',
      undefined,
      0,
      [0.7160602397993503, 14.194911085702481, 9.176618215435038, 3.0169153482033826, 7.711882446079295, 16.539387902719763],
    ],
    [
      'poisson',
      undefined,
      1.5,
      [0.8200476153498473, 13.84803754424372, 9.472756166577156, 2.8971663228402216, 7.1810002700670035, 16.80701116314485],
    ],
    [
      'poisson',
      oneToThree,
      0,
      [0.7991833360554349, 13.770807028732674, 9.193375149108643, 3.192600982862673, 7.452629800183624, 16.502611710039993],
    ],
    [
      'squared',
      undefined,
      0,
      [0.22289101354345472, 13.6612488060029, 9.337672532429284, 3.189810495984703, 7.914348348279206, 16.51601157211035],
    ],
    [
      'squared',
      undefined,
      1.5,
      [0.5851726976136632, 13.45480894486114, 8.815902108458307, 3.1962033420234093, 7.68821497682244, 15.670343851660474],
    ],
    [
      'squared',
      oneToThree,
      0,
      [0.4107698057570928, 14.016867956743015, 9.030883803641933, 3.1460416872360404, 7.485080964139333, 16.42099963193243],
    ],
    [
      { quantile: 0.8 },
      oneToThree,
      0,
      [4.544094645097007, 14.613029945980424, 9.232987581632415, 6.18373712663354, 8.013552748613536, 17.47081825876122],
    ],
  ])('predicts what scikit-learn does: %j, case %#', (loss, weight, l2, expected) => {
    const config = { loss, rounds: 20, leaves: 8, minLeaf: 5, learningRate: 0.2, l2 };
    const model = fitBoosting(config, { ...twoHundred, ...(weight && { weight }) });
    const predicted = predictBoosting(model, twoHundred.columns);
    for (const [at, row] of [0, 3, 17, 50, 101, 199].entries()) expect(predicted[row]! / expected[at]! - 1).toBeCloseTo(0, 6);
  });

  it('makes the same model byte for byte in whatever order rows come', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...losses),
        fc.boolean(),
        fc.boolean(),
        fc.integer({ min: 1, max: 5 }),
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (loss, isWeighted, isStopped, seed, shuffle) => {
          const data = counts(300, `order ${seed}`, isWeighted);
          const keys = Array.from({ length: 300 }, () => shuffle.next().value!);
          const order = Array.from(keys.keys()).sort((one, other) => keys[one]! - keys[other]! || one - other);
          const config: BoostingConfig = {
            loss,
            rounds: 8,
            minLeaf: 5,
            bins: 16,
            ...(isStopped && { seed: `${seed}`, earlyStopping: { share: 0.2, patience: 3 } }),
          };
          expect(JSON.stringify(fitBoosting(config, reordered(data, order)))).toBe(JSON.stringify(fitBoosting(config, data)));
        },
      ),
      { numRuns: 25 },
    );
  });

  it('makes the same model with and without WebAssembly', () => {
    for (const loss of losses) {
      for (const isWeighted of [false, true]) {
        const data = counts(700, 'kernels', isWeighted);
        const config: BoostingConfig = { loss, rounds: 10, minLeaf: 7 };
        expect(JSON.stringify(fitOn(plainKernel, config, data))).toBe(JSON.stringify(fitBoosting(config, data)));
      }
    }
    const constrained: BoostingConfig = { loss: 'poisson', rounds: 5, monotone: { first: 1 } };
    const data = counts(700, 'kernels');
    expect(fitOn(plainKernel, constrained, data)).toEqual(fitBoosting(constrained, data));
  });

  it('counts a weight of three as three rows', () => {
    const weight = oneToThree;
    const rows = Array.from({ length: 200 }, (_, row) => new Array<number>(weight[row]!).fill(row)).flat();
    for (const loss of losses) {
      const config: BoostingConfig = { loss, rounds: 10, minLeaf: 1, leaves: 6 };
      const weighted = predictBoosting(fitBoosting(config, { ...twoHundred, weight }), twoHundred.columns);
      const repeated = predictBoosting(fitBoosting(config, reordered(twoHundred, rows)), twoHundred.columns);
      // The steps of gradients are of another size, 2⁻²⁹ of the largest.
      for (const [row, value] of weighted.entries()) expect(repeated[row]).toBeCloseTo(value, 6);
    }
  });

  it('leaves rows of weight 0 out', () => {
    const data = counts(400, 'left out');
    const kept = Array.from({ length: 300 }, (_, row) => row);
    const weight = Float64Array.from({ length: 400 }, (_, row) => (row < 300 ? 1 : 0));
    const config: BoostingConfig = { loss: 'poisson', rounds: 5, earlyStopping: { share: 0.1, patience: 2 } };
    const ones = new Float64Array(300).fill(1);
    expect(fitBoosting(config, { ...data, weight })).toEqual(fitBoosting(config, { ...reordered(data, kept), weight: ones }));
  });

  it('sends missing values to the side where they help, and those that the fit never saw to the side with more rows', () => {
    const x = Float64Array.from({ length: 100 }, (_, row) => (row < 30 ? 0 : row < 60 ? Number.NaN : 1));
    const high = Float64Array.from({ length: 100 }, (_, row) => (row < 60 ? 8 : 2));
    const config: BoostingConfig = { loss: 'squared', rounds: 1, leaves: 2, learningRate: 1 };
    const predict = (column: Float64Array, target: Float64Array): number[] => {
      const model = fitBoosting(config, { columns: [column], names: ['x'], target });
      // The mean, where fitting starts, is rounded to the step of gradients.
      return Array.from(predictBoosting(model, [Float64Array.of(0, 1, Number.NaN)]), (value) => Math.round(value * 1e8) / 1e8 + 0);
    };
    const low = high.map((value, row) => (row >= 30 && row < 60 ? 2 : value));
    expect(predict(x, high)).toEqual([8, 2, 8]);
    expect(predict(x, low)).toEqual([8, 2, 2]);
    // Missing against present, where no value tells anything.
    const apart = x.map((value) => (Number.isNaN(value) ? value : 5));
    const gone = Float64Array.from(x, (value) => (Number.isNaN(value) ? 9 : 1));
    expect(predict(apart, gone)).toEqual([1, 1, 9]);
    const seen = Float64Array.from({ length: 100 }, (_, row) => (row < 30 ? 0 : 1));
    expect(predict(seen, seen)).toEqual([0, 1, 1]);
  });

  it('never predicts against a monotone direction, and still learns', () => {
    const data = counts(2000, 'monotone');
    for (const loss of ['poisson', 'squared'] as const) {
      const free = fitBoosting({ loss, rounds: 40 }, data);
      const model = fitBoosting({ loss, rounds: 40, monotone: { first: 1, noise: -1 } }, data);
      expect(model.fitted.lossAtEnd).toBeLessThan(0.75 * model.fitted.lossAtStart);
      let turns = 0;
      for (let row = 0; row < 50; row++) {
        const grid = Float64Array.from({ length: 60 }, (_, step) => -3 + step / 10);
        const alike = data.columns.map((column) => new Float64Array(60).fill(column[row]!));
        const rising = predictBoosting(model, [grid, ...alike.slice(1)]);
        const falling = predictBoosting(model, [...alike.slice(0, 3), grid]);
        const unbound = predictBoosting(free, [...alike.slice(0, 3), grid]);
        for (let step = 1; step < 60; step++) {
          if (unbound[step]! > unbound[step - 1]!) turns += 1;
          expect(rising[step]! - rising[step - 1]!).toBeGreaterThanOrEqual(-1e-12 * Math.abs(rising[step]!));
          expect(falling[step]! - falling[step - 1]!).toBeLessThanOrEqual(1e-12 * Math.abs(falling[step]!));
        }
      }
      expect(turns).toBeGreaterThan(100); // without the rule it does
    }
  });

  it('has a quantile above about its share of the targets, in every leaf and over all', () => {
    const rng = makeRng('quantiles');
    const column = Float64Array.from({ length: 4000 }, () => rng.uniform());
    const target = column.map((value) => 10 * value + (1 + 4 * value) * rng.normal());
    for (const quantile of [0.05, 0.5, 0.95]) {
      const model = fitBoosting({ loss: { quantile }, rounds: 60, leaves: 8 }, { columns: [column], names: ['x'], target });
      const predicted = predictBoosting(model, [column]);
      const covered = target.filter((value, row) => value <= predicted[row]!).length / 4000;
      expect(covered).toBeGreaterThan(quantile - 0.02); // three standard errors of a share of 4,000 are at most 0.024
      expect(covered).toBeLessThan(quantile + 0.02);
      expect(model.fitted.lossAtEnd).toBeLessThan(0.92 * model.fitted.lossAtStart);
    }
  });

  it('ends early and keeps the trees up to the best round', () => {
    const data = counts(1500, 'early');
    const config: BoostingConfig = { loss: 'poisson', rounds: 400, learningRate: 0.3, earlyStopping: { share: 0.2, patience: 5 } };
    const model = fitBoosting(config, data);
    const { validationLoss, rows, validationRows } = model.fitted;
    expect([rows, validationRows]).toEqual([1200, 300]);
    expect(validationLoss).toHaveLength(model.trees.length + 6);
    expect(Math.min(...validationLoss)).toBe(validationLoss[model.trees.length]);
    expect(model.trees.length).toBeGreaterThan(3);
    expect(fitBoosting({ ...config, seed: 'another' }, data).fitted.validationLoss[0]).not.toBe(validationLoss[0]);
  });

  it('says the loss of the model that it returns', () => {
    const data = counts(600, 'losses');
    const model = fitBoosting({ loss: 'squared', rounds: 200, earlyStopping: { share: 0.3, patience: 2 }, learningRate: 0.5 }, data);
    const without = fitBoosting({ loss: 'squared', rounds: 10 }, data);
    const predicted = predictBoosting(without, data.columns);
    const mean = predicted.reduce((total, value, row) => total + (value - data.target[row]!) ** 2 / 2, 0) / 600;
    expect(without.fitted.lossAtEnd).toBeCloseTo(mean, 10);
    expect(model.fitted.lossAtEnd).toBeLessThan(model.fitted.lossAtStart);
  });

  it('predicts the constant where nothing can be split: three customers, one target, columns without values', () => {
    const three = { columns: [Float64Array.of(1, 2, 3)], names: ['x'], target: Float64Array.of(0, 3, 3) };
    const same = { columns: [Float64Array.from({ length: 90 }, (_, row) => row)], names: ['x'], target: new Float64Array(90).fill(0.1) };
    const empty = {
      columns: [new Float64Array(90).fill(Number.NaN)],
      names: ['x'],
      target: Float64Array.from({ length: 90 }, (_, row) => row % 3),
    };
    for (const loss of ['poisson', 'squared'] as const) {
      for (const [data, constant] of [
        [three, 2],
        [same, 0.1],
        [empty, 1],
      ] as const) {
        const model = fitBoosting({ loss }, data);
        expect(model.trees).toEqual([]);
        expect(predictBoosting(model, [Float64Array.of(7)])[0]).toBeCloseTo(constant, 12);
      }
    }
    expect(fitBoosting({ loss: { quantile: 0.5 } }, three).start).toBe(3);
  });

  it('does not overshoot where a few large targets stand among many means near 0', () => {
    const rows = 4000;
    const x = Float64Array.from({ length: rows }, (_, row) => row % 200);
    const target = Float64Array.from(x, (value, row) => (value === 199 && row % 2 === 1 ? 1e6 : 0));
    const model = fitBoosting({ loss: 'poisson', rounds: 300, learningRate: 1 }, { columns: [x], names: ['x'], target });
    const predicted = predictBoosting(model, [x]);
    expect(predicted.every((value) => Number.isFinite(value) && value < 2e6)).toBe(true);
    expect(predicted.reduce((total, value) => total + value, 0) / 20e6 - 1).toBeCloseTo(0, 2);
  });

  const data = counts(60, 'refused');
  const wrong = { loss: 'linear' } as unknown as BoostingConfig; // as from a file
  it.each<[string, BoostingConfig, BoostingRows]>([
    ['linear', wrong, data],
    ['quantile is 1', { loss: { quantile: 1 } }, data],
    ['rounds is 0', { loss: 'squared', rounds: 0 }, data],
    ['leaves is 2.5', { loss: 'squared', leaves: 2.5 }, data],
    ['bins is 256', { loss: 'squared', bins: 256 }, data],
    ['minLeaf is NaN', { loss: 'squared', minLeaf: Number.NaN }, data],
    ['learningRate is 0', { loss: 'squared', learningRate: 0 }, data],
    ['l2 is -1', { loss: 'squared', l2: -1 }, data],
    ['share is 0.6', { loss: 'squared', earlyStopping: { share: 0.6, patience: 3 } }, data],
    ['patience is 0', { loss: 'squared', earlyStopping: { share: 0.1, patience: 0 } }, data],
    ["names 'gone'", { loss: 'squared', monotone: { gone: 1 } }, data],
    ['not available for quantiles', { loss: { quantile: 0.5 }, monotone: { first: 1 } }, data],
    ['no column', { loss: 'squared' }, { columns: [], names: [], target: data.target }],
    ['0 rows', { loss: 'squared' }, { columns: [new Float64Array()], names: ['x'], target: new Float64Array() }],
    ['3 names for 4 columns', { loss: 'squared' }, { ...data, names: ['a', 'b', 'c'] }],
    ["'a' stands twice", { loss: 'squared' }, { ...data, names: ['a', 'b', 'a', 'c'] }],
    ["'noise' has 5 rows where 60", { loss: 'squared' }, { ...data, columns: data.columns.with(3, new Float64Array(5)) }],
    ['has Infinity in row 7', { loss: 'squared' }, { ...data, columns: data.columns.with(0, data.target.with(7, Infinity)) }],
    ['target of row 3 is NaN', { loss: 'squared' }, { ...data, target: data.target.with(3, Number.NaN) }],
    ['target of row 3 is -1', { loss: 'poisson' }, { ...data, target: data.target.with(3, -1) }],
    ['every target is 0', { loss: 'poisson' }, { ...data, target: new Float64Array(60) }],
    ['weight of row 2 is -1', { loss: 'squared' }, { ...data, weight: new Float64Array(60).fill(1).with(2, -1) }],
    ['every weight is 0', { loss: 'squared' }, { ...data, weight: new Float64Array(60) }],
    ['2 weights for 60 rows', { loss: 'squared' }, { ...data, weight: Float64Array.of(1, 1) }],
    ['found 1', { loss: 'squared', earlyStopping: { share: 0.1, patience: 1 } }, { ...data, weight: new Float64Array(60).with(2, 1) }],
  ])('refuses with NUMERIC_DOMAIN: %s', (message, config, rows) => {
    expect(() => fitBoosting(config, rows)).toThrow(
      expect.objectContaining({ code: 'NUMERIC_DOMAIN', message: expect.stringContaining(message) }),
    );
  });

  it('predicts row by row what it predicts for all, and refuses other columns', () => {
    const rows = counts(700, 'rows');
    const predictor = boostingPredictor(fitBoosting({ loss: 'poisson', rounds: 20 }, rows));
    const all = predictor.predict(rows.columns);
    const single = Float64Array.from(all, (_, row) => predictor.predict(rows.columns.map((column) => column.slice(row, row + 1)))[0]!);
    expect(single).toEqual(all);
    expect(() => predictor.predict(rows.columns.slice(1))).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
    expect(() => predictor.score(rows.columns.with(1, new Float64Array(3)))).toThrow(/'second' has 3 rows where 700/);
  });
});

describe('what boosting is made of', () => {
  it('sorts values and their rows as comparisons do', () => {
    const value = fc.oneof(
      fc.double({ noDefaultInfinity: true }),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(0, -0, Number.NaN, 1 + Number.EPSILON, 1, 1 - Number.EPSILON / 2, 5e-324, -5e-324, 1e150, -1e150),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), (values) => {
        const column = Float64Array.from(values);
        const rows = Uint32Array.from(values.keys()).toReversed();
        const sorted = sortValues(column, rows);
        const expected = values
          .filter((own) => !Number.isNaN(own))
          .map((own) => own + 0)
          .sort((one, other) => one - other);
        expect([...sorted.values]).toEqual(expected);
        expect(Array.from(sorted.places, (place) => column[rows[place]!]! + 0)).toEqual(expected);
        expect(new Set(sorted.places).size).toBe(expected.length);
      }),
    );
    const many = Float64Array.from({ length: 70_000 }, (_, row) => ((row * 0.618033) % 1) - 0.5);
    expect(sortValues(many, Uint32Array.from(many.keys())).values).toEqual(many.toSorted());
  });

  it('finds weighted quantiles as a walk through the sorted values does', () => {
    const pair = fc.tuple(fc.integer({ min: -6, max: 6 }), fc.integer({ min: 1, max: 5 }));
    fc.assert(
      fc.property(fc.array(pair, { minLength: 1, maxLength: 40 }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (pairs, q) => {
        const total = pairs.reduce((sum, [, weight]) => sum + weight, 0);
        let before = 0;
        const expected = pairs.toSorted(([one], [other]) => one - other).find(([, weight]) => (before += weight) >= q * total)![0];
        const found = weightedQuantile(
          Float64Array.from(pairs, ([value]) => value),
          Int32Array.from(pairs, ([, weight]) => weight),
          q,
        );
        expect(found).toBe(expected + 0);
      }),
    );
  });
});
