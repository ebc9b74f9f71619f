/** Spend per purchase: fit, predict, draw, and the check that spend does not depend on frequency. */
export {
  drawAmounts,
  drawSpendParameters,
  type FittedSpend,
  fitGammaGamma,
  fitSpend,
  predictSpend,
  spendFamilies,
  type SpendFamilyId,
  type SpendModel,
  type SpendParameters,
} from './fit-spend.ts';
export { expectedMeanSpend, gammaGamma, type GammaGammaParameters, spendLogLikelihood } from './gamma-gamma.ts';
export { type Independence, measureIndependence } from './independence.ts';
export { normalNormal, type NormalNormalParameters } from './normal-normal.ts';
export type { SpendFamily } from './spend-family.ts';
export type { SpendColumns } from './spend-rows.ts';
