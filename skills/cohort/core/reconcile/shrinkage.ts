/**
 * Covariance of forecast errors from few residuals, shrunk towards its diagonal: with more nodes than periods the plain one is
 * singular. It is kept as scaled residuals and a diagonal, so that products with it need no matrix of nodes × nodes.
 */
import { CohortiumError } from '../../../sdk/errors.ts';
import { checkValues } from './check-values.ts';

export interface ShrunkCovariance {
  /** λ in [0, 1]: 1 is the diagonal alone. */
  readonly intensity: number;
  /** Variance of each node, unchanged by shrinkage. */
  readonly variances: Float64Array;
  /** Residuals, one array per period. */
  readonly residuals: readonly ArrayLike<number>[];
}

/**
 * W = λ·diag(Ŵ) + (1 − λ)·Ŵ with Ŵ = Σ_t r_t r_tᵀ / T, uncentred because forecasts are taken as unbiased.
 * @param residuals one array per period, each with one residual per node; at least 2 periods
 * @throws {CohortiumError} NUMERIC_DOMAIN for fewer periods, unequal lengths, numbers that are not finite, a node that never errs
 * @see Schäfer & Strimmer (2005), "A shrinkage approach to large-scale covariance matrix estimation", table 1, target D
 */
export function shrinkCovariance(residuals: readonly ArrayLike<number>[]): ShrunkCovariance {
  const periods = residuals.length;
  if (periods < 2) throw new CohortiumError('NUMERIC_DOMAIN', `a covariance needs residuals of 2 periods or more; found ${periods}`);
  const nodes = residuals[0]?.length ?? 0;
  for (const period of residuals) checkValues('residual', period, nodes);
  const variances = new Float64Array(nodes);
  for (const period of residuals) {
    for (let node = 0; node < nodes; node++)
      variances[node] = (variances[node] ?? 0) + ((period[node] ?? 0) * (period[node] ?? 0)) / periods;
  }
  const still = variances.findIndex((variance) => !(variance > 0));
  if (still >= 0) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `node ${still} has a residual of 0 in every period, so that its error has no scale; give variances`,
    );
  }
  const scaled = residuals.map((period) => Float64Array.from(period, (value, node) => value / Math.sqrt(variances[node] ?? 1)));
  return { intensity: intensityOf(scaled), variances, residuals };
}

/**
 * λ = Σ_{i≠j} Var(r_ij) / Σ_{i≠j} r_ij² over correlations r_ij. Sums over all pairs are traces of T × T matrices of inner
 * products, so the cost is T²·nodes and not nodes²·T.
 */
function intensityOf(scaled: readonly Float64Array[]): number {
  const periods = scaled.length;
  const nodes = scaled[0]?.length ?? 0;
  // With products w_ijt = z_it·z_jt and r_ij their mean: Σ r² = ‖ZZᵀ‖²/T², Σ_t Σ_ij w² = Σ_t (Σ_i z_it²)².
  let squares = 0;
  let products = 0;
  for (let s = 0; s < periods; s++) {
    for (let t = 0; t < periods; t++) {
      let inner = 0;
      for (let node = 0; node < nodes; node++) inner += (scaled[s]?.[node] ?? 0) * (scaled[t]?.[node] ?? 0);
      squares += (inner * inner) / (periods * periods);
      if (s === t) products += inner * inner;
    }
  }
  // Take the diagonal i = j away from both.
  let fourth = 0;
  for (const period of scaled) {
    for (let node = 0; node < nodes; node++) {
      const square = (period[node] ?? 0) * (period[node] ?? 0);
      fourth += square * square;
    }
  }
  const offSquares = squares - nodes;
  const offProducts = products - fourth;
  if (!(offSquares > 1e-12 * squares)) return 1;
  const variance = (offProducts / periods - offSquares) / (periods - 1);
  return Math.min(1, Math.max(0, variance / offSquares));
}
