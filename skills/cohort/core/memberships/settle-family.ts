/**
 * Definitions of a family exclude each other: of those that have a customer, the one with the highest precedence counts, the
 * smaller id among equals, and the others say which one counts instead of them. Suppressed memberships are kept, not lost: they count
 * again when the winner lets the customer go.
 */
import { type MembershipRows, none, RowWriter } from './membership-rows.ts';

export interface FamilyMember {
  /** Number of the definition in its window. */
  readonly series: number;
  /** State of the customers in question, ascending. */
  readonly rows: MembershipRows;
}

/**
 * @param members the strongest first
 * @param day a membership that has lapsed by then wins over nobody
 * @returns for each member, in their order, the rows that change
 */
export function settleFamily(members: readonly FamilyMember[], day: number, version: number): readonly MembershipRows[] {
  const at = members.map(() => 0);
  const changed = members.map(() => new RowWriter());
  for (;;) {
    let customer = Number.POSITIVE_INFINITY;
    for (const [index, { rows }] of members.entries()) {
      const row = at[index] ?? 0;
      if (row < rows.length) customer = Math.min(customer, rows.customer(row));
    }
    if (customer === Number.POSITIVE_INFINITY) return changed.map((writer) => writer.finish());
    let winner = none;
    for (const [index, { series, rows }] of members.entries()) {
      const row = at[index] ?? 0;
      if (row >= rows.length || rows.customer(row) !== customer) continue;
      at[index] = row + 1;
      if (rows.cohort(row) === none) continue;
      if (rows.suppressedBy(row) !== winner) {
        const change = winner === none ? 'released' : 'suppressed';
        changed[index]?.add({ ...rows.at(row), suppressedBy: winner, version, change });
      }
      if (winner === none && rows.until(row) > day) winner = series;
    }
  }
}
