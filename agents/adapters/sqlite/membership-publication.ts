/**
 * One publication, from what it brings to what is written: settles every definition and window against the day before, appends
 * the rows that changed to one file, and lists what the catalog has to take in. Writes nothing to the catalog itself, so a
 * publication that stops half-way has not happened.
 */
import {
  correctRows,
  countChanges,
  foldRows,
  type IdentityChanges,
  type MembershipRow,
  type MembershipRows,
  noIdentityChanges,
  none,
  noRows,
  resolveSeries,
  rowsOfCustomers,
  type RunMembers,
  settleFamily,
} from '../../../skills/cohort/core/memberships/index.ts';
import { CohortiumError, compareText, sha256 } from '../../../skills/sdk/index.ts';
import type { PackWriter } from '../files/row-packs.ts';
import type { Entry, IdentityLine, MembershipCatalog, Series } from './membership-catalog.ts';
import { LastingNumbers } from './membership-numbers.ts';
import type { MemberColumns, MembershipSource } from './membership-sources.ts';
import type { MembershipStates } from './membership-states.ts';

export interface PublicationContext {
  readonly catalog: MembershipCatalog;
  readonly states: MembershipStates;
  readonly pack: PackWriter;
  /** Epoch day. */
  readonly day: number;
  readonly version: number;
  /** The version that the publication rests on: nothing newer is looked at. */
  readonly newest: number;
  /** Whom the publication speaks for, ascending. */
  readonly customers: Int32Array;
  readonly identityLines: readonly IdentityLine[];
}

/** What the catalog takes in for one definition and window. */
export interface SeriesLines {
  readonly series: Series;
  readonly isNew: boolean;
  /** Null when nothing changed. */
  readonly entry: Omit<Entry, 'pack'> | null;
  readonly cohorts: readonly { readonly number: number; readonly text: string }[];
  readonly names: readonly { readonly number: number; readonly name: string }[];
  readonly reasons: readonly { readonly number: number; readonly text: string }[];
  readonly joined: number;
  readonly left: number;
  readonly moved: number;
}

/** A source with its place: what it is resolved against, and what its rows are written against. */
interface Placed {
  readonly source: MembershipSource | null;
  readonly series: Series;
  readonly isNew: boolean;
  /** State of the day before, and the version that wrote it; the newest where there is none. */
  readonly before: MembershipRows;
  readonly seenBy: number;
  /** State that is standing; another one when the day was published already. */
  readonly standing: MembershipRows;
  readonly standingEntry: Entry | undefined;
  readonly isSecond: boolean;
  readonly cohorts: LastingNumbers;
  readonly reasons: LastingNumbers;
  readonly cohortNumbers: Int32Array;
}

/**
 * Settles the definitions of one family in one window, or one definition alone.
 * @param sources of the family, those that the publication brings
 * @param numbersOf lasting customer numbers of the rows that a source's `account` names
 */
export function publishFamily(
  sources: readonly MembershipSource[],
  nextSeries: () => number,
  numbersOf: (source: MembershipSource) => Int32Array,
  context: PublicationContext,
): readonly SeriesLines[] {
  const placed = [...sources.map((source) => place(source, nextSeries, context)), ...carried(sources, context)].sort(
    (a, b) => b.series.precedence - a.series.precedence || compareText(a.series.definition, b.series.definition),
  );
  const resolved = placed.map((one) => {
    if (!one.source) return { ...one, changed: noRows };
    const members = membersOf(one.source, one, numbersOf(one.source), context);
    const identity = identityOf(one.series.series, one.seenBy, context);
    const changed = resolveSeries({
      previous: one.before,
      members,
      hysteresis: one.source.hysteresis,
      identity,
      day: context.day,
      version: context.version,
    });
    return { ...one, changed };
  });
  const isFamily = resolved.length > 1 || resolved.some(({ series }) => series.family !== null);
  const suppressed = isFamily
    ? settleFamily(
        resolved.map(({ series, before, changed }) => ({ series: series.series, rows: foldRows(before, changed, true) })),
        context.day,
        context.version,
      )
    : resolved.map(() => noRows);
  return resolved.map((one, index) => {
    const settled = foldRows(one.changed, suppressed[index] ?? noRows, true);
    const changed = one.isSecond ? correctRows(one.before, settled, one.standing, context.customers, context) : settled;
    return write(one, changed, context);
  });
}

