/** Why a model says what it says: exact Shapley values, local lines, shuffled groups, counterfactuals, and the graph that adds up. */
export {
  attributionGraph,
  type AttributionEdge,
  type AttributionGraph,
  type AttributionKind,
  type AttributionNode,
  dotOfGraph,
} from './attribution-graph.ts';
export { type Counterfactual, type CounterfactualFeature, type CounterfactualQuestion, findCounterfactual } from './counterfactual.ts';
export { leastLocalR2, localLinear, type LocalLinear } from './lime.ts';
export { correlatedShapley, type LinearModel, linearShapley, type LinearShapley } from './linear-shapley.ts';
export {
  type GroupImportance,
  importanceRepeats,
  permutationImportance,
  type PermutedModel,
  poissonDeviance,
} from './permutation-importance.ts';
export {
  exactShapley,
  type Game,
  mostExactPlayers,
  playOut,
  type SampledShapley,
  sampledShapley,
  shapleyInteractions,
  shapleyRule,
} from './shapley.ts';
