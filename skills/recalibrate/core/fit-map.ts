/**
 * The map of probabilities and the map of expectations that a calibration applies: one that was named, or the one that did best
 * on customers it had not seen, with the evidence. Refuses nothing that the calibrators take; with too few outcomes the caller
 * does not ask.
 */
import { isCohortiumError } from '../../sdk/errors.ts';
import {
  bbq,
  beta,
  type CalibrationRows,
  type Calibrator,
  calibratorOf,
  type CalibratorChoice,
  type CalibratorModel,
  type Candidate,
  chooseCalibrator,
  type CohortCalibrator,
  fitShrunk,
  identity,
  identityMean,
  isotonic,
  isotonicMean,
  meanScale,
  platt,
  predictShrunk,
  type ShrunkModel,
  type Target,
  temperature,
  vennAbers,
} from './calibrators/index.ts';
import { applyProbabilityMap, fitProbabilityMap, type ProbabilityMap } from './probability-map.ts';
import { fitScale, type ScaleMap, scaleOf } from './scale.ts';

export const probabilityMethods = [
  'auto',
  'cohort-logistic',
  'identity',
  'temperature',
  'platt',
  'beta',
  'isotonic',
  'bbq',
  'venn-abers',
] as const;
export type ProbabilityMethod = (typeof probabilityMethods)[number];

export const meanMethods = ['auto', 'cohort-scale', 'identity', 'mean-scale', 'isotonic-mean'] as const;
export type MeanMethod = (typeof meanMethods)[number];

/** Plain JSON; each names by its kind who can apply it. */
export type MapModel = ProbabilityMap | CohortScaleModel | ShrunkModel | CalibratorModel;

export interface CohortScaleModel extends ScaleMap {
  readonly kind: 'cohort-scale';
}

export interface FittedMap {
  readonly model: MapModel;
  /** Why this map; null where it was named. */
  readonly choice: Omit<CalibratorChoice, 'model'> | null;
}

export interface MapRows extends CalibrationRows {
  readonly cohort: readonly string[];
  readonly fold: ArrayLike<number>;
}

/** Rows that the map of everybody counts for in each cohort: a cohort of 200 customers is half itself. */
const cohortStrength = 200;

/** Logistic line with a shift per cohort, shrunk by empirical Bayes. */
const cohortLogistic: CohortCalibrator = {
  id: 'cohort-logistic',
  target: 'probability',
  complexity: 2.5,
  fitByCohort: ({ predicted, outcome }, cohort) => fitProbabilityMap({ predicted, outcome, cohort }),
  // Of all models here only its own are handed to it.
  predictByCohort: (model, predicted, cohort) =>
    predicted.map((own, row) => applyProbabilityMap(model as ProbabilityMap, own, cohort[row] ?? '')),
};

/** Ratio that is carried over in part, with a ratio per cohort, shrunk. */
const cohortScale: CohortCalibrator = {
  id: 'cohort-scale',
  target: 'mean',
  complexity: 1.5,
  fitByCohort: ({ predicted, outcome }, cohort): CohortScaleModel => ({
    kind: 'cohort-scale',
    ...fitScale(predicted, outcome, cohort),
  }),
  // As above.
  predictByCohort: (model, predicted, cohort) => {
    const scale = model as CohortScaleModel;
    return predicted.map((own, row) => scaleOf(scale, cohort[row] ?? '') * own);
  },
};

/** One map for all first; per cohort where the form is rigid enough for cohorts of some hundreds. */
const candidates: Readonly<Record<Target, readonly Candidate[]>> = {
  probability: [
    ...[identity, temperature, platt, beta, isotonic, bbq, vennAbers].map((calibrator: Calibrator) => ({ calibrator })),
    { calibrator: cohortLogistic },
    ...[platt, beta].map((calibrator: Calibrator) => ({ calibrator, strength: cohortStrength })),
  ],
  mean: [
    ...[identityMean, meanScale, isotonicMean].map((calibrator: Calibrator) => ({ calibrator })),
    { calibrator: cohortScale },
    { calibrator: meanScale, strength: cohortStrength },
  ],
};

/**
 * @param method other than `auto`, a calibrator is fitted per cohort, shrunk to the one of everybody
 * @param draws of the bootstrap behind the evidence
 * @throws {CohortiumError} CALIBRATION_TOO_FEW, NUMERIC_DOMAIN for rows that cannot be used
 */
export function fitMap(target: Target, method: ProbabilityMethod | MeanMethod, rows: MapRows, draws = 200): FittedMap {
  const { cohort, fold } = rows;
  if (method === 'cohort-logistic') return { model: cohortLogistic.fitByCohort(rows, cohort), choice: null };
  if (method === 'cohort-scale') return { model: cohortScale.fitByCohort(rows, cohort), choice: null };
  if (method !== 'auto') {
    const calibrator = calibratorOf(method, target);
    return { model: fitShrunk(calibrator, rows, cohort, calibrator.fit({}, rows), cohortStrength, {}), choice: null };
  }
  const { model, ...choice } = chooseCalibrator(candidates[target], rows, fold, { cohort, draws, seed: 'choice' });
  return { model: model ?? { kind: 'identity' }, choice };
}

/** Calibrated values; a cohort that the map does not know takes what everybody has. */
export function predictMap(target: Target, model: MapModel, predicted: Float64Array, cohort: readonly string[]): Float64Array {
  switch (model.kind) {
    case 'logistic':
      return cohortLogistic.predictByCohort(model, predicted, cohort);
    case 'cohort-scale':
      return cohortScale.predictByCohort(model, predicted, cohort);
    case 'by-cohort': {
      const shrunk = model as ShrunkModel; // its kind says so
      return predictShrunk(calibratorOf(shrunk.parent.kind, target), shrunk, predicted, cohort);
    }
    default:
      return calibratorOf(model.kind, target).predict(model, predicted);
  }
}

/** Each row by a map that has not seen its fold. Where the other folds say too little, the row stays as it was predicted. */
export function crossFitMap(target: Target, method: ProbabilityMethod | MeanMethod, rows: MapRows): Float64Array {
  const out = Float64Array.from(rows.predicted);
  const folds = Array.from(rows.fold);
  for (const held of new Set(folds)) {
    const model = fitOthers(
      target,
      method,
      pickRows(rows, (row) => folds[row] !== held),
    );
    if (model === null) continue;
    const own = pickRows(rows, (row) => folds[row] === held);
    const values = predictMap(target, model, own.predicted, own.cohort);
    let at = 0;
    for (let row = 0; row < folds.length; row++) if (folds[row] === held) out[row] = values[at++] ?? 0;
  }
  return out;
}

/** Draws of evidence that nobody reads: the choice itself uses none of them. */
const leastDraws = 20;

function fitOthers(target: Target, method: ProbabilityMethod | MeanMethod, rows: MapRows): MapModel | null {
  try {
    return fitMap(target, method, rows, leastDraws).model;
  } catch (error) {
    if (isCohortiumError(error) && error.code === 'CALIBRATION_TOO_FEW') return null;
    throw error;
  }
}

function pickRows(rows: MapRows, isWanted: (row: number) => boolean): MapRows {
  const at = Array.from(rows.predicted.keys()).filter(isWanted);
  return {
    predicted: Float64Array.from(at, (row) => rows.predicted[row] ?? 0),
    outcome: Float64Array.from(at, (row) => rows.outcome[row] ?? 0),
    cohort: at.map((row) => rows.cohort[row] ?? ''),
    fold: at.map((row) => rows.fold[row] ?? 0),
  };
}
