/**
 * Buy-till-you-die models: fit, predict, draw. Pure functions on columns; models are plain JSON. The scalar functions of a
 * family are its own: `bgNbd.conditionalExpectation(params, { x, tx, T }, 39)`.
 */
export { bgBb, type BgBbParameters } from './bg-bb/index.ts';
export { bgNbd, type BgNbdParameters, mbgNbd } from './bg-nbd/index.ts';
export { checkVectors, type QuantityCheck, type ReferenceVector, type VectorCheck } from './check-vectors.ts';
export { chooseRegularity, type RegularityChoice, type RegularityOptions } from './cnbd/choose-regularity.ts';
export { cnbdFamily, type CnbdParameters } from './cnbd/index.ts';
export { estimateRegularity, type RegularityEstimate, type RegularityMethod } from './cnbd/regularity.ts';
export { type ComparedModel, compareFamilies, type Comparison, type HoldoutColumns } from './compare.ts';
export { drawLogNormal } from './draw-parameters.ts';
export { type AnyTimingFamily, continuousFamilyIds, type NamedParameters, timingFamily, timingFamilyIds } from './families.ts';
export type { History, Limit, ParameterSpec, TimingFamily } from './family.ts';
export type { FittedModel } from './fitted-model.ts';
export { type FitOptions, fitStatistics, fitTiming, type TimingModel } from './fit-timing.ts';
export {
  drawFuture,
  type DrawnPurchase,
  type LifetimeValues,
  lifetimeValues,
  newCustomerLifetimeValue,
  type ValueModels,
} from './lifetime-value.ts';
export type { Boundary, LogNormalPrior } from './limit-search.ts';
export { type HistoryColumns, type HistoryStatistics, summarizeHistories } from './histories.ts';
export { nbd, type NbdParameters } from './nbd/index.ts';
export { paretoNbd, type ParetoNbdParameters } from './pareto-nbd/index.ts';
export { type PredictionRequest, predictTiming, type TimingPrediction } from './predict-timing.ts';
export * from '../pooling/index.ts';
export * from '../reconcile/index.ts';
export * from '../stacking/index.ts';
export * from './covariates/index.ts';
export * from './data/index.ts';
export * from './interchange/index.ts';
export * from './intervals/index.ts';
export * from './pareto-ggg/index.ts';
export * from './spend/index.ts';
export * from './subscription/index.ts';
