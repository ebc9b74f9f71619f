/**
 * Protected attributes of customers, apart from everything else: a file of its own in a folder of its own that only its owner can read, with
 * a lock of its own, opened by the fairness audit and by nobody else. Holds groups that customers stated, or probabilities that were
 * estimated for measuring; never names, addresses or whatever they were estimated from. Every row knows where it comes from and on
 * what legal basis it is kept. Who is erased stays erased: a later import passes over them.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError, compareText, digestOf } from '../../../skills/sdk/index.ts';
import { type Database, type DirectoryLock, explainSqlite, lockDirectory, openDatabase } from './open-database.ts';

export interface AttributeSource {
  readonly attribute: string;
  /** Stated by the customers, or estimated from a surname and a place. */
  readonly kind: 'declared' | 'estimated';
  /** Where the data, or the tables, come from. */
  readonly provenance: string;
  readonly legalBasis: string;
  /** ISO day. */
  readonly importedOn: string;
  /** Digest of what was imported. */
  readonly digest: string;
}

export interface AttributeRow {
  readonly customer: string;
  readonly group: string;
  /** In (0, 1]; 1 where stated. */
  readonly weight: number;
}

/** Something about customers that may stand in for an attribute and is kept nowhere else, such as a postcode. */
export interface ProxyRow {
  readonly customer: string;
  readonly value: string;
}

export interface FairnessStore {
  /** Replaces what was there of an attribute. Answers how many customers are in it, and how many were passed over because they are erased. */
  importAttribute(source: AttributeSource, rows: readonly AttributeRow[]): ImportCount;
  /** Replaces what was there of a feature to be looked at as a proxy. */
  importProxy(source: Omit<AttributeSource, 'kind'>, rows: readonly ProxyRow[]): ImportCount;
  /** By name. */
  sources(): readonly (AttributeSource & { readonly customers: number; readonly groups: readonly string[] })[];
  proxies(): readonly (Omit<AttributeSource, 'kind'> & { readonly customers: number })[];
  /** By customer, then group. */
  attributeRows(attribute: string): readonly AttributeRow[];
  /** By customer. */
  proxyRows(feature: string): readonly ProxyRow[];
  /** Takes everything about a customer out of the file, and keeps them out. Answers how many rows that were. */
  erase(customer: string): number;
  close(): void;
}

export interface ImportCount {
  readonly customers: number;
  readonly erased: number;
}

const schema = `
  CREATE TABLE IF NOT EXISTS source (
    name TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('declared', 'estimated', 'proxy')), provenance TEXT NOT NULL,
    legal_basis TEXT NOT NULL, imported_on TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (name, kind)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS attribute (
    name TEXT NOT NULL, customer TEXT NOT NULL, member_of TEXT NOT NULL, weight REAL NOT NULL CHECK (weight > 0 AND weight <= 1),
    PRIMARY KEY (name, customer, member_of)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS proxy (
    name TEXT NOT NULL, customer TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name, customer)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS attribute_customer ON attribute (customer);
  CREATE INDEX IF NOT EXISTS proxy_customer ON proxy (customer);
  CREATE TABLE IF NOT EXISTS erased (commitment TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS salt (value TEXT NOT NULL) STRICT`;

interface SourceRow {
  readonly name: string;
  readonly kind: 'declared' | 'estimated' | 'proxy';
  readonly provenance: string;
  readonly legal_basis: string;
  readonly imported_on: string;
  readonly digest: string;
}

/** Whether anything was ever imported; looks without opening. @param directory state folder */
export function hasFairnessStore(directory: string): boolean {
  return existsSync(join(directory, 'fairness', 'attributes.db'));
}

/**
 * @param directory state folder; fairness/ is made in it with mode 0700
 * @throws {CohortiumError} STORE_BUSY while another process has it open; STORE_FORBIDDEN where others can read the folder or a file in it
 */