function place(
  source: MembershipSource,
  nextSeries: () => number,
  { catalog, states, day, newest, customers }: PublicationContext,
): Placed {
  const known = catalog.seriesOf(source.definition, source.window);
  if (known && known.kind !== source.kind) {
    throw new CohortiumError('ARGUMENT_INVALID', `'${source.definition}' is the name of an axis; give the cohort definition another id`);
  }
  const { definition, window, kind, title, method, confidenceKind, family, precedence } = source;
  const number = known?.series ?? nextSeries();
  const earlier = known && catalog.entryAt(number, day - 1, newest);
  const standingEntry = known && catalog.entryAt(number, day, newest);
  const before = states.rowsOf(earlier, customers);
  const isSecond = standingEntry !== undefined && standingEntry.day === day;
  const cohorts = new LastingNumbers(known ? catalog.cohortKeys(number) : []);
  return {
    source,
    series: { series: number, definition, window, kind, title, method, confidenceKind, family, precedence },
    isNew: known === undefined,
    before,
    seenBy: earlier?.version ?? newest,
    standing: isSecond ? states.rowsOf(standingEntry, customers) : before,
    standingEntry,
    isSecond,
    cohorts,
    reasons: new LastingNumbers(known ? catalog.reasons(number) : []),
    cohortNumbers: cohorts.of(source.cohorts.map(({ key }) => key)),
  };
}

/** Definitions of the family that the publication does not bring: they keep what they have, and only give way or come back. */
function carried(sources: readonly MembershipSource[], { catalog, states, day, newest, customers }: PublicationContext): Placed[] {
  const [first] = sources;
  if (!first || first.family === null) return [];
  const brought = new Set(sources.map(({ definition }) => definition));
  return catalog
    .allSeries()
    .filter((series) => series.family === first.family && series.window === first.window && !brought.has(series.definition))
    .map((series) => {
      const standingEntry = catalog.entryAt(series.series, day, newest);
      const standing = states.rowsOf(standingEntry, customers);
      const nothing = new LastingNumbers([]);
      return {
        source: null,
        series,
        isNew: false,
        before: standing,
        seenBy: newest,
        standing,
        standingEntry,
        isSecond: false,
        cohorts: nothing,
        reasons: nothing,
        cohortNumbers: new Int32Array(0),
      };
    });
}

function membersOf(source: MembershipSource, placed: Placed, numbers: Int32Array, { customers, day }: PublicationContext): RunMembers {
  const columns = source.columns();
  const rowOf = rowsByCustomer(source, columns, numbers, customers);
  check(source, columns, day);
  const used = new Set<number>();
  for (const reasons of columns.reasons) for (const position of reasons) if (position !== none) used.add(position);
  const positions = [...used].sort((a, b) => a - b);
  const lasting = placed.reasons.of(positions.map((position) => nameAt(source, position)));
  const reasonNumbers = new Int32Array((positions.at(-1) ?? none) + 1).fill(none);
  for (const [index, position] of positions.entries()) reasonNumbers[position] = lasting[index] ?? none;
  return { ...columns, customers, rowOf, cohortNumbers: placed.cohortNumbers, reasonNumbers };
}

function nameAt({ definition, window, features }: MembershipSource, position: number): string {
  const name = features[position];
  if (name !== undefined) return name;
  throw new CohortiumError('ARGUMENT_INVALID', `${definition}/${window} names reason ${position}; it lists ${features.length} features`);
}

/** Row of each customer, by one dense list over the customers that the publication speaks for. */
function rowsByCustomer(
  { definition, window }: MembershipSource,
  { account }: MemberColumns,
  numbers: Int32Array,
  customers: Int32Array,
): Int32Array {
  const last = customers.at(-1) ?? none;
  // Whom a publication speaks for is either everybody, numbered without gaps, or few enough to look for.
  const isDense = customers.length === last + 1;
  const slotOf = isDense ? undefined : new Map(Array.from(customers, (customer, slot) => [customer, slot]));
  const rowOf = new Int32Array(customers.length).fill(none);
  for (let row = 0; row < account.length; row++) {
    const customer = numbers[account[row] ?? none];
    if (customer === undefined) {
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `${definition}/${window} row ${row} names account ${account[row]}; there are ${numbers.length}`,
      );
    }
    const slot = slotOf ? (slotOf.get(customer) ?? none) : customer;
    if (rowOf[slot] !== none) {
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `${definition}/${window} row ${row}: account ${account[row]} is in two cohorts; one was expected`,
      );
    }
    rowOf[slot] = row;
  }
  return rowOf;
}

