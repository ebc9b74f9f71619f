/**
 * A second publication for the same day: what it resolved, seen from the state that the first one left. What the first one
 * changed and the second one does not is taken back.
 */
import { foldRows, rowsOfCustomers } from './fold-rows.ts';
import { type MembershipRows, none, RowWriter, sayTheSame } from './membership-rows.ts';

/**
 * @param previous state of the day before, of these customers at least
 * @param resolved rows that change it
 * @param standing state that the earlier publication of the day left, of these customers at least
 * @param customers whom the second publication speaks for, ascending
 * @returns the rows that change `standing`
 */
export function correctRows(
  previous: MembershipRows,
  resolved: MembershipRows,
  standing: MembershipRows,
  customers: Int32Array,
  { day, version }: { readonly day: number; readonly version: number },
): MembershipRows {
  const wanted = foldRows(rowsOfCustomers(previous, customers), resolved, true);
  const changed = new RowWriter();
  let at = 0;
  let old = 0;
  for (const customer of customers) {
    while (at < wanted.length && wanted.customer(at) < customer) at += 1;
    while (old < standing.length && standing.customer(old) < customer) old += 1;
    const isWanted = at < wanted.length && wanted.customer(at) === customer && wanted.cohort(at) !== none;
    const isStanding = old < standing.length && standing.customer(old) === customer && standing.cohort(old) !== none;
    if (isWanted && !(isStanding && sayTheSame(wanted, at, standing, old))) {
      if (wanted.version(at) === version) changed.copy(wanted, at);
      else changed.add({ ...wanted.at(at), version, change: 'corrected' });
    } else if (!isWanted && isStanding) {
      const { cohort, ...rest } = standing.at(old);
      changed.add({
        ...rest,
        since: day,
        until: day,
        version,
        cohort: none,
        predecessor: cohort,
        pending: none,
        pendingRuns: 0,
        suppressedBy: none,
        confidence: 0,
        change: 'corrected',
        origin: 'corrected',
        reasons: [none, none, none],
        contributions: [0, 0, 0],
      });
    }
  }
  return changed.finish();
}
