/** Profiles of cohorts that may leave rows out. */
import type { FeatureColumns } from '../method.ts';
import { type CohortProfile, profileCohorts, type Scale } from '../quality/index.ts';

export interface DensityProfile {
  /** By cohort number. */
  readonly profile: readonly CohortProfile[];
  /** Rows in no cohort, as if they were cohort −1; absent where there are none. */
  readonly noise?: CohortProfile;
}

/** @param label cohort of each row, −1 for none */
export function describeCohorts(data: FeatureColumns, label: Int32Array, cohorts: number, scale: Scale): DensityProfile {
  const outside = label.map((cohort) => (cohort < 0 ? 0 : -1));
  const [noise] = profileCohorts(data, outside, 1, scale);
  return {
    profile: profileCohorts(data, label, cohorts, scale),
    ...(noise && noise.size > 0 ? { noise: { ...noise, cohort: -1 } } : {}),
  };
}
