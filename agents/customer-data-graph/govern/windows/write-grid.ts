/**
 * The files of a grid: results as CSV, every trial as a line of JSON, and heat-maps. The results come last, so that who finds them finds
 * the rest. Never writes over the files of another grid.
 */
import { join } from 'node:path';

import { canonicalJson, compareText, sha256 } from '../../../../skills/sdk/index.ts';
import { renderPng } from '../../../adapters/resvg/render-png.ts';
import { csvField } from '../../report/csv-field.ts';
import { modelFiles, readIfThere, replaceFile } from '../models/model-files.ts';
import type { ModelWindows, NamedFile } from '../models/model-interface.ts';
import { type GridMeasure, gridMeasures, measureTitles, type ScoredCell, type WindowChoice } from './choose-windows.ts';
import { gridHeatmap } from './grid-heatmap.ts';
import type { GrainAxis } from './home-rows.ts';
import type { Trial } from './try-windows.ts';

export interface GridResults {
  /** Months asked for, ascending. */
  readonly history: readonly number[];
  readonly pred: readonly number[];
  readonly choice: WindowChoice;
  /** Trials of the whole, and all. */
  readonly whole: readonly Trial[];
  readonly trials: readonly Trial[];
  readonly grain: {
    readonly axis: GrainAxis;
    readonly homes: readonly HomeResults[];
    readonly hasPictures: boolean;
  } | null;
}

export interface HomeResults {
  readonly value: string;
  readonly choice: WindowChoice;
  readonly trials: readonly Trial[];
}

export interface WrittenGrid {
  readonly results: NamedFile;
  readonly trials: NamedFile;
  /** Relative to the operator directory, by name. */
  readonly files: readonly string[];
}

/** @param time as fileTime writes it */
export async function writeGrid(directory: string, time: string, grid: GridResults): Promise<WrittenGrid> {
  const { gridSearch } = modelFiles(directory);
  const results = resultsCsv(grid);
  const stamp = freeStamp(gridSearch, time, results);
  const names: string[] = [];
  const write = (name: string, content: string | Uint8Array): NamedFile => {
    replaceFile(join(gridSearch, name), content);
    names.push(`outputs/grid_search/${name}`);
    return { name, sha256: sha256(content) };
  };
  const draw = async (heading: string, infix: string, choice: WindowChoice, trials: readonly Trial[]): Promise<void> => {
    for (const [name, svg] of Object.entries(heatmaps(grid, heading, choice, trials))) {
      write(`clv_grid_search_heatmap_${name}_${infix}${stamp}.png`, await renderPng(svg));
    }
  };
  await draw('Windows of the value model', '', grid.choice, grid.whole);
  for (const [at, { value, choice, trials }] of (grid.grain?.hasPictures ? grid.grain.homes : []).entries()) {
    // Numbered in the order of the results: a name of a place may hold what a file name cannot.
    await draw(`Windows for ${grid.grain?.axis} ${value}`, `${grid.grain?.axis}_${at + 1}_`, choice, trials);
  }
  const ledger = write(`clv_grid_search_trials_${stamp}.jsonl`, grid.trials.map((trial) => `${canonicalJson(trial)}\n`).join(''));
  return { results: write(`clv_grid_search_results_${stamp}.csv`, results), trials: ledger, files: names.toSorted() };
}

function heatmaps(
  { history, pred }: GridResults,
  heading: string,
  { best, cells, ranges }: WindowChoice,
  trials: readonly Trial[],
): Readonly<Record<'score' | 'r2', string>> {
  const valueOf =
    (of: (cell: ScoredCell) => number) =>
    ({ historyMonths, predMonths }: ModelWindows): number | undefined => {
      const found = cells.find((cell) => cell.historyMonths === historyMonths && cell.predMonths === predMonths);
      return found && of(found);
    };
  const cutoffs = [...new Set(trials.map(({ predictedAt }) => predictedAt))].sort(compareText);
  const judged = `out of fold, at ${cutoffs.length} cut-offs up to ${cutoffs.at(-1) ?? ''}; the darker, the better`;
  const common = {
    history: history.filter((months) => cells.some(({ historyMonths }) => historyMonths === months)),
    pred: pred.filter((months) => cells.some(({ predMonths }) => predMonths === months)),
    chosen: best,
  };
  return {
    score: gridHeatmap({
      ...common,
      heading: `${heading}: score`,
      notes: [`mean of ${ranges.map(({ measure }) => measureTitles[measure]).join(', ')}, each from 0 (best) to 1`, judged],
      valueOf: valueOf(({ score }) => score),
      isLeastBest: true,
    }),
    r2: gridHeatmap({
      ...common,
      heading: `${heading}: R²`,
      notes: ['share of the variance of spend that is explained', judged],
      valueOf: valueOf(({ measures }) => measures.r2),
      isLeastBest: false,
    }),
  };
}

/** A grid of the same second with other results keeps its files. */
function freeStamp(folder: string, time: string, results: string): string {
  for (let number = 1; ; number++) {
    const stamp = number === 1 ? time : `${time}_${number}`;
    const found = readIfThere(join(folder, `clv_grid_search_results_${stamp}.csv`));
    if (found === undefined || found === results) return stamp;
  }
}

/** One line per cell, of the whole and then of each home place; the range that each measure was scaled by stands in columns of its own. */
function resultsCsv({ choice, whole, grain }: GridResults): string {
  const measures = Object.keys(gridMeasures) as GridMeasure[]; // its own keys
  const header = [
    'history_months',
    'pred_months',
    'origins',
    ...measures,
    ...choice.ranges.map(({ measure }) => `scaled_${measure}`),
    'score',
    'rank',
    ...choice.ranges.flatMap(({ measure }) => [`scaler_best_${measure}`, `scaler_worst_${measure}`]),
    'grain',
    'grain_value',
    'customers',
  ];
  const lines = [
    ...linesOf(choice, whole, measures, ['all', '']),
    ...(grain?.homes ?? []).flatMap((home) => linesOf(home.choice, home.trials, measures, [grain?.axis ?? '', csvField(home.value)])),
  ];
  return [header, ...lines].map((line) => `${line.join(',')}\n`).join('');
}

function linesOf(
  { cells, ranges }: WindowChoice,
  trials: readonly Trial[],
  measures: readonly GridMeasure[],
  grain: readonly string[],
): readonly (readonly (string | number)[])[] {
  // A measure where more is better was turned around to be scaled; here it stands as people read it.
  const shown = (measure: GridMeasure, cost: number): number => (gridMeasures[measure] === 'higher' ? 0 - cost : cost);
  return cells.map((cell) => {
    const own = trials.filter(({ historyMonths, predMonths }) => historyMonths === cell.historyMonths && predMonths === cell.predMonths);
    return [
      cell.historyMonths,
      cell.predMonths,
      own.length,
      ...measures.map((measure) => cell.measures[measure]),
      ...ranges.map(({ measure }) => cell.scaled[measure] ?? 0),
      cell.score,
      cell.rank,
      ...ranges.flatMap(({ measure, least, largest }) => [shown(measure, least), shown(measure, largest)]),
      ...grain,
      Math.min(...own.map(({ customers }) => customers)),
    ];
  });
}
