/** Rows of each cohort, cohorts in the order of their names: sums over them do not depend on the order of the customers. */
export function rowsByCohort(cohort: readonly string[]): readonly (readonly [name: string, rows: readonly number[]])[] {
  const rowsOf = Map.groupBy(cohort.keys(), (row) => cohort[row] ?? '');
  return [...rowsOf.keys()].sort().map((name) => [name, rowsOf.get(name) ?? []]);
}
