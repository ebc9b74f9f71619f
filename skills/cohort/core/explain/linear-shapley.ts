/** Shapley values of a linear model, in closed form where features are taken one by one, by conditional means where they hang together. */
import { CohortiumError } from '../../../sdk/errors.ts';
import { factorCholesky, solveCholesky, sumOf } from '../../../sdk/numeric/index.ts';
import { exactShapley, playOut } from './shapley.ts';

export interface LinearModel {
  readonly weights: ArrayLike<number>;
  readonly intercept: number;
}

export interface LinearShapley {
  /** What the model gives at the means. */
  readonly base: number;
  readonly values: Float64Array;
}

/**
 * Interventional: weight × (value − mean), whatever the other features are.
 * @param means one per feature
 */
export function linearShapley({ weights, intercept }: LinearModel, row: ArrayLike<number>, means: ArrayLike<number>): LinearShapley {
  checkLengths(weights, row, means);
  return {
    base: intercept + sumOf(weights.length, (feature) => (weights[feature] ?? 0) * (means[feature] ?? 0)),
    values: Float64Array.from(
      { length: weights.length },
      (_, feature) => (weights[feature] ?? 0) * ((row[feature] ?? 0) - (means[feature] ?? 0)),
    ),
  };
}

/**
 * Correlation-dependent: features that are not known follow those that are, as in a normal distribution with these means and this
 * covariance. Features that always move together share the credit, whichever of them the model reads.
 * @param covariance features × features, row-major, positive definite
 * @throws {CohortiumError} NUMERIC_DOMAIN for a covariance that is none, or more than twelve features
 */
export function correlatedShapley(
  { weights, intercept }: LinearModel,
  row: ArrayLike<number>,
  means: ArrayLike<number>,
  covariance: ArrayLike<number>,
): LinearShapley {
  checkLengths(weights, row, means);
  const features = weights.length;
  if (covariance.length !== features * features) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `the covariance of ${features} features has ${features * features} numbers; found ${covariance.length}`,
    );
  }
  const worth = playOut(features, (coalition) => {
    const known = indexes(features, (feature) => (coalition & (1 << feature)) !== 0);
    const others = indexes(features, (feature) => (coalition & (1 << feature)) === 0);
    const away = Float64Array.from(known, (feature) => (row[feature] ?? 0) - (means[feature] ?? 0));
    const solved = conditional(covariance, features, known, away);
    const expected = (feature: number): number =>
      (means[feature] ?? 0) + sumOf(known.length, (at) => (covariance[feature * features + (known[at] ?? 0)] ?? 0) * (solved[at] ?? 0));
    return (
      intercept +
      sumOf(known.length, (at) => (weights[known[at] ?? 0] ?? 0) * (row[known[at] ?? 0] ?? 0)) +
      sumOf(others.length, (at) => (weights[others[at] ?? 0] ?? 0) * expected(others[at] ?? 0))
    );
  });
  return { base: worth[0] ?? 0, values: exactShapley(features, worth) };
}

function conditional(covariance: ArrayLike<number>, features: number, known: readonly number[], away: Float64Array): Float64Array {
  if (known.length === 0) return away;
  const inner = Float64Array.from(known.flatMap((one) => known.map((other) => covariance[one * features + other] ?? 0)));
  const lower = factorCholesky(inner, known.length);
  if (!lower) throw new CohortiumError('NUMERIC_DOMAIN', 'the covariance is not positive definite; leave out features that repeat others');
  return solveCholesky(lower, away);
}

function indexes(length: number, isWanted: (index: number) => boolean): number[] {
  return Array.from({ length }, (_, index) => index).filter(isWanted);
}

function checkLengths(weights: ArrayLike<number>, row: ArrayLike<number>, means: ArrayLike<number>): void {
  if (row.length === weights.length && means.length === weights.length) return;
  throw new CohortiumError(
    'NUMERIC_DOMAIN',
    `${weights.length} weights need as many values and means; found ${row.length} and ${means.length}`,
  );
}
