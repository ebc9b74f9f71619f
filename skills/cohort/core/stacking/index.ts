/** Mixtures of models per cohort, with weights learned from predictions that came before what they predict. */
export { outOfFold, type OutOfFold, type OutOfFoldRequest } from './out-of-fold.ts';
export { poissonDeviance } from './poisson-deviance.ts';
export { fitSimplexWeights, type SimplexWeights, type StackRows } from './simplex-weights.ts';
export {
  applyStack,
  type Stack,
  type StackDeviance,
  type StackedCohort,
  type StackInput,
  stackModels,
  type StackOptions,
} from './stack-models.ts';
