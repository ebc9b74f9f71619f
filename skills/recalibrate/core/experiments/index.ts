/** Experiments on customers and on models: who is in which arm, and what may be concluded. */
export { analyseArms, type ArmEffect, type ArmsAnalysis, type ArmsPlan, type ArmsRows, type ArmsVerdict } from './analyse-arms.ts';
export { assignArm, assignmentPoint, checkArms, type ExperimentArm } from './assignment.ts';
export {
  compareModels,
  type ModelLoss,
  modelLosses,
  type ModelsAnalysis,
  type ModelsPlan,
  type ModelsRows,
  type ModelsVerdict,
} from './compare-models.ts';
export { adjustByPast, type CupedAdjustment, type CupedArm } from './cuped.ts';
export { dieboldMariano, type OriginComparison } from './diebold-mariano.ts';
export { meanDifference, type MeanDifference, studentQuantile, studentTail } from './mean-difference.ts';
export { comparePairedLosses, type PairedComparison, type PairedLosses, type PairedOptions } from './paired-losses.ts';
export { type SampleRatio, sampleRatio, sampleRatioLimit } from './sample-ratio.ts';
export { type AlwaysValid, alwaysValid, leastPerArm } from './sequential.ts';
