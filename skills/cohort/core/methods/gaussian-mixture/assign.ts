/** Posterior probabilities of cohorts for customers, also for those that the model was not fitted on. */
import { type FeatureScale, countRows, layOutRows, requireNames } from '../feature-rows.ts';
import type { Assignment, FeatureColumns } from '../method.ts';
import { shapeOf } from './config.ts';
import { blockRows, type CovarianceShape, type Mixture } from './covariance-shape.ts';
import { toPosteriors } from './maximize.ts';
import { type GaussianMixtureModel, mixtureOf } from './model.ts';

/** A block of rows, scaled, with its posteriors at component · blockRows + row. */
export type VisitBlock = (from: number, count: number, posteriors: Float64Array, scaled: Float64Array) => void;

/** Goes over all rows in blocks. Each row's numbers depend on that row alone. */
export function visitPosteriors(
  shape: CovarianceShape,
  mixture: Mixture,
  columns: readonly Float64Array[],
  scale: FeatureScale,
  order: Uint32Array | undefined,
  visit: VisitBlock,
): void {
  const { size, width } = mixture;
  const terms = shape.prepare(mixture);
  const scaled = new Float64Array(blockRows * width);
  const posteriors = new Float64Array(blockRows * size);
  const rows = order?.length ?? columns[0]?.length ?? 0;
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from);
    layOutRows(columns, scale, order, from, from + count, scaled);
    shape.densities(terms, { rows: scaled, width, from: 0, count }, posteriors);
    toPosteriors(posteriors, size, count);
    visit(from, count, posteriors, scaled);
  }
}

/** The most probable component of a row of a block; of equals the first. */
export function mostProbable(posteriors: Float64Array, size: number, row: number): number {
  let label = 0;
  for (let component = 1; component < size; component++) {
    if ((posteriors[component * blockRows + row] ?? 0) > (posteriors[label * blockRows + row] ?? 0)) label = component;
  }
  return label;
}

/**
 * The most probable cohort of each customer, and its posterior probability.
 * @throws {CohortiumError} NUMERIC_DOMAIN when the columns are not those of the fit, or hold a value that is not finite
 */
export function assignMixture(model: GaussianMixtureModel, data: FeatureColumns): Assignment {
  const rows = countRows(data);
  requireNames(model.features, data.names);
  const mixture = mixtureOf(model);
  const label = new Int32Array(rows);
  const confidence = new Float64Array(rows);
  visitPosteriors(shapeOf(model.covariance), mixture, data.columns, model, undefined, (from, count, posteriors) => {
    for (let row = 0; row < count; row++) {
      const best = mostProbable(posteriors, mixture.size, row);
      label[from + row] = best;
      confidence[from + row] = Math.min(posteriors[best * blockRows + row] ?? 0, 1);
    }
  });
  return { label, confidence, kind: 'posterior' };
}

/**
 * Probability of every cohort for every customer.
 * @returns one column per cohort; the sum over columns is 1 in each row
 * @throws {CohortiumError} NUMERIC_DOMAIN when the columns are not those of the fit, or hold a value that is not finite
 */
export function mixturePosteriors(model: GaussianMixtureModel, data: FeatureColumns): Float64Array[] {
  const rows = countRows(data);
  requireNames(model.features, data.names);
  const mixture = mixtureOf(model);
  const columns = Array.from({ length: mixture.size }, () => new Float64Array(rows));
  visitPosteriors(shapeOf(model.covariance), mixture, data.columns, model, undefined, (from, count, posteriors) => {
    columns.forEach((column, component) => {
      column.set(posteriors.subarray(component * blockRows, component * blockRows + count), from);
    });
  });
  return columns;
}
