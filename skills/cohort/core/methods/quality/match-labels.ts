/**
 * Which cohort of a refit is which cohort of before, so that cohort 3 stays cohort 3. The pairing with the largest total
 * overlap, found exactly; a cohort that overlaps with nothing gets a number never used.
 */
import { jaccardOf } from './agreement.ts';
import { contingency } from './contingency.ts';

export interface MatchedCohort {
  /** Number in the refit. */
  readonly next: number;
  /** Number that it gets. */
  readonly becomes: number;
  /** Cohort of before that it continues, −1 for a new one. */
  readonly previous: number;
  /** Customers in both over customers in either, in [0, 1]. */
  readonly jaccard: number;
}

export interface LabelMatch {
  /** One per cohort of the refit, by its number. */
  readonly cohorts: readonly MatchedCohort[];
  /** Cohorts of before that none continues. */
  readonly ended: readonly number[];
}

/**
 * @param previous cohorts of customers before, −1 for none
 * @param next cohorts of the same customers, in the same order, by the refit
 * @param firstFree number of the first new cohort, by default one above the largest of `previous`; pass the largest ever used and
 *   one when numbers of ended cohorts must not return
 * @throws {CohortiumError} NUMERIC_DOMAIN when they differ in length
 * @see Kuhn (1955), "The Hungarian method for the assignment problem"
 */
export function matchLabels(previous: Int32Array, next: Int32Array, firstFree?: number): LabelMatch {
  const table = contingency(next, previous);
  const columns = Math.max(table.firstGroups, table.secondGroups);
  // Columns beyond those of before stand for "continues nothing" and cost as much as no overlap.
  const cost = new Float64Array(table.firstGroups * columns);
  for (let one = 0; one < table.firstGroups; one++) {
    for (let other = 0; other < table.secondGroups; other++) cost[one * columns + other] = -jaccardOf(table, one, other);
  }
  const paired = assignAtLeastCost(cost, table.firstGroups, columns);
  let free = Math.max(table.secondGroups, firstFree ?? 0);
  const cohorts = Array.from(paired, (other, one): MatchedCohort => {
    const jaccard = other < table.secondGroups ? jaccardOf(table, one, other) : 0;
    if (jaccard > 0) return { next: one, becomes: other, previous: other, jaccard };
    free += 1;
    return { next: one, becomes: free - 1, previous: -1, jaccard: 0 };
  });
  const continued = new Set(cohorts.map((cohort) => cohort.previous));
  const ended = Array.from(table.secondSizes.keys()).filter((other) => (table.secondSizes[other] ?? 0) > 0 && !continued.has(other));
  return { cohorts, ended };
}

/** Labels of the refit under the numbers of the match; −1 stays. */
export function applyMatch({ cohorts }: LabelMatch, label: Int32Array): Int32Array {
  const becomes = Int32Array.from(cohorts, (cohort) => cohort.becomes);
  return label.map((cohort) => (cohort < 0 ? -1 : (becomes[cohort] ?? -1)));
}

/**
 * A column for each row, all different, at the least total cost.
 * @param cost row-major, rows ≤ columns
 * @see Jonker & Volgenant (1987), "A shortest augmenting path algorithm for dense and sparse linear assignment problems"
 */
function assignAtLeastCost(cost: Float64Array, rows: number, columns: number): Int32Array {
  const rowPrice = new Float64Array(rows);
  const columnPrice = new Float64Array(columns + 1);
  // The last column is where each search starts: it holds the row that has no column yet.
  const rowOf = new Int32Array(columns + 1).fill(-1);
  const cameFrom = new Int32Array(columns);
  for (let row = 0; row < rows; row++) {
    const slack = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    const isDone = new Uint8Array(columns + 1);
    let column = columns;
    rowOf[column] = row;
    while ((rowOf[column] ?? -1) >= 0) {
      isDone[column] = 1;
      const at = rowOf[column] ?? 0;
      let least = Number.POSITIVE_INFINITY;
      let nearest = -1;
      for (let to = 0; to < columns; to++) {
        if (isDone[to] === 1) continue;
        const reduced = (cost[at * columns + to] ?? 0) - (rowPrice[at] ?? 0) - (columnPrice[to] ?? 0);
        if (reduced < (slack[to] ?? 0)) {
          slack[to] = reduced;
          cameFrom[to] = column;
        }
        if ((slack[to] ?? 0) < least) {
          least = slack[to] ?? 0;
          nearest = to;
        }
      }
      for (let to = 0; to <= columns; to++) {
        if (isDone[to] === 1) {
          const owner = rowOf[to] ?? 0;
          rowPrice[owner] = (rowPrice[owner] ?? 0) + least;
          columnPrice[to] = (columnPrice[to] ?? 0) - least;
        } else if (to < columns) slack[to] = (slack[to] ?? 0) - least;
      }
      column = nearest;
    }
    while (column !== columns) {
      const before = cameFrom[column] ?? columns;
      rowOf[column] = rowOf[before] ?? -1;
      column = before;
    }
  }
  const columnOf = new Int32Array(rows);
  for (let column = 0; column < columns; column++) {
    const row = rowOf[column] ?? -1;
    if (row >= 0) columnOf[row] = column;
  }
  return columnOf;
}
