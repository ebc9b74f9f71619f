/**
 * Draws from the fitted models: parameters from their Laplace approximation on the log scale, the future of a customer given
 * the history, amounts given what was spent. Intervals made of both kinds of draws cover what point forecasts hide.
 */
import { exp, type Rng } from '../../../sdk/numeric/index.ts';
import { type BgNbdParameters, logProbabilityAlive } from './bg-nbd.ts';
import type { BgNbdModel, GammaGammaModel } from './fit.ts';
import type { GammaGammaParameters } from './gamma-gamma.ts';
import { choleskyFactor } from './maximum.ts';

/** One draw of the BG/NBD parameters; a parameter fixed by a limit stays. */
export function drawBgNbdParameters(model: BgNbdModel, rng: Rng): BgNbdParameters {
  const { r, alpha, a, b } = model.params;
  const size = a === 0 ? 2 : 4;
  const [dr = 0, dAlpha = 0, da = 0, db = 0] = drawShift(model.covarianceLog, 4, size, rng);
  return { r: r * exp(dr), alpha: alpha * exp(dAlpha), a: a * exp(da), b: b * exp(db) };
}

/** One draw of the Gamma-Gamma parameters. */
export function drawGammaGammaParameters(model: GammaGammaModel, rng: Rng): GammaGammaParameters {
  const [dp = 0, dq = 0, dv = 0] = drawShift(model.covarianceLog, 3, 3, rng);
  return { p: model.params.p * exp(dp), q: model.params.q * exp(dq), v: model.params.v * exp(dv) };
}

/** A multivariate normal draw for the leading block of a covariance; zeros where it is not positive definite. */
function drawShift(covariance: readonly number[], stride: number, size: number, rng: Rng): number[] {
  const block = Array.from({ length: size * size }, (_, index) => covariance[Math.floor(index / size) * stride + (index % size)] ?? 0);
  const lower = choleskyFactor(block, size);
  const normals = Array.from({ length: size }, () => rng.normal());
  if (!lower) return new Array<number>(size).fill(0);
  return normals.map((_, row) => normals.slice(0, row + 1).reduce((total, z, column) => total + (lower[row * size + column] ?? 0) * z, 0));
}

/**
 * Number of purchases of one customer in the next `horizon`, drawn exactly: active or not, then the rate and the chance of
 * leaving from their posteriors, then the smaller of a Poisson count and the purchase after which the customer leaves.
 * @param horizon ≥ 0, in the time unit of tx and T
 */
export function drawPurchases(parameters: BgNbdParameters, x: number, tx: number, T: number, horizon: number, rng: Rng): number {
  const { r, alpha, a, b } = parameters;
  if (x > 0 && rng.uniform() >= exp(logProbabilityAlive(parameters, x, tx, T))) return 0;
  const rate = rng.gamma(r + x) / (alpha + T);
  const count = rng.poisson(rate * horizon);
  if (count === 0 || a === 0) return count;
  const leaving = rng.beta(a, b + x);
  for (let purchase = 1; purchase < count; purchase++) {
    if (rng.uniform() < leaving) return purchase;
  }
  return count;
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
