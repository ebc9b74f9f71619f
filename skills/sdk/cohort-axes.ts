/**
 * The eleven axes that customers are grouped by: what a registry declares, Cohort assigns and Audit records. Whoever has no axis here
 * is in no record; the order is that of memberships.
 */
export const cohortAxes = [
  'location',
  'channel',
  'brand',
  'vertical',
  'tenure',
  'rfm',
  'seasonality',
  'loyalty-tier',
  'subscription',
  'acquisition-source',
  'first-order-sku',
] as const;
export type CohortAxis = (typeof cohortAxes)[number];
