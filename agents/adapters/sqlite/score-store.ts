/**
 * Values as a runtime lookup answers them: one row per customer with its cells and decisions packed, so that any grain is one
 * read. A value that the gate did not pass for the store is not stored at all, and one that it did not pass for the purpose
 * asked is not answered. Computes no score.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError, type ContentStore, type ScorePublication, type ScoreStore } from '../../../skills/sdk/index.ts';
import { assertDurable, type Database, explainSqlite, openDatabase } from './open-database.ts';
import { allocate, type CellQuery, makePriorMass, type PackedCell, type PriorMass } from './score-allocation.ts';
import { type PackedDecision, packScores } from './score-packing.ts';

interface ScoreStoreOptions {
  /** State folder; scores.db is made in it. */
  readonly directory: string;
  readonly content: ContentStore;
}

interface ScoreQuery extends CellQuery {
  readonly customerId: string;
  /** 'analytics' when absent. */
  readonly purpose?: string;
}

interface StoredValue {
  readonly clvMinor: number;
  readonly lowMinor: number;
  readonly highMinor: number;
  /** Of the account. */
  readonly pPurchase: number;
  /** Of the account. */
  readonly pAlive: number;
  readonly tier: 'high' | 'medium' | 'low' | 'none';
  /** Part of the account's value, 0 to 1. */
  readonly share: number;
  /** False when no purchase in this cell or marginal is on record and the value comes from the base shares alone. */
  readonly isVisited: boolean;
}

/** Where the proofs are: the record of the decision, and that of the value that it is about. */
export interface RecordedAt {
  readonly index: number;
  /** Position in a batch; null where the leaf is the record. */
  readonly item: number | null;
  readonly score: { readonly index: number; readonly item: number | null };
  readonly ledgerSize: number;
  readonly ledgerRoot: string;
}

export interface StoredScore {
  readonly customerId: string;
  readonly location: string | null;
  readonly channel: string | null;
  readonly brand: string | null;
  readonly purpose: string;
  /** The strictest decision on this purpose and on the store itself; counsel when the gate was never asked. */
  readonly outcome: 'pass' | 'fail' | 'counsel';
  readonly policies: readonly string[];
  /** Present only when the outcome is pass. */
  readonly value?: StoredValue;
  readonly horizonDays: number;
  readonly asOf: string;
  readonly version: number;
  /** Null when the gate was never asked about this purpose. */
  readonly record: RecordedAt | null;
}

export interface SqliteScoreStore extends ScoreStore {
  /**
   * Looks up an account, a cell or a marginal; money adds up over any complete set of cells.
   * @throws {CohortiumError} SCORE_NOT_FOUND when nothing was published, or the customer or a place is not known
   */
  lookup(query: ScoreQuery): StoredScore;
  /** The newest version; undefined before the first publication. */
  current(): { readonly version: number; readonly asOf: string; readonly accounts: number } | undefined;
  close(): void;
}

const schema = `
  CREATE TABLE IF NOT EXISTS score_version (
    version INTEGER PRIMARY KEY, idempotency_key TEXT NOT NULL UNIQUE, as_of TEXT NOT NULL, horizon_days INTEGER NOT NULL,
    ledger_size INTEGER NOT NULL, ledger_root TEXT NOT NULL, accounts INTEGER NOT NULL, cells INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS score_prior (
    version INTEGER NOT NULL, location TEXT NOT NULL, channel TEXT NOT NULL, brand TEXT NOT NULL, share REAL NOT NULL,
    PRIMARY KEY (version, location, channel, brand)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS score_account (
    version INTEGER NOT NULL, customer_id TEXT NOT NULL, clv_minor REAL, low_minor REAL, high_minor REAL, p_purchase REAL, p_alive REAL,
    tier TEXT NOT NULL, elsewhere REAL NOT NULL, cells TEXT NOT NULL, decisions TEXT NOT NULL,
    PRIMARY KEY (version, customer_id)
  ) STRICT, WITHOUT ROWID`;

