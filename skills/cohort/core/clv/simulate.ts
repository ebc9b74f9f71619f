/** Draws from a fitted Gamma-Gamma: parameters from their Laplace approximation, amounts given what was spent. */
import type { Rng } from '../../../sdk/numeric/index.ts';
import { drawLogNormal } from './draw-parameters.ts';
import type { GammaGammaModel } from './fit.ts';
import type { GammaGammaParameters } from './gamma-gamma.ts';

/** One draw of the Gamma-Gamma parameters. */
export function drawGammaGammaParameters(model: GammaGammaModel, rng: Rng): GammaGammaParameters {
  const [p = 1, q = 1, v = 1] = drawLogNormal([model.params.p, model.params.q, model.params.v], model.covarianceLog, rng);
  return { p, q, v };
}

/**
 * Amounts of single purchases in one future of a customer: the customer's own scale first, then each purchase.
 * @param spent total of x observed purchases; ≤ 0 counts as no observation
 */
export function drawAmounts({ p, q, v }: GammaGammaParameters, x: number, spent: number, rng: Rng): () => number {
  const isKnown = x > 0 && spent > 0;
  const rate = rng.gamma(q + (isKnown ? p * x : 0)) / (v + (isKnown ? spent : 0));
  return () => rng.gamma(p) / rate;
}
