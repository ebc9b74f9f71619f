import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { sum } from '../../../sdk/numeric/index.ts';
import { grainLattice, latticeGap, rollUp } from './lattice.ts';
import { proportionalFitting, proportionalFittingDraws } from './proportional-fitting.ts';

const row = [0, 0, 0, 1, 1, 1];
const column = [0, 1, 2, 0, 1, 2];
const fit = (seed: number[], rows: number[], columns: number[]) =>
  proportionalFitting(seed, [
    { name: 'row', codes: row, totals: rows },
    { name: 'column', codes: column, totals: columns },
  ]);

describe('proportional fitting', () => {
  it('gives the product of the margins from an even seed', () => {
    const { cells } = fit([1, 1, 1, 1, 1, 1], [30, 70], [20, 30, 50]);
    [6, 9, 15, 14, 21, 35].forEach((expected, cell) => expect(cells[cell]).toBeCloseTo(expected, 10));
  });

  it('meets margins that some cells have, in three dimensions, and keeps zeros and odds ratios', () => {
    const positive = fc.double({ min: 0.05, max: 10, noNaN: true });
    const twelve = fc.array(positive, { minLength: 12, maxLength: 12 });
    const location = Array.from({ length: 12 }, (_, cell) => Math.floor(cell / 4));
    const channel = Array.from({ length: 12 }, (_, cell) => Math.floor(cell / 2) % 2);
    const brand = Array.from({ length: 12 }, (_, cell) => cell % 2);
    const sumsOf = (cells: readonly number[], codes: readonly number[], size: number): number[] =>
      Array.from({ length: size }, (_, code) => sum(cells.filter((_value, cell) => codes[cell] === code)));
    fc.assert(
      fc.property(twelve, twelve, fc.nat(11), (seed, truth, hole) => {
        const zeroed = (values: number[]): number[] => values.map((value, cell) => (cell === hole ? 0 : value));
        const target = zeroed(truth);
        const margins = [
          { name: 'location', codes: location, totals: sumsOf(target, location, 3) },
          { name: 'channel', codes: channel, totals: sumsOf(target, channel, 2) },
          { name: 'brand', codes: brand, totals: sumsOf(target, brand, 2) },
        ];
        const { cells } = proportionalFitting(zeroed(seed), margins);
        const grand = sum(target);
        for (const { codes, totals } of margins) {
          sumsOf([...cells], codes, totals.length).forEach((value, code) =>
            expect(Math.abs(value - totals[code]!)).toBeLessThan(1e-11 * grand),
          );
        }
        expect(cells[hole]).toBe(0);
        const lattice = grainLattice({ location, channel, brand });
        expect(latticeGap(lattice, rollUp(lattice, cells), cells)).toBeLessThan(1e-9);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps odds ratios of the seed', () => {
    const seed = [1, 2, 3, 4, 5, 6];
    const { cells } = fit(seed, [10, 20], [5, 10, 15]);
    const odds = (v: ArrayLike<number>) => (v[0]! * v[4]!) / (v[1]! * v[3]!);
    expect(odds(cells)).toBeCloseTo(odds(seed), 10);
  });

  it('works draw by draw', () => {
    const margins = (factor: number) => [{ name: 'row', codes: row, totals: [3 * factor, 6 * factor] }];
    const [one, two] = proportionalFittingDraws([
      { seed: [1, 1, 1, 1, 1, 1], margins: margins(1) },
      { seed: [1, 1, 1, 1, 1, 1], margins: margins(2) },
    ]);
    expect([...one!.cells]).toEqual([1, 1, 1, 2, 2, 2]);
    expect(two!.cells[5]).toBe(4);
  });

  it('refuses margins that conflict and says where', () => {
    expect(() => fit([1, 1, 1, 1, 1, 1], [30, 70], [20, 30, 60])).toThrow(/'row' sums to 100, 'column' to 110/);
    expect(() => fit([1, 0, 1, 1, 0, 1], [30, 70], [20, 30, 50])).toThrow(/'column' wants 30 for code 1, whose cells are all zero/);
    // Row 0 can only buy in column 0, which gets less than the row.
    expect(() => fit([1, 0, 0, 1, 1, 1], [30, 70], [20, 30, 50])).toThrow(/the margins conflict: after 2000 rounds/);
    expect(() => fit([1, -1, 0, 1, 1, 1], [1, 1], [1, 1, 0])).toThrow(/seed cell is finite and not negative; number 1 is -1/);
    expect(() => fit([1, 1, 0, 1, 1, 1], [1, Number.NaN], [1, 1, 0])).toThrow(/total of margin 'row'.*number 1 is NaN/);
    expect(() => fit([1, 1, 0, 1, 1, 1], [-1, 3], [1, 1, 0])).toThrow(/number 0 is -1/);
    expect(() => proportionalFitting([1, 1], [{ name: 'm', codes: [0, 3], totals: [1] }])).toThrow(/cell 1 has code 3/);
  });

  it('makes everything zero where the margins are zero', () => {
    expect([...fit([1, 1, 1, 1, 1, 1], [0, 0], [0, 0, 0]).cells]).toEqual([0, 0, 0, 0, 0, 0]);
    expect([...fit([1, 1, 1, 1, 1, 1], [0, 6], [1, 2, 3]).cells]).toEqual([0, 0, 0, 1, 2, 3]);
  });
});
