/**
 * From what one definition gave in one window to what its memberships become: the state of the day before and the cohorts of
 * today in, the rows that change out. Pure; decides nothing between definitions (see settle-family.ts).
 *
 * - Who is in no cohort any more has left at once; hysteresis never keeps anybody in whom a rule of the population takes out.
 * - A move waits for the margin and the number of runs that the definition asks for, unless the old cohort has ended.
 * - A move is the model's and not the customer's when the model of the run before, given the customer's features of today, still
 *   says the old cohort: then only the refit can have moved the customer.
 * - Who comes back from a merge into the cohort of before has it again as it was, since when and from where included.
 */
import { type ChangeKind, confidenceUnits, type MembershipRow, type MembershipRows, none, RowWriter } from './membership-rows.ts';

/** Cohorts of today, in the columns of the members table of a cohort run. */
export interface RunMembers {
  /** Customer numbers that the run speaks for, ascending: who is here and has no row is in no cohort. */
  readonly customers: Int32Array;
  /** Row of each in the columns below, −1 for none. */
  readonly rowOf: Int32Array;
  /** Position of the cohort in the run. */
  readonly cohort: ArrayLike<number>;
  readonly confidence: ArrayLike<number>;
  readonly until: ArrayLike<number>;
  /** Positions in the names of the run, the strongest first. */
  readonly reasons: readonly ArrayLike<number>[];
  readonly contributions: readonly ArrayLike<number>[];
  /** Position of the cohort that the model of the run before gives the features of today; null where no run was before. */
  readonly earlier: ArrayLike<number> | null;
  /** Lasting numbers of the cohorts of the run, by position. */
  readonly cohortNumbers: ArrayLike<number>;
  /** Lasting numbers of the names that reasons point to, by position. */
  readonly reasonNumbers: ArrayLike<number>;
}

export interface Hysteresis {
  /** Confidence by which the new cohort must be ahead, in [0, 1]. */
  readonly margin: number;
  /** Runs, one after the other, in which a move must be seen; 1 to 12. */
  readonly runs: number;
}

/** What became of customers by links and unlinks since the day before. */
export interface IdentityChanges {
  /** Customers that are part of another now. */
  readonly merged: ReadonlyMap<number, number>;
  /** Customers that were part of another, until now. */
  readonly split: ReadonlyMap<number, number>;
  /** Rows from before the merge that a split undoes, of the customer that comes back and of the one that it was part of. */
  readonly restored: ReadonlyMap<number, MembershipRow>;
}

export interface SeriesResolution {
  /** State of the day before: of all customers, or at least of those that the run speaks for. */
  readonly previous: MembershipRows;
  readonly members: RunMembers;
  readonly hysteresis: Hysteresis;
  readonly identity: IdentityChanges;
  /** Epoch day. */
  readonly day: number;
  /** Version that the rows are written by. */
  readonly version: number;
}

/** A confidence that differs by less is the same. */
export const materialConfidence = 0.05;

export const noIdentityChanges: IdentityChanges = { merged: new Map(), split: new Map(), restored: new Map() };

/** @returns the rows that change, ascending by customer */
export function resolveSeries(resolution: SeriesResolution): MembershipRows {
  const { previous, members } = resolution;
  const changed = new RowWriter(previous.length === 0 ? members.customers.length : 64);
  const living = new Set(Array.from(members.cohortNumbers));
  const survivors = new Set(resolution.identity.merged.values());
  const separated = new Set(resolution.identity.split.values());
  let at = 0;
  for (let index = 0; index < members.customers.length; index++) {
    const customer = members.customers[index] ?? none;
    while (at < previous.length && previous.customer(at) < customer) at += 1;
    const isKnown = at < previous.length && previous.customer(at) === customer && previous.cohort(at) !== none;
    const row = members.rowOf[index] ?? none;
    if (row === none) {
      if (isKnown) changed.add(ended(previous.at(at), resolution));
      continue;
    }
    const candidate = candidateOf(customer, row, resolution);
    if (!isKnown || previous.until(at) <= resolution.day) {
      changed.add(entered(candidate, isKnown ? previous.cohort(at) : none, resolution));
      continue;
    }
    const before = previous.at(at);
    const cause = survivors.has(customer) ? 'merged-by-identity' : separated.has(customer) ? 'split-by-identity' : undefined;
    const next =
      before.cohort === candidate.cohort
        ? stayed(before, candidate)
        : moved(before, candidate, earlierCohort(row, members), cause, living, resolution);
    if (next) changed.add(next);
  }
  return changed.finish();
}

