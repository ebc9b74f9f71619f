/**
 * The catalog of memberships: which versions there are, which definitions, windows and cohorts, which customer has which
 * number, and where the rows of each version lie. A version exists when its line here is committed, and not before. Holds no
 * membership itself.
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import type { Database } from './open-database.ts';

/** A definition in one window; an axis is a definition over the lifetime. */
export interface Series {
  readonly series: number;
  readonly definition: string;
  readonly window: string;
  readonly kind: 'axis' | 'definition';
  readonly title: string;
  readonly method: string;
  readonly confidenceKind: string;
  readonly family: string | null;
  readonly precedence: number;
}

/** What a version says of a series: all rows, or those that changed since the version that it rests on. */
export interface Entry {
  readonly series: number;
  readonly version: number;
  /** Epoch day that the state is for. */
  readonly day: number;
  /** Null when all rows are here. */
  readonly base: number | null;
  readonly pack: string;
  readonly offset: number;
  readonly rows: number;
  readonly firstCustomer: number;
  readonly lastCustomer: number;
  readonly digest: string;
}

export interface VersionLine {
  readonly version: number;
  readonly asOf: string;
  /** Epoch milliseconds. */
  readonly recordedAt: number;
  readonly joined: number;
  readonly left: number;
  readonly moved: number;
  readonly bytes: number;
}

export interface IdentityLine {
  readonly version: number;
  readonly customer: number;
  readonly other: number;
  readonly kind: 'merged' | 'split';
}

export const catalogSchema = `
  CREATE TABLE IF NOT EXISTS version (
    version INTEGER PRIMARY KEY, as_of TEXT NOT NULL, as_of_day INTEGER NOT NULL, recorded_at INTEGER NOT NULL, joined INTEGER NOT NULL, left_count INTEGER NOT NULL,
    moved INTEGER NOT NULL, pack TEXT NOT NULL, bytes INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS publication (
    idempotency_key TEXT PRIMARY KEY, version INTEGER NOT NULL, joined INTEGER NOT NULL, left_count INTEGER NOT NULL, moved INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS series (
    series INTEGER PRIMARY KEY, definition TEXT NOT NULL, window TEXT NOT NULL, kind TEXT NOT NULL, title TEXT NOT NULL, method TEXT NOT NULL,
    confidence_kind TEXT NOT NULL, family TEXT, precedence INTEGER NOT NULL, UNIQUE (definition, window)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS entry (
    series INTEGER NOT NULL, version INTEGER NOT NULL, day INTEGER NOT NULL, base INTEGER, "offset" INTEGER NOT NULL, rows INTEGER NOT NULL,
    first_customer INTEGER NOT NULL, last_customer INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (series, version)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS entry_by_day ON entry (series, day, version);
  CREATE INDEX IF NOT EXISTS entry_by_version ON entry (version);
  CREATE TABLE IF NOT EXISTS cohort (
    series INTEGER NOT NULL, number INTEGER NOT NULL, key TEXT NOT NULL, PRIMARY KEY (series, number), UNIQUE (series, key)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS cohort_name (
    series INTEGER NOT NULL, number INTEGER NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (series, number, version)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS reason (
    series INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (series, number), UNIQUE (series, name)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS newest_run (
    definition TEXT NOT NULL, window TEXT NOT NULL, as_of TEXT NOT NULL, run TEXT NOT NULL, customers TEXT NOT NULL,
    PRIMARY KEY (definition, window)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS customer (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, is_gone INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS identity_change (
    version INTEGER NOT NULL, customer INTEGER NOT NULL, other INTEGER NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (customer, version)
  ) STRICT, WITHOUT ROWID`;

const entryColumns = `series, entry.version AS version, day, base, pack, "offset", rows, first_customer AS firstCustomer,
  last_customer AS lastCustomer, digest`;
const entryFrom = 'entry JOIN version ON version.version = entry.version';
const seriesColumns = 'series, definition, window, kind, title, method, confidence_kind AS confidenceKind, family, precedence';
const versionColumns = 'version, as_of AS asOf, recorded_at AS recordedAt, joined, left_count AS "left", moved, bytes';

export type MembershipCatalog = ReturnType<typeof catalogOver>;

