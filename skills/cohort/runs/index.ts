/** What the composition root needs of cohort runs: computed in a window, and what makes two computations the same. */
export { assignRun, type FrozenRun, readFrozenRun } from './assign-run.ts';
export { computeRun, type ComputedRun } from './compute-run.ts';
export { engineVersion } from './frozen-state.ts';
export type { MoneyUnit } from './words.ts';
export { previousRefs, readEarlierRun, readLastDays, readWindowTables } from './window-tables.ts';
