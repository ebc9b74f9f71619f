/** Intervals that hold their level on rows they were not made from, over the intervals of any model. */
export {
  adaptiveConformal,
  type AdaptiveConfig,
  type AdaptiveModel,
  type AdaptiveStep,
  nextAllowed,
  type WindowIntervals,
} from './adaptive.ts';
export { type Bound, conformalBound, marginOf, rowsNeeded } from './bound.ts';
export { boundOf, type CohortBound, type CohortIntervals, mondrianConformal, type MondrianConfig, type MondrianModel } from './mondrian.ts';
export type { Nonconformity, Reach, ReachConfig } from './nonconformity.ts';
export { type IntervalColumns, type IntervalOutcomes, type IntervalRows, pointRows } from './rows.ts';
export { type ConformalConfig, conformalisedQuantile, type IntervalCalibrator, splitConformal, type SplitModel } from './split.ts';
