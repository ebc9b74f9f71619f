/**
 * The append-only record: ledger.db with a hash chain, an RFC 6962 Merkle tree and signed checkpoints, each also appended to an
 * anchor file outside of it. Refuses to write to a ledger that is shorter than its anchors say or that its keys did not sign.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { type Attestation, attestationFile, attestedBytes } from '../../../registries/attestations/attestation.ts';
import {
  type Clock,
  CohortiumError,
  column,
  type ContentStore,
  type Ledger,
  type LedgerReceipt,
  makeTable,
} from '../../../skills/sdk/index.ts';
import type { ProofAnswer, VerifyReport } from '../../customer-data-graph/interface.ts';
import type { Keyring } from '../files/keyring.ts';
import { writeNewFile } from '../files/write-new-file.ts';
import { appendAnchor, readAnchors } from './ledger-anchor.ts';
import { emptyRoot, GrowingTree, hashLeaf, inclusionPath, rootOf, verifyInclusion } from './ledger-merkle.ts';
import { isSignedBy, readCheckpoints, signCheckpoint } from './ledger-note.ts';
import {
  chainAfter,
  chainStart,
  type CheckpointRow,
  type DraftRecord,
  draftsOf,
  type EntryRow,
  leafOf,
  leafSchema,
  ledgerPath,
  ledgerSchema,
  subtreeReader,
} from './ledger-store.ts';
import { verifyLedger } from './ledger-verify.ts';
import { type Database, explainSqlite, openDatabase } from './open-database.ts';

export { verifyInclusion } from './ledger-merkle.ts';

export interface LedgerOptions {
  /** State folder; ledger.db is made in it. */
  readonly directory: string;
  /** Folder outside of ledger.db for checkpoints.txt and attestations; `<directory>/anchors` when absent. */
  readonly anchors?: string;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly content: ContentStore;
}

export interface SqliteLedger extends Ledger {
  /** Checks everything, from disk. Damage is an answer, not an error. */
  readonly verify: () => VerifyReport;
  /**
   * One record with the proof that it is in the tree of the newest checkpoint.
   * @throws {CohortiumError} RECORD_NOT_FOUND; LEDGER_ROOT_MISMATCH when the record cannot be proven
   */
  readonly proof: (index: number) => ProofAnswer;
  /** Every record as the canonical JSON that is hashed into the tree, in order. */
  readonly records: () => Iterable<string>;
  readonly close: () => void;
}

/** Opens ledger.db at the first append, so that a damaged file can still be verified. */
export function createLedger(options: LedgerOptions): SqliteLedger {
  return new LedgerFile(options);
}

