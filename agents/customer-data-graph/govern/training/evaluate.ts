/**
 * Rolling-origin, out-of-fold evaluation: for each origin a model is fitted on the table of one prediction time earlier, whose
 * outcomes end on the origin, and judged on what came after it. No outcome that a model has learnt reaches into what it is judged on.
 */
import type { BoostingConfig } from '../../../../skills/cohort/core/boosting/index.ts';
import { CohortiumError, compareText } from '../../../../skills/sdk/index.ts';
import { isoDate, sumOf } from '../../../../skills/sdk/numeric/index.ts';
import { predictValues } from '../models/artefact.ts';
import type { ModelEvaluation, OriginEvaluation, SliceMetrics } from '../models/model-interface.ts';
import { calibrationOf, observedOverExpected } from './calibration-measures.ts';
import { fitArtefact } from './fit-artefact.ts';
import { monthWindows, shifted } from './month-windows.ts';
import type { TrainingRows } from './training-interface.ts';
import { measureValues, measureWithIntervals, type ScoredRows } from './value-metrics.ts';

/** Of how a model is made, whatever the day. */
export interface ModelSettings {
  readonly historyMonths: number;
  readonly predMonths: number;
  readonly boosting: BoostingConfig;
  readonly currency: string;
  readonly seed: string;
  /** Cut-offs that a model learns from, at most; at least 1. */
  readonly learntOrigins: number;
}

export interface Origin {
  /** Cut-off of the model, ISO date. */
  readonly trainedAt: string;
  /** Earlier cut-offs that it learnt from as well, newest first. */
  readonly earlier: readonly string[];
  /** Its predictions start after this day, ISO date. */
  readonly predictedAt: string;
}

/** Days by which the log may begin later than a history: what they could hold is little, and months are not equally long. */
const slackDays = 31;

/** Slices of fewer rows would be noise with a name. */
const leastSliceRows = 50;

/**
 * Origins up to a cut-off, half a prediction time apart, oldest first; only those whose histories lie in the log.
 * @param most at least 1
 * @throws {CohortiumError} GRAPH_HISTORY_SHORT when not even the cut-off itself can be one
 */
export function originsUpTo(cutoff: string, settings: ModelSettings, firstDay: number, most: number): readonly Origin[] {
  const { historyMonths, predMonths } = settings;
  const { cutoffDay } = monthWindows(cutoff, historyMonths, predMonths);
  const step = monthsBetweenOrigins(predMonths);
  const origins: Origin[] = [];
  for (let back = 0; back < most; back++) {
    const predictedDay = shifted(cutoffDay, -back * step);
    const trainedDay = shifted(predictedDay, -predMonths);
    if (!holdsHistory(trainedDay, historyMonths, firstDay)) break;
    const trainedAt = isoDate(trainedDay);
    origins.unshift({ trainedAt, earlier: earlierCutoffs(trainedAt, settings, firstDay), predictedAt: isoDate(predictedDay) });
  }
  if (origins.length === 0) {
    throw new CohortiumError(
      'GRAPH_HISTORY_SHORT',
      `to judge a model of ${historyMonths} months of history and ${predMonths} of prediction at ${cutoff}, the log has to begin by ${isoDate(
        shifted(shifted(cutoffDay, -predMonths), -historyMonths),
      )}; it begins on ${isoDate(firstDay)}: take fewer months, or a later cut-off`,
    );
  }
  return origins;
}

/**
 * Cut-offs before one that a model of it learns from as well, newest first. Their outcomes end before its own, and only those whose
 * histories lie in the log count.
 */
export function earlierCutoffs(
  cutoff: string,
  { historyMonths, predMonths, learntOrigins }: Pick<ModelSettings, 'historyMonths' | 'predMonths' | 'learntOrigins'>,
  firstDay: number,
): readonly string[] {
  const { cutoffDay } = monthWindows(cutoff, historyMonths, predMonths);
  const found: string[] = [];
  for (let back = 1; back < learntOrigins; back++) {
    const day = shifted(cutoffDay, -back * monthsBetweenOrigins(predMonths));
    if (!holdsHistory(day, historyMonths, firstDay)) break;
    found.push(isoDate(day));
  }
  return found;
}

/** Whether a log that begins on a day holds the history of a cut-off. */
export function holdsHistory(cutoffDay: number, historyMonths: number, firstDay: number): boolean {
  return shifted(cutoffDay, -historyMonths) + slackDays >= firstDay;
}

function monthsBetweenOrigins(predMonths: number): number {
  return Math.ceil(predMonths / 2);
}

