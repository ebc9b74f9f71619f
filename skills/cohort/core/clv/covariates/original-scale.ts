/** Estimates with their errors, for standardised covariates and for covariates as they were given. */
import type { StandardColumn } from './covariate-columns.ts';

/** Estimates on scales without bounds, in the order of `names`. */
export interface UnboundedEstimates {
  readonly values: readonly number[];
  /** null for a parameter that a limit holds. */
  readonly standardErrors: readonly (number | null)[];
  /** Row-major; zero for a parameter that a limit holds. */
  readonly covariance: readonly number[];
}

/** Estimates with the errors that their covariance gives. */
export function estimatesOf(values: readonly number[], covariance: readonly number[]): UnboundedEstimates {
  const standardErrors = values.map((_, index) => {
    const variance = covariance[index * (values.length + 1)] ?? 0;
    return variance > 0 ? Math.sqrt(variance) : null;
  });
  return { values, standardErrors, covariance };
}

/** A linear change: coefficients over their deviations, and the two shifted parameters back to covariates of zero. */
export function toOriginalScale(
  at: { readonly values: readonly number[]; readonly covariance: readonly number[] },
  columns: readonly StandardColumn[],
  dropout: { readonly index: number; readonly sign: 1 | -1 },
): UnboundedEstimates {
  const n = at.values.length;
  const map = Array.from({ length: n }, (_, row) => new Float64Array(n).fill(1, row, row + 1));
  columns.forEach(({ actsOn, mean, sd }, index) => {
    const target = actsOn === 'purchase' ? map[1] : map[dropout.index];
    const sign = actsOn === 'purchase' ? 1 : -dropout.sign;
    if (target) target[4 + index] = (sign * mean) / sd;
    map[4 + index]?.fill(1 / sd, 4 + index, 5 + index);
  });
  const values = map.map((row) => row.reduce((total, weight, index) => total + weight * (at.values[index] ?? 0), 0));
  const half = map.map((row) =>
    Array.from({ length: n }, (_, column) => row.reduce((total, weight, k) => total + weight * (at.covariance[k * n + column] ?? 0), 0)),
  );
  const covariance = half.flatMap((left) => map.map((right) => right.reduce((total, weight, k) => total + weight * (left[k] ?? 0), 0)));
  return estimatesOf(values, covariance);
}
