/** Measures and tools that all cohort methods share: scale, order, profile, silhouette, agreement, stability, matching. */
export { adjustedRandIndex, bestJaccard } from './agreement.ts';
export { canonicalOrder, evenSample, takeRows } from './canonical-order.ts';
export { checkFeatures, columnsOfModel } from './check-features.ts';
export { applyMatch, type LabelMatch, type MatchedCohort, matchLabels } from './match-labels.ts';
export { orderFreeSums } from './order-free-sums.ts';
export { type CohortProfile, type FeatureProfile, profileCohorts } from './profile.ts';
export { type CohortStability, resampleConfidence, type ResamplingOptions, stability, type Stability, type Subject } from './resampling.ts';
export { silhouette, type Silhouette, type SilhouetteOptions } from './silhouette.ts';
export { inverseScale, type Scale, scaleOf, standardise, type Standardised } from './standardise.ts';
export { type CohortTruth, compareWithTruth, type TruthReport } from './truth.ts';
