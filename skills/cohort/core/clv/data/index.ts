/** From purchases to the tables that models are fitted to, and back from models to purchases per period. Pure, on columns. */
export { type ClockOptions, type TimeUnit } from './purchase-clock.ts';
export { type PurchaseColumns } from './purchase-log.ts';
export { simulateHistories, type SimulatedHistories, type SimulationOptions } from './simulate-histories.ts';
export { type CalibrationSplit, splitCalibration, type SplitOptions } from './split-calibration.ts';
export { type PurchaseSummary, summarizePurchases, type SummaryOptions } from './summarize-purchases.ts';
export { type ActualTracking, expectedTracking, type Tracking, trackPurchases, type TrackOptions } from './track-purchases.ts';
