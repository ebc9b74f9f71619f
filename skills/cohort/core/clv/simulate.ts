/**
 * Draws from the fitted models: parameters from their Laplace approximation on the log scale, futures of customers given
 * their history, spend given what they spent. Intervals made of both kinds of draws cover what point forecasts hide.
 */
import { exp, log, log1p, type Rng } from '../../../sdk/numeric/index.ts';
import type { HistoryColumns } from './bg-nbd-likelihood.ts';
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
 * Purchases of each customer in the next `horizon`, one joint draw: active or not, a rate, a chance of leaving, and
 * min(Poisson, Geometric).
 */
export function drawPurchases(parameters: BgNbdParameters, data: HistoryColumns, horizon: number, rng: Rng): Int32Array {
  const { r, alpha, a, b } = parameters;
  const purchases = new Int32Array(data.x.length);
  for (let row = 0; row < purchases.length; row++) {
    const x = data.x[row] ?? 0;
    const T = data.T[row] ?? 0;
    if (log(1 - rng.uniform()) > logProbabilityAlive(parameters, x, data.tx[row] ?? 0, T)) continue;
    const made = rng.poisson((rng.gamma(r + x) / (alpha + T)) * horizon);
    if (made === 0 || a === 0) {
      purchases[row] = made;
      continue;
    }
    const leaving = rng.beta(a, b + x);
    const stay = log1p(-leaving);
    const untilLeft = stay < 0 ? 1 + Math.floor(log(1 - rng.uniform()) / stay) : leaving > 0 ? 1 : made;
    purchases[row] = Math.min(made, untilLeft);
  }
  return purchases;
}

/**
 * Money of each customer's drawn purchases: a mean of the customer's own given what they spent, then the purchases around it.
 * @param spent purchases observed and their mean spend, per customer; a mean of 0 counts as no observation
 */
export function drawSpend(
  parameters: GammaGammaParameters,
  spent: { readonly x: ArrayLike<number>; readonly meanSpend: ArrayLike<number> },
  purchases: ArrayLike<number>,
  rng: Rng,
): Float64Array {
  const { p, q, v } = parameters;
  const money = new Float64Array(purchases.length);
  for (let row = 0; row < money.length; row++) {
    const count = purchases[row] ?? 0;
    if (count === 0) continue;
    const mean = spent.meanSpend[row] ?? 0;
    const x = mean > 0 ? (spent.x[row] ?? 0) : 0;
    money[row] = (rng.gamma(p * count) * (v + x * mean)) / rng.gamma(p * x + q);
  }
  return money;
}
