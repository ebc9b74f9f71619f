/**
 * The catalog of memberships: which versions there are, which definitions, windows and cohorts, which customer has which
 * number, and where the rows of each version lie. A version exists when its line here is committed, and not before. Holds no
 * membership itself.
 */
import { CohortiumError, type MembershipReceipt } from '../../../skills/sdk/index.ts';
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

/** A cohort key or the name of a reason, with its number in its series. */
export interface LastingText {
  readonly number: number;
  readonly text: string;
}

export interface CustomerLine {
  readonly number: number;
  readonly id: string;
  /** 1: no customer of its own any more. */
  readonly isGone: number;
}

/** What the memberships of a definition in a window rest on. */
interface Basis {
  readonly asOf: string;
  /** Ref as JSON. */
  readonly snapshot: string;
}

interface NewestRun {
  readonly definition: string;
  readonly window: string;
  /** Refs as JSON. */
  readonly run: string;
  readonly customers: string;
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
  CREATE TABLE IF NOT EXISTS basis (
    definition TEXT NOT NULL, window TEXT NOT NULL, place INTEGER NOT NULL, as_of TEXT NOT NULL, snapshot TEXT NOT NULL,
    PRIMARY KEY (definition, window)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS customer (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, is_gone INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS identity_change (
    version INTEGER NOT NULL, customer INTEGER NOT NULL, other INTEGER NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (customer, version)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS identity_change_by_version ON identity_change (version)`;

const entryColumns = `series, entry.version AS version, day, base, pack, "offset", rows, first_customer AS firstCustomer,
  last_customer AS lastCustomer, digest`;
const seriesColumns = 'series, definition, window, kind, title, method, confidence_kind AS confidenceKind, family, precedence';
const versionColumns = 'version, as_of AS asOf, recorded_at AS recordedAt, joined, left_count AS "left", moved, bytes';

export type MembershipCatalog = ReturnType<typeof queriesOver> & { readonly database: Database };

/** Questions over an open catalog; each statement is prepared once. */
export function catalogOver(database: Database): MembershipCatalog {
  return { database, ...queriesOver(database) };
}

function queriesOver(database: Database) {
  const entryFrom = `SELECT ${entryColumns} FROM entry JOIN version ON version.version = entry.version`;
  const versionFrom = `SELECT ${versionColumns} FROM version`;
  const entryAt = database.prepare<[number, number, number], Entry>(
    `${entryFrom} WHERE series = ? AND entry.version <= ? AND day <= ? ORDER BY day DESC, entry.version DESC LIMIT 1`,
  );
  const entryOf = database.prepare<[number, number], Entry>(`${entryFrom} WHERE series = ? AND entry.version = ?`);
  const entriesOf = database.prepare<[number], Entry>(`${entryFrom} WHERE entry.version = ? ORDER BY series`);
  const newest = database.prepare<[], VersionLine>(`${versionFrom} ORDER BY version DESC LIMIT 1`);
  const versionBy = database.prepare<[number], VersionLine>(`${versionFrom} WHERE version = ?`);
  const versionAt = database.prepare<[number], VersionLine>(`${versionFrom} WHERE recorded_at <= ? ORDER BY version DESC LIMIT 1`);
  const newestDay = database.prepare<[number], string | null>('SELECT max(as_of) FROM version WHERE version <= ?').pluck();
  const dayOf = database.prepare<[number], number>('SELECT as_of_day FROM version WHERE version = ?').pluck();
  const allSeries = database.prepare<[], Series>(`SELECT ${seriesColumns} FROM series ORDER BY definition, series`);
  const seriesOf = database.prepare<[string, string], Series>(`SELECT ${seriesColumns} FROM series WHERE definition = ? AND window = ?`);
  const seriesCount = database.prepare<[], number>('SELECT coalesce(max(series), -1) + 1 FROM series').pluck();
  const publication = database.prepare<[string], MembershipReceipt>(
    'SELECT version, joined, left_count AS "left", moved FROM publication WHERE idempotency_key = ?',
  );
  const cohortKeys = database.prepare<[number], LastingText>('SELECT number, key AS text FROM cohort WHERE series = ? ORDER BY number');
  const cohortKey = database.prepare<[number, number], string>('SELECT key FROM cohort WHERE series = ? AND number = ?').pluck();
  const cohortNumber = database.prepare<[number, string], number>('SELECT number FROM cohort WHERE series = ? AND key = ?').pluck();
  const cohortName = database
    .prepare<[number, number, number], string>(
      'SELECT name FROM cohort_name WHERE series = ? AND number = ? AND version <= ? ORDER BY version DESC LIMIT 1',
    )
    .pluck();
  const reasons = database.prepare<[number], LastingText>('SELECT number, name AS text FROM reason WHERE series = ? ORDER BY number');
  const reasonName = database.prepare<[number, number], string>('SELECT name FROM reason WHERE series = ? AND number = ?').pluck();
  const newestRuns = database.prepare<[], NewestRun>(
    'SELECT definition, window, run, customers FROM newest_run ORDER BY definition, window',
  );
  const bases = database.prepare<[], Basis & { readonly definition: string }>(
    'SELECT definition, as_of AS asOf, snapshot FROM basis ORDER BY place, definition, window',
  );
  const customerId = database.prepare<[number], string>('SELECT id FROM customer WHERE number = ?').pluck();
  const customerBy = database.prepare<[string], CustomerLine>('SELECT number, id, is_gone AS isGone FROM customer WHERE id = ?');
  const customers = database.prepare<[], CustomerLine>('SELECT number, id, is_gone AS isGone FROM customer ORDER BY number');
  const customerCount = database.prepare<[], number>('SELECT coalesce(max(number), -1) + 1 FROM customer').pluck();
  const mergeBefore = database.prepare<[number, number, number], IdentityLine>(
    "SELECT * FROM identity_change WHERE customer = ? AND other = ? AND kind = 'merged' AND version <= ? ORDER BY version DESC LIMIT 1",
  );
  const lastIdentityChange = database.prepare<[number], IdentityLine>(
    'SELECT * FROM identity_change WHERE customer = ? ORDER BY version DESC LIMIT 1',
  );
  const identityChangesAfter = database.prepare<[number, number], IdentityLine>(
    'SELECT * FROM identity_change WHERE version > ? AND version <= ? ORDER BY version, customer',
  );
  const identityChangesOf = database.prepare<[number, number], IdentityLine>(
    'SELECT * FROM identity_change WHERE customer = ? OR other = ? ORDER BY version, customer',
  );
  return {
    /** The newest state for a day or the days before it, as a version knew it. */
    entryAt: (series: number, day: number, knownAt: number): Entry | undefined => entryAt.get(series, knownAt, day),
    entryOf: (series: number, version: number): Entry | undefined => entryOf.get(series, version),
    entriesOfVersion: (version: number): readonly Entry[] => entriesOf.all(version),
    newestVersion: (): VersionLine | undefined => newest.get(),
    versionBy: (version: number): VersionLine | undefined => versionBy.get(version),
    /** The newest version that was recorded by then; epoch milliseconds. */
    versionAt: (time: number): VersionLine | undefined => versionAt.get(time),
    /** The latest day that a version up to this one is for, ISO date. */
    newestDay: (knownAt: number): string | undefined => newestDay.get(knownAt) ?? undefined,
    /** Epoch day that a version is for. */
    dayOf: (version: number): number | undefined => dayOf.get(version),
    allSeries: (): readonly Series[] => allSeries.all(),
    seriesOf: (definition: string, window: string): Series | undefined => seriesOf.get(definition, window),
    seriesCount: (): number => seriesCount.get() ?? 0,
    publication: (idempotencyKey: string): MembershipReceipt | undefined => publication.get(idempotencyKey),
    cohortKeys: (series: number): readonly LastingText[] => cohortKeys.all(series),
    cohortKey: (series: number, number: number): string => cohortKey.get(series, number) ?? '',
    cohortNumber: (series: number, key: string): number | undefined => cohortNumber.get(series, key),
    cohortName: (series: number, number: number, version: number): string => cohortName.get(series, number, version) ?? '',
    reasons: (series: number): readonly LastingText[] => reasons.all(series),
    reasonName: (series: number, number: number): string => reasonName.get(series, number) ?? '',
    newestRuns: (): readonly NewestRun[] => newestRuns.all(),
    /** In the order in which they were recorded: the log only grows, so the first one has the fewest signals. */
    bases: (isWanted: (definition: string) => boolean): readonly Basis[] => bases.all().filter(({ definition }) => isWanted(definition)),
    /** @throws {CohortiumError} STORE_CORRUPT when rows name a customer that the catalog does not have */
    customerId(number: number): string {
      const id = customerId.get(number);
      if (id !== undefined) return id;
      throw new CohortiumError('STORE_CORRUPT', `${database.name} has no customer ${number}; restore it from a backup`);
    },
    customerBy: (id: string): CustomerLine | undefined => customerBy.get(id),
    customers: (): Iterable<CustomerLine> => customers.iterate(),
    customerCount: (): number => customerCount.get() ?? 0,
    /** The merge of a customer into another that was recorded last. */
    mergeBefore: (customer: number, other: number, knownAt: number): IdentityLine | undefined => mergeBefore.get(customer, other, knownAt),
    lastIdentityChange: (customer: number): IdentityLine | undefined => lastIdentityChange.get(customer),
    /** What later versions saw, oldest first. */
    identityChangesAfter: (version: number, knownAt: number): readonly IdentityLine[] => identityChangesAfter.all(version, knownAt),
    identityChangesOf: (customer: number): readonly IdentityLine[] => identityChangesOf.all(customer, customer),
  };
}
