/**
 * The choice within a grid of windows: each measure is scaled by its least and largest value in the grid, so that it runs from 0
 * (best) to 1 (worst); the score is their mean. A measure that is the same everywhere tells nothing and is 0. Refuses an empty grid.
 */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { sum } from '../../../../skills/sdk/numeric/index.ts';

/** What a grid may be judged by; which way is better. Errors are in units of the mean outcome, so that longer windows are not worse by their length. */
export const gridMeasures = {
  nrmse: 'lower',
  nmae: 'lower',
  r2: 'higher',
  gini: 'higher',
  bias: 'nearer to 0',
} as const;

export type GridMeasure = keyof typeof gridMeasures;

/** As people read them. */
export const measureTitles: Readonly<Record<GridMeasure, string>> = {
  nrmse: 'RMSE/mean',
  nmae: 'MAE/mean',
  r2: 'R²',
  gini: 'Gini',
  bias: 'bias',
};

export interface GridCell {
  readonly historyMonths: number;
  readonly predMonths: number;
  /** Means over origins. */
  readonly measures: Readonly<Record<GridMeasure, number>>;
}

export interface ScoredCell extends GridCell {
  /** Each chosen measure, scaled to [0, 1] within the grid; 0 is best. */
  readonly scaled: Readonly<Partial<Record<GridMeasure, number>>>;
  /** Mean of the scaled measures; least is best. */
  readonly score: number;
  /** 1 for the best; equal scores to the shorter history, then to the shorter prediction. */
  readonly rank: number;
}

/** Least and largest of a measure in the grid, as it is scaled. */
export interface ScalerRange {
  readonly measure: GridMeasure;
  readonly least: number;
  readonly largest: number;
}

export interface WindowChoice {
  /** In the order of the cells given. */
  readonly cells: readonly ScoredCell[];
  readonly best: ScoredCell;
  readonly ranges: readonly ScalerRange[];
}

/** @throws {CohortiumError} NUMERIC_DOMAIN for no cell, no measure, or a measure that is no number */
export function chooseWindows(cells: readonly GridCell[], measures: readonly GridMeasure[]): WindowChoice {
  if (cells.length === 0 || measures.length === 0) {
    throw new CohortiumError('NUMERIC_DOMAIN', `a choice needs a cell and a measure; found ${cells.length} and ${measures.length}`);
  }
  const costOf = (cell: GridCell, measure: GridMeasure): number => {
    const value = cell.measures[measure];
    if (!Number.isFinite(value)) {
      throw new CohortiumError(
        'NUMERIC_DOMAIN',
        `${measure} of ${cell.historyMonths} × ${cell.predMonths} months is ${value}; every cell needs a number`,
      );
    }
    if (measure === 'bias') return Math.abs(value);
    return gridMeasures[measure] === 'higher' ? -value : value;
  };
  const ranges = measures.map((measure) => {
    const costs = cells.map((cell) => costOf(cell, measure));
    return { measure, least: Math.min(...costs), largest: Math.max(...costs) };
  });
  const scored = cells.map((cell) => {
    const scaled = ranges.map(({ measure, least, largest }) => (largest > least ? (costOf(cell, measure) - least) / (largest - least) : 0));
    return {
      ...cell,
      scaled: Object.fromEntries(ranges.map(({ measure }, at) => [measure, scaled[at] ?? 0])),
      score: sum(scaled) / scaled.length,
    };
  });
  const order = scored.toSorted((a, b) => a.score - b.score || a.historyMonths - b.historyMonths || a.predMonths - b.predMonths);
  const ranked = scored.map((cell) => ({ ...cell, rank: order.indexOf(cell) + 1 }));
  const best = ranked.find(({ rank }) => rank === 1);
  if (!best) throw new CohortiumError('INTERNAL', 'a grid of cells has no best one');
  return { cells: ranked, best, ranges };
}
