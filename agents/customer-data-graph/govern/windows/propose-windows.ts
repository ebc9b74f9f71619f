/**
 * `cohortium tune windows`: tries a grid of history and prediction months, writes results, the ledger of trials and two heat-maps, and
 * proposes the best pair where it is not in force already. Changes no configuration and trains no champion: a person approves.
 */
import { join } from 'node:path';

import { canonicalJson, CohortiumError, compareText, digestOf, sha256 } from '../../../../skills/sdk/index.ts';
import { renderPng } from '../../../adapters/resvg/render-png.ts';
import type { CallContext } from '../../interface.ts';
import type { TuneReport, TuneRequest } from '../govern-interface.ts';
import { fileTime, modelFiles, readIfThere, replaceFile } from '../models/model-files.ts';
import type { ModelWindows, NamedFile } from '../models/model-interface.ts';
import { signerOf } from '../models/people.ts';
import { propose } from '../models/proposals.ts';
import type { TrainingPlace } from '../models/propose-model.ts';
import { mostHistoryMonths, mostPredMonths } from '../training/month-windows.ts';
import { chooseWindows, type GridMeasure, gridMeasures, measureTitles, type ScoredCell, type WindowChoice } from './choose-windows.ts';
import { gridHeatmap } from './grid-heatmap.ts';
import { cellsOf, type GridPlan, type Trial, tryWindows } from './try-windows.ts';

/** Fits of one grid at most: more is a typing error or a week of work. */
const mostTrials = 500;

/** @throws {CohortiumError} ARGUMENT_INVALID, and as tryWindows; PERSON_NOT_FOUND, LEDGER_KEY_UNSAFE, MANIFEST_DAMAGED */
export async function proposeWindows(place: TrainingPlace, request: TuneRequest, context: CallContext = {}): Promise<TuneReport> {
  const { paths, config, clock } = place;
  const history = readMonths('--history', request.history, mostHistoryMonths);
  const pred = readMonths('--pred', request.pred, mostPredMonths);
  const measures = readMeasures(request.measures);
  if (history.length * pred.length * request.origins > mostTrials) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `the grid takes up to ${history.length * pred.length * request.origins} fits; at most ${mostTrials} are tried: name fewer months`,
    );
  }
  signerOf(paths, request.by);
  const signal = context.signal ?? new AbortController().signal;
  const log = await place.eventLog().seal({}, { signal, idempotencyKey: `tune ${crypto.randomUUID()}` });
  if (log.firstDate === '') throw new CohortiumError('GRAPH_EMPTY', 'the event log is empty; ingest transactions first');
  const plan: GridPlan = {
    snapshot: log.snapshot,
    log: { firstDate: log.firstDate, lastDate: log.lastDate },
    history,
    pred,
    boosting: { loss: 'poisson', ...config.champion.boosting },
    currency: config.currency,
    seed: digestOf(['cohortium/tune-windows', log.lastDate, history, pred]).slice(0, 16),
    learntOrigins: config.champion.origins,
    origins: request.origins,
  };
  const trials = await tryWindows(place, plan, signal, (done, all) =>
    context.onProgress?.({ fraction: (0.98 * done) / all, message: `${done} of ${all} fits` }),
  );
  const choice = chooseWindows(cellsOf(trials, plan), measures);
  const current = { historyMonths: config.champion.historyMonths, predMonths: config.champion.predMonths };
  const { best } = choice;
  const written = await writeGrid(paths.directory, fileTime(clock.now()), plan, choice, trials);
  const isInForce = best.historyMonths === current.historyMonths && best.predMonths === current.predMonths;
  const after = { historyMonths: best.historyMonths, predMonths: best.predMonths };
  const windows = { before: current, after, results: written.results, trials: written.trials };
  return {
    cells: choice.cells,
    best,
    current,
    trials: trials.length,
    files: written.files,
    proposal: isInForce ? null : propose(paths, { kind: 'windows', windows }, request.by, clock.now()),
  };
}

