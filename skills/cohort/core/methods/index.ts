/**
 * Cohort methods: estimators over columns that put customers into cohorts, and the measures of what they are worth. Pure
 * functions; models are plain JSON.
 */
export { dbscan, type DbscanConfig, type DbscanModel } from './dbscan/index.ts';
export type { EventSequences, TimedEvents } from './event-columns.ts';
export * from './funnel/index.ts';
export * from './gaussian-mixture/index.ts';
export { type DensityGroups, hdbscan, type HdbscanConfig, type HdbscanModel } from './hdbscan/index.ts';
export * from './hierarchical/index.ts';
export * from './intent/index.ts';
export * from './journey/index.ts';
export * from './k-means/index.ts';
export * from './lda/index.ts';
export * from './leiden/index.ts';
export type { Assignment, CohortMethod, FeatureColumns } from './method.ts';
export * from './persona/index.ts';
export * from './quality/index.ts';
export * from './rfm/index.ts';
export * from './survival/index.ts';
export type { TokenDocuments } from './tokens/token-documents.ts';
export * from './word2vec/index.ts';