class LedgerFile implements SqliteLedger {
  readonly #options: LedgerOptions;
  readonly #path: string;
  readonly #anchors: string;
  #database: Database | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#path = ledgerPath(options.directory);
    this.#anchors = options.anchors ?? join(options.directory, 'anchors');
  }

  /**
   * Appends what is not there yet, in one transaction. Records are told by their keys, so the idempotency key of the call is not
   * needed: a batch that is in the ledger answers with the receipt that it had.
   * @throws {CohortiumError} LEDGER_KEY_CONFLICT; LEDGER_ROLLED_BACK, LEDGER_ROOT_MISMATCH, LEDGER_SIGNATURE_INVALID before anything
   * is written; STORE_*
   */
  readonly append: Ledger['append'] = async ({ records }, { signal, idempotencyKey }) => {
    signal.throwIfAborted();
    const { content, keyring } = this.#options;
    const drafts = draftsOf(content.getTable(records), keyring);
    const { indexes, ...range } = explainSqlite(this.#path, () => {
      const database = this.#open();
      const written = database.transaction(() => this.#appendBatch(database, drafts)).immediate();
      this.#anchorNewest(database);
      if (drafts.length > 0) this.#attest(database, written, idempotencyKey);
      return written;
    });
    return { ...range, indexes: content.putTable(makeTable({ record: column.int32(indexes) })) };
  };

  readonly verify = (): VerifyReport => verifyLedger(this.#options.directory, this.#anchors, this.#options.keyring.verifierKey);

  readonly proof = (index: number): ProofAnswer =>
    explainSqlite(this.#path, () => {
      if (!existsSync(this.#path)) throw noRecord(index, 0);
      const database = this.#database ?? openDatabase(this.#path, '', { readonly: true });
      try {
        return proveRecord(database, index);
      } finally {
        if (database !== this.#database) database.close();
      }
    });

  readonly records = function* (this: LedgerFile): Generator<string> {
    if (!existsSync(this.#path)) return;
    const database = openDatabase(this.#path, '', { readonly: true });
    try {
      const rows = database.prepare<[], { readonly leaf: Buffer }>('SELECT leaf FROM entry ORDER BY idx').iterate();
      for (const { leaf } of rows) yield leaf.toString('utf8');
    } finally {
      database.close();
    }
  };

  readonly close = (): void => {
    this.#database?.close();
    this.#database = undefined;
  };

  #open(): Database {
    if (this.#database) return this.#database;
    mkdirSync(this.#options.directory, { recursive: true });
    const database = openDatabase(this.#path, ledgerSchema, { pageSize: 8192 });
    try {
      this.#refuseDamaged(database);
    } catch (error) {
      database.close();
      throw error;
    }
    this.#database = database;
    return database;
  }

  /** What must hold before the first write of a process; `verify` checks the rest. */
  #refuseDamaged(database: Database): void {
    const newest = newestCheckpoint(database);
    if (!newest) return;
    const [signed] = readCheckpoints(newest.note);
    if (!signed || !isSignedBy(signed, this.#options.keyring.verifierKey)) {
      const message = `the checkpoint of ${newest.size} records was not signed by the key in keys/; restore the key that belongs to ${this.#path}`;
      throw new CohortiumError('LEDGER_SIGNATURE_INVALID', message);
    }
    if (rootOf(newest.size, subtreeReader(database)).toString('hex') !== signed.root) {
      throw new CohortiumError(
        'LEDGER_ROOT_MISMATCH',
        `${this.#path} differs from its checkpoint of ${newest.size} records; run 'cohortium verify'`,
      );
    }
  }

  #appendBatch(database: Database, drafts: readonly DraftRecord[]): Written {
    const last = database.prepare<[], EntryRow>('SELECT * FROM entry ORDER BY idx DESC LIMIT 1').get();
    const size = last ? last.idx + 1 : 0;
    this.#refuseRolledBack(database, size);
    const { keyring, clock } = this.#options;
    const time = new Date(clock.now()).toISOString();
    const insert = database.prepare('INSERT INTO entry (idx, key, leaf, leaf_hash, prev, chain) VALUES (?, ?, ?, ?, ?, ?)');
    const insertNode = database.prepare('INSERT INTO node (level, idx, hash) VALUES (?, ?, ?)');
    const find = database.prepare<[string], Pick<EntryRow, 'idx' | 'leaf'>>('SELECT idx, leaf FROM entry WHERE key = ?');
    const tree = new GrowingTree(size, subtreeReader(database));
    const indexes = new Int32Array(drafts.length);
    let prev = last?.chain ?? chainStart;
    for (const [row, draft] of drafts.entries()) {
      const known = find.get(draft.key);
      if (known) {
        refuseOther(draft, known);
        indexes[row] = known.idx;
        continue;
      }
      indexes[row] = tree.size;
      const leaf = leafOf(draft, tree.size, time);
      const leafHash = hashLeaf(leaf);
      const chain = chainAfter(prev, leafHash);
      insert.run(tree.size, draft.key, leaf, leafHash, prev, chain);
      tree.push(leafHash, (level, index, hash) => insertNode.run(level, index, hash));
      prev = chain;
    }
    if (tree.size > size) {
      const root = tree.root();
      const { note } = signCheckpoint(keyring, tree.size, root);
      database.prepare('INSERT INTO checkpoint (size, root, note) VALUES (?, ?, ?)').run(tree.size, root, note);
    }
    return { ...rangeOf(database, indexes, size), indexes };
  }

  #refuseRolledBack(database: Database, size: number): void {
    const anchor = readAnchors(this.#anchors).at(-1);
    if (!anchor) return;
    if (anchor.size > size) {
      const message = `${this.#path} holds ${size} records, but ${anchor.size} were signed and anchored: an older copy was put back; restore the newest one`;
      throw new CohortiumError('LEDGER_ROLLED_BACK', message, { detail: { size, anchored: anchor.size } });
    }
    const same = database.prepare<[number], CheckpointRow>('SELECT * FROM checkpoint WHERE size = ?').get(anchor.size);
    if (same?.root.toString('hex') !== anchor.root) {
      const message = `${this.#path} differs from the anchored checkpoint of ${anchor.size} records; run 'cohortium verify'`;
      throw new CohortiumError('LEDGER_ROOT_MISMATCH', message);
    }
  }

  /** After the commit, never before: an anchor of records that a crash took back would be a false alarm. */
  #anchorNewest(database: Database): void {
    const [newest, before] = database.prepare<[], CheckpointRow>('SELECT * FROM checkpoint ORDER BY size DESC LIMIT 2').all();
    const anchored = readAnchors(this.#anchors).at(-1);
    // Only the newest is caught up with, which is all that a crash can leave out. A lost anchor file is for `verify` to report.
    if (!newest || anchored?.size === newest.size || anchored?.size !== before?.size) return;
    const [checkpoint] = readCheckpoints(newest.note);
    if (checkpoint) appendAnchor(this.#anchors, checkpoint);
  }

  #attest(database: Database, { firstIndex, size }: Pick<Written, 'firstIndex' | 'size'>, effect: string): void {
    const path = join(this.#anchors, attestationFile(size));
    if (existsSync(path)) return;
    const leaf = database.prepare<[number], Pick<EntryRow, 'leaf'>>('SELECT leaf FROM entry WHERE idx = ?').get(firstIndex)?.leaf;
    const checkpoint = database.prepare<[number], CheckpointRow>('SELECT * FROM checkpoint WHERE size = ?').get(size);
    if (!leaf || !checkpoint) return; // no such range can come from a committed append
    const attestation: Attestation = {
      format: 'cohortium/attestation@1',
      attestor: this.#options.keyring.origin,
      statement: 'recorded-before-use',
      effect,
      records: { first: firstIndex, size },
      time: leafSchema.parse(JSON.parse(leaf.toString('utf8'))).time,
      checkpoint: checkpoint.note,
      signature: '',
    };
    const signature = Buffer.from(this.#options.keyring.sign(attestedBytes(attestation))).toString('base64');
    writeNewFile(path, `${JSON.stringify({ ...attestation, signature }, null, 2)}\n`, 0o644);
  }
}

type Written = Omit<LedgerReceipt, 'indexes'> & { readonly indexes: Int32Array };

/** First record of a batch, and the first checkpoint that covers all of it: the same however often the batch is appended. */
function rangeOf(database: Database, indexes: Int32Array, sizeBefore: number): Omit<LedgerReceipt, 'indexes'> {
  const least = indexes.length === 0 ? sizeBefore : indexes.reduce((a, b) => Math.min(a, b));
  const covered = indexes.length === 0 ? sizeBefore : indexes.reduce((a, b) => Math.max(a, b)) + 1;
  const covering = database.prepare<[number], CheckpointRow>('SELECT * FROM checkpoint WHERE size >= ? ORDER BY size LIMIT 1').get(covered);
  return { firstIndex: least, size: covering?.size ?? 0, root: (covering?.root ?? emptyRoot).toString('hex') };
}

/** @throws {CohortiumError} LEDGER_KEY_CONFLICT when the record under this key says something else */
function refuseOther(draft: DraftRecord, known: Pick<EntryRow, 'idx' | 'leaf'>): void {
  const { time } = leafSchema.parse(JSON.parse(known.leaf.toString('utf8')));
  if (leafOf(draft, known.idx, time).equals(known.leaf)) return;
  const message = `a ${draft.kind} record has the key of record ${known.idx} but says something else; nothing was written`;
  throw new CohortiumError('LEDGER_KEY_CONFLICT', message, { detail: { index: known.idx } });
}

function proveRecord(database: Database, index: number): ProofAnswer {
  const checkpoint = newestCheckpoint(database);
  const row = database.prepare<[number], EntryRow>('SELECT * FROM entry WHERE idx = ?').get(index);
  if (!row || !checkpoint) throw noRecord(index, checkpoint?.size ?? 0);
  const leafHash = hashLeaf(row.leaf).toString('hex');
  const root = checkpoint.root.toString('hex');
  const inclusion = inclusionPath(index, checkpoint.size, subtreeReader(database)).map((hash) => hash.toString('hex'));
  if (!verifyInclusion(leafHash, index, checkpoint.size, inclusion, root)) {
    throw new CohortiumError(
      'LEDGER_ROOT_MISMATCH',
      `record ${index} is not in the signed tree of ${checkpoint.size} records; run 'cohortium verify'`,
    );
  }
  const record = leafSchema.parse(JSON.parse(row.leaf.toString('utf8')));
  return { index, record, leafHash, treeSize: checkpoint.size, root, inclusion, checkpoint: checkpoint.note };
}

function newestCheckpoint(database: Database): CheckpointRow | undefined {
  return database.prepare<[], CheckpointRow>('SELECT * FROM checkpoint ORDER BY size DESC LIMIT 1').get();
}

function noRecord(index: number, size: number): CohortiumError {
  return new CohortiumError('RECORD_NOT_FOUND', `there is no record ${index}; the ledger holds ${size}, numbered from 0`);
}