export function openFairnessStore(directory: string): FairnessStore {
  const folder = join(directory, 'fairness');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  refuseReadable(folder);
  // Made before SQLite makes them with other modes; what it makes beside a file has the mode of that file.
  for (const name of ['attributes.db', 'lock.db', 'lock.json']) closeSync(openSync(join(folder, name), 'a', 0o600));
  for (const name of readdirSync(folder)) refuseReadable(join(folder, name));
  const lock = lockDirectory(folder);
  try {
    const path = join(folder, 'attributes.db');
    const database = openDatabase(path, schema);
    return storeOver(database, path, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

function storeOver(database: Database, path: string, lock: DirectoryLock): FairnessStore {
  const statements = {
    addSource: database.prepare('INSERT OR REPLACE INTO source VALUES (?, ?, ?, ?, ?, ?)'),
    otherKinds: database.prepare("DELETE FROM source WHERE name = ? AND kind != 'proxy'"),
    sources: database.prepare<[], SourceRow>('SELECT * FROM source ORDER BY name, kind'),
    clearAttribute: database.prepare('DELETE FROM attribute WHERE name = ?'),
    addAttribute: database.prepare('INSERT INTO attribute VALUES (?, ?, ?, ?)'),
    attribute: database.prepare<[string], AttributeRow>(
      'SELECT customer, member_of AS "group", weight FROM attribute WHERE name = ? ORDER BY customer, member_of',
    ),
    clearProxy: database.prepare('DELETE FROM proxy WHERE name = ?'),
    addProxy: database.prepare('INSERT INTO proxy VALUES (?, ?, ?)'),
    proxy: database.prepare<[string], ProxyRow>('SELECT customer, value FROM proxy WHERE name = ? ORDER BY customer'),
    groups: database.prepare<[string], { readonly name: string }>('SELECT DISTINCT member_of AS name FROM attribute WHERE name = ?'),
    customers: database.prepare<[string], { readonly count: number }>(
      'SELECT COUNT(DISTINCT customer) AS count FROM attribute WHERE name = ?',
    ),
    proxyCustomers: database.prepare<[string], { readonly count: number }>('SELECT COUNT(*) AS count FROM proxy WHERE name = ?'),
    eraseAttribute: database.prepare('DELETE FROM attribute WHERE customer = ?'),
    eraseProxy: database.prepare('DELETE FROM proxy WHERE customer = ?'),
    remember: database.prepare('INSERT OR IGNORE INTO erased VALUES (?)'),
    isErased: database.prepare<[string], { readonly commitment: string }>('SELECT commitment FROM erased WHERE commitment = ?'),
  };
  const salt = saltOf(database);
  const commitment = (customer: string): string => digestOf(['erased from the fairness store', salt, customer]);
  const transaction = <Result>(work: () => Result): Result => explainSqlite(path, () => database.transaction(work).immediate());

  const keep = <Row extends { readonly customer: string }>(rows: readonly Row[], add: (row: Row) => void): ImportCount => {
    const [kept, erased] = [new Set<string>(), new Set<string>()];
    for (const row of rows) {
      if (!kept.has(row.customer) && statements.isErased.get(commitment(row.customer))) {
        erased.add(row.customer);
        continue;
      }
      kept.add(row.customer);
      add(row);
    }
    return { customers: kept.size, erased: erased.size };
  };

  const addSource = ({ attribute, provenance, legalBasis, importedOn, digest }: Omit<AttributeSource, 'kind'>, kind: SourceRow['kind']) =>
    void statements.addSource.run(attribute, kind, provenance, legalBasis, importedOn, digest);

  return {
    importAttribute: (source, rows) =>
      transaction(() => {
        statements.clearAttribute.run(source.attribute);
        statements.otherKinds.run(source.attribute);
        addSource(source, source.kind);
        return keep(rows, ({ customer, group, weight }) => statements.addAttribute.run(source.attribute, customer, group, weight));
      }),
    importProxy: (source, rows) =>
      transaction(() => {
        statements.clearProxy.run(source.attribute);
        addSource(source, 'proxy');
        return keep(rows, ({ customer, value }) => statements.addProxy.run(source.attribute, customer, value));
      }),
    sources: () =>
      statements.sources.all().flatMap(({ name, kind, ...row }) =>
        kind === 'proxy'
          ? []
          : [
              {
                ...sourceOf(name, row),
                kind,
                customers: statements.customers.get(name)?.count ?? 0,
                groups: statements.groups
                  .all(name)
                  .map((group) => group.name)
                  .sort(compareText),
              },
            ],
      ),
    proxies: () =>
      statements.sources
        .all()
        .flatMap(({ name, kind, ...row }) =>
          kind === 'proxy' ? [{ ...sourceOf(name, row), customers: statements.proxyCustomers.get(name)?.count ?? 0 }] : [],
        ),
    attributeRows: (attribute) => explainSqlite(path, () => statements.attribute.all(attribute)),
    proxyRows: (feature) => explainSqlite(path, () => statements.proxy.all(feature)),
    erase: (customer) => {
      const rows = transaction(() => {
        statements.remember.run(commitment(customer));
        return statements.eraseAttribute.run(customer).changes + statements.eraseProxy.run(customer).changes;
      });
      // What was deleted is still in the log of the file until then.
      explainSqlite(path, () => database.pragma('wal_checkpoint(TRUNCATE)'));
      return rows;
    },
    close: () => {
      try {
        database.close();
      } finally {
        lock.release();
      }
    },
  };
}

function sourceOf(attribute: string, row: Omit<SourceRow, 'name' | 'kind'>): Omit<AttributeSource, 'kind'> {
  return { attribute, provenance: row.provenance, legalBasis: row.legal_basis, importedOn: row.imported_on, digest: row.digest };
}

/** Made once; without it nobody can try ids against what is remembered of the erased. */
function saltOf(database: Database): string {
  const known = database.prepare<[], { readonly value: string }>('SELECT value FROM salt').get();
  if (known) return known.value;
  const value = randomBytes(32).toString('hex');
  database.prepare('INSERT INTO salt VALUES (?)').run(value);
  return value;
}

function refuseReadable(path: string): void {
  const mode = statSync(path).mode & 0o777;
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new CohortiumError(
    'STORE_FORBIDDEN',
    `${path} has mode 0${mode.toString(8)}, so others can read protected attributes; run 'chmod go= ${path}'`,
  );
}
