/**
 * What can be told on the day of scoring, months before outcomes: which columns have moved, whether customers as a whole can be told
 * from those that the model learnt from, and what error that lets expect. Evidence, not an alert: seasons move columns too.
 */
import { predictBoosting } from '../../../../skills/cohort/core/boosting/index.ts';
import { domainDrift, stabilityIndex } from '../../../../skills/recalibrate/core/governance/index.ts';
import { makeRng, quantileSorted, sum } from '../../../../skills/sdk/numeric/index.ts';
import type { ModelArtefact } from '../models/model-interface.ts';
import type { LossEstimate, WatchRecord } from '../scoring/scoring-interface.ts';
import { designMatrix } from '../training/design-matrix.ts';
import { modelFeatures } from '../training/history-features.ts';
import type { DesignMatrix, TrainingRows } from '../training/training-interface.ts';
import type { ErrorModel, ModelReference } from './model-reference.ts';

/** Fewer customers on a side cannot carry a classifier over some twenty columns. */
const leastForDomain = 100;
const draws = 400;
/**
 * Change with the calendar whoever the customers are, so that they alone would tell any two cut-offs apart: tenure grows with the log,
 * and what models of the history expect follows from the other columns and from how many days the prediction months have.
 */
const calendarColumns: readonly string[] = ['tenureDays', ...modelFeatures.map(([name]) => name)];

export function watchFeatures(reference: ModelReference, artefact: ModelArtefact, rows: TrainingRows, value: Float64Array): WatchRecord {
  if (!reference.isKnown) return { reason: reference.reason, stability: [], domain: null, estimate: null };
  const { matrix, score, errors } = reference;
  const now = designMatrix(rows, artefact.features, artefact.history);
  const seed = `watch ${rows.request.cutoff}`;
  const isEnough = Math.min(score.length, value.length) >= leastForDomain;
  return {
    reason: null,
    stability: [
      { name: 'score', ...stabilityIndex(score, value) },
      ...matrix.names.map((name, at) => ({
        name,
        ...stabilityIndex(matrix.columns[at] ?? new Float64Array(0), now.columns[at] ?? new Float64Array(0)),
      })),
    ],
    domain: isEnough ? domainDrift(comparable(matrix), comparable(now), seed) : null,
    estimate: errors && estimateLoss(errors, [...now.columns, value], seed),
  };
}

function comparable({ names, columns }: DesignMatrix): readonly Float64Array[] {
  return columns.filter((_, at) => !calendarColumns.includes(names[at] ?? ''));
}

function estimateLoss({ model, meanSquare }: ErrorModel, columns: readonly Float64Array[], seed: string): LossEstimate {
  const squares = predictBoosting(model, columns);
  const trainingRmse = Math.sqrt(meanSquare);
  const rng = makeRng(seed);
  const drawn = Float64Array.from({ length: draws }, () =>
    Math.sqrt(sum(squares.map(() => squares[rng.integer(squares.length)] ?? 0)) / squares.length),
  ).sort();
  const relative = Math.sqrt(sum(squares) / squares.length);
  return {
    rmse: relative * trainingRmse,
    low: quantileSorted(drawn, 0.025) * trainingRmse,
    high: quantileSorted(drawn, 0.975) * trainingRmse,
    trainingRmse,
    rise: relative - 1,
  };
}
