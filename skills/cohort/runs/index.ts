/** What the composition root needs of cohort runs: computed in a window, and what makes two computations the same. */
export { computeRun, type ComputedRun } from './compute-run.ts';
export { previousRefs, readEarlierRun, readLastDays, readWindowTables } from './window-tables.ts';

/** Goes up with every change of what a run holds for the same request: results of another engine are not taken for this one's. */
export const engineVersion = 1;
