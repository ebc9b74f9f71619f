/** What watching a model is made of: when to score, tiers and clusters by value, drift of measures, columns and whole tables. */
export { type ClusterRanking, clvIndexDefinition, rankClusters, type RankedCluster } from './cluster-ranking.ts';
export { type CohortErrors, type CohortRise, cohortRises } from './cohort-rises.ts';
export { type DomainDrift, domainDrift } from './domain-classifier.ts';
export { type CutoffBump, nextCutoff } from './next-cutoff.ts';
export { type DriftLimits, judgeDrift, type PerformanceDrift } from './performance-drift.ts';
export { type StabilityIndex, stabilityIndex } from './stability-index.ts';
export { type TieredValues, tierValues, type ValueTier } from './value-tiers.ts';
