/**
 * Calibration as pure functions on columns: calibrators and the choice among them, what they are worth, intervals and tiers,
 * several tests at once, diagrams as data, experiments, and how often to recalibrate. Models are plain JSON.
 */
export * from './cadence/index.ts';
export * from './calibrators/index.ts';
export * from './comparisons/index.ts';
export * from './conformal/index.ts';
export * from './diagrams/index.ts';
export * from './experiments/index.ts';
export * from './measures/index.ts';
export * from './predictive/index.ts';
export * from './rfm/index.ts';
export * from './tiers/index.ts';
