/** The simulated merchant: signals with a known truth, in memory, as files, or as the segments of a log. */
export type { MerchantOptions } from './merchant-plan.ts';
export { type MerchantTruth, simulateMerchant, type SimulatedMerchant } from './simulate-merchant.ts';
export { writeMerchantLog } from './write-merchant-log.ts';
export { writeMerchantCsv } from './write-merchant-csv.ts';
export { type ProtectedFiles, writeProtectedSample } from './protected-sample.ts';
