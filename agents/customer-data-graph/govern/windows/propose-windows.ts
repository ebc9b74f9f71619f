/**
 * `cohortium tune windows`: tries a grid of history and prediction months, writes results, the ledger of trials and heat-maps, and
 * proposes the best pair of the whole where it is not in force already; what is best per home place is for reading, because one
 * champion serves all. Changes no configuration and trains no champion: a person approves.
 */

import { CohortiumError, digestOf } from '../../../../skills/sdk/index.ts';
import type { CallContext } from '../../interface.ts';
import type { TuneReport, TuneRequest } from '../govern-interface.ts';
import { fileTime } from '../models/model-files.ts';
import { signerOf } from '../models/people.ts';
import { propose } from '../models/proposals.ts';
import type { TrainingPlace } from '../models/propose-model.ts';
import { mostHistoryMonths, mostPredMonths } from '../training/month-windows.ts';
import { chooseWindows, type GridMeasure, gridMeasures } from './choose-windows.ts';
import { heldPairs } from './held-pairs.ts';
import { readAxis } from './home-rows.ts';
import { cellsOf, type GridPlan, leastHomeCustomers, tryWindows } from './try-windows.ts';
import { writeGrid } from './write-grid.ts';

/** Fits of one grid at most: more is a typing error or a week of work. */
const mostTrials = 500;

/** @throws {CohortiumError} ARGUMENT_INVALID, and as tryWindows; PERSON_NOT_FOUND, LEDGER_KEY_UNSAFE, MANIFEST_DAMAGED */
export async function proposeWindows(place: TrainingPlace, request: TuneRequest, context: CallContext = {}): Promise<TuneReport> {
  const { paths, config, clock } = place;
  const history = readMonths('--history', request.history, mostHistoryMonths);
  const pred = readMonths('--pred', request.pred, mostPredMonths);
  const measures = readMeasures(request.measures);
  const axis = request.grain === undefined ? null : readAxis(request.grain);
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
  const { held, leftOut } = heldPairs(history, pred, log);
  const plan: GridPlan = {
    snapshot: log.snapshot,
    log: { firstDate: log.firstDate, lastDate: log.lastDate },
    held,
    boosting: { loss: 'poisson', ...config.champion.boosting },
    currency: config.currency,
    seed: digestOf(['cohortium/tune-windows', log.lastDate, history, pred]).slice(0, 16),
    learntOrigins: config.champion.origins,
    origins: request.origins,
    grain: axis,
  };
  const { trials, values, leftToWhole } = await tryWindows(place, plan, signal, (done, all) =>
    context.onProgress?.({ fraction: (0.98 * done) / all, message: `${done} of ${all} fits` }),
  );
  const whole = trials.filter(({ home }) => home === null);
  const choice = chooseWindows(cellsOf(whole), measures);
  const homes = values.map((value) => {
    const own = trials.filter(({ home }) => home?.value === value);
    return { value, choice: chooseWindows(cellsOf(own), measures), trials: own };
  });
  const current = { historyMonths: config.champion.historyMonths, predMonths: config.champion.predMonths };
  const { best } = choice;
  const written = await writeGrid(paths.directory, fileTime(clock.now()), {
    history,
    pred,
    choice,
    whole,
    trials,
    grain: axis && { axis, homes, hasPictures: request.grainPictures ?? false },
  });
  const isInForce = best.historyMonths === current.historyMonths && best.predMonths === current.predMonths;
  const after = { historyMonths: best.historyMonths, predMonths: best.predMonths };
  const windows = { before: current, after, results: written.results, trials: written.trials };
  return {
    cells: choice.cells,
    best,
    current,
    leftOut,
    grain: axis && {
      axis,
      values: homes.map(({ value, choice: own }) => ({ value, cells: own.cells, best: own.best })),
      leftToWhole,
      leastCustomers: leastHomeCustomers,
    },
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
