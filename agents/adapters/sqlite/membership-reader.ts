/**
 * Answers questions about memberships as of a day and as known at a version. A state counts from the day of its publication until
 * the next one, and every membership in it until its window ends it.
 */
import type { MembershipRecord } from '../../../registries/memberships/membership-record.ts';
import {
  countMembers,
  countTransitions,
  confidenceUnits,
  type MembershipRow,
  type MembershipRows,
  never,
  none,
} from '../../../skills/cohort/core/memberships/index.ts';
import { CohortiumError, compareText } from '../../../skills/sdk/index.ts';
import { isoDate } from '../../../skills/sdk/numeric/index.ts';
import type {
  CustomerMemberships,
  CustomerMembershipsRequest,
  Membership,
  MembershipChangesAnswer,
  MembershipChangesRequest,
  MembersAnswer,
  MembershipTimes,
  MembersRequest,
  TransitionsAnswer,
  TransitionsRequest,
} from '../../customer-data-graph/membership-interface.ts';
import type { Entry, MembershipCatalog, Series, VersionLine } from './membership-catalog.ts';
import { readMemberCursor, readChangeCursor, writeCursor } from './membership-cursor.ts';
import { checkLimit, dayOf, findSeries, knownVersion, type Moment, momentAt, windowDaysOf } from './membership-question.ts';
import type { MembershipStates } from './membership-states.ts';

export interface MembershipReader {
  /** @throws {CohortiumError} ARGUMENT_INVALID for a definition, window or cohort that never existed, a day, limit or cursor that is none */
  members(request: MembersRequest): MembersAnswer;
  /** Cohorts that have members, with their sizes, by key. */
  cohorts(
    definition: string,
    times?: MembershipTimes & { readonly window?: string },
  ): readonly { readonly cohort: string; readonly name: string; readonly size: number }[];
  /** Cohort of a customer on each axis in the newest version. */
  cohortsOf(customerId: string): Readonly<Record<string, string>>;
  /** @throws {CohortiumError} ARGUMENT_INVALID for a customer that never had a membership */
  memberships(request: CustomerMembershipsRequest): CustomerMemberships;
  transitions(request: TransitionsRequest): TransitionsAnswer;
  /** What one version changed, by definition, window and customer. */
  changes(request: MembershipChangesRequest): MembershipChangesAnswer;
  /** Everything ever recorded, oldest first: what the registry is made of. */
  records(): Iterable<MembershipRecord>;
}

const shownNames = 20;

