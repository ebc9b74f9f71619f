/**
 * What every calibrator looks like: `fit` learns a map from predictions whose outcome is known and gives plain JSON,
 * `predict` applies it. Refuses no rows, values out of range, and for probabilities outcomes of one class only, which say
 * nothing about how the other would have been predicted.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum } from '../../../sdk/numeric/index.ts';
import { type CalibrationRows, checkPredictions, type Tallies, type Target, tallyRows } from './rows.ts';

/** Plain JSON that names its own calibrator. */
export interface CalibratorModel {
  /** Id of the calibrator that made it and can apply it. */
  readonly kind: string;
}

/** Methods rather than function members, so that calibrators of different models fit in one list. */
export interface Calibrator<Config = object, Model extends CalibratorModel = CalibratorModel> {
  readonly id: Model['kind'];
  readonly target: Target;
  /** Rank by how much it can bend: of two that do as well, the lower is taken. */
  readonly complexity: number;
  /** True when a higher prediction never gets a lower calibrated value. */
  readonly isMonotone: boolean;
  /**
   * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows, and, except by `identity`, for probabilities that all or none came true
   * @throws {CohortiumError} NUMERIC_DOMAIN for values out of range
   */
  fit(config: Config, rows: CalibrationRows): Model;
  /** As `fit`, from tallies whose totals may be fractions of the weights: what shrinkage needs. */
  fitTallies(config: Config, tallies: Tallies): Model;
  /** @throws {CohortiumError} NUMERIC_DOMAIN for predictions out of range */
  predict(model: Model, predicted: Float64Array): Float64Array;
}

/** What is special about one calibrator. */
interface Parts<Config, Model extends CalibratorModel> extends Pick<
  Calibrator<Config, Model>,
  'id' | 'target' | 'complexity' | 'isMonotone' | 'fitTallies'
> {
  /** True when outcomes of one class teach it nothing. */
  readonly needsBothClasses: boolean;
  /** The map itself, of one prediction within range. */
  readonly mapOf: (model: Model) => (predicted: number) => number;
}

export function makeCalibrator<Config, Model extends CalibratorModel>(parts: Parts<Config, Model>): Calibrator<Config, Model> {
  const { mapOf, needsBothClasses, ...rest } = parts;
  return {
    ...rest,
    fit(config: Config, rows: CalibrationRows): Model {
      const tallies = tallyRows(rows, parts.target);
      if (needsBothClasses) checkBothClasses(tallies);
      return parts.fitTallies(config, tallies);
    },
    predict(model: Model, predicted: Float64Array): Float64Array {
      checkPredictions(predicted, parts.target);
      return predicted.map(mapOf(model));
    },
  };
}

function checkBothClasses({ weight, total }: Tallies): void {
  const rows = sum(weight);
  const events = sum(total);
  if (events > 0 && events < rows) return;
  throw new CohortiumError(
    'CALIBRATION_TOO_FEW',
    `${events === 0 ? 'none' : 'all'} of ${rows} happened; a calibration needs rows of both outcomes, so take a longer history or pool cohorts`,
    { detail: { rows, events } },
  );
}
