/**
 * Calibration per cohort where cohorts are small: each is fitted on its own rows and on a number of imagined rows that came as
 * the parent foretells. A cohort without rows is its parent; one with many is itself; nothing jumps in between.
 */
import { CohortiumError, isCohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';
import { rowsByCohort } from '../rows-by-cohort.ts';
import type { Calibrator, CalibratorModel } from './calibrator.ts';
import { type CalibrationRows, checkRows, type Tallies, tallyRows } from './rows.ts';

export interface CohortModel<Model extends CalibratorModel> {
  readonly model: Model;
  /** Weight of the cohort's rows. */
  readonly n: number;
  /** Σ weight · outcome: events, purchases or money. */
  readonly total: number;
  /** Part of the rows that were the cohort's own: n / (n + strength), 0 where the parent had to stand in. */
  readonly ownShare: number;
}

/** Plain JSON. */
export interface ShrunkModel<Model extends CalibratorModel = CalibratorModel> {
  readonly kind: 'by-cohort';
  readonly parent: Model;
  /** Rows that the parent counts for in each cohort. */
  readonly strength: number;
  readonly cohorts: Readonly<Record<string, CohortModel<Model>>>;
}

/**
 * @param cohort of each row
 * @param parent model of the same calibrator, such as one of all rows
 * @param strength rows that the parent counts for in each cohort, > 0
 * @param config of the calibrator; its defaults when absent
 * @throws {CohortiumError} NUMERIC_DOMAIN for rows out of range, or a strength that is not above 0
 * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows at all
 */
export function fitShrunk<Config extends object, Model extends CalibratorModel>(
  calibrator: Calibrator<Config, Model>,
  rows: CalibrationRows,
  cohort: readonly string[],
  parent: Model,
  strength: number,
  // Every field of every configuration has a default.
  config: Config = {} as Config,
): ShrunkModel<Model> {
  if (!(strength > 0 && Number.isFinite(strength))) {
    throw new CohortiumError('NUMERIC_DOMAIN', `a strength is a number of rows above 0; found ${strength}`);
  }
  checkRows(rows, calibrator.target);
  checkCohorts(cohort, rows.predicted.length);
  const cohorts = rowsByCohort(cohort).map(
    ([name, at]) => [name, fitCohort(calibrator, pick(rows, at), parent, strength, config)] as const,
  );
  return { kind: 'by-cohort', parent, strength, cohorts: Object.fromEntries(cohorts) };
}

/**
 * Each row by the model of its cohort; a cohort that was not there is calibrated by the parent.
 * @throws {CohortiumError} NUMERIC_DOMAIN for predictions out of range
 */
export function predictShrunk<Config extends object, Model extends CalibratorModel>(
  calibrator: Calibrator<Config, Model>,
  { cohorts, parent }: ShrunkModel<Model>,
  predicted: Float64Array,
  cohort: readonly string[],
): Float64Array {
  checkCohorts(cohort, predicted.length);
  const calibrated = new Float64Array(predicted.length);
  for (const [name, rows] of rowsByCohort(cohort)) {
    const own = Object.hasOwn(cohorts, name) ? cohorts[name] : undefined;
    const values = calibrator.predict(
      own?.model ?? parent,
      Float64Array.from(rows, (row) => predicted[row] ?? 0),
    );
    rows.forEach((row, at) => {
      calibrated[row] = values[at] ?? 0;
    });
  }
  return calibrated;
}

function fitCohort<Config extends object, Model extends CalibratorModel>(
  calibrator: Calibrator<Config, Model>,
  rows: CalibrationRows,
  parent: Model,
  strength: number,
  config: Config,
): CohortModel<Model> {
  if (rows.weight?.every((own) => own === 0) ?? false) return { model: parent, n: 0, total: 0, ownShare: 0 };
  const tallies = tallyRows(rows, calibrator.target);
  const n = sum(tallies.weight);
  const total = sum(tallies.total);
  try {
    const model = calibrator.fitTallies(config, withParent(tallies, calibrator.predict(parent, tallies.predicted), n, strength));
    return { model, n, total, ownShare: n / (n + strength) };
  } catch (error) {
    // Such as a cohort of which nothing at all was expected.
    if (isCohortiumError(error) && error.code === 'CALIBRATION_TOO_FEW') return { model: parent, n, total, ownShare: 0 };
    throw error;
  }
}

/** The imagined rows are spread over the cohort's predictions as its own rows are. */
function withParent({ predicted, weight, total }: Tallies, foretold: Float64Array, n: number, strength: number): Tallies {
  const imagined = weight.map((own) => (strength * own) / n);
  return {
    predicted,
    weight: weight.map((own, at) => own + (imagined[at] ?? 0)),
    total: total.map((own, at) => own + (imagined[at] ?? 0) * (foretold[at] ?? 0)),
  };
}

function pick({ predicted, outcome, weight }: CalibrationRows, at: readonly number[]): CalibrationRows {
  const of = (column: Float64Array): Float64Array => Float64Array.from(at, (row) => column[row] ?? 0);
  return { predicted: of(predicted), outcome: of(outcome), ...(weight && { weight: of(weight) }) };
}

function checkCohorts(cohort: readonly string[], rows: number): void {
  if (cohort.length === rows) return;
  throw new CohortiumError('NUMERIC_DOMAIN', `every row needs its cohort; found ${cohort.length} for ${rows} rows`);
}
