/** Ordered funnels within a window. */
export { funnel } from './fit-funnel.ts';
export type { FunnelCohort, FunnelConfig, FunnelExclusion, FunnelModel, FunnelRow, FunnelStep, FunnelTrace, Share } from './model.ts';
export { traceFunnel } from './trace-funnel.ts';
export { wilsonInterval } from '../../../../sdk/numeric/index.ts';
