/** The simulated merchant: signals with a known truth, in memory or as files. */
export type { RawSignal } from './raw-signal.ts';
export { type MerchantOptions, type MerchantTruth, simulateMerchant, type SimulatedMerchant } from './simulate-merchant.ts';
export { type MerchantFiles, writeMerchantCsv } from './write-merchant-csv.ts';
