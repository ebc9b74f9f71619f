import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { makeRng } from '../../../sdk/numeric/index.ts';
import {
  type BoostingLoss,
  type BoostingModel,
  type BoostingTree,
  fitBoosting,
  readBoosting,
  scoreBoosting,
  shapleyOfBoosting,
} from './index.ts';

/** Splits that depend on each other, missing values in two columns, weights. */
function fitted(seed: string, width: number, rounds: number): { readonly model: BoostingModel; readonly columns: Float64Array[] } {
  const rng = makeRng(seed);
  const rows = 500;
  const columns = Array.from({ length: width }, (_, at) =>
    Float64Array.from({ length: rows }, () => (at % 3 === 1 && rng.uniform() < 0.15 ? Number.NaN : rng.normal())),
  );
  const target = Float64Array.from({ length: rows }, (_, row) =>
    columns.reduce((total, column, at) => total + (column[row]! > 0 ? at : columns[at - 1]?.[row] || 0), rng.normal()),
  );
  const weight = Float64Array.from({ length: rows }, () => 0.5 + rng.uniform());
  const names = columns.map((_, at) => `c${at}`);
  return { model: fitBoosting({ loss: 'squared', rounds, minLeaf: 5, leaves: 20 }, { columns, names, target, weight }), columns };
}

const goesLeft = (tree: BoostingTree, node: number, value: number): boolean =>
  Number.isNaN(value) ? tree.missingLeft[node] === 1 : value <= tree.threshold[node]!;

/** What a tree says of a row where only the columns in the set are known, the others by cover. */
function byCover(tree: BoostingTree, row: readonly number[], known: number, node = 0): number {
  const left = tree.left[node]!;
  if (left < 0) return tree.value[node]!;
  const column = tree.feature[node]!;
  if ((known >> column) & 1) return byCover(tree, row, known, goesLeft(tree, node, row[column]!) ? left : left + 1);
  const share = tree.cover[left]! / (tree.cover[left]! + tree.cover[left + 1]!);
  return share * byCover(tree, row, known, left) + (1 - share) * byCover(tree, row, known, left + 1);
}

/** Shapley values by their definition, over all coalitions. */
function bruteForce(width: number, worth: (coalition: number) => number): number[] {
  const worths = Array.from({ length: 1 << width }, (_, coalition) => worth(coalition));
  const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
  const sizeOf = (coalition: number): number => (coalition === 0 ? 0 : (coalition & 1) + sizeOf(coalition >> 1));
  return Array.from({ length: width }, (_, column) => {
    let value = 0;
    for (const [coalition, without] of worths.entries()) {
      if ((coalition >> column) & 1) continue;
      const size = sizeOf(coalition);
      value += ((factorial(size) * factorial(width - size - 1)) / factorial(width)) * (worths[coalition | (1 << column)]! - without);
    }
    return value;
  });
}

const rowOf = (columns: readonly Float64Array[], row: number): number[] => columns.map((column) => column[row]!);
const first = (columns: readonly Float64Array[], rows: number): Float64Array[] => columns.map((column) => column.slice(0, rows));

