/** Hierarchical cohorts by Ward's method. */
export type { Cut } from './cut.ts';
export { hierarchical, type HierarchicalConfig, type HierarchicalModel } from './hierarchical.ts';
export type { Dendrogram } from './ward.ts';
