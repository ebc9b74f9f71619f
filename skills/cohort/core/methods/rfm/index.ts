/** RFM: cohorts by how recently, how often and for how much customers bought. */
import type { CohortMethod, FeatureColumns } from '../method.ts';
import { assignRfm } from './assign.ts';
import { fitRfm, type RfmConfig, type RfmModel } from './fit.ts';

export { rfmDetails, type RfmDetails, type RfmDistances } from './assign.ts';
export type { RfmDimension } from './dimension.ts';
export type { RfmCohortProfile, RfmConfig, RfmModel } from './fit.ts';
export { type Segment, segmentOf, segments } from './segments.ts';

/**
 * Quantile scores of recency, frequency and money, and the segments they make. Equal values have equal scores. No choice is made
 * by chance, so the seed changes nothing. Confidence is the margin in ranks to the nearest boundary that would change the cohort.
 */
export const rfm: CohortMethod<FeatureColumns, RfmConfig, RfmModel> = { id: 'rfm', title: 'RFM', fit: fitRfm, assign: assignRfm };
