/**
 * Which calibrator to take, decided on rows that it has not seen, and why. Of those that do as well within one standard error
 * the simplest is taken; to leave predictions as they are is always a candidate worth naming.
 */
import { CohortiumError, isCohortiumError } from '../../../sdk/errors.ts';
import { sum, sumOf } from '../../../sdk/numeric/index.ts';
import type { BootstrapOptions } from '../measures/bootstrap.ts';
import { logError, squaredError } from '../measures/brier.ts';
import { debiasedCalibrationError, type DebiasedError } from '../measures/debiased-error.ts';
import { poissonError } from '../measures/deviance.ts';
import type { Calibrator, CalibratorModel } from './calibrator.ts';
import { type CalibrationRows, checkRows } from './rows.ts';
import { fitShrunk, predictShrunk, type ShrunkModel } from './shrinkage.ts';

export type Candidate = CalibratorCandidate | CohortCandidate;

export interface CalibratorCandidate {
  readonly calibrator: Calibrator;
  readonly config?: object;
  /** Per cohort, with the parent counting for so many rows; one map for all when absent. */
  readonly strength?: number;
}

/** One that looks at cohorts in a way of its own. */
export interface CohortCandidate {
  readonly calibrator: CohortCalibrator;
}

/** As a calibrator, but with the cohort of each row. */
export interface CohortCalibrator {
  readonly id: string;
  readonly target: Calibrator['target'];
  readonly complexity: number;
  /** @throws {CohortiumError} CALIBRATION_TOO_FEW for rows that it cannot learn from */
  fitByCohort(rows: CalibrationRows, cohort: readonly string[]): CalibratorModel;
  predictByCohort(model: CalibratorModel, predicted: Float64Array, cohort: readonly string[]): Float64Array;
}

/** Proper scores: none is better than the truth. */
const scores = {
  brier: { target: 'probability', error: squaredError },
  log: { target: 'probability', error: logError },
  'poisson-deviance': { target: 'mean', error: poissonError },
  'squared-error': { target: 'mean', error: squaredError },
} as const;

export interface ChoiceOptions extends BootstrapOptions {
  /** `brier` for probabilities and `poisson-deviance` for means by default. */
  readonly score?: keyof typeof scores;
  /** Cohort of each row; needed by candidates with a strength. */
  readonly cohort?: readonly string[];
  /** How many standard errors still count as a tie; default 1. */
  readonly tieErrors?: number;
}

export interface CandidateEvidence {
  readonly id: string;
  readonly strength: number | null;
  readonly config: object;
  /** Mean score out of fold; null when it could not be fitted, with the reason. */
  readonly score: number | null;
  readonly standardError: number | null;
  /** Mean and standard error of score − best score, row by row. */
  readonly behind: { readonly value: number; readonly standardError: number } | null;
  /** Debiased calibration error out of fold; null for means. */
  readonly ece: DebiasedError | null;
  /** Σ observed / Σ predicted out of fold. */
  readonly observedOverExpected: number | null;
  readonly reason: string;
}

/** Plain JSON. */
export interface CalibratorChoice {
  /** Refitted on all rows; null when no candidate could be fitted. */
  readonly model: CalibratorModel | ShrunkModel | null;
  /** Position of the chosen candidate, −1 when none could be fitted. */
  readonly chosen: number;
  readonly score: keyof typeof scores;
  readonly folds: number;
  readonly n: number;
  readonly rule: string;
  readonly candidates: readonly CandidateEvidence[];
}

/**
 * @param candidates all of one target
 * @param fold number of the fold of each row, at least two of them
 * @throws {CohortiumError} NUMERIC_DOMAIN for rows, folds or cohorts that cannot be used, or candidates of two targets
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows, or rows of one fold only
 */
