/**
 * Split conformal intervals: the reach that held on rows the model was not fitted on. Around predictions it makes intervals,
 * around given intervals (conformalised quantiles) it corrects them, to both sides alike. Promises coverage on average over
 * all rows of the kind that it saw, and nothing for each customer or cohort.
 */
import { type Bound, conformalBound, marginOf } from './bound.ts';
import { intervalsOf, type Nonconformity, type Reach, type ReachConfig, reachOf, scoresOf } from './nonconformity.ts';
import { checkIntervals, checkLevel, checkOutcomes, fail, type IntervalColumns, type IntervalOutcomes, type IntervalRows } from './rows.ts';

export interface ConformalConfig extends ReachConfig {
  /** Share of outcomes to hold, in (0, 1). */
  readonly level: number;
}

/** Plain JSON. */
export interface SplitModel extends Reach {
  readonly kind: 'split' | 'conformalised-quantile';
  readonly level: number;
  readonly bound: Bound;
}

/** `fit` needs outcomes, `predict` does not; the model is plain JSON. */
export interface IntervalCalibrator<
  Config,
  Model,
  Rows extends IntervalRows = IntervalRows,
  Outcomes extends Rows & IntervalOutcomes = Rows & IntervalOutcomes,
> {
  readonly id: string;
  /**
   * @param rows that the intervals were not fitted on, in any order
   * @throws {CohortiumError} NUMERIC_DOMAIN for columns of unequal length, values that are not finite, a level outside (0, 1)
   * @throws {CohortiumError} CALIBRATION_TOO_FEW for no rows
   */
  readonly fit: (config: Config, rows: Outcomes) => Model;
  /** @returns intervals, infinite where the model's bound is `everything` */
  readonly predict: (model: Model, rows: Rows) => IntervalColumns;
}

/**
 * Intervals around predictions: `residual` (default) or `scaled-residual`.
 * @see Papadopoulos, Proedrou, Vovk & Gammerman (2002), "Inductive confidence machines for regression"
 */
export const splitConformal = makeSplit('split', ['residual', 'scaled-residual']);

/**
 * Corrects given intervals: `interval` (default) or `relative-interval`. The correction may be negative: intervals that held
 * too often become narrower.
 * @see Romano, Patterson & Candès (2019), "Conformalized Quantile Regression"
 */
export const conformalisedQuantile = makeSplit('conformalised-quantile', ['interval', 'relative-interval']);

function makeSplit(
  id: SplitModel['kind'],
  accepted: readonly [Nonconformity, ...Nonconformity[]],
): IntervalCalibrator<ConformalConfig, SplitModel> {
  return {
    id,
    fit(config, rows) {
      const reach = reachOf(config, accepted[0]);
      if (!accepted.includes(reach.nonconformity)) {
        fail(`'${reach.nonconformity}' is not a measure of '${id}'; its measures are ${accepted.join(', ')}`);
      }
      checkLevel(config.level);
      checkOutcomes(rows, reach.floor);
      return { kind: id, level: config.level, ...reach, bound: conformalBound(scoresOf(rows, reach).sort(), config.level) };
    },
    predict(model, rows) {
      checkIntervals(rows);
      const margin = marginOf(model.bound);
      return intervalsOf(rows, model, () => margin);
    },
  };
}
