/** What each cohort is: its size and how its features differ from the whole, from which it can be described in words. */
import type { Scaling } from './scaling.ts';

export interface CohortProfile {
  readonly size: number;
  /** Of all rows of the fit, also of those in no cohort. */
  readonly share: number;
  /** Mean of each feature, original units. */
  readonly mean: readonly number[];
  /** Mean less the mean of all rows, in standard deviations of all rows. */
  readonly difference: readonly number[];
}

export interface MethodProfile {
  readonly rows: number;
  /** By cohort number. */
  readonly cohorts: readonly CohortProfile[];
  /** Rows in no cohort; absent where there are none. */
  readonly noise?: CohortProfile;
}

interface LabelledRows {
  /** Row-major, original units. */
  readonly values: Float64Array;
  readonly weight: Float64Array;
  /** −1 for none. */
  readonly label: Int32Array;
}

export function profileCohorts({ values, weight, label }: LabelledRows, cohorts: number, { centre, spread }: Scaling): MethodProfile {
  const dimensions = centre.length;
  // The last place is for rows in no cohort.
  const sizes = new Float64Array(cohorts + 1);
  const sums = new Float64Array((cohorts + 1) * dimensions);
  for (let row = 0; row < label.length; row++) {
    const cohort = label[row] ?? -1;
    const place = cohort < 0 ? cohorts : cohort;
    const count = weight[row] ?? 0;
    sizes[place] = (sizes[place] ?? 0) + count;
    // Distances from the centre lose fewer digits than values far from zero.
    for (let at = 0; at < dimensions; at++) {
      const cell = place * dimensions + at;
      sums[cell] = (sums[cell] ?? 0) + count * ((values[row * dimensions + at] ?? 0) - (centre[at] ?? 0));
    }
  }
  const rows = sizes.reduce((total, size) => total + size, 0);
  const profiles = Array.from(sizes, (size, place): CohortProfile => {
    const away = centre.map((_, at) => (size === 0 ? 0 : (sums[place * dimensions + at] ?? 0) / size));
    return {
      size,
      share: rows === 0 ? 0 : size / rows,
      mean: away.map((value, at) => (centre[at] ?? 0) + value),
      difference: away.map((value, at) => value / (spread[at] ?? 1)),
    };
  });
  const noise = profiles[cohorts];
  return { rows, cohorts: profiles.slice(0, cohorts), ...(noise && noise.size > 0 ? { noise } : {}) };
}
