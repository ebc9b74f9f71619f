/** Gradient-boosted trees over columns: counts, money and quantiles, the same bits on every machine, with exact Shapley values. */
export { fitBoosting } from './fit.ts';
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
export { type BoostingPredictor, boostingPredictor, predictBoosting, scoreBoosting } from './predict.ts';
export { readBoosting } from './read-model.ts';
export { shapleyOfBoosting } from './shapley.ts';
