/** What distinguishes each cohort: its size, and the mean of each feature beside that of all customers. */
import type { FeatureColumns } from '../method.ts';
import { orderFreeSums } from './order-free-sums.ts';
import type { Scale } from './standardise.ts';

export interface FeatureProfile {
  readonly feature: string;
  /** Mean in the cohort, in the feature's own unit. */
  readonly mean: number;
  /** (Mean in the cohort − mean of all) / standard deviation of all; 0 for a constant feature. */
  readonly difference: number;
}

/** Plain JSON. */
export interface CohortProfile {
  readonly cohort: number;
  /** Customers. */
  readonly size: number;
  /** Of all customers, those in no cohort included. */
  readonly share: number;
  /** What distinguishes the cohort most comes first. */
  readonly features: readonly FeatureProfile[];
}

/**
 * @param label cohort of each row, −1 for none
 * @param scale mean and standard deviation of the features, see `scaleOf`
 */
export function profileCohorts(data: FeatureColumns, label: Int32Array, cohorts: number, scale: Scale): CohortProfile[] {
  const sizes = new Float64Array(cohorts);
  for (const cohort of label) if (cohort >= 0) sizes[cohort] = (sizes[cohort] ?? 0) + 1;
  const sums = data.columns.map((column) => orderFreeSums(column, cohorts, label));
  return Array.from(sizes, (size, cohort) => ({
    cohort,
    size,
    share: size / label.length,
    features: data.names
      .map((feature, index) => {
        const mean = (sums[index]?.[cohort] ?? 0) / Math.max(1, size);
        const sd = scale.sd[index] ?? 0;
        return { feature, mean: mean + 0, difference: sd > 0 && size > 0 ? (mean - (scale.mean[index] ?? 0)) / sd : 0 };
      })
      .toSorted((one, other) => Math.abs(other.difference) - Math.abs(one.difference)),
  }));
}
