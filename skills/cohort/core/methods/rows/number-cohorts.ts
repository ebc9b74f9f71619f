/** Gives cohorts their numbers: the largest is 0; of two equally large ones, that with the first member in feature order. */

/**
 * @param raw any non-negative number per group, −1 for none; rows in feature order
 * @param weight rows behind each
 * @returns cohort 0, 1, … of each row, −1 for none, and how many cohorts there are
 */
export function numberCohorts(raw: Int32Array, weight: Float64Array): { readonly label: Int32Array; readonly cohorts: number } {
  const groups = new Map<number, { readonly first: number; size: number }>();
  for (let row = 0; row < raw.length; row++) {
    const group = raw[row] ?? -1;
    if (group < 0) continue;
    const known = groups.get(group);
    if (known) known.size += weight[row] ?? 0;
    else groups.set(group, { first: row, size: weight[row] ?? 0 });
  }
  const ranked = [...groups].sort(([, a], [, b]) => b.size - a.size || a.first - b.first);
  const numberOf = new Map(ranked.map(([group], number) => [group, number]));
  return { label: raw.map((group) => numberOf.get(group) ?? -1), cohorts: ranked.length };
}
