/** One factor for expected counts or amounts: as much as came, over as much as was expected. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { sum, sumOf } from '../../../sdk/numeric/index.ts';
import { makeCalibrator } from './calibrator.ts';

export interface MeanScaleModel {
  readonly kind: 'mean-scale';
  /** ≥ 0. */
  readonly scale: number;
  readonly n: number;
}

/** @throws {CohortiumError} CALIBRATION_TOO_FEW from `fit` when nothing was expected of anybody */
export const meanScale = makeCalibrator<object, MeanScaleModel>({
  id: 'mean-scale',
  target: 'mean',
  complexity: 1,
  isMonotone: true,
  needsBothClasses: false,
  fitTallies: (_, { predicted, weight, total }) => {
    const expected = sumOf(predicted.length, (at) => (weight[at] ?? 0) * (predicted[at] ?? 0));
    const scale = sum(total) / expected;
    if (!Number.isFinite(scale)) {
      throw new CohortiumError(
        'CALIBRATION_TOO_FEW',
        `a scale needs an expectation above 0; ${sum(weight)} rows expect ${expected} in sum, so take rows with a prediction`,
      );
    }
    return { kind: 'mean-scale', scale, n: sum(weight) };
  },
  mapOf:
    ({ scale }) =>
    (predicted) =>
      scale * predicted,
});