/** Versions kept beside the newest one, for whoever still reads them. */
const keptVersions = 1;

interface VersionRow {
  readonly version: number;
  readonly as_of: string;
  readonly horizon_days: number;
  readonly ledger_size: number;
  readonly ledger_root: string;
  readonly accounts: number;
  readonly cells: number;
}

interface AccountRow {
  readonly clv_minor: number | null;
  readonly low_minor: number | null;
  readonly high_minor: number | null;
  readonly p_purchase: number | null;
  readonly p_alive: number | null;
  readonly tier: StoredValue['tier'];
  readonly elsewhere: number;
  readonly cells: string;
  readonly decisions: string;
}

/** @throws {CohortiumError} STORE_* as the disk says */
export function createScoreStore({ directory, content }: ScoreStoreOptions): SqliteScoreStore {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'scores.db');
  return new SqliteScores(openDatabase(path, schema), path, content);
}

class SqliteScores implements SqliteScoreStore {
  readonly #database: Database;
  readonly #path: string;
  readonly #content: ContentStore;
  readonly #readAccount;
  readonly #readNewest;
  #newest: { readonly row: VersionRow; readonly priors: PriorMass } | undefined;

  constructor(database: Database, path: string, content: ContentStore) {
    this.#database = database;
    this.#path = path;
    this.#content = content;
    this.#readNewest = database.prepare<[], VersionRow>('SELECT * FROM score_version ORDER BY version DESC LIMIT 1');
    this.#readAccount = database.prepare<[number, string], AccountRow>(
      'SELECT clv_minor, low_minor, high_minor, p_purchase, p_alive, tier, elsewhere, cells, decisions FROM score_account WHERE version = ? AND customer_id = ?',
    );
    this.#newest = this.#loadNewest();
  }

  readonly publish: ScoreStore['publish'] = async (publication: ScorePublication, { signal, idempotencyKey }) => {
    signal.throwIfAborted();
    const known = this.#database.prepare<[string], VersionRow>('SELECT * FROM score_version WHERE idempotency_key = ?').get(idempotencyKey);
    if (known) return reply(known);
    const packed = packScores(publication, this.#content);
    // One transaction: other readers see the version before until it commits, and all of the new one after.
    explainSqlite(this.#path, () =>
      this.#database
        .transaction(() => {
          const version = (this.#readNewest.get()?.version ?? 0) + 1;
          this.#database
            .prepare('INSERT INTO score_version VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
            .run(
              version,
              idempotencyKey,
              publication.asOf,
              packed.horizonDays,
              publication.ledgerSize,
              publication.ledgerRoot,
              packed.accounts.length,
              packed.cells,
            );
          const addPrior = this.#database.prepare('INSERT INTO score_prior VALUES (?, ?, ?, ?, ?)');
          for (const { location, channel, brand, share } of packed.priors) addPrior.run(version, location, channel, brand, share);
          const addAccount = this.#database.prepare('INSERT INTO score_account VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
          for (const account of packed.accounts) {
            const { clvMinor, lowMinor, highMinor, pPurchase, pAlive } = account.value ?? nothing;
            const { customerId, tier, elsewhere, cells, decisions } = account;
            addAccount.run(version, customerId, clvMinor, lowMinor, highMinor, pPurchase, pAlive, tier, elsewhere, cells, decisions);
          }
          for (const table of ['score_account', 'score_prior', 'score_version']) {
            this.#database.prepare(`DELETE FROM ${table} WHERE version < ?`).run(version - keptVersions);
          }
        })
        .immediate(),
    );
    assertDurable(this.#database);
    this.#newest = this.#loadNewest();
    if (!this.#newest) throw new CohortiumError('INTERNAL', 'a score version was committed and cannot be read back');
    return reply(this.#newest.row);
  };

  lookup(query: ScoreQuery): StoredScore {
    if (!this.#newest)
      throw new CohortiumError('SCORE_NOT_FOUND', 'no values were published yet; run a pipeline with an emission step first');
    const { row: version, priors } = this.#newest;
    const account = this.#readAccount.get(version.version, query.customerId);
    if (!account) throw new CohortiumError('SCORE_NOT_FOUND', `no value for customer '${query.customerId}' as of ${version.as_of}`);
    priors.check(query);
    const purpose = query.purpose ?? 'analytics';
    const decision = strictest(JSON.parse(account.decisions) as readonly PackedDecision[], purpose); // written by packScores
    const answer = {
      customerId: query.customerId,
      location: query.location ?? null,
      channel: query.channel ?? null,
      brand: query.brand ?? null,
      purpose,
      outcome: decision.outcome,
      policies: decision.policies,
      horizonDays: version.horizon_days,
      asOf: version.as_of,
      version: version.version,
      record: decision.record === null ? null : { ...decision.record, ledgerSize: version.ledger_size, ledgerRoot: version.ledger_root },
    };
    const { clv_minor: clvMinor, low_minor: lowMinor, high_minor: highMinor, p_purchase: pPurchase, p_alive: pAlive } = account;
    if (answer.outcome !== 'pass' || clvMinor === null) return answer;
    const cells = JSON.parse(account.cells) as readonly PackedCell[]; // written by packScores
    const part = allocate(query, { clvMinor, elsewhere: account.elsewhere, cells, priors });
    const value: StoredValue = {
      clvMinor: part.clvMinor,
      lowMinor: (lowMinor ?? 0) * part.share,
      highMinor: (highMinor ?? 0) * part.share,
      pPurchase: pPurchase ?? 0,
      pAlive: pAlive ?? 0,
      tier: account.tier,
      share: part.share,
      isVisited: part.isVisited,
    };
    return { ...answer, value };
  }

  current(): { readonly version: number; readonly asOf: string; readonly accounts: number } | undefined {
    const row = this.#newest?.row;
    return row && { version: row.version, asOf: row.as_of, accounts: row.accounts };
  }

  close(): void {
    this.#database.close();
  }

  #loadNewest(): { readonly row: VersionRow; readonly priors: PriorMass } | undefined {
    const row = this.#readNewest.get();
    if (!row) return undefined;
    const priors = this.#database
      .prepare<[number], { readonly location: string; readonly channel: string; readonly brand: string; readonly share: number }>(
        'SELECT location, channel, brand, share FROM score_prior WHERE version = ? ORDER BY location, channel, brand',
      )
      .all(row.version);
    return { row, priors: makePriorMass(priors) };
  }
}

const nothing = { clvMinor: null, lowMinor: null, highMinor: null, pPurchase: null, pAlive: null };

function reply(row: VersionRow): { readonly version: number; readonly accounts: number; readonly cells: number } {
  return { version: row.version, accounts: row.accounts, cells: row.cells };
}

interface Ruling {
  readonly outcome: 'pass' | 'fail' | 'counsel';
  readonly policies: readonly string[];
  readonly record: Omit<RecordedAt, 'ledgerSize' | 'ledgerRoot'> | null;
}

const strictness = { pass: 0, counsel: 1, fail: 2 } as const;

/** The strictest decision among those on the purpose and on the store; the first one of equals, which has the lowest record. */
function strictest(decisions: readonly PackedDecision[], purpose: string): Ruling {
  const asked = decisions.filter(([, decided]) => decided === purpose);
  if (asked.length === 0) return { outcome: 'counsel', policies: [], record: null };
  const store = decisions.filter(([subscriber]) => subscriber === 'score-store');
  const [first, ...rest] = [...asked, ...store];
  if (!first) return { outcome: 'counsel', policies: [], record: null };
  const [, , outcome, policies, index, item, scoreIndex, scoreItem] = rest.reduce(
    (worst, next) => (strictness[next[2]] > strictness[worst[2]] ? next : worst),
    first,
  );
  return { outcome, policies, record: { index, item, score: { index: scoreIndex, item: scoreItem } } };
}
