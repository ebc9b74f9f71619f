/** Cohorts against customers whose group is known. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import { adjustedRandIndex } from './agreement.ts';
import { contingency } from './contingency.ts';

export interface CohortTruth {
  readonly cohort: number;
  /** The known group that most of its labelled customers are of; the lowest of equals; −1 without a labelled customer. */
  readonly group: number;
  /** Labelled customers. */
  readonly size: number;
  /** Of the labelled customers in the cohort, the share that is of the group. */
  readonly precision: number;
  /** Of the customers known to be of the group, the share that is in the cohort. */
  readonly recall: number;
  /** Harmonic mean of both. */
  readonly f1: number;
}

export interface TruthReport {
  /** Customers with a known group; only these count. */
  readonly labelled: number;
  /** Share of them that is in any cohort. */
  readonly coverage: number;
  /** Share, of those in a cohort, that is of its cohort's group. Rises with the number of cohorts: read it with the index. */
  readonly purity: number;
  readonly adjustedRandIndex: number;
  /** Means over cohorts, each counting the same. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly cohorts: readonly CohortTruth[];
}

/**
 * @param label cohort of each customer, −1 for none
 * @param truth known group of each customer, −1 where it is not known
 * @throws {CohortiumError} NUMERIC_DOMAIN when they differ in length
 */
export function compareWithTruth(label: Int32Array, truth: Int32Array): TruthReport {
  if (label.length !== truth.length) {
    throw new CohortiumError(
      'NUMERIC_DOMAIN',
      `labels of ${label.length} customers, known groups of ${truth.length}; give both in one order, −1 where no group is known`,
    );
  }
  const known = Uint32Array.from(truth.keys()).filter((row) => (truth[row] ?? -1) >= 0);
  const found = Int32Array.from(known, (row) => label[row] ?? -1);
  const groups = Int32Array.from(known, (row) => truth[row] ?? -1);
  const { counts, firstSizes, secondSizes, secondGroups } = contingency(found, groups);
  const cohorts = Array.from(firstSizes, (size, cohort): CohortTruth => {
    const row = counts.subarray(cohort * secondGroups, (cohort + 1) * secondGroups);
    const most = row.reduce((largest, count) => Math.max(largest, count), 0);
    if (most === 0) return { cohort, group: -1, size, precision: 0, recall: 0, f1: 0 };
    const group = row.indexOf(most);
    const ofGroup = secondSizes[group] ?? 0;
    return { cohort, group, size, precision: most / size, recall: most / ofGroup, f1: (2 * most) / (size + ofGroup) };
  });
  const assigned = firstSizes.reduce((total, size) => total + size, 0);
  const right = cohorts.reduce((total, { precision, size }) => total + precision * size, 0);
  const filled = cohorts.filter(({ size }) => size > 0);
  const mean = (of: (one: CohortTruth) => number): number => filled.reduce((total, one) => total + of(one), 0) / filled.length;
  return {
    labelled: known.length,
    coverage: assigned / known.length,
    purity: right / assigned,
    adjustedRandIndex: adjustedRandIndex(found, groups),
    precision: mean(({ precision }) => precision),
    recall: mean(({ recall }) => recall),
    f1: mean(({ f1 }) => f1),
    cohorts,
  };
}
