import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { groupRows } from './group-rows.ts';

describe('groupRows', () => {
  it('merges equal rows, counts them and sorts by the columns', () => {
    const { columns, weights } = groupRows([
      [2, 0, 2, 2],
      [0.5, 0, 0.5, 0.25],
    ]);
    expect(columns.map((column) => Array.from(column))).toEqual([
      [0, 2, 2],
      [0, 0.25, 0.5],
    ]);
    expect(Array.from(weights)).toEqual([1, 1, 2]);
  });

  it('adds weights, whatever the order of the rows', () => {
    const column = [2, 0, 2, 2, 0];
    const weights = [0.1, 3, 0.2, 0.3, 1];
    const grouped = groupRows([column], weights);
    expect(grouped).toEqual({ columns: [Float64Array.of(0, 2)], weights: Float64Array.of(4, 0.6) });
    expect(groupRows([column.toReversed()], weights.toReversed())).toEqual(grouped);
    expect(groupRows([column], [1, 1, 1, 1, 1])).toEqual(groupRows([column]));
  });

  it('of nothing is nothing', () => {
    expect(groupRows([[], []]).weights.length).toBe(0);
  });

  it('loses no row and invents none, in any order', () => {
    const row = fc.tuple(fc.nat(3), fc.constantFrom(0, 1 / 7, 2 / 7, 1e300), fc.constantFrom(-1, 0, 5e-324));
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const grouped = groupRows([0, 1, 2].map((index) => rows.map((values) => values[index] ?? 0)));
        const expanded = Array.from(grouped.weights).flatMap((weight, at) =>
          Array.from({ length: weight }, () => grouped.columns.map((column) => column[at])),
        );
        const key = (values: readonly unknown[]): string => JSON.stringify(values);
        expect(expanded.map(key).sort()).toEqual(rows.map(key).sort());
        const shuffled = rows.toReversed();
        expect(groupRows([0, 1, 2].map((index) => shuffled.map((values) => values[index] ?? 0)))).toEqual(grouped);
      }),
    );
  });

  it('equals grouping by a map of weights, for whole, fractional and arbitrary columns', () => {
    const row = fc.record({
      x: fc.nat(5),
      tx: fc.oneof(
        fc.nat(20).map((days) => days / 7),
        fc.double({ min: 0, max: 2, noNaN: true }),
      ),
      T: fc.integer({ min: 0, max: 3 }).map((months) => months / 30.4375),
      weight: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const expected = new Map<string, number>();
        for (const { x, tx, T, weight } of rows) expected.set(`${x} ${tx} ${T}`, (expected.get(`${x} ${tx} ${T}`) ?? 0) + weight);
        const { columns, weights } = groupRows(
          [rows.map(({ x }) => x), rows.map(({ tx }) => tx), rows.map(({ T }) => T)],
          rows.map(({ weight }) => weight),
        );
        const found = Array.from(weights, (weight, at) => [columns.map((column) => column[at]).join(' '), weight] as const);
        expect(new Map(found)).toEqual(expected);
        const order = columns[0] ? Array.from(columns[0]) : [];
        expect(order).toEqual(order.toSorted((one, other) => one - other));
      }),
    );
  });

  it('adds fractional weights of a group in ascending order', () => {
    const weights = [0.7, 0.1, 0.2, 1e17, 0.3];
    const one = groupRows([[1, 1, 1, 1, 1]], weights);
    expect(groupRows([[1, 1, 1, 1, 1]], weights.toReversed())).toEqual(one);
    expect(one.weights.length).toBe(1);
  });

  it('counts the lowest keys of many rows apart from the others, to the same end', () => {
    const rows = 70_000;
    const x = Float64Array.from({ length: rows }, (_, row) => (row % 3 === 0 ? (row * 7) % 11 : 0));
    const T = Float64Array.from({ length: rows }, (_, row) => ((row * 37) % 7001) / 7);
    const expected = new Map<string, number>();
    for (let row = 0; row < rows; row++) expected.set(`${x[row]} ${T[row]}`, (expected.get(`${x[row]} ${T[row]}`) ?? 0) + 1);
    const { columns, weights } = groupRows([x, T]);
    expect(new Map(Array.from(weights, (weight, at) => [`${columns[0]?.[at]} ${columns[1]?.[at]}`, weight]))).toEqual(expected);
    expect(weights.length).toBe(expected.size);
    expect(columns[0]).toEqual(columns[0]?.toSorted());
  });

  it('keeps rows apart when the columns have more combinations than a double has integers', () => {
    const wide = Float64Array.from({ length: 3000 }, (_, row) => row + 0.5);
    // 3000⁵ is above 2⁵³, so keys are compacted on the way.
    const columns = Array.from({ length: 6 }, () => wide);
    const grouped = groupRows(columns);
    expect(grouped.weights.every((weight) => weight === 1)).toBe(true);
    expect(grouped.columns.every((column) => column.every((value, row) => value === wide[row]))).toBe(true);
  });
});