function check(
  { definition, window, cohorts }: MembershipSource,
  { account, cohort, confidence, until }: MemberColumns,
  day: number,
): void {
  for (let row = 0; row < account.length; row++) {
    const [position = none, sure = Number.NaN, end = 0] = [cohort[row], confidence[row], until[row]];
    if (position >= 0 && position < cohorts.length && sure >= 0 && sure <= 1 && end > day) continue;
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `${definition}/${window} row ${row}: cohort ${position} of ${cohorts.length}, confidence ${sure}, until day ${end}; expected one of the cohorts, a confidence in [0, 1] and a day after ${day}`,
    );
  }
}

/**
 * Links and unlinks as this definition sees them: those that were noticed since it was published last, by whichever publication. Rows of
 * before a merge come back when it is undone.
 */
function identityOf(series: number, seenBy: number, { catalog, states, identityLines, newest }: PublicationContext): IdentityChanges {
  const last = new Map([...catalog.identityChangesAfter(seenBy, newest), ...identityLines].map((line) => [line.customer, line]));
  if (last.size === 0) return noIdentityChanges;
  const merged = new Map<number, number>();
  const split = new Map<number, number>();
  const restored = new Map<number, MembershipRow>();
  for (const { customer, other, kind } of last.values()) {
    (kind === 'merged' ? merged : split).set(customer, other);
    if (kind === 'merged') continue;
    const merge = catalog.mergeBefore(customer, other, newest);
    const day = merge ? catalog.dayOf(merge.version) : undefined;
    if (!merge || day === undefined) continue;
    const both = Int32Array.of(Math.min(customer, other), Math.max(customer, other));
    const rows = states.rowsOf(catalog.entryAt(series, day, merge.version - 1), both);
    for (let row = 0; row < rows.length; row++) restored.set(rows.customer(row), rows.at(row));
  }
  return { merged, split, restored };
}

function write(placed: Placed, changed: MembershipRows, { catalog, states, pack, day, version }: PublicationContext): SeriesLines {
  const { series, isNew, source, standing, standingEntry, cohorts, reasons, cohortNumbers } = placed;
  const names = (source?.cohorts ?? [])
    .map(({ name }, position) => ({ number: cohortNumbers[position] ?? none, name }))
    .filter(({ number, name }) => isNew || catalog.cohortName(series.series, number, version) !== name);
  const lines = { series, isNew, cohorts: cohorts.added, names, reasons: reasons.added };
  const standsOtherwise = changed.length > 0 || isNew;
  if (!standsOtherwise) return { ...lines, entry: null, joined: 0, left: 0, moved: 0 };
  const counts = countChanges(rowsOfCustomers(standing, customersOf(changed)), changed, day);
  let rows = changed;
  let base = standingEntry;
  // Lists of like length are put together, as in a binary counter: few lists to read, and each row is written again seldom.
  while (base && base.base !== null && base.rows <= 2 * rows.length) {
    rows = foldRows(states.rows(base), rows, true);
    base = catalog.entryOf(series.series, base.base);
  }
  if (base && rows.length * 2 > base.rows) {
    rows = foldRows(foldRows(states.state(base), rows, false), changed, true);
    base = undefined;
  }
  return {
    ...lines,
    entry: {
      series: series.series,
      version,
      day,
      base: base?.version ?? null,
      offset: pack.append(rows.bytes),
      rows: rows.length,
      firstCustomer: rows.length === 0 ? none : rows.customer(0),
      lastCustomer: rows.length === 0 ? none : rows.customer(rows.length - 1),
      digest: sha256(rows.bytes),
    },
    joined: counts.joined,
    left: counts.left,
    moved: counts.moved,
  };
}

function customersOf(rows: MembershipRows): Int32Array {
  return Int32Array.from({ length: rows.length }, (_, row) => rows.customer(row));
}
