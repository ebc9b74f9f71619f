/** The pictures of a run, as SVG documents: pure functions of their data. */
export { type ReliabilityData, reliabilityDiagram, type ReliabilityPoint } from './reliability-diagram.ts';
export { type TrackingData, trackingPlot, type TrackingWeek } from './tracking-plot.ts';
export { type HeatmapData, valueHeatmap } from './value-heatmap.ts';
export * from './calibration/index.ts';
export * from './clv/index.ts';
export * from './cohorts/index.ts';
