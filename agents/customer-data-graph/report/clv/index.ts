/** Pictures of purchase models, as SVG documents: pure functions of plain data. */
export { type AliveGrid, aliveSurface } from './alive-surface.ts';
export { type AliveHistory, aliveHistory } from './alive-history.ts';
export { type ConditionalBin, type ConditionalBins, conditionalByFrequency, conditionalByRecency } from './conditional-bins.ts';
export { type FrequencyCounts, frequencyFit } from './frequency-fit.ts';
export { type RateHeterogeneity, rateHeterogeneity, type RatePanel } from './rate-heterogeneity.ts';
export type { Heterogeneity } from './share-in-bins.ts';
export { cumulativeTracking, incrementalTracking, type TrackedPeriods } from './tracking.ts';
export { type GrainRow, type ValueByGrain, valueByGrain } from './value-by-grain.ts';
