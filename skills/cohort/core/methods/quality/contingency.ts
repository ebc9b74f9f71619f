/** How often each pair of labels meets in two groupings of the same customers. What agreement is counted from. */
import { CohortiumError } from '../../../../sdk/errors.ts';

export interface Contingency {
  /** Groups of the first and of the second; labels are 0 … groups − 1. */
  readonly firstGroups: number;
  readonly secondGroups: number;
  /** Row-major, firstGroups × secondGroups; rows that are in none (−1) in either are left out. */
  readonly counts: Float64Array;
  /** Customers of each group, those included that are in none in the other grouping. */
  readonly firstSizes: Float64Array;
  readonly secondSizes: Float64Array;
}

/** @throws {CohortiumError} NUMERIC_DOMAIN when the groupings differ in length or a label is below −1 */
export function contingency(first: Int32Array, second: Int32Array): Contingency {
  if (first.length !== second.length) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `labels of ${first.length} and of ${second.length} customers; give two groupings of the same customers in one order`,
    );
  }
  const firstGroups = groupsOf(first);
  const secondGroups = groupsOf(second);
  const counts = new Float64Array(firstGroups * secondGroups);
  const firstSizes = new Float64Array(firstGroups);
  const secondSizes = new Float64Array(secondGroups);
  for (let row = 0; row < first.length; row++) {
    const one = first[row] ?? -1;
    const other = second[row] ?? -1;
    if (one >= 0) firstSizes[one] = (firstSizes[one] ?? 0) + 1;
    if (other >= 0) secondSizes[other] = (secondSizes[other] ?? 0) + 1;
    if (one >= 0 && other >= 0) counts[one * secondGroups + other] = (counts[one * secondGroups + other] ?? 0) + 1;
  }
  return { firstGroups, secondGroups, counts, firstSizes, secondSizes };
}

function groupsOf(labels: Int32Array): number {
  let most = -1;
  for (const label of labels) {
    if (label < -1) throw new CohortiumError('NUMERIC_DOMAIN', `label ${label}; cohorts are numbered from 0, −1 stands for none`);
    if (label > most) most = label;
  }
  return most + 1;
}
