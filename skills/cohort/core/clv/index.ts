/** Buy-till-you-die models: fit, predict, draw. Pure functions on columns; models are plain JSON. */
import { exp } from '../../../sdk/numeric/index.ts';
import type { HistoryColumns } from './bg-nbd-likelihood.ts';
import { type BgNbdParameters, conditionalExpectation, logProbabilityAlive, probabilityOfPurchase } from './bg-nbd.ts';
import type { GammaGammaModel } from './fit.ts';
import { expectedMeanSpend } from './gamma-gamma.ts';

export { discountedExpectation, purchaseCountProbability } from './bg-nbd-counts.ts';
export {
  type BgNbdParameters,
  conditionalExpectation,
  expectedIfAlive,
  expectedPurchasesSinceBirth,
  logLikelihood,
  logProbabilityAlive,
  probabilityOfPurchase,
} from './bg-nbd.ts';
export type { HistoryColumns } from './bg-nbd-likelihood.ts';
export { type BgNbdModel, type Boundary, fitBgNbd, fitGammaGamma, type GammaGammaModel } from './fit.ts';
export { expectedMeanSpend, type GammaGammaParameters, spendLogLikelihood } from './gamma-gamma.ts';
export { drawAmounts, drawBgNbdParameters, drawGammaGammaParameters, drawPurchases } from './simulate.ts';

export interface PurchasePrediction {
  /** Probability that the customer is still active, in [0, 1]. */
  readonly pAlive: Float64Array;
  /** Expected purchases within the horizon. */
  readonly expected: Float64Array;
  /** Probability of at least one purchase within the horizon, in [0, 1]. */
  readonly pPurchase: Float64Array;
}

/**
 * Predictions of a fitted BG/NBD for histories, which need not be those of the fit.
 * @param horizon ≥ 0, in the time unit of tx and T
 * @throws {CohortiumError} NUMERIC_DOMAIN when a row has tx > T
 */
export function predictBgNbd(model: { readonly params: BgNbdParameters }, data: HistoryColumns, horizon: number): PurchasePrediction {
  const rows = data.x.length;
  const prediction = { pAlive: new Float64Array(rows), expected: new Float64Array(rows), pPurchase: new Float64Array(rows) };
  for (let row = 0; row < rows; row++) {
    const x = data.x[row] ?? 0;
    const tx = data.tx[row] ?? 0;
    const T = data.T[row] ?? 0;
    prediction.pAlive[row] = exp(logProbabilityAlive(model.params, x, tx, T));
    prediction.expected[row] = conditionalExpectation(model.params, x, tx, T, horizon);
    prediction.pPurchase[row] = probabilityOfPurchase(model.params, x, tx, T, horizon);
  }
  return prediction;
}

/**
 * Expected spend per purchase of each customer.
 * @returns Infinity for customers without a repeat purchase when the population mean does not exist (q ≤ 1)
 */
export function predictSpend(
  model: Pick<GammaGammaModel, 'params'>,
  data: { readonly x: ArrayLike<number>; readonly meanSpend: ArrayLike<number> },
): Float64Array {
  return Float64Array.from({ length: data.x.length }, (_, row) => {
    const mean = data.meanSpend[row] ?? 0;
    return expectedMeanSpend(model.params, mean > 0 ? (data.x[row] ?? 0) : 0, mean);
  });
}