/** Statements over an open catalog; each is prepared once. */
export function catalogOver(database: Database) {
  const one = <Row>(sql: string) => {
    const statement = database.prepare<unknown[], Row>(sql);
    return (...values: readonly unknown[]): Row | undefined => statement.get(...values);
  };
  const all = <Row>(sql: string) => {
    const statement = database.prepare<unknown[], Row>(sql);
    return (...values: readonly unknown[]): Row[] => statement.all(...values);
  };
  const entryAt = one<Entry>(
    `SELECT ${entryColumns} FROM ${entryFrom} WHERE series = ? AND entry.version <= ? AND day <= ? ORDER BY day DESC, entry.version DESC LIMIT 1`,
  );
  const entryOf = one<Entry>(`SELECT ${entryColumns} FROM ${entryFrom} WHERE series = ? AND entry.version = ?`);
  const newest = one<VersionLine>(`SELECT ${versionColumns} FROM version ORDER BY version DESC LIMIT 1`);
  const versionBy = one<VersionLine>(`SELECT ${versionColumns} FROM version WHERE version = ?`);
  const versionAt = one<VersionLine>(`SELECT ${versionColumns} FROM version WHERE recorded_at <= ? ORDER BY version DESC LIMIT 1`);
  const customerId = one<{ readonly id: string }>('SELECT id FROM customer WHERE number = ?');
  const customerNumber = one<{ readonly number: number }>('SELECT number FROM customer WHERE id = ?');
  const cohortKey = one<{ readonly key: string }>('SELECT key FROM cohort WHERE series = ? AND number = ?');
  const cohortNumber = one<{ readonly number: number }>('SELECT number FROM cohort WHERE series = ? AND key = ?');
  const cohortName = one<{ readonly name: string }>(
    'SELECT name FROM cohort_name WHERE series = ? AND number = ? AND version <= ? ORDER BY version DESC LIMIT 1',
  );
  const reasonName = one<{ readonly name: string }>('SELECT name FROM reason WHERE series = ? AND number = ?');
  const newestDay = one<{ readonly day: string | null }>('SELECT max(as_of) AS day FROM version WHERE version <= ?');
  const dayOf = one<{ readonly day: number }>('SELECT as_of_day AS day FROM version WHERE version = ?');
  const maximum = (sql: string): number => Number(database.prepare(sql).pluck().get());
  return {
    database,
    entryOf,
    versionBy,
    /** The newest state for a day or the days before it, as a version knew it. */
    entryAt: (series: number, day: number, knownAt: number): Entry | undefined => entryAt(series, knownAt, day),
    entriesOfVersion: all<Entry>(`SELECT ${entryColumns} FROM ${entryFrom} WHERE entry.version = ? ORDER BY series`),
    newestVersion: (): VersionLine | undefined => newest(),
    /** The newest version that was recorded by then; epoch milliseconds. */
    versionAt: (time: number): VersionLine | undefined => versionAt(time),
    /** The latest day that a version up to this one is for. */
    newestDay: (knownAt: number): string | undefined => newestDay(knownAt)?.day ?? undefined,
    allSeries: all<Series>(`SELECT ${seriesColumns} FROM series ORDER BY definition, series`),
    seriesOf: one<Series>(`SELECT ${seriesColumns} FROM series WHERE definition = ? AND window = ?`),
    publication: one<{ readonly version: number; readonly joined: number; readonly left: number; readonly moved: number }>(
      'SELECT version, joined, left_count AS "left", moved FROM publication WHERE idempotency_key = ?',
    ),
    cohortKeys: all<{ readonly number: number; readonly key: string }>('SELECT number, key FROM cohort WHERE series = ? ORDER BY number'),
    cohortKey: (series: number, number: number): string => cohortKey(series, number)?.key ?? '',
    cohortNumber: (series: number, key: string): number | undefined => cohortNumber(series, key)?.number,
    cohortName: (series: number, number: number, version: number): string => cohortName(series, number, version)?.name ?? '',
    reasons: all<{ readonly number: number; readonly name: string }>('SELECT number, name FROM reason WHERE series = ? ORDER BY number'),
    reasonName: (series: number, number: number): string => reasonName(series, number)?.name ?? '',
    newestRuns: all<{
      readonly definition: string;
      readonly window: string;
      readonly asOf: string;
      readonly run: string;
      readonly customers: string;
    }>('SELECT definition, window, as_of AS asOf, run, customers FROM newest_run ORDER BY definition, window'),
    customerId(number: number): string {
      const found = customerId(number);
      if (found) return found.id;
      throw new CohortiumError('STORE_CORRUPT', `${database.name} has no customer ${number}; restore it from a backup`);
    },
    customerNumber: (id: string): number | undefined => customerNumber(id)?.number,
    customers: all<{ readonly number: number; readonly id: string; readonly isGone: number }>(
      'SELECT number, id, is_gone AS isGone FROM customer ORDER BY number',
    ),
    customerBy: one<{ readonly number: number; readonly id: string; readonly isGone: number }>(
      'SELECT number, id, is_gone AS isGone FROM customer WHERE id = ?',
    ),
    customerCount: (): number => maximum('SELECT coalesce(max(number), -1) + 1 FROM customer'),
    seriesCount: (): number => maximum('SELECT coalesce(max(series), -1) + 1 FROM series'),
    mergeBefore: one<IdentityLine>(
      "SELECT * FROM identity_change WHERE customer = ? AND other = ? AND kind = 'merged' AND version <= ? ORDER BY version DESC LIMIT 1",
    ),
    dayOf: (version: number): number | undefined => dayOf(version)?.day,
    lastIdentityChange: one<IdentityLine>('SELECT * FROM identity_change WHERE customer = ? ORDER BY version DESC LIMIT 1'),
    identityChangesOf: all<IdentityLine>('SELECT * FROM identity_change WHERE customer = ? OR other = ? ORDER BY version'),
  };
}
