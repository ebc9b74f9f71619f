/** What a question about memberships names, found in the catalog: a definition, a window, a day, a version. Refuses what never was. */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import { parseIsoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import type { MembershipCatalog, Series, VersionLine } from './membership-catalog.ts';

/** A question's two times, found. */
export interface Moment {
  readonly asOf: string;
  readonly day: number;
  readonly knownAt: VersionLine;
}

const mostPerPage = 1000;

/** @throws {CohortiumError} ARGUMENT_INVALID when there is no such definition or window, or it has several */
export function findSeries(catalog: MembershipCatalog, definition: string, window: string | undefined): Series {
  const all = catalog.allSeries();
  const found = all.filter((series) => series.definition === definition);
  if (found.length === 0) {
    const listed = (kind: Series['kind']): string =>
      [...new Set(all.filter((series) => series.kind === kind).map((series) => series.definition))].join(', ') ||
      'none yet: run a pipeline first';
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `no axis or cohort definition '${definition}'; axes are ${listed('axis')}; definitions with memberships are ${listed('definition')}`,
    );
  }
  const matching = window === undefined ? found : found.filter((series) => series.window === window);
  const [only] = matching;
  if (only && matching.length === 1) return only;
  const windows = found.map((series) => series.window).sort((a, b) => windowDaysOf(a) - windowDaysOf(b));
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    window === undefined
      ? `window: '${definition}' has ${windows.join(', ')}; one of them was expected`
      : `no window '${window}' of '${definition}'; windows are ${windows.join(', ')}`,
  );
}

/**
 * The version that was known then; one before the first where nothing was.
 * @param knownAt a version, an ISO date, which counts to its end, or an instant; the newest version when absent
 * @throws {CohortiumError} ARGUMENT_INVALID
 */
export function knownVersion(catalog: MembershipCatalog, knownAt: string | undefined): VersionLine {
  const newest = catalog.newestVersion() ?? before;
  if (knownAt === undefined) return newest;
  if (/^\d{1,9}$/.test(knownAt)) {
    const found = catalog.versionBy(Number(knownAt));
    if (found) return found;
    throw new CohortiumError('ARGUMENT_INVALID', `knownAt: there is no version ${knownAt}; versions are 1 to ${newest.version}`);
  }
  const day = dayOfIsoDate(knownAt);
  const time = day === undefined ? parseIsoInstant(knownAt) : (day + 1) * msPerDay - 1;
  if (time === undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `knownAt: a version, an ISO date or a time such as 2026-01-31T12:00:00Z was expected; found '${knownAt}'`,
    );
  }
  return catalog.versionAt(time) ?? before;
}

/** What was known before the first version: nothing. */
const before: VersionLine = { version: 0, asOf: '1970-01-01', recordedAt: 0, joined: 0, left: 0, moved: 0, bytes: 0 };

const msPerDay = 86_400_000;

/** The moment that a cursor was begun at. */
export function momentAt(catalog: MembershipCatalog, { version, day }: { readonly version: number; readonly day: number }): Moment {
  return { asOf: isoDate(day), day, knownAt: catalog.versionBy(version) ?? before };
}

/** Epoch day of an ISO date; 0 for '', where nothing was published. @throws {CohortiumError} ARGUMENT_INVALID */
export function dayOf(name: string, date: string): number {
  const day = date === '' ? 0 : dayOfIsoDate(date);
  if (day !== undefined) return day;
  throw new CohortiumError('ARGUMENT_INVALID', `${name}: an ISO date such as 2026-01-31 was expected; found '${date}'`);
}

/** @throws {CohortiumError} ARGUMENT_INVALID */
export function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= mostPerPage) return;
  throw new CohortiumError('ARGUMENT_INVALID', `limit: a whole number from 1 to ${mostPerPage} was expected; found ${limit}`);
}

/** Windows from short to long; what is no window of days comes last. */
export function windowDaysOf(window: string): number {
  const found = /^(\d+)([hd])$/.exec(window);
  if (!found) return Number.POSITIVE_INFINITY;
  return Number(found[1]) * (found[2] === 'h' ? 1 / 24 : 1);
}
