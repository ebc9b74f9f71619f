/** What may be chosen: a calibrator for all rows, one per cohort, or one that looks at cohorts in a way of its own. */
import { CohortiumError } from '../../../sdk/errors.ts';
import type { Calibrator, CalibratorModel } from './calibrator.ts';
import type { CalibrationRows } from './rows.ts';
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

export interface RowsByCohort extends CalibrationRows {
  /** Of each row. */
  readonly cohort: readonly string[];
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

/** @throws {CohortiumError} NUMERIC_DOMAIN for no candidates, or such of two targets */
export function targetOf(candidates: readonly Candidate[]): Calibrator['target'] {
  const targets = [...new Set(candidates.map(({ calibrator }) => calibrator.target))];
  const [target] = targets;
  if (target !== undefined && targets.length === 1) return target;
  throw new CohortiumError('NUMERIC_DOMAIN', `candidates are at least one, and of one target; found ${targets.join(' and ') || 'none'}`);
}

export function isByCohort(candidate: Candidate): candidate is CohortCandidate {
  return 'fitByCohort' in candidate.calibrator;
}

export function strengthOf(candidate: Candidate): number | undefined {
  return isByCohort(candidate) ? undefined : candidate.strength;
}

/** @throws {CohortiumError} CALIBRATION_TOO_FEW for rows that it cannot learn from */
export function fitCandidate(candidate: Candidate, rows: RowsByCohort): CalibratorModel | ShrunkModel {
  if (isByCohort(candidate)) return candidate.calibrator.fitByCohort(rows, rows.cohort);
  const { calibrator, config = {}, strength } = candidate;
  const model = calibrator.fit(config, rows);
  return strength === undefined ? model : fitShrunk(calibrator, rows, rows.cohort, model, strength, config);
}

export function predictBy(
  candidate: Candidate,
  model: CalibratorModel | ShrunkModel,
  { predicted, cohort }: Pick<RowsByCohort, 'predicted' | 'cohort'>,
): Float64Array {
  if (isByCohort(candidate)) return candidate.calibrator.predictByCohort(model, predicted, cohort);
  const { calibrator } = candidate;
  return isShrunk(model) ? predictShrunk(calibrator, model, predicted, cohort) : calibrator.predict(model, predicted);
}

function isShrunk(model: CalibratorModel | ShrunkModel): model is ShrunkModel {
  return model.kind === 'by-cohort';
}
