/** Forecasts that were made apart, made to add up: over one parent, a lattice of sums, or given margins. */
export { type CellCodes, grainLattice, type Lattice, latticeGap, type Level, makeLattice, rollUp } from './lattice.ts';
export { type BaseForecast, type ErrorCovariance, minTrace, type MinTraceOptions, type Reconciled, type Reconciler } from './min-trace.ts';
export { oneParent, oneParentDraws, type OneParentResult } from './one-parent.ts';
export {
  type FittingOptions,
  type Margin,
  type ProportionalFit,
  proportionalFitting,
  proportionalFittingDraws,
} from './proportional-fitting.ts';
export { type ShrunkCovariance, shrinkCovariance } from './shrinkage.ts';