describe('Shapley values of boosting', () => {
  it('are those of all coalitions by cover, within 1e-10', () => {
    const { model, columns } = fitted('paths', 8, 30);
    const { base, values } = shapleyOfBoosting(model, first(columns, 12));
    for (let row = 0; row < 12; row++) {
      const worth = (coalition: number): number =>
        model.trees.reduce((total, tree) => total + byCover(tree, rowOf(columns, row), coalition), model.start);
      const expected = bruteForce(8, worth);
      for (const [at, value] of expected.entries()) expect(Math.abs(values[at]![row]! - value)).toBeLessThan(1e-10);
      expect(Math.abs(base - worth(0))).toBeLessThan(1e-10);
    }
  });

  it('are those of all coalitions against a background, within 1e-10', () => {
    const { model, columns } = fitted('background', 7, 20);
    const background = columns.map((column) => column.slice(100, 115));
    const { base, values } = shapleyOfBoosting(model, first(columns, 8), background);
    for (let row = 0; row < 8; row++) {
      const own = rowOf(columns, row);
      const worth = (coalition: number): number => {
        const mixed = background.map((column, at) => column.map((other) => ((coalition >> at) & 1 ? own[at]! : other)));
        return scoreBoosting(model, mixed).reduce((total, score) => total + score, 0) / 15;
      };
      const expected = bruteForce(7, worth);
      for (const [at, value] of expected.entries()) expect(Math.abs(values[at]![row]! - value)).toBeLessThan(1e-10);
      expect(Math.abs(base - worth(0))).toBeLessThan(1e-10);
    }
  });

  // shap, tests/explainers/test_tree.py, test_consistency_approximate: 80 where both bits are 1; and -10 … 30 for its TreeSHAP.
  it('are -10, -30, 10 and 30 for a tree that asks for two bits', () => {
    const columns = [Float64Array.of(0, 0, 1, 1), Float64Array.of(0, 1, 0, 1)];
    const data = { columns, names: ['one', 'other'], target: Float64Array.of(0, 0, 0, 80) };
    const model = fitBoosting({ loss: 'squared', rounds: 1, leaves: 4, learningRate: 1, minLeaf: 1 }, data);
    expect(model.trees).toHaveLength(1);
    for (const explained of [shapleyOfBoosting(model, columns), shapleyOfBoosting(model, columns, columns)]) {
      expect(explained.base).toBe(20);
      expect(explained.values.map((value) => [...value])).toEqual([
        [-10, -30, 10, 30],
        [-10, 10, -30, 30],
      ]);
    }
  });

  it('add up to the score of every row, missing values included, and are 0 for a column never asked for', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<BoostingLoss>('poisson', 'squared', { quantile: 0.3 }, { quantile: 0.9 }),
        fc.integer({ min: 1, max: 4 }),
        (loss, seed) => {
          const rng = makeRng(`additive ${seed}`);
          const columns = Array.from({ length: 5 }, () =>
            Float64Array.from({ length: 300 }, () => (rng.uniform() < 0.1 ? Number.NaN : rng.normal())),
          );
          columns[4]!.fill(3);
          const target = Float64Array.from(columns[0]!, (value) => rng.poisson(Math.exp(Number.isNaN(value) ? 2 : value)));
          const data = { columns, names: ['a', 'b', 'c', 'd', 'constant'], target };
          const model = fitBoosting({ loss, rounds: 25, minLeaf: 4 }, data);
          const scores = scoreBoosting(model, first(columns, 20));
          for (const { base, values } of [
            shapleyOfBoosting(model, first(columns, 20)),
            shapleyOfBoosting(model, first(columns, 20), first(columns, 30)),
          ]) {
            for (const [row, score] of scores.entries()) {
              expect(Math.abs(values.reduce((total, value) => total + value[row]!, base) - score)).toBeLessThan(1e-10);
            }
            expect(values[4]!.every((value) => value === 0)).toBe(true);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it('explain a model without trees by nothing, and refuse an empty background', () => {
    const columns = [Float64Array.of(1, 2, 3)];
    const model = fitBoosting({ loss: 'squared' }, { columns, names: ['x'], target: Float64Array.of(1, 2, 6) });
    expect(shapleyOfBoosting(model, columns)).toEqual({ base: 3, values: [new Float64Array(3)] });
    expect(() => shapleyOfBoosting(model, columns, [new Float64Array()])).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
  });
});

describe('a stored boosting model', () => {
  const { model, columns } = fitted('stored', 4, 6);
  const text = JSON.stringify(model);
  const edited = (edit: (model: Record<string, unknown>) => void): unknown => {
    const copy = JSON.parse(text) as Record<string, unknown>;
    edit(copy);
    return copy;
  };
  const treeOf = (copy: Record<string, unknown>): Record<string, number[]> => (copy['trees'] as Record<string, number[]>[])[2]!;

  it('predicts after JSON what it predicted before', () => {
    expect(scoreBoosting(readBoosting(JSON.parse(text)), columns)).toEqual(scoreBoosting(model, columns));
  });

  it('is refused when any one number of it has been changed', () => {
    const numbers = [...text.matchAll(/(?<=[:,[])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?=[,\]}])/g)];
    expect(numbers.length).toBeGreaterThan(500);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: numbers.length - 1 }), fc.constantFrom('0', '1', '-1', '2', '7.25', 'null'), (at, put) => {
        const [found] = numbers[at]!;
        fc.pre(found !== put && !(Number(found) === Number(put)));
        const broken = text.slice(0, numbers[at]!.index) + put + text.slice(numbers[at]!.index + found.length);
        expect(() => scoreBoosting(JSON.parse(broken) as BoostingModel, columns)).toThrow(
          expect.objectContaining({ code: 'BOOSTING_MODEL_INVALID' }),
        );
      }),
      { numRuns: 300 },
    );
  });

  it.each<[string, unknown]>([
    ['the model is null', null],
    ['the model is []', []],
    ['kind is "iris"', edited((copy) => (copy['kind'] = 'iris'))],
    ['version is 2', edited((copy) => (copy['version'] = 2))],
    ['loss is "linear"', edited((copy) => (copy['loss'] = 'linear'))],
    ['names is empty', edited((copy) => (copy['names'] = []))],
    ['names[1] is "c0"', edited((copy) => (copy['names'] = ['c0', 'c0', 'c2', 'c3']))],
    ['start is null', edited((copy) => (copy['start'] = null))],
    ['trees is {}', edited((copy) => (copy['trees'] = {}))],
    ['settings is absent', edited((copy) => delete copy['settings'])],
    ['trees[2].value has', edited((copy) => treeOf(copy)['value']!.pop())],
    ['trees[2].cover[1] is "3"', edited((copy) => ((treeOf(copy)['cover'] as unknown[])[1] = '3'))],
    ['children come after their parent', edited((copy) => (treeOf(copy)['left']![0] = 0))],
    ['children come after their parent', edited((copy) => (treeOf(copy)['left']![0] = 1000))],
    ['has two parents', edited((copy) => (treeOf(copy)['left']![0] = treeOf(copy)['left']!.findLast((at) => at > 1)!))],
    ['feature is 9', edited((copy) => (treeOf(copy)['feature']![0] = 9))],
    ['only leaves have one', edited((copy) => (treeOf(copy)['value']![0] = 1))],
    ['cover is -1', edited((copy) => (treeOf(copy)['cover']![0] = -1))],
    ['that of its children', edited((copy) => (treeOf(copy)['cover']![0] = 3))],
    ['its checksum is', edited((copy) => (copy['start'] = 1))],
    ['its checksum is', edited((copy) => (copy['names'] = ['c1', 'c0', 'c2', 'c3']))],
    ['its checksum is absent', edited((copy) => delete copy['checksum'])],
  ])('is refused with BOOSTING_MODEL_INVALID: %s', (message, broken) => {
    expect(() => readBoosting(broken)).toThrow(
      expect.objectContaining({ code: 'BOOSTING_MODEL_INVALID', message: expect.stringContaining(message) }),
    );
  });
});