export function readerOver(catalog: MembershipCatalog, states: MembershipStates): MembershipReader {
  const momentOf = (times: MembershipTimes): Moment => {
    const knownAt = knownVersion(catalog, times.knownAt);
    const asOf = times.asOf ?? catalog.newestDay(knownAt.version) ?? '';
    return { asOf, day: dayOf('asOf', asOf), knownAt };
  };
  const named = (series: number, cohort: number, version: number) => ({
    cohort: catalog.cohortKey(series, cohort),
    name: catalog.cohortName(series, cohort, version),
  });
  const reader: MembershipReader = {
    members({ limit, cursor, cohort, ...request }) {
      checkLimit(limit);
      const series = findSeries(catalog, request.axis, request.window);
      const number = findCohort(reader, catalog, series, cohort);
      const begun = cursor === undefined ? undefined : readMemberCursor(cursor, catalog.newestVersion()?.version ?? 0);
      const moment = begun ? momentAt(catalog, begun) : momentOf(request);
      const entry = catalog.entryAt(series.series, moment.day, moment.knownAt.version);
      const page = pageOf(states.state(entry), number, moment.day, begun?.after ?? none, limit);
      const last = page.rows.at(-1);
      return {
        axis: series.definition,
        window: series.window,
        ...named(series.series, number, entry?.version ?? moment.knownAt.version),
        version: entry?.version ?? moment.knownAt.version,
        asOf: moment.asOf,
        size: page.size,
        members: page.rows.map(({ customer, since, until, confidence }) => ({
          customerId: catalog.customerId(customer),
          since: isoDate(since),
          until: until === never ? null : isoDate(until),
          confidence: confidence / confidenceUnits,
        })),
        nextCursor: page.hasMore && last ? writeCursor([moment.knownAt.version, moment.day, last.customer]) : null,
      };
    },

    cohorts(definition, { window, ...times } = {}) {
      const series = findSeries(catalog, definition, window);
      const { day, knownAt } = momentOf(times);
      const entry = catalog.entryAt(series.series, day, knownAt.version);
      return [...countMembers(states.state(entry), day)]
        .map(([cohort, size]) => ({ ...named(series.series, cohort, knownAt.version), size }))
        .sort((a, b) => compareText(a.cohort, b.cohort));
    },

    cohortsOf(customerId) {
      const customer = catalog.customerBy(customerId)?.number;
      if (customer === undefined) return {};
      const moment = momentOf({});
      const found = catalog
        .allSeries()
        .filter(({ kind }) => kind === 'axis')
        .flatMap(({ series, definition }) => {
          const rows = states.rowsOf(catalog.entryAt(series, moment.day, moment.knownAt.version), Int32Array.of(customer));
          return rows.length === 1 && rows.isEffective(0, moment.day) ? [[definition, catalog.cohortKey(series, rows.cohort(0))]] : [];
        });
      return Object.fromEntries(found);
    },

    memberships({ customerId, ...times }) {
      const customer = catalog.customerBy(customerId)?.number;
      if (customer === undefined) {
        throw new CohortiumError('ARGUMENT_INVALID', `no customer '${customerId}' has or had a membership; ids are as in list_members`);
      }
      const { asOf, day, knownAt } = momentOf(times);
      const memberships = catalog.allSeries().flatMap((series): Membership[] => {
        const entry = catalog.entryAt(series.series, day, knownAt.version);
        const rows = states.rowsOf(entry, Int32Array.of(customer));
        if (!entry || rows.length === 0 || rows.until(0) <= day) return [];
        return [membershipOf(catalog, series, rows.at(0), entry.version)];
      });
      return {
        customerId,
        asOf,
        version: knownAt.version,
        recordedAt: isoTime(knownAt.recordedAt),
        memberships: memberships.sort((a, b) => compareText(a.definition, b.definition) || windowDaysOf(a.window) - windowDaysOf(b.window)),
        identities: catalog
          .identityChangesOf(customer)
          .filter(({ version }) => version <= knownAt.version)
          .map((line) => ({
            version: line.version,
            change: line.kind,
            customerId: catalog.customerId(line.customer),
            other: catalog.customerId(line.other),
          })),
      };
    },

    transitions({ definition, window, from, to, knownAt }) {
      const series = findSeries(catalog, definition, window);
      const known = knownVersion(catalog, knownAt);
      const [before, after] = [dayOf('from', from), dayOf('to', to)];
      if (before >= after) throw new CohortiumError('ARGUMENT_INVALID', `from ${from} to ${to}: the first day must be before the second`);
      const stateOn = (day: number): MembershipRows => states.state(catalog.entryAt(series.series, day, known.version));
      const transitions = countTransitions(stateOn(before), stateOn(after), [before, after]);
      const present = [...new Set(transitions.flatMap((one) => [one.from, one.to]))].filter((cohort) => cohort !== none);
      const cohorts = [
        ...present.toSorted((a, b) => compareText(catalog.cohortKey(series.series, a), catalog.cohortKey(series.series, b))),
        none,
      ];
      const place = new Map(cohorts.map((cohort, index) => [cohort, index]));
      const counts = cohorts.map(() => new Array<number>(cohorts.length).fill(0));
      for (const one of transitions) {
        const row = counts[place.get(one.from) ?? none];
        if (row) row[place.get(one.to) ?? none] = one.customers;
      }
      const sumWhere = (holds: (from: number, to: number) => boolean): number =>
        transitions.reduce((sum, one) => sum + (holds(one.from, one.to) ? one.customers : 0), 0);
      return {
        definition,
        window: series.window,
        title: series.title,
        from,
        to,
        version: known.version,
        cohorts: cohorts.map((cohort) => ({
          ...(cohort === none ? { cohort: '', name: 'no cohort' } : named(series.series, cohort, known.version)),
          before: cohort === none ? 0 : sumWhere((one) => one === cohort),
          after: cohort === none ? 0 : sumWhere((_, one) => one === cohort),
        })),
        counts,
        stayed: sumWhere((one, other) => one === other),
        moved: sumWhere((one, other) => one !== other && one !== none && other !== none),
        entered: sumWhere((one) => one === none),
        left: sumWhere((_, other) => other === none),
      };
    },

    changes({ version: asked, limit, cursor }) {
      checkLimit(limit);
      const line = asked === undefined ? catalog.newestVersion() : catalog.versionBy(asked);
      if (!line) {
        const newest = catalog.newestVersion()?.version ?? 0;
        throw new CohortiumError('ARGUMENT_INVALID', `there is no version ${asked ?? 1} of the memberships; the newest is ${newest}`);
      }
      const begun = cursor === undefined ? undefined : readChangeCursor(cursor, line.version);
      const records: MembershipRecord[] = [];
      let next: string | null = null;
      const series = new Map(catalog.allSeries().map((one) => [one.series, one]));
      for (const entry of orderedEntries(catalog.entriesOfVersion(line.version), series)) {
        const of = series.get(entry.series);
        if (!of || (begun && entry.place < begun.place)) continue;
        const rows = states.rows(entry);
        for (let row = begun?.place === entry.place ? begun.row : 0; row < rows.length; row++) {
          if (rows.version(row) !== line.version) continue;
          if (records.length === limit) {
            next = writeCursor([line.version, entry.place, row]);
            break;
          }
          records.push(recordOf(catalog, of, rows.at(row), line));
        }
        if (next !== null) break;
      }
      const { version, asOf, recordedAt, joined, left, moved } = line;
      return { version, asOf, recordedAt: isoTime(recordedAt), joined, left, moved, records, nextCursor: next };
    },

    *records() {
      const series = new Map(catalog.allSeries().map((one) => [one.series, one]));
      const newest = catalog.newestVersion()?.version ?? 0;
      for (let version = 1; version <= newest; version++) {
        const line = catalog.versionBy(version);
        for (const entry of line ? orderedEntries(catalog.entriesOfVersion(version), series) : []) {
          const of = series.get(entry.series);
          const rows = states.rows(entry);
          for (let row = 0; row < rows.length; row++) {
            if (line && of && rows.version(row) === version) yield recordOf(catalog, of, rows.at(row), line);
          }
        }
      }
    },
  };
  return reader;
}

