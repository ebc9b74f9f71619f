/** Posterior probabilities of cohorts for customers, also for those that the model was not fitted on. */
import type { Assignment, FeatureColumns } from '../method.ts';
import { columnsOfModel } from '../quality/check-features.ts';
import { shapeOf } from './config.ts';
import { blockRows, type CovarianceShape, type Mixture } from './covariance-shape.ts';
import { layOutRows, rowScale, type RowScale } from './lay-out-rows.ts';
import { toPosteriors } from './maximize.ts';
import { type GaussianMixtureModel, mixtureOf } from './model.ts';

/**
 * The most probable component of each row, of equals the first, and its posterior probability. Each row's numbers depend on that
 * row alone.
 */
export function assignRows(shape: CovarianceShape, mixture: Mixture, columns: readonly Float64Array[], scale: RowScale): Assignment {
  const rows = columns[0]?.length ?? 0;
  const label = new Int32Array(rows);
  const confidence = new Float64Array(rows);
  visitPosteriors(shape, mixture, columns, scale, (from, count, posteriors) => {
    for (let row = 0; row < count; row++) {
      let best = 0;
      let most = posteriors[row] ?? 0;
      for (let component = 1; component < mixture.size; component++) {
        const share = posteriors[component * blockRows + row] ?? 0;
        if (share > most) {
          most = share;
          best = component;
        }
      }
      label[from + row] = best;
      confidence[from + row] = Math.min(most, 1);
    }
  });
  return { label, confidence, kind: 'posterior' };
}

/**
 * The most probable cohort of each customer, and its posterior probability.
 * @throws {CohortiumError} NUMERIC_DOMAIN when a column of the fit is missing, or holds a value that is not finite
 */
export function assignMixture(model: GaussianMixtureModel, data: FeatureColumns): Assignment {
  const columns = columnsOfModel(model.features, data);
  return assignRows(shapeOf(model.covariance), mixtureOf(model), columns, rowScale(model.scale, model.scaling));
}

/**
 * Probability of every cohort for every customer.
 * @returns one column per cohort; the sum over columns is 1 in each row
 * @throws {CohortiumError} NUMERIC_DOMAIN when a column of the fit is missing, or holds a value that is not finite
 */
export function mixturePosteriors(model: GaussianMixtureModel, data: FeatureColumns): Float64Array[] {
  const columns = columnsOfModel(model.features, data);
  const mixture = mixtureOf(model);
  const found = Array.from({ length: mixture.size }, () => new Float64Array(columns[0]?.length ?? 0));
  visitPosteriors(shapeOf(model.covariance), mixture, columns, rowScale(model.scale, model.scaling), (from, count, posteriors) => {
    for (const [component, column] of found.entries()) {
      column.set(posteriors.subarray(component * blockRows, component * blockRows + count), from);
    }
  });
  return found;
}

/** Goes over all rows in blocks, with posteriors at component · blockRows + row. */
function visitPosteriors(
  shape: CovarianceShape,
  mixture: Mixture,
  columns: readonly Float64Array[],
  scale: RowScale,
  visit: (from: number, count: number, posteriors: Float64Array) => void,
): void {
  const { size, width } = mixture;
  const terms = shape.prepare(mixture);
  const scaled = new Float64Array(blockRows * width);
  const posteriors = new Float64Array(blockRows * size);
  const rows = columns[0]?.length ?? 0;
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from);
    layOutRows(columns, scale, undefined, from, from + count, scaled);
    shape.densities(terms, { rows: scaled, width, from: 0, count }, posteriors);
    toPosteriors(posteriors, size, count);
    visit(from, count, posteriors);
  }
}
