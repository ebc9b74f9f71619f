/** Errors by home location, channel and brand against those on the card; small cohorts are left out, as on the card. */
import { type CohortRise, cohortRises } from '../../../../skills/recalibrate/core/governance/index.ts';
import type { ModelCard, SliceMetrics } from '../models/model-interface.ts';
import type { Predictions } from '../scoring/score-tables.ts';
import type { ScoredRows } from '../training/value-metrics.ts';

const leastRows = 50;

/** All slices of all axes are one family. */
export function cohortsOf(
  { predicted, actual, home }: ScoredRows & Pick<Predictions, 'home'>,
  { evaluation }: Pick<ModelCard, 'evaluation'>,
  limit: number,
  seed: string,
): readonly CohortRise[] {
  const squaredErrors = ({ axis, value }: SliceMetrics): Float64Array =>
    Float64Array.from(
      Array.from(predicted.keys()).filter((row) => home[axis][row] === value),
      (row) => {
        const error = (predicted[row] ?? 0) - (actual[row] ?? 0);
        return error * error;
      },
    );
  const cohorts = evaluation.slices.map((slice) => ({
    name: `${slice.axis} ${slice.value}`,
    squaredError: squaredErrors(slice),
    baselineRmse: slice.metrics.rmse.value,
  }));
  return cohortRises(
    cohorts.filter(({ squaredError }) => squaredError.length >= leastRows),
    limit,
    seed,
  );
}