function membershipOf(catalog: MembershipCatalog, series: Series, row: MembershipRow, version: number): Membership {
  const name = (cohort: number) => ({
    cohort: catalog.cohortKey(series.series, cohort),
    name: catalog.cohortName(series.series, cohort, version),
  });
  const { definition, window, kind, title, method, confidenceKind } = series;
  return {
    definition,
    window,
    kind,
    title,
    method,
    ...name(row.cohort),
    confidence: row.confidence / confidenceUnits,
    confidenceKind,
    since: isoDate(row.since),
    until: row.until === never ? null : isoDate(row.until),
    origin: row.origin,
    change: row.change,
    version: row.version,
    recordedAt: isoTime(catalog.versionBy(row.version)?.recordedAt ?? 0),
    predecessor: row.predecessor === none ? null : name(row.predecessor),
    reasons: reasonsOf(catalog, series, row),
    suppressedBy: row.suppressedBy === none ? null : definitionOf(catalog, row.suppressedBy),
    pending: row.pending === none ? null : { ...name(row.pending), runs: row.pendingRuns },
  };
}

function recordOf(catalog: MembershipCatalog, series: Series, row: MembershipRow, line: VersionLine): MembershipRecord {
  const isMember = row.cohort !== none;
  return {
    format: 'cohortium/membership@2',
    version: line.version,
    recordedAt: isoTime(line.recordedAt),
    on: line.asOf,
    change: row.change,
    definition: series.definition,
    window: series.window,
    customerId: catalog.customerId(row.customer),
    cohort: isMember ? catalog.cohortKey(series.series, row.cohort) : null,
    predecessor: row.predecessor === none ? null : catalog.cohortKey(series.series, row.predecessor),
    since: isoDate(row.since),
    until: !isMember || row.until === never ? null : isoDate(row.until),
    confidence: isMember ? row.confidence / confidenceUnits : null,
    reasons: isMember ? reasonsOf(catalog, series, row) : [],
    suppressedBy: row.suppressedBy === none ? null : definitionOf(catalog, row.suppressedBy),
  };
}

function reasonsOf(catalog: MembershipCatalog, { series }: Series, { reasons, contributions }: MembershipRow): MembershipRecord['reasons'] {
  return reasons.flatMap((reason, rank) =>
    reason === none ? [] : [{ feature: catalog.reasonName(series, reason), contribution: contributions[rank] ?? 0 }],
  );
}

function definitionOf(catalog: MembershipCatalog, number: number): string {
  return catalog.allSeries().find(({ series }) => series === number)?.definition ?? '';
}

function pageOf(state: MembershipRows, cohort: number, day: number, after: number, limit: number) {
  const rows: MembershipRow[] = [];
  let size = 0;
  let hasMore = false;
  for (let row = 0; row < state.length; row++) {
    if (state.cohort(row) !== cohort || !state.isEffective(row, day)) continue;
    size += 1;
    if (state.customer(row) <= after) continue;
    if (rows.length < limit) rows.push(state.at(row));
    else hasMore = true;
  }
  return { rows, size, hasMore };
}

/** Entries in the order of their definitions and windows, with their places. */
function orderedEntries(entries: readonly Entry[], series: ReadonlyMap<number, Series>) {
  const textOf = ({ series: of }: Entry): string => JSON.stringify([series.get(of)?.definition, series.get(of)?.window]);
  return entries.toSorted((a, b) => compareText(textOf(a), textOf(b))).map((entry, place) => ({ ...entry, place }));
}

function findCohort(
  reader: MembershipReader,
  catalog: MembershipCatalog,
  { series, definition, window, kind }: Series,
  cohort: string,
): number {
  const number = catalog.cohortNumber(series, cohort);
  if (number !== undefined) return number;
  const names = reader.cohorts(definition, { window }).map((one) => (one.name === one.cohort ? one.cohort : `${one.cohort} (${one.name})`));
  const shown = `${names.slice(0, shownNames).join(', ')}${names.length > shownNames ? `, and ${names.length - shownNames} more` : ''}`;
  const place = kind === 'axis' ? `on axis '${definition}'` : `of '${definition}' in window ${window}`;
  throw new CohortiumError('ARGUMENT_INVALID', `no cohort '${cohort}' ${place}; cohorts are ${shown || 'none'}`);
}

function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
