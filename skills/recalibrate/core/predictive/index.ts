/** Measures of predictive distributions and intervals, and the recalibration of whole distributions. */
export { type CountForecast, type CountScores, pitOfCounts, scoreCounts } from './counts.ts';
export { crpsOfClimatology, crpsOfEnsemble, crpsOfNormal, crpsOfQuantiles, type EnsembleOptions } from './crps.ts';
export type { Ensemble } from './ensemble.ts';
export { distributional, type DistributionalConfig, type DistributionalModel, rawLevels } from './distributional.ts';
export { type IntervalQuality, intervalQuality, winklerScores } from './interval-scores.ts';
export { type LevelCalibration, levelCalibration, type LevelKind } from './level-calibration.ts';
export { logScoreOfNormal } from './log-score.ts';
export { type MaturedCoverage, maturedCoverage, type MaturedRows } from './matured-coverage.ts';
export { type MeanScore, meanScore, skillScore } from './mean-score.ts';
export { continuousPit, meanPit, type PitHistogram, pitHistogram, pitOfEnsemble, type PitRows } from './pit.ts';
export { pinballLoss, type QuantileForecast } from './quantile-forecast.ts';