function readMonths(option: string, given: readonly number[], most: number): readonly number[] {
  const months = [...new Set(given)].sort((a, b) => a - b);
  const wrong = months.find((value) => !(Number.isInteger(value) && value >= 1 && value <= most));
  if (months.length === 0 || wrong !== undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${option} has ${wrong ?? 'nothing'}; expected whole months from 1 to ${most}, such as 3,6,12`,
    );
  }
  return months;
}

function readMeasures(given: readonly string[]): readonly GridMeasure[] {
  const known = Object.keys(gridMeasures) as GridMeasure[]; // its own keys
  const measures = known.filter((measure) => given.includes(measure));
  const unknown = given.find((name) => !known.some((measure) => measure === name));
  if (unknown !== undefined || measures.length === 0) {
    throw new CohortiumError('ARGUMENT_INVALID', `--metrics has '${unknown ?? ''}'; expected some of ${known.join(', ')}`);
  }
  return measures;
}

interface WrittenGrid {
  readonly results: NamedFile;
  readonly trials: NamedFile;
  readonly files: readonly string[];
}

/** The pictures and the trials first, the results last: who finds them finds the rest. */
async function writeGrid(
  directory: string,
  time: string,
  plan: GridPlan,
  choice: WindowChoice,
  trials: readonly Trial[],
): Promise<WrittenGrid> {
  const { gridSearch } = modelFiles(directory);
  const results = resultsCsv(choice, trials);
  const stamp = freeStamp(gridSearch, time, results);
  const { history, pred } = plan;
  const { best, cells } = choice;
  const valueOf =
    (of: (cell: ScoredCell) => number) =>
    ({ historyMonths, predMonths }: ModelWindows): number =>
      of(cells.find((cell) => cell.historyMonths === historyMonths && cell.predMonths === predMonths) ?? best);
  const cutoffs = [...new Set(trials.map(({ predictedAt }) => predictedAt))].sort(compareText);
  const judged = `out of fold, at ${cutoffs.length} cut-offs up to ${cutoffs.at(-1) ?? ''}; the darker, the better`;
  const pictures = {
    score: gridHeatmap({
      heading: 'Windows of the value model: score',
      notes: [`mean of ${choice.ranges.map(({ measure }) => measureTitles[measure]).join(', ')}, each from 0 (best) to 1`, judged],
      history,
      pred,
      valueOf: valueOf(({ score }) => score),
      isLeastBest: true,
      chosen: best,
    }),
    r2: gridHeatmap({
      heading: 'Windows of the value model: R²',
      notes: ['share of the variance of spend that is explained', judged],
      history,
      pred,
      valueOf: valueOf(({ measures }) => measures.r2),
      isLeastBest: false,
      chosen: best,
    }),
  };
  const names: string[] = [];
  const write = (name: string, content: string | Uint8Array): NamedFile => {
    replaceFile(join(gridSearch, name), content);
    names.push(`outputs/grid_search/${name}`);
    return { name, sha256: sha256(content) };
  };
  for (const [name, svg] of Object.entries(pictures)) write(`clv_grid_search_heatmap_${name}_${stamp}.png`, await renderPng(svg));
  const ledger = write(`clv_grid_search_trials_${stamp}.jsonl`, trials.map((trial) => `${canonicalJson(trial)}\n`).join(''));
  return { results: write(`clv_grid_search_results_${stamp}.csv`, results), trials: ledger, files: names.toSorted() };
}

/** A grid of the same second with other results keeps its files. */
function freeStamp(folder: string, time: string, results: string): string {
  for (let number = 1; ; number++) {
    const stamp = number === 1 ? time : `${time}_${number}`;
    const found = readIfThere(join(folder, `clv_grid_search_results_${stamp}.csv`));
    if (found === undefined || found === results) return stamp;
  }
}

/** One line per cell; the range that each measure was scaled by stands in columns of its own. */
function resultsCsv({ cells, ranges }: WindowChoice, trials: readonly Trial[]): string {
  const measures = Object.keys(gridMeasures) as GridMeasure[]; // its own keys
  const header = [
    'history_months',
    'pred_months',
    'origins',
    ...measures,
    ...ranges.map(({ measure }) => `scaled_${measure}`),
    'score',
    'rank',
    ...ranges.flatMap(({ measure }) => [`scaler_best_${measure}`, `scaler_worst_${measure}`]),
  ];
  // A measure where more is better was turned around to be scaled; here it stands as people read it.
  const shown = (measure: GridMeasure, cost: number): number => (gridMeasures[measure] === 'higher' ? 0 - cost : cost);
  const lines = cells.map((cell) => [
    cell.historyMonths,
    cell.predMonths,
    trials.filter(({ historyMonths, predMonths }) => historyMonths === cell.historyMonths && predMonths === cell.predMonths).length,
    ...measures.map((measure) => cell.measures[measure]),
    ...ranges.map(({ measure }) => cell.scaled[measure] ?? 0),
    cell.score,
    cell.rank,
    ...ranges.flatMap(({ measure, least, largest }) => [shown(measure, least), shown(measure, largest)]),
  ]);
  return [header, ...lines].map((line) => `${line.join(',')}\n`).join('');
}