/** Reads a labelled table of the settings at a cut-off. */
export type ReadRows = (cutoff: string) => Promise<TrainingRows>;

/** The tables of several cut-offs, one after the other. */
export async function readTables(read: ReadRows, cutoffs: readonly string[]): Promise<readonly TrainingRows[]> {
  const tables: TrainingRows[] = [];
  for (const cutoff of cutoffs) tables.push(await read(cutoff));
  return tables;
}

/** @throws {CohortiumError} as fitArtefact, naming the origin */
export async function evaluateModel(read: ReadRows, settings: ModelSettings, origins: readonly Origin[]): Promise<ModelEvaluation> {
  const parts: { readonly rows: TrainingRows; readonly predicted: Float64Array; readonly evaluation: OriginEvaluation }[] = [];
  for (const origin of origins) {
    const [learnt, earlier] = [await read(origin.trainedAt), await readTables(read, origin.earlier)];
    const model = fitArtefact(learnt, earlier, settings.boosting, settings.currency);
    const rows = await read(origin.predictedAt);
    const predicted = predictValues(model, rows);
    const actual = outcomeOf(rows);
    const { rmse, r2, gini, bias } = measureValues({ predicted, actual });
    const sums = observedOverExpected(predicted, actual, `${settings.seed} ${origin.predictedAt}`);
    parts.push({
      rows,
      predicted,
      evaluation: { ...origin, customers: predicted.length, rmse, r2, gini, bias, observedOverExpected: sums },
    });
  }
  const ids = [...new Set(parts.flatMap(({ rows }) => rows.customerId))].sort(compareText);
  const numberOf = new Map(ids.map((id, number) => [id, number]));
  const scored: ScoredRows = {
    predicted: Float64Array.from(parts.flatMap(({ predicted }) => [...predicted])),
    actual: Float64Array.from(parts.flatMap(({ rows }) => [...outcomeOf(rows)])),
    customer: Int32Array.from(
      parts.flatMap(({ rows }) => rows.customerId),
      (id) => numberOf.get(id) ?? 0,
    ),
  };
  const all = measureWithIntervals(scored, `${settings.seed} all`);
  return {
    origins: parts.map(({ evaluation }) => evaluation),
    all,
    slices: (['location', 'channel', 'brand'] as const).flatMap((axis) =>
      slicesOf(
        axis,
        parts.flatMap(({ rows }) => rows.home[axis]),
        scored,
        settings.seed,
      ),
    ),
    deciles: decilesOf(scored),
    calibration: calibrationOf(scored, all.bias),
  };
}

function outcomeOf(rows: TrainingRows): Float64Array {
  return rows.outcomeMinor ?? new Float64Array(rows.customerId.length);
}

function slicesOf(axis: SliceMetrics['axis'], home: readonly string[], scored: ScoredRows, seed: string): SliceMetrics[] {
  const rowsOf = new Map<string, number[]>();
  for (const [row, value] of home.entries()) {
    const rows = rowsOf.get(value);
    if (rows) rows.push(row);
    else rowsOf.set(value, [row]);
  }
  return [...rowsOf]
    .filter(([, rows]) => rows.length >= leastSliceRows)
    .sort(([a], [b]) => compareText(a, b))
    .map(([value, rows]) => ({
      axis,
      value,
      metrics: measureWithIntervals(
        {
          predicted: Float64Array.from(rows, (row) => scored.predicted[row] ?? 0),
          actual: Float64Array.from(rows, (row) => scored.actual[row] ?? 0),
          customer: Int32Array.from(rows, (row) => scored.customer[row] ?? 0),
        },
        `${seed} ${axis} ${value}`,
      ),
    }));
}

/** Tenths by prediction; ties to the customer of the lower number, then to the earlier origin. */
function decilesOf({ predicted, actual, customer }: ScoredRows): ModelEvaluation['deciles'] {
  const order = Uint32Array.from(predicted.keys()).sort(
    (a, b) => (predicted[a] ?? 0) - (predicted[b] ?? 0) || (customer[a] ?? 0) - (customer[b] ?? 0) || a - b,
  );
  return Array.from({ length: 10 }, (_, tenth) => {
    const rows = order.subarray(Math.floor((order.length * tenth) / 10), Math.floor((order.length * (tenth + 1)) / 10));
    const mean = (values: Float64Array): number => sumOf(rows.length, (at) => values[rows[at] ?? 0] ?? 0) / Math.max(1, rows.length);
    return { customers: rows.length, predicted: mean(predicted), actual: mean(actual) };
  });
}
