/** Density cohorts by DBSCAN. */
export { dbscan, type DbscanConfig, type DbscanModel } from './dbscan.ts';
