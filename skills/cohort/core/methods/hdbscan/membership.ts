/** From where a row falls out of the condensed tree to its cohort, its strength there, and how far out it lies. */

/** The condensed tree and what was selected of it. Plain JSON, one entry per group. */
export interface DensityGroups {
  /** Group above; 0 for the root, which is group 0. */
  readonly parent: readonly number[];
  /** λ = 1/distance at which the group appears. */
  readonly birth: readonly number[];
  /** Largest λ at which something leaves the group. */
  readonly death: readonly number[];
  /** Σ over its rows of λ at leaving less λ at birth. */
  readonly stability: readonly number[];
  /** Selected group at or above it, −1 for none. */
  readonly selected: readonly number[];
}

/** @returns the selected group of a row that leaves `group` at `lambda`, −1 for noise */
export function selectedOf({ selected, death }: DensityGroups, group: number, lambda: number): number {
  const own = selected[group] ?? -1;
  // The root holds every row; where it is selected, only its densest part is a cohort.
  if (own === 0 && group === 0 && lambda < (death[0] ?? 0)) return -1;
  return own;
}

/** λ of the row as a share of the largest one of its group, at most 1. */
export function strengthOf({ death }: DensityGroups, selected: number, lambda: number): number {
  const most = death[selected] ?? 0;
  return most > 0 ? Math.min(1, lambda / most) : 1;
}

/**
 * By group, the largest λ in it or below it.
 * @see Campello et al. (2015), "Hierarchical density estimates for data clustering, visualization, and outlier detection", GLOSH
 */
export function peaks({ parent, death }: DensityGroups): Float64Array {
  const peak = Float64Array.from(death);
  for (let group = peak.length - 1; group > 0; group--) {
    const above = parent[group] ?? 0;
    peak[above] = Math.max(peak[above] ?? 0, peak[group] ?? 0);
  }
  return peak;
}

/** 1 − λ / peak: 0 amid the densest rows, towards 1 far from all. */
export function outlierScore(peak: number, lambda: number): number {
  return peak > 0 ? Math.max(0, 1 - lambda / peak) : 0;
}
