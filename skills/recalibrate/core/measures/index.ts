/** What predictions are worth, as plain JSON. */
export { type Binning, type ReliabilityBin, reliabilityBins } from './bins.ts';
export type { BootstrapInterval, BootstrapOptions } from './bootstrap.ts';
export { type BrierParts, brierParts, brierScore, logLoss } from './brier.ts';
export {
  debiasedSquaredGap,
  expectedCalibrationError,
  maximumCalibrationError,
  rootMeanSquaredCalibrationError,
} from './calibration-error.ts';
export { type CalibrationLine, calibrationLine, type Estimate } from './calibration-line.ts';
export { type ClassRows, classwiseError, type ClasswiseError } from './classwise.ts';
export { type CalibrationGain, calibrationGain, debiasedCalibrationError, type DebiasedError } from './debiased-error.ts';
export { negativeBinomialDeviance, poissonDeviance } from './deviance.ts';
export { decileLift, type LiftBin, normalisedGini } from './ranking.ts';
export { type MeanReport, measureMeans, measureProbabilities, type ProbabilityReport } from './reports.ts';
export {
  brownianMaximumTail,
  brownianRangeTail,
  cumulativeDifferences,
  kolmogorovSmirnovTest,
  kuiperTest,
  spiegelhalterTest,
  type TestResult,
} from './tests.ts';