export function chooseCalibrator(
  candidates: readonly Candidate[],
  rows: CalibrationRows,
  fold: ArrayLike<number>,
  options: ChoiceOptions = {},
): CalibratorChoice {
  const { tieErrors = 1 } = options;
  const target = targetOf(candidates);
  const score = options.score ?? (target === 'probability' ? 'brier' : 'poisson-deviance');
  if (scores[score].target !== target) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `the score ${score} is for ${scores[score].target} predictions; the candidates calibrate ${target}`,
    );
  }
  checkRows(rows, target);
  const sorted = sortAll(rows, fold, options.cohort, candidates);
  const tried = candidates.map((candidate) => tryOut(candidate, sorted));
  const { outcome, weight } = sorted;
  const errors = tried.map(({ predicted }) => predicted && predicted.map((own, row) => scores[score].error(own, outcome[row] ?? 0)));
  const means = errors.map((own) => own && weightedMean(own, weight));
  const best = means.reduce<number>((least, own, at) => (own !== null && own < (means[least] ?? Number.POSITIVE_INFINITY) ? at : least), 0);
  const evidence = candidates.map((candidate, at): CandidateEvidence => {
    const { config = {} } = 'config' in candidate ? candidate : {};
    const own = { id: candidate.calibrator.id, strength: strengthOf(candidate) ?? null, config };
    const error = errors[at] ?? null;
    const { predicted, reason = '' } = tried[at] ?? {};
    if (error === null || !predicted) {
      return { ...own, score: null, standardError: null, behind: null, ece: null, observedOverExpected: null, reason };
    }
    const behind = error.map((value, row) => value - (errors[best]?.[row] ?? 0));
    const expected = weightedMean(predicted, weight);
    return {
      ...own,
      score: weightedMean(error, weight),
      standardError: standardErrorOf(error, weight),
      behind: { value: weightedMean(behind, weight), standardError: standardErrorOf(behind, weight) },
      ece: target === 'probability' ? debiasedCalibrationError({ predicted, outcome, weight }, options) : null,
      observedOverExpected: expected > 0 ? weightedMean(outcome, weight) / expected : null,
      reason: '',
    };
  });
  const chosen = simplest(candidates, evidence, tieErrors);
  const winner = candidates[chosen];
  return {
    model: winner ? fitAll(winner, sorted) : null,
    chosen,
    score,
    folds: new Set(Array.from(fold)).size,
    n: sum(weight),
    rule: `least ${score} out of fold; of those within ${tieErrors} standard errors of it the simplest, one map for all before one per cohort`,
    candidates: evidence,
  };
}

interface SortedColumns {
  readonly predicted: Float64Array;
  readonly outcome: Float64Array;
  readonly weight: Float64Array;
  readonly fold: readonly number[];
  readonly cohort: readonly string[];
}

function targetOf(candidates: readonly Candidate[]): Calibrator['target'] {
  const targets = [...new Set(candidates.map(({ calibrator }) => calibrator.target))];
  const [target] = targets;
  if (target !== undefined && targets.length === 1) return target;
  throw new CohortiumError('NUMERIC_DOMAIN', `candidates are at least one, and of one target; found ${targets.join(' and ') || 'none'}`);
}

/** In an order that does not depend on the one given; rows of weight 0 left out. */
function sortAll(
  rows: CalibrationRows,
  fold: ArrayLike<number>,
  cohort: readonly string[] | undefined,
  candidates: readonly Candidate[],
): SortedColumns {
  const count = rows.predicted.length;
  if (fold.length !== count) throw new CohortiumError('NUMERIC_DOMAIN', `each row needs its fold; found ${fold.length} for ${count} rows`);
  const lost = Array.from(fold).findIndex((own) => !Number.isFinite(own));
  if (lost >= 0) throw new CohortiumError('NUMERIC_DOMAIN', `row ${lost}: a fold is a number; found ${fold[lost]}`);
  if (cohort ? cohort.length !== count : candidates.some((own) => isByCohort(own) || own.strength !== undefined)) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `maps per cohort need the cohort of each row; found ${cohort?.length ?? 0} for ${count} rows`,
    );
  }
  const weightOf = (row: number): number => rows.weight?.[row] ?? 1;
  const cohortOf = (row: number): string => cohort?.[row] ?? '';
  const numbers = [rows.predicted, rows.outcome, fold];
  const order = Array.from(rows.predicted.keys())
    .filter((row) => weightOf(row) > 0)
    .sort((a, b) => {
      for (const column of numbers) if (column[a] !== column[b]) return (column[a] ?? 0) - (column[b] ?? 0);
      if (cohortOf(a) !== cohortOf(b)) return cohortOf(a) < cohortOf(b) ? -1 : 1;
      return weightOf(a) - weightOf(b);
    });
  const folds = order.map((row) => fold[row] ?? 0);
  if (new Set(folds).size < 2) {
    throw new CohortiumError('CALIBRATION_TOO_FEW', 'a choice on held-out rows needs rows of at least two folds; found one');
  }
  return {
    predicted: Float64Array.from(order, (row) => rows.predicted[row] ?? 0),
    outcome: Float64Array.from(order, (row) => rows.outcome[row] ?? 0),
    weight: Float64Array.from(order, weightOf),
    fold: folds,
    cohort: order.map(cohortOf),
  };
}

