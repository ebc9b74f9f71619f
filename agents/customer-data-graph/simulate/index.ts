/** The simulated merchant: signals with a known truth, in memory or as files. */
export { type MerchantOptions, type MerchantTruth, simulateMerchant, type SimulatedMerchant } from './simulate-merchant.ts';
export { writeMerchantCsv } from './write-merchant-csv.ts';
