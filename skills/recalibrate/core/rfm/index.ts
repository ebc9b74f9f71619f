/** Recency, frequency and money, ranked in the cohort and across cohorts. */
export { type Ranks, type RfmColumns, type RfmRanks, rfmRanks } from './rfm-ranks.ts';
