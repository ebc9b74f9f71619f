import fc from 'fast-check';
import { expect, it } from 'vitest';

import { rowOrder } from './row-order.ts';

it('orders as comparing rows would, and keeps equal rows in their order', () => {
  const row = fc.tuple(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -(2 ** 45), max: 2 ** 45 }));
  fc.assert(
    fc.property(fc.array(row), (rows) => {
      const [first, second] = [Int32Array.from(rows, ([key]) => key), Float64Array.from(rows, ([, key]) => key)];
      const expected = [...rows.keys()].sort((a, b) => (first[a] ?? 0) - (first[b] ?? 0) || (second[a] ?? 0) - (second[b] ?? 0) || a - b);
      expect([...rowOrder(rows.length, [first, second])]).toEqual(expected);
    }),
  );
});

it('gives the rows as they are where nothing tells them apart', () => {
  expect([...rowOrder(3, [new Int32Array(3)])]).toEqual([0, 1, 2]);
  expect([...rowOrder(0, [new Int32Array(0)])]).toEqual([]);
});
