/** Draws of a fitted model's parameters from the normal approximation on the log scale. */
import { exp, type Rng } from '../../../sdk/numeric/index.ts';
import { semidefiniteFactor } from './maximum.ts';

/**
 * One draw of the parameters, in the order of the covariance; a parameter fixed by a limit stays, also one fixed at zero.
 * @param params natural scale
 * @param covarianceLog row-major covariance of the log-parameters
 */
export function drawLogNormal(params: readonly number[], covarianceLog: readonly number[], rng: Rng): number[] {
  const n = params.length;
  const lower = semidefiniteFactor(covarianceLog, n);
  const normals = Array.from({ length: n }, () => rng.normal());
  return params.map((value, row) => {
    const shift = normals.slice(0, row + 1).reduce((total, z, column) => total + (lower[row * n + column] ?? 0) * z, 0);
    return value * exp(shift);
  });
}
