/** Sizes of cohorts and what sets them apart, from one pass over all customers; the largest cohort comes first. */
import type { FeatureScale } from '../feature-rows.ts';
import type { FeatureColumns } from '../method.ts';
import { mostProbable, visitPosteriors } from './assign.ts';
import { blockRows, type CovarianceShape, type Mixture } from './covariance-shape.ts';
import type { MixtureProfile } from './model.ts';

export interface Ranked {
  /** Components in the order of their number of customers, of equals in the order of their means. */
  readonly ranking: readonly number[];
  /** In that order. */
  readonly profile: readonly MixtureProfile[];
}

/** @param order all rows, in an order that does not depend on how they were given */
export function profileCohorts(
  shape: CovarianceShape,
  mixture: Mixture,
  { names, columns }: FeatureColumns,
  scale: FeatureScale,
  order: Uint32Array,
): Ranked {
  const { size, width, means } = mixture;
  const sizes = new Int32Array(size);
  const sums = new Float64Array(size * width);
  const squares = new Float64Array(width);
  const certainty = new Float64Array(size);
  visitPosteriors(shape, mixture, columns, scale, order, (_from, count, posteriors, scaled) => {
    for (let row = 0; row < count; row++) {
      const label = mostProbable(posteriors, size, row);
      sizes[label] = (sizes[label] ?? 0) + 1;
      certainty[label] = (certainty[label] ?? 0) + Math.min(posteriors[label * blockRows + row] ?? 0, 1);
      for (let feature = 0; feature < width; feature++) {
        const value = scaled[row * width + feature] ?? 0;
        sums[label * width + feature] = (sums[label * width + feature] ?? 0) + value;
        squares[feature] = (squares[feature] ?? 0) + value * value;
      }
    }
  });
  const rows = order.length;
  const whole = names.map((_, feature) => {
    let sum = 0;
    for (let component = 0; component < size; component++) sum += sums[component * width + feature] ?? 0;
    const mean = sum / rows;
    return { mean, deviation: Math.sqrt(Math.max((squares[feature] ?? 0) / rows - mean * mean, 0)) };
  });
  const ranking = Array.from(sizes.keys()).toSorted((one, other) => {
    const difference = (sizes[other] ?? 0) - (sizes[one] ?? 0);
    if (difference !== 0) return difference;
    for (let feature = 0; feature < width; feature++) {
      const gap = (means[one * width + feature] ?? 0) - (means[other * width + feature] ?? 0);
      if (gap !== 0) return gap;
    }
    return one - other;
  });
  const profile = ranking.map((component) => {
    const members = sizes[component] ?? 0;
    return {
      size: members,
      share: members / rows,
      confidence: members > 0 ? (certainty[component] ?? 0) / members : 0,
      features: names.map((name, feature) => {
        const at = component * width + feature;
        // A component that is most probable for nobody is described by its own mean.
        const mean = members > 0 ? (sums[at] ?? 0) / members : (means[at] ?? 0);
        const { mean: middle = 0, deviation = 0 } = whole[feature] ?? {};
        return {
          name,
          mean: (scale.centre[feature] ?? 0) + mean * (scale.scale[feature] ?? 1),
          difference: deviation > 1e-9 ? (mean - middle) / deviation : 0,
        };
      }),
    };
  });
  return { ranking, profile };
}
