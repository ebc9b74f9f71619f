/** Density cohorts by HDBSCAN*. */
export { hdbscan, type HdbscanConfig, type HdbscanModel } from './hdbscan.ts';
export type { DensityGroups } from './membership.ts';
