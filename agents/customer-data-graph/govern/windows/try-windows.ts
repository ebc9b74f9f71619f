/**
 * Tries pairs of history and prediction months on rolling origins. All cells of one prediction length are judged at the same cut-offs
 * and on the same customers, those of the longest history: to a model that learns from less, who did not buy in it is expected to spend
 * nothing. Pairs that the log is too short for are left out; refuses a grid of which none is left.
 */
import type { BoostingConfig } from '../../../../skills/cohort/core/boosting/index.ts';
import { CohortiumError, type Ref, type SealReport } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate, sum, sumOf } from '../../../../skills/sdk/numeric/index.ts';
import { predictValues } from '../models/artefact.ts';
import { earlierCutoffs, type Origin, originsUpTo, readTables } from '../training/evaluate.ts';
import { fitArtefact } from '../training/fit-artefact.ts';
import { labelledReader, rememberAnswers } from '../training/model-rows.ts';
import { latestCutoff } from '../training/month-windows.ts';
import type { TrainingRows } from '../training/training-interface.ts';
import type { RowsPlace } from '../training/training-rows.ts';
import { measureValues } from '../training/value-metrics.ts';
import type { GridCell, GridMeasure } from './choose-windows.ts';

export interface GridPlan {
  readonly snapshot: Ref;
  readonly log: Pick<SealReport, 'firstDate' | 'lastDate'>;
  /** Ascending, all different. */
  readonly history: readonly number[];
  readonly pred: readonly number[];
  readonly boosting: BoostingConfig;
  readonly currency: string;
  readonly seed: string;
  /** Cut-offs that a model learns from, at most. */
  readonly learntOrigins: number;
  /** Origins per prediction length, at most. */
  readonly origins: number;
}

/** One fit of the grid; all are kept, because choosing among many is a comparison of many. */
export interface Trial extends Origin {
  readonly historyMonths: number;
  readonly predMonths: number;
  readonly boosting: BoostingConfig;
  readonly seed: string;
  /** Customers judged, and of them those with a history of these months. */
  readonly customers: number;
  readonly known: number;
  readonly measures: Readonly<Record<GridMeasure, number>>;
  /** Processor time of fit and prediction. */
  readonly cpuSeconds: number;
}

/** @throws {CohortiumError} GRAPH_HISTORY_SHORT, CLV_TOO_FEW_CUSTOMERS, MODEL_OUTCOME_EMPTY, naming the windows */
export async function tryWindows(
  place: RowsPlace,
  plan: GridPlan,
  signal: AbortSignal | undefined,
  onTrial: (done: number, all: number) => void,
): Promise<readonly Trial[]> {
  const longest = plan.history.at(-1) ?? 1;
  const first = dayOfIsoDate(plan.log.firstDate) ?? 0;
  const remembering = rememberAnswers(place);
  const trials: Trial[] = [];
  const work = plan.pred.map((predMonths) => {
    const cutoff = latestCutoff(plan.log.lastDate, predMonths);
    const settings = {
      historyMonths: longest,
      predMonths,
      boosting: plan.boosting,
      currency: plan.currency,
      seed: plan.seed,
      learntOrigins: plan.learntOrigins,
    };
    return { predMonths, origins: originsUpTo(cutoff, settings, first, plan.origins) };
  });
  const all = plan.history.length * work.reduce((count, { origins }) => count + origins.length, 0);
  for (const { predMonths, origins } of work) {
    const readers = plan.history.map((historyMonths) => ({
      historyMonths,
      read: labelledReader(remembering, { snapshot: plan.snapshot, historyMonths, predMonths }, plan.log, signal),
    }));
    for (const origin of origins) {
      const judged = await readers.at(-1)?.read(origin.predictedAt);
      if (!judged) throw new CohortiumError('INTERNAL', 'a grid has no history months');
      for (const { historyMonths, read } of readers) {
        const earlier = earlierCutoffs(origin.trainedAt, { ...plan, historyMonths, predMonths }, first);
        const tables = {
          learnt: await read(origin.trainedAt),
          earlier: await readTables(read, earlier),
          known: await read(origin.predictedAt),
          judged,
        };
        trials.push({ ...origin, earlier, historyMonths, predMonths, ...tryOnce(plan, tables) });
        onTrial(trials.length, all);
      }
    }
  }
  return trials;
}

interface TrialTables {
  /** Of the cut-off of the model, and of earlier ones. */
  readonly learnt: TrainingRows;
  readonly earlier: readonly TrainingRows[];
  /** Of the cut-off of the predictions: with the history of the model, and with that of all who are judged. */
  readonly known: TrainingRows;
  readonly judged: TrainingRows;
}

function tryOnce(
  { boosting, seed, currency }: GridPlan,
  { learnt, earlier, known, judged }: TrialTables,
): Omit<Trial, keyof Origin | 'historyMonths' | 'predMonths'> {
  const before = process.cpuUsage();
  const model = fitArtefact(learnt, earlier, { ...boosting, seed }, currency);
  const values = predictValues(model, known);
  const { user, system } = process.cpuUsage(before);
  const valueOf = new Map(known.customerId.map((id, row) => [id, values[row] ?? 0]));
  const predicted = Float64Array.from(judged.customerId, (id) => valueOf.get(id) ?? 0);
  const actual = judged.outcomeMinor ?? new Float64Array(predicted.length);
  const mean = sum(actual) / actual.length;
  const { rmse, mae, r2, gini, bias } = measureValues({ predicted, actual });
  if (r2 === null || gini === null || bias === null) {
    throw new CohortiumError(
      'MODEL_OUTCOME_EMPTY',
      `after ${judged.request.cutoff} all customers spent the same in ${judged.request.predMonths} months, so that windows cannot be told apart`,
    );
  }
  return {
    boosting,
    seed,
    customers: predicted.length,
    known: known.customerId.length,
    measures: { nrmse: rmse / mean, nmae: mae / mean, r2, gini, bias },
    cpuSeconds: (user + system) / 1e6,
  };
}

/** Means of the trials over origins, one per pair of windows, by history and then by prediction. */
export function cellsOf(trials: readonly Trial[], { history, pred }: Pick<GridPlan, 'history' | 'pred'>): readonly GridCell[] {
  return history.flatMap((historyMonths) =>
    pred.map((predMonths) => {
      const own = trials.filter((trial) => trial.historyMonths === historyMonths && trial.predMonths === predMonths);
      const mean = (measure: GridMeasure): number => sumOf(own.length, (at) => own[at]?.measures[measure] ?? 0) / own.length;
      return {
        historyMonths,
        predMonths,
        measures: { nrmse: mean('nrmse'), nmae: mean('nmae'), r2: mean('r2'), gini: mean('gini'), bias: mean('bias') },
      };
    }),
  );
}
