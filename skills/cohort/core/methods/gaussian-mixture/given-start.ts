/** A start that was given, on the scale of the fit. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { factorCholesky, invertCholesky } from '../../../../sdk/numeric/index.ts';
import type { CovarianceKind, MixtureStart } from './config.ts';
import type { Mixture } from './covariance-shape.ts';
import type { RowScale } from './lay-out-rows.ts';

/**
 * @throws {CohortiumError} NUMERIC_DOMAIN for numbers that are too many, too few or not finite, weights that are not positive with sum
 *   1, or precisions that are not positive definite
 */
export function scaleStart(start: MixtureStart, kind: CovarianceKind, { centre, factor }: RowScale): Mixture {
  const width = centre.length;
  // A feature that does not vary keeps its unit.
  const scale = Array.from(factor, (times) => (times > 0 ? 1 / times : 1));
  const size = start.weights.length;
  const perMatrix = kind === 'diagonal' ? width : width * width;
  requireShape('means', start.means, size, width);
  requireShape('precisions', start.precisions, kind === 'tied' ? 1 : size, perMatrix);
  const sum = start.weights.reduce((total, weight) => total + weight, 0);
  if (!start.weights.every((weight) => weight > 0) || Math.abs(sum - 1) > 1e-6) {
    throw new CohortiumError('NUMERIC_DOMAIN', `the weights of a start are positive with sum 1; found ${start.weights.join(', ')}`);
  }
  const covariances = start.precisions.flatMap((precision, index) => {
    const scaled = Float64Array.from(precision, (value, at) =>
      kind === 'diagonal'
        ? value * (scale[at] ?? 1) * (scale[at] ?? 1)
        : value * (scale[Math.floor(at / width)] ?? 1) * (scale[at % width] ?? 1),
    );
    if (kind === 'diagonal') {
      if (!scaled.every((value) => value > 0)) throw notDefinite(index);
      return Array.from(scaled, (value) => 1 / value);
    }
    const lower = factorCholesky(scaled, width);
    if (!lower) throw notDefinite(index);
    return Array.from(invertCholesky(lower, width));
  });
  return {
    size,
    width,
    weights: Float64Array.from(start.weights),
    means: Float64Array.from(start.means.flat(), (value, at) => (value - (centre[at % width] ?? 0)) / (scale[at % width] ?? 1)),
    covariances: Float64Array.from(covariances),
  };
}

function requireShape(name: string, rows: readonly (readonly number[])[], count: number, length: number): void {
  if (rows.length === count && rows.every((row) => row.length === length && row.every((value) => Number.isFinite(value)))) return;
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `the ${name} of a start are ${count} lists of ${length} finite numbers; found ${rows.length} of ${rows.map((row) => row.length).join(', ')}`,
  );
}

function notDefinite(index: number): CohortiumError {
  return new CohortiumError('NUMERIC_DOMAIN', `precision ${index} of the start is not positive definite; give inverse covariances`);
}