/** Predictions of each row by a map that has not seen its fold. */
function tryOut(candidate: Candidate, all: SortedColumns): { readonly predicted: Float64Array | null; readonly reason?: string } {
  const predicted = new Float64Array(all.predicted.length);
  try {
    for (const held of new Set(all.fold)) {
      const model = fitAll(
        candidate,
        only(all, (row) => all.fold[row] !== held),
      );
      const rows = Array.from(predicted.keys()).filter((row) => all.fold[row] === held);
      const values = predictBy(
        candidate,
        model,
        only(all, (row) => all.fold[row] === held),
      );
      rows.forEach((row, at) => {
        predicted[row] = values[at] ?? 0;
      });
    }
    return { predicted };
  } catch (error) {
    if (!isCohortiumError(error) || error.code !== 'CALIBRATION_TOO_FEW') throw error;
    return { predicted: null, reason: `${error.code}: ${error.message}` };
  }
}

function isByCohort(candidate: Candidate): candidate is CohortCandidate {
  return 'fitByCohort' in candidate.calibrator;
}

function strengthOf(candidate: Candidate): number | undefined {
  return isByCohort(candidate) ? undefined : candidate.strength;
}

function fitAll(candidate: Candidate, rows: SortedColumns): CalibratorModel | ShrunkModel {
  if (isByCohort(candidate)) return candidate.calibrator.fitByCohort(rows, rows.cohort);
  const { calibrator, config = {}, strength } = candidate;
  const model = calibrator.fit(config, rows);
  return strength === undefined ? model : fitShrunk(calibrator, rows, rows.cohort, model, strength, config);
}

function predictBy(candidate: Candidate, model: CalibratorModel | ShrunkModel, { predicted, cohort }: SortedColumns): Float64Array {
  if (isByCohort(candidate)) return candidate.calibrator.predictByCohort(model, predicted, cohort);
  const { calibrator } = candidate;
  return isShrunk(model) ? predictShrunk(calibrator, model, predicted, cohort) : calibrator.predict(model, predicted);
}

function isShrunk(model: CalibratorModel | ShrunkModel): model is ShrunkModel {
  return model.kind === 'by-cohort';
}

function only(all: SortedColumns, isWanted: (row: number) => boolean): SortedColumns {
  const rows = Array.from(all.predicted.keys()).filter(isWanted);
  const of = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row] ?? 0);
  return {
    predicted: of(all.predicted),
    outcome: of(all.outcome),
    weight: of(all.weight),
    fold: rows.map((row) => all.fold[row] ?? 0),
    cohort: rows.map((row) => all.cohort[row] ?? ''),
  };
}

/** Among ties: the lower rank, one map before several, the stronger pull before the weaker, the earlier in the list. */
function simplest(candidates: readonly Candidate[], evidence: readonly CandidateEvidence[], tieErrors: number): number {
  const rank = (at: number): readonly number[] => {
    const own = candidates[at];
    return own ? [own.calibrator.complexity, -(strengthOf(own) ?? Number.POSITIVE_INFINITY), at] : [0, 0, at];
  };
  const ties = evidence.flatMap(({ behind }, at) => (behind !== null && behind.value <= tieErrors * behind.standardError ? [at] : []));
  ties.sort((a, b) => {
    const [own, other] = [rank(a), rank(b)];
    const at = own.findIndex((value, key) => value !== other[key]);
    return at < 0 ? 0 : (own[at] ?? 0) < (other[at] ?? 0) ? -1 : 1;
  });
  return ties[0] ?? -1;
}

function weightedMean(values: Float64Array, weight: Float64Array): number {
  return sumOf(values.length, (row) => (weight[row] ?? 0) * (values[row] ?? 0)) / sum(weight);
}

function standardErrorOf(values: Float64Array, weight: Float64Array): number {
  const rows = sum(weight);
  const mean = weightedMean(values, weight);
  const squares = sumOf(values.length, (row) => (weight[row] ?? 0) * squaredError(values[row] ?? 0, mean));
  return rows > 1 ? Math.sqrt(squares / rows / (rows - 1)) : 0;
}