function candidateOf(customer: number, row: number, { members, day, version }: SeriesResolution): MembershipRow {
  const reason = (rank: number): number => {
    const position = members.reasons[rank]?.[row] ?? none;
    return position === none ? none : (members.reasonNumbers[position] ?? none);
  };
  const contribution = (rank: number): number => members.contributions[rank]?.[row] ?? 0;
  return {
    customer,
    since: day,
    until: members.until[row] ?? 0,
    version,
    cohort: members.cohortNumbers[members.cohort[row] ?? none] ?? none,
    predecessor: none,
    pending: none,
    pendingRuns: 0,
    suppressedBy: none,
    confidence: Math.round((members.confidence[row] ?? 0) * confidenceUnits),
    change: 'entered',
    origin: 'entered',
    reasons: [reason(0), reason(1), reason(2)],
    contributions: [contribution(0), contribution(1), contribution(2)],
  };
}

function earlierCohort(row: number, { earlier, cohortNumbers }: RunMembers): number {
  return earlier ? (cohortNumbers[earlier[row] ?? none] ?? none) : none;
}

function ended(before: MembershipRow, { identity, day, version }: SeriesResolution): MembershipRow {
  const hasLapsed = before.until <= day;
  const change: ChangeKind = identity.merged.has(before.customer) ? 'merged-by-identity' : hasLapsed ? 'expired' : 'left';
  return {
    ...before,
    since: hasLapsed ? before.until : day,
    until: day,
    version,
    cohort: none,
    predecessor: before.cohort,
    pending: none,
    pendingRuns: 0,
    suppressedBy: none,
    confidence: 0,
    change,
    origin: change,
    reasons: [none, none, none],
    contributions: [0, 0, 0],
  };
}

function entered(candidate: MembershipRow, lapsed: number, { identity }: SeriesResolution): MembershipRow {
  if (!identity.split.has(candidate.customer)) return { ...candidate, predecessor: lapsed };
  return restoredOr({ ...candidate, predecessor: lapsed, change: 'split-by-identity', origin: 'split-by-identity' }, identity);
}

/** As before the merge, where the cohort is the one of before the merge. */
function restoredOr(next: MembershipRow, { restored }: IdentityChanges): MembershipRow {
  const before = restored.get(next.customer);
  if (before?.cohort !== next.cohort) return next;
  return { ...next, since: before.since, predecessor: before.predecessor, origin: before.origin };
}

function stayed(before: MembershipRow, candidate: MembershipRow): MembershipRow | undefined {
  const isRefreshed =
    Math.abs(candidate.confidence - before.confidence) >= materialConfidence * confidenceUnits || candidate.until !== before.until;
  if (!isRefreshed && before.pending === none) return undefined;
  const { since, predecessor, suppressedBy, origin } = before;
  if (isRefreshed) return { ...candidate, since, predecessor, suppressedBy, origin, change: 'refreshed' };
  return { ...before, version: candidate.version, pending: none, pendingRuns: 0, change: 'settled' };
}

function moved(
  before: MembershipRow,
  candidate: MembershipRow,
  earlier: number,
  cause: 'merged-by-identity' | 'split-by-identity' | undefined,
  living: ReadonlySet<number>,
  { hysteresis, identity }: SeriesResolution,
): MembershipRow | undefined {
  const move = (change: ChangeKind): MembershipRow => ({
    ...candidate,
    predecessor: before.cohort,
    suppressedBy: before.suppressedBy,
    change,
    origin: change,
  });
  if (cause) return restoredOr(move(cause), identity);
  const kind = earlier === before.cohort ? 'reassigned-by-model' : 'moved';
  if (!living.has(before.cohort)) return move(kind);
  // Nobody computes how sure the old cohort would be today; it is at most what the new one leaves, and what it was.
  const left = Math.min(before.confidence, confidenceUnits - candidate.confidence);
  if (candidate.confidence - left < hysteresis.margin * confidenceUnits) return waiting(before, candidate, none, 0);
  const seen = before.pending === candidate.cohort ? before.pendingRuns + 1 : 1;
  return seen >= hysteresis.runs ? move(kind) : waiting(before, candidate, candidate.cohort, seen);
}

/** Still in the old cohort, with the evidence for it as it was; the window moves on all the same. */
function waiting(
  before: MembershipRow,
  { until, version }: MembershipRow,
  pending: number,
  pendingRuns: number,
): MembershipRow | undefined {
  if (before.pending === pending && before.pendingRuns === pendingRuns && before.until === until) return undefined;
  const change = pending === none ? (before.pending === none ? 'refreshed' : 'settled') : 'held';
  return { ...before, until, version, pending, pendingRuns, change };
}
