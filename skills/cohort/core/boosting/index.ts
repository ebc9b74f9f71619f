/**
 * Gradient-boosted trees over columns: counts, money and quantiles, deterministic to the last bit, with exact Shapley values.
 *
 * fitBoosting(config: BoostingConfig, data: BoostingRows): BoostingModel
 * readBoosting(value: unknown): BoostingModel, throws BOOSTING_MODEL_INVALID
 * predictBoosting(model, columns: readonly Float64Array[]): Float64Array, on the scale of the target
 * scoreBoosting(model, columns): Float64Array, on the scale of the fit (a logarithm for Poisson)
 * shapleyOfBoosting(model, columns, background?: readonly Float64Array[]): BoostingShapley
 */
export type {
  BoostingConfig,
  BoostingEvidence,
  BoostingLoss,
  BoostingModel,
  BoostingRows,
  BoostingSettings,
  BoostingShapley,
  BoostingTree,
  EarlyStopping,
} from './model.ts';
