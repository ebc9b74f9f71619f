import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { chooseWindows, type GridCell, type GridMeasure } from './choose-windows.ts';
import '../../../../test/property-seed.ts';

const cell = (historyMonths: number, predMonths: number, measures: Partial<GridCell['measures']> = {}): GridCell => ({
  historyMonths,
  predMonths,
  measures: { nrmse: 1, nmae: 1, r2: 0, gini: 0, bias: 0, ...measures },
});

describe('the choice within a grid of windows', () => {
  it('scales each measure from 0 for the best to 1 for the worst, whichever way is better', () => {
    const { cells, best, ranges } = chooseWindows(
      [cell(3, 6, { nrmse: 2, r2: 0.5 }), cell(6, 6, { nrmse: 1, r2: 0.1 }), cell(9, 6, { nrmse: 1.25, r2: 0.3 })],
      ['nrmse', 'r2'],
    );
    expect(cells.map(({ scaled }) => scaled)).toEqual([
      { nrmse: 1, r2: 0 },
      { nrmse: 0, r2: 1 },
      { nrmse: 0.25, r2: 0.5 },
    ]);
    expect(cells.map(({ score }) => score)).toEqual([0.5, 0.5, 0.375]);
    expect(best).toMatchObject({ historyMonths: 9, rank: 1 });
    expect(ranges[0]).toEqual({ measure: 'nrmse', least: 1, largest: 2 });
  });

  it('takes a bias on either side as equally bad', () => {
    const { cells } = chooseWindows([cell(3, 6, { bias: -0.2 }), cell(6, 6, { bias: 0.2 }), cell(9, 6, { bias: 0 })], ['bias']);
    expect(cells.map(({ score }) => score)).toEqual([1, 1, 0]);
  });

  it('counts a measure that is the same everywhere as 0', () => {
    const { cells } = chooseWindows([cell(3, 6, { nrmse: 2 }), cell(6, 6, { nrmse: 1 })], ['nrmse', 'gini']);
    expect(cells.map(({ scaled }) => scaled.gini)).toEqual([0, 0]);
    expect(cells.map(({ score }) => score)).toEqual([0.5, 0]);
  });

  it('gives equal scores to the shorter history, then to the shorter prediction', () => {
    const all = [cell(9, 6), cell(6, 12), cell(6, 3), cell(12, 3)];
    expect(chooseWindows(all, ['nrmse', 'r2', 'gini']).best).toMatchObject({ historyMonths: 6, predMonths: 3 });
    expect(chooseWindows(all, ['nrmse']).cells.map(({ rank }) => rank)).toEqual([3, 2, 1, 4]);
  });

  it('chooses from one cell', () => {
    expect(chooseWindows([cell(9, 6)], ['nrmse']).best).toMatchObject({ score: 0, rank: 1 });
  });

  it('refuses an empty grid, no measure, and what is no number', () => {
    expect(() => chooseWindows([], ['r2'])).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
    expect(() => chooseWindows([cell(3, 6)], [])).toThrow(expect.objectContaining({ code: 'NUMERIC_DOMAIN' }));
    expect(() => chooseWindows([cell(3, 6, { r2: Number.NaN })], ['r2'])).toThrow('r2 of 3 × 6 months is NaN');
  });

  it('does not depend on the unit of a measure, nor on the order of cells', () => {
    const value = fc.integer({ min: -50, max: 50 });
    const grid = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(grid, fc.integer({ min: 1, max: 64 }), (pairs, factor) => {
        const measures: readonly GridMeasure[] = ['nrmse', 'gini'];
        const cells = pairs.map(([nrmse, gini], at) => cell(at + 1, 6, { nrmse, gini }));
        const { best } = chooseWindows(cells, measures);
        const other = cells.map((one) => ({ ...one, measures: { ...one.measures, nrmse: one.measures.nrmse * factor } })).toReversed();
        expect(chooseWindows(other, measures).best.historyMonths).toBe(best.historyMonths);
      }),
    );
  });
});
