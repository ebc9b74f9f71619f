/** What a reader counts: sizes of cohorts, who came, went and moved, and transitions between two days. */
import { type MembershipRows, none } from './membership-rows.ts';

export interface RowCounts {
  readonly joined: number;
  readonly left: number;
  readonly moved: number;
}

/**
 * What some rows change in a state, counting only memberships that are in force on the day.
 * @param before rows of the state, of the changed customers at least
 */
export function countChanges(before: MembershipRows, changed: MembershipRows, day: number): RowCounts {
  let [joined, left, moved] = [0, 0, 0];
  let at = 0;
  for (let row = 0; row < changed.length; row++) {
    const customer = changed.customer(row);
    while (at < before.length && before.customer(at) < customer) at += 1;
    const isKnown = at < before.length && before.customer(at) === customer && before.suppressedBy(at) === none;
    const from = isKnown ? before.cohort(at) : none;
    const to = changed.isEffective(row, day) ? changed.cohort(row) : none;
    if (from === to) continue;
    if (from === none) joined += 1;
    else if (to === none) left += 1;
    else moved += 1;
  }
  return { joined, left, moved };
}

export interface Transition {
  /** −1 for no cohort. */
  readonly from: number;
  readonly to: number;
  readonly customers: number;
}

/** How many customers went from which cohort to which, between two states on their days; those in none on both days do not count. */
export function countTransitions(
  earlier: MembershipRows,
  later: MembershipRows,
  [earlierDay, laterDay]: readonly [number, number],
): readonly Transition[] {
  const counts = new Map<number, Map<number, number>>();
  const count = (from: number, to: number): void => {
    if (from === none && to === none) return;
    const row = counts.get(from) ?? new Map<number, number>();
    counts.set(from, row.set(to, (row.get(to) ?? 0) + 1));
  };
  const cohortAt = (rows: MembershipRows, row: number, day: number): number => (rows.isEffective(row, day) ? rows.cohort(row) : none);
  let [old, now] = [0, 0];
  while (old < earlier.length || now < later.length) {
    const left = old < earlier.length ? earlier.customer(old) : Number.POSITIVE_INFINITY;
    const right = now < later.length ? later.customer(now) : Number.POSITIVE_INFINITY;
    count(left <= right ? cohortAt(earlier, old, earlierDay) : none, right <= left ? cohortAt(later, now, laterDay) : none);
    if (left <= right) old += 1;
    if (right <= left) now += 1;
  }
  return [...counts]
    .flatMap(([from, row]) => [...row].map(([to, customers]) => ({ from, to, customers })))
    .sort((a, b) => a.from - b.from || a.to - b.to);
}

/** Members in force on a day, by cohort. */
export function countMembers(rows: MembershipRows, day: number): ReadonlyMap<number, number> {
  const sizes = new Map<number, number>();
  for (let row = 0; row < rows.length; row++) {
    if (!rows.isEffective(row, day)) continue;
    const cohort = rows.cohort(row);
    sizes.set(cohort, (sizes.get(cohort) ?? 0) + 1);
  }
  return sizes;
}
