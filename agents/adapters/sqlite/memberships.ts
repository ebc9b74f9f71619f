/**
 * Versioned memberships: one interval of versions per customer, axis and cohort, so that a publication writes only what
 * changed and every version stays readable. Assigns nobody to a cohort by itself.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type MembershipRecord, membershipRecordSchema } from '../../../registries/memberships/membership-record.ts';
import { CohortiumError, type ContentStore, int32Column, type Memberships, type Ref, textColumn } from '../../../skills/sdk/index.ts';
import type { MembersAnswer, MembersRequest } from '../../customer-data-graph/interface.ts';
import { assertDurable, type Database, explainSqlite, openDatabase } from './open-database.ts';

export interface MembershipsOptions {
  /** State folder; memberships.db is made in it. */
  readonly directory: string;
  readonly content: ContentStore;
}

export interface SqliteMemberships extends Memberships {
  /**
   * Customers of a cohort in the newest version, by customer id, page by page. A cursor keeps to the version it began on.
   * @throws {CohortiumError} ARGUMENT_INVALID for an axis or cohort that never existed, a limit outside 1–1000 or a bad cursor
   */
  members(request: MembersRequest): MembersAnswer;
  /** Cohorts of an axis in the newest version with their sizes, by name. */
  cohorts(axis: string): readonly { readonly cohort: string; readonly size: number }[];
  /** Cohort of a customer on each axis in the newest version. */
  cohortsOf(customerId: string): Readonly<Record<string, string>>;
  /** What one version changed: those who left, then those who joined; by axis and customer. */
  changesOf(version: number): readonly MembershipRecord[];
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS membership_version (
    version INTEGER PRIMARY KEY, as_of TEXT NOT NULL, joined INTEGER NOT NULL, left_count INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS publication (
    idempotency_key TEXT PRIMARY KEY, version INTEGER NOT NULL, joined INTEGER NOT NULL, left_count INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS membership (
    axis TEXT NOT NULL, customer_id TEXT NOT NULL, from_version INTEGER NOT NULL, cohort TEXT NOT NULL, to_version INTEGER,
    PRIMARY KEY (axis, customer_id, from_version)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS membership_of_cohort ON membership (axis, cohort, customer_id, from_version, to_version)`;

interface Current {
  readonly axis: string;
  readonly customer_id: string;
  readonly cohort: string;
}

/** @throws {CohortiumError} STORE_* as the disk says */
export function createMemberships({ directory, content }: MembershipsOptions): SqliteMemberships {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'memberships.db');
  return new MembershipIntervals(openDatabase(path, schema), path, content);
}

class MembershipIntervals implements SqliteMemberships {
  readonly #database: Database;
  readonly #path: string;
  readonly #content: ContentStore;

  constructor(database: Database, path: string, content: ContentStore) {
    this.#database = database;
    this.#path = path;
    this.#content = content;
  }

  readonly latest: Memberships['latest'] = async () => ({ previous: null });

  readonly publish: Memberships['publish'] = async ({ memberships, accounts, asOf }, { signal, idempotencyKey }) => {
    signal.throwIfAborted();
    if (!memberships || !accounts) throw new CohortiumError('ARGUMENT_INVALID', 'memberships and accounts were expected');
    const assigned = this.#read(memberships, accounts);
    const report = explainSqlite(this.#path, () =>
      this.#database.transaction(() => this.#replace(assigned, asOf, idempotencyKey)).immediate(),
    );
    assertDurable(this.#database);
    return { ...report, moved: 0 };
  };

  #read(memberships: Ref, accounts: Ref): Map<string, Current> {
    const table = this.#content.getTable(memberships);
    const customers = textColumn(this.#content.getTable(accounts), 'customerId');
    const axes = textColumn(table, 'axis');
    const cohorts = textColumn(table, 'cohort');
    const assigned = new Map<string, Current>();
    for (const [row, account] of int32Column(table, 'account').entries()) {
      const customer = customers[account];
      const [axis = '', cohort = ''] = [axes[row], cohorts[row]];
      if (customer === undefined) {
        throw new CohortiumError('ARGUMENT_INVALID', `memberships row ${row} names account ${account}; there are ${customers.length}`);
      }
      const key = keyOf(axis, customer);
      if (assigned.has(key)) throw new CohortiumError('ARGUMENT_INVALID', `customer ${customer} is in two cohorts on axis ${axis}`);
      assigned.set(key, { axis, customer_id: customer, cohort });
    }
    return assigned;
  }

  #replace(
    assigned: ReadonlyMap<string, Current>,
    asOf: string,
    idempotencyKey: string,
  ): { version: number; joined: number; left: number } {
    const known = this.#database
      .prepare<[string], { readonly version: number; readonly joined: number; readonly left_count: number }>(
        'SELECT version, joined, left_count FROM publication WHERE idempotency_key = ?',
      )
      .get(idempotencyKey);
    if (known) return { version: known.version, joined: known.joined, left: known.left_count };
    const newest = this.#newestVersion();
    const version = newest + 1;
    const close = this.#database.prepare('UPDATE membership SET to_version = ? WHERE axis = ? AND customer_id = ? AND to_version IS NULL');
    const open = this.#database.prepare('INSERT INTO membership (axis, customer_id, from_version, cohort) VALUES (?, ?, ?, ?)');
    const before = new Map<string, string>();
    let joined = 0;
    let left = 0;
    const current = this.#database.prepare<[], Current>('SELECT axis, customer_id, cohort FROM membership WHERE to_version IS NULL').all();
    for (const { axis, customer_id: customer, cohort } of current) {
      const key = keyOf(axis, customer);
      before.set(key, cohort);
      if (assigned.get(key)?.cohort === cohort) continue;
      close.run(version, axis, customer);
      left += 1;
    }
    for (const [key, { axis, customer_id: customer, cohort }] of assigned) {
      if (before.get(key) === cohort) continue;
      open.run(axis, customer, version, cohort);
      joined += 1;
    }
    const isChanged = joined + left > 0 || newest === 0;
    if (isChanged) {
      this.#database.prepare('INSERT INTO membership_version VALUES (?, ?, ?, ?)').run(version, asOf, joined, left);
    }
    const report = { version: isChanged ? version : newest, joined, left };
    this.#database.prepare('INSERT INTO publication VALUES (?, ?, ?, ?)').run(idempotencyKey, report.version, joined, left);
    return report;
  }

  members({ axis, cohort, limit, cursor }: MembersRequest): MembersAnswer {
    if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
      throw new CohortiumError('ARGUMENT_INVALID', `limit: a whole number from 1 to 1000 was expected; found ${limit}`);
    }
    this.#refuseUnknown(axis, cohort);
    const newest = this.#newestVersion();
    const { version, after } = cursor === undefined ? { version: newest, after: '' } : readCursor(cursor, newest);
    const inside = 'axis = ? AND cohort = ? AND from_version <= ? AND (to_version IS NULL OR to_version > ?)';
    const size = Number(
      this.#database.prepare(`SELECT count(*) FROM membership WHERE ${inside}`).pluck().get(axis, cohort, version, version),
    );
    const rows = this.#database
      .prepare<[string, string, number, number, string, number], { readonly customer_id: string; readonly as_of: string }>(
        `SELECT customer_id, (SELECT as_of FROM membership_version WHERE version = from_version) AS as_of
         FROM membership WHERE ${inside} AND customer_id > ? ORDER BY customer_id LIMIT ?`,
      )
      .all(axis, cohort, version, version, after, limit + 1);
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const hasMore = rows.length > limit && last !== undefined;
    return {
      axis,
      cohort,
      version,
      size,
      members: page.map(({ customer_id: customerId, as_of: since }) => ({ customerId, since })),
      nextCursor: hasMore ? writeCursor(version, last.customer_id) : null,
    };
  }

  cohorts(axis: string): readonly { readonly cohort: string; readonly size: number }[] {
    return this.#database
      .prepare<[string], { readonly cohort: string; readonly size: number }>(
        'SELECT cohort, count(*) AS size FROM membership WHERE axis = ? AND to_version IS NULL GROUP BY cohort ORDER BY cohort',
      )
      .all(axis);
  }

  cohortsOf(customerId: string): Readonly<Record<string, string>> {
    // One lookup per axis: the primary key begins with the axis.
    const find = this.#database
      .prepare<[string, string], string>('SELECT cohort FROM membership WHERE axis = ? AND customer_id = ? AND to_version IS NULL')
      .pluck();
    const found = this.#axes().map((axis) => [axis, find.get(axis, customerId)] as const);
    return Object.fromEntries(found.flatMap(([axis, cohort]) => (cohort === undefined ? [] : [[axis, cohort]])));
  }

  changesOf(version: number): readonly MembershipRecord[] {
    const on = this.#database.prepare<[number], string>('SELECT as_of FROM membership_version WHERE version = ?').pluck().get(version);
    if (on === undefined) return [];
    const select = (edge: 'from_version' | 'to_version'): Current[] =>
      this.#database
        .prepare<[number], Current>(`SELECT axis, customer_id, cohort FROM membership WHERE ${edge} = ? ORDER BY axis, customer_id`)
        .all(version);
    const record = (change: 'joined' | 'left') => (row: Current) =>
      membershipRecordSchema.parse({
        format: 'cohortium/membership@1',
        version,
        change,
        axis: row.axis,
        cohort: row.cohort,
        customerId: row.customer_id,
        on,
      });
    return [...select('to_version').map(record('left')), ...select('from_version').map(record('joined'))];
  }

  close(): void {
    this.#database.close();
  }

  #newestVersion(): number {
    return Number(this.#database.prepare('SELECT coalesce(max(version), 0) FROM membership_version').pluck().get());
  }

  #axes(): readonly string[] {
    // Hops from axis to axis in the index; DISTINCT would read every membership.
    const hops = `WITH RECURSIVE axes (axis) AS (
        SELECT min(axis) FROM membership
        UNION ALL SELECT (SELECT min(axis) FROM membership WHERE axis > axes.axis) FROM axes WHERE axes.axis IS NOT NULL
      ) SELECT axis FROM axes WHERE axis IS NOT NULL`;
    return this.#database.prepare<[], string>(hops).pluck().all().map(String);
  }

  #refuseUnknown(axis: string, cohort: string): void {
    const axes = this.#axes();
    if (!axes.includes(axis)) {
      throw new CohortiumError('ARGUMENT_INVALID', `no axis '${axis}'; axes are ${axes.join(', ') || 'none yet: run a pipeline first'}`);
    }
    const known = this.#database.prepare('SELECT 1 FROM membership WHERE axis = ? AND cohort = ? LIMIT 1').get(axis, cohort);
    if (known) return;
    const names = this.cohorts(axis).map((row) => row.cohort);
    const shown = `${names.slice(0, 20).join(', ')}${names.length > 20 ? `, and ${names.length - 20} more` : ''}`;
    throw new CohortiumError('ARGUMENT_INVALID', `no cohort '${cohort}' on axis '${axis}'; cohorts are ${shown}`);
  }
}

function keyOf(axis: string, customer: string): string {
  return `${axis}\n${customer}`;
}

function writeCursor(version: number, after: string): string {
  return Buffer.from(JSON.stringify([version, after])).toString('base64url');
}

function readCursor(cursor: string, newest: number): { readonly version: number; readonly after: string } {
  try {
    const [version, after] = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as readonly [unknown, unknown]; // checked below
    if (typeof version === 'number' && Number.isInteger(version) && version >= 1 && version <= newest && typeof after === 'string') {
      return { version, after };
    }
  } catch {
    // falls through to the error below, which is the same for every cursor that was not ours
  }
  throw new CohortiumError('ARGUMENT_INVALID', 'cursor: the nextCursor of the answer before was expected');
}
