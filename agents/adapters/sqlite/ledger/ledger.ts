/**
 * The append-only record: ledger.db with a hash chain, an RFC 6962 Merkle tree and signed checkpoints, each also appended to an
 * anchor file outside of it. Bodies are sealed under keys of the vault. Refuses to write to a ledger that is shorter than its anchors
 * say or that its keys did not sign. `append` and `write` are the one way in.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

import { classOf, schemaOf } from '../../../../skills/audit/record/record-schema.ts';
import {
  type CallOptions,
  canonicalJson,
  type Clock,
  CohortiumError,
  column,
  type ContentStore,
  encodeTable,
  type Ledger,
  makeTable,
  sha256,
  type Table,
} from '../../../../skills/sdk/index.ts';
import type { ProofAnswer, VerifyReport } from '../../../customer-data-graph/interface.ts';
import type { AnchorReceipt } from '../../../customer-data-graph/record/anchor-interface.ts';
import type { RecordsToAttest } from '../../../customer-data-graph/record/attest-records.ts';
import type { DsseEnvelope } from '../../../customer-data-graph/record/attestation-interface.ts';
import type { TileSource } from '../../../customer-data-graph/record/publish-tiles.ts';
import type { RecordPlace } from '../../../customer-data-graph/record/record-interface.ts';
import type { Vault } from '../../../customer-data-graph/record/vault-interface.ts';
import type { Keyring } from '../../keys/keyring.ts';
import { type Database, explainSqlite, openDatabase } from '../open-database.ts';
import { type CallRow, type Group, groupWriter } from './append-group.ts';
import { type BodyCodec, bodyCodecs } from './body-codec.ts';
import { type CheckpointsFile, openCheckpointsFile, readAnchors } from './checkpoints-file.ts';
import { Composer } from './compose-group.ts';
import { type Call, GroupCommit, type Part } from './group-commit.ts';
import { emptyRoot, rootOf, sha256 as sha256Bytes } from './merkle.ts';
import { type Checkpoint, type Cosigner, isSignedBy, readCheckpoints, signCheckpoint } from './note.ts';
import { postQuantumCosigner } from './post-quantum-cosigner.ts';
import { proveRecord } from './proof.ts';
import { nothingRecorded, withTiles } from './published.ts';
import { randomnessOf } from './randomness.ts';
import { decodeReceipt, encodeReceipt, type Written } from './receipts.ts';
import { type RecordRows, recordRows } from './record-rows.ts';
import { type LedgerRecord, placesOfKids, placesOfKinds, readRecord } from './stored-records.ts';
import { type CheckpointRow, ledgerPath, ledgerSchema, placeOf, subtreeReader } from './tables.ts';
import { bodyFaults, type DeepCheck } from './verify-deep.ts';
import { listedFaults, verifyLedger } from './verify.ts';

export { verifyInclusion } from './merkle.ts';

export interface LedgerOptions {
  /** State folder; ledger.db is made in it. */
  readonly directory: string;
  /** Folder outside of ledger.db for checkpoints.txt and attestations; `<directory>/anchors` when absent. */
  readonly anchors?: string;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly content: ContentStore;
  /** Signs a statement about what pipelines append; nothing is signed when absent. */
  readonly attest?: (records: RecordsToAttest) => Promise<DsseEnvelope>;
  /** Keys of bodies; opened at the first append. */
  readonly vault: () => Vault;
  /** Signs checkpoints a second time, by ML-DSA-44; not when absent. */
  readonly isPostQuantum?: boolean;
}

export interface SqliteLedger extends Ledger {
  /**
   * What `append` does, of a table at hand.
   * @throws {CohortiumError} ARGUMENT_INVALID, LEDGER_KEY_CONFLICT before anything is written; LEDGER_ROLLED_BACK,
   *   LEDGER_ROOT_MISMATCH, LEDGER_SIGNATURE_INVALID; STORE_*
   */
  readonly write: (records: Table, options: CallOptions) => Promise<Written>;
  /** Checks from disk: the newest checkpoint only, or every leaf. Damage is an answer, not an error. */
  readonly verify: (level?: 'quick' | 'full') => VerifyReport;
  /** In full, then bodies and keys, then what stands elsewhere; those only where the tree is whole. */
  readonly verifyDeep: (checks: readonly DeepCheck[]) => Promise<VerifyReport>;
  /**
   * One leaf, or one record of a batch, with the proof that it is in the tree of the newest checkpoint, or of the newest over at most
   * so many leaves: the same proof whenever it is asked for.
   * @throws {CohortiumError} RECORD_NOT_FOUND; LEDGER_ROOT_MISMATCH when it cannot be proven
   */
  readonly proof: (index: number, item?: number | null, size?: number) => ProofAnswer;
  /** Every leaf as the canonical JSON that is hashed into the tree, in order. */
  readonly records: () => Iterable<string>;
  /** A record with its sealed body. @throws {CohortiumError} RECORD_NOT_FOUND */
  readonly at: (place: RecordPlace) => LedgerRecord;
  /** Places of bodies sealed with these keys, in the order of the ledger. */
  readonly placesOfKids: (kids: readonly string[]) => readonly RecordPlace[];
  /** Places of records of these kinds, in the order of the ledger. */
  readonly placesOfKinds: (kinds: readonly string[]) => readonly RecordPlace[];
  /** Notes where else a checkpoint stands. The same receipt is noted once. */
  readonly addAnchor: (receipt: AnchorReceipt) => void;
  /** In the order in which they were noted. */
  readonly anchored: () => readonly AnchorReceipt[];
  /** Signed checkpoints, ascending by size, from one size on. */
  readonly checkpoints: (fromSize?: number) => readonly Checkpoint[];
  /**
   * Works on what may be published, under the newest checkpoint.
   * @throws {CohortiumError} RECORD_NOT_FOUND when nothing was recorded yet; LEDGER_GAP when rows are missing
   */
  readonly withTiles: <Result>(work: (source: TileSource) => Result) => Result;
  /** Waits for who is waiting, and closes. */
  readonly close: () => Promise<void>;
}

/** Opens ledger.db at the first append, so that a damaged file can still be verified. */
export function createLedger(options: LedgerOptions): SqliteLedger {
  return new LedgerFile(options);
}

/** What an open file has beside it. */
interface OpenLedger {
  readonly database: Database;
  readonly write: (group: Group) => void;
  readonly anchors: CheckpointsFile;
  readonly findCall: (key: Buffer) => Omit<CallRow, 'key'> | undefined;
  /** Rises when another connection has written. */
  dataVersion: number;
  composer: Composer | undefined;
}

/** A group that is sealed and waits for its attestation. */
interface Composed {
  readonly open: OpenLedger;
  readonly composer: Composer;
  readonly size: number;
  readonly time: string;
  readonly effects: readonly string[];
  readonly answers: Map<Call, Written | Error>;
  readonly finished: readonly Call[];
  readonly repeats: readonly [Call, Call][];
}

class LedgerFile implements SqliteLedger {
  readonly #options: LedgerOptions;
  readonly #path: string;
  readonly #anchors: string;
  readonly #queue = new GroupCommit((parts) => this.#writeGroup(parts));
  readonly #cosigners: readonly Cosigner[];
  #open: OpenLedger | undefined;

  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#path = ledgerPath(options.directory);
    this.#anchors = options.anchors ?? join(options.directory, 'anchors');
    this.#cosigners = options.isPostQuantum ? [postQuantumCosigner(options.keyring)] : [];
  }

  readonly append: Ledger['append'] = async ({ records: ref }, options) => {
    const { content } = this.#options;
    options.signal.throwIfAborted();
    const { firstIndex, size, root, records, items } = await this.#enqueue(content.getTable(ref), ref.digest, true, options);
    const indexes = content.putTable(makeTable({ record: column.int32(records), item: column.int32(items) }));
    return { firstIndex, size, root, indexes };
  };

  readonly write = async (table: Table, options: CallOptions): Promise<Written> => {
    options.signal.throwIfAborted();
    return this.#enqueue(table, encodeTable(table).digest, false, options);
  };

  async #enqueue(table: Table, digest: string, isAttested: boolean, { signal, idempotencyKey }: CallOptions): Promise<Written> {
    const rows = recordRows(table);
    // Half of the commitment names the call in the file; the other half stays here and keys what is said of its records.
    const commitment = Buffer.from(this.#options.keyring.commit('call', idempotencyKey), 'hex');
    return this.#queue.add({
      rows,
      signal,
      effect: idempotencyKey,
      isAttested,
      key: commitment.subarray(0, 16),
      digest: sha256Bytes(Buffer.concat([commitment, Buffer.from(digest)])).subarray(0, 16),
      next: 0,
      records: new Int32Array(rows.count).fill(-1),
      items: new Int32Array(rows.count).fill(-1),
    });
  }

  readonly verify = (level: 'quick' | 'full' = 'full'): VerifyReport =>
    verifyLedger(this.#options.directory, this.#anchors, this.#options.keyring.verifierKeyFor, level);

  readonly verifyDeep = async (checks: readonly DeepCheck[]): Promise<VerifyReport> => {
    const report = this.verify('full');
    const faults = [...report.faults];
    if (report.verified) {
      this.#read((database) => {
        for (const fault of bodyFaults(database, this.#options.vault())) if (faults.length < listedFaults) faults.push(fault);
      });
      for (const { check } of checks) faults.push(...(await check()));
    }
    return { ...report, level: 'deep', verified: faults.length === 0, faults };
  };

  readonly proof = (index: number, item: number | null = null, size?: number): ProofAnswer =>
    this.#read((database) => proveRecord(database, { index, item }, size)) ?? proveRecord(undefined, { index, item });

  readonly records = function* (this: LedgerFile): Generator<string> {
    if (!existsSync(this.#path)) return;
    const database = openDatabase(this.#path, '', { readonly: true });
    try {
      for (const leaf of database.prepare<[], Buffer>('SELECT leaf FROM entry ORDER BY idx').pluck().iterate()) yield leaf.toString('utf8');
    } finally {
      database.close();
    }
  };

  readonly at = (place: RecordPlace): LedgerRecord => this.#read((database) => readRecord(database, place)) ?? readRecord(undefined, place);

  readonly placesOfKids = (kids: readonly string[]): readonly RecordPlace[] => this.#read((database) => placesOfKids(database, kids)) ?? [];

  readonly placesOfKinds = (kinds: readonly string[]): readonly RecordPlace[] =>
    this.#read((database) => placesOfKinds(database, kinds)) ?? [];

  readonly addAnchor = ({ size, root, kind, place, time, evidence }: AnchorReceipt): void =>
    explainSqlite(this.#path, () => {
      const { database } = this.#opened();
      const known = database.prepare('SELECT 1 FROM anchor WHERE size = ? AND kind = ? AND place = ? AND evidence = ?');
      if (known.get(size, kind, place, evidence)) return;
      database
        .prepare('INSERT INTO anchor (size, root, kind, place, time, evidence) VALUES (?, ?, ?, ?, ?, ?)')
        .run(size, Buffer.from(root, 'hex'), kind, place, time, evidence);
    });

  readonly anchored = (): readonly AnchorReceipt[] =>
    this.#read((database) =>
      database
        .prepare<[], AnchorReceipt>('SELECT size, lower(hex(root)) AS root, kind, place, time, evidence FROM anchor ORDER BY id')
        .all(),
    ) ?? [];

  readonly checkpoints = (fromSize = 0): readonly Checkpoint[] =>
    this.#read((database) =>
      database
        .prepare<[number], string>('SELECT note FROM checkpoint WHERE size >= ? ORDER BY size')
        .pluck()
        .all(fromSize)
        .flatMap((note) => readCheckpoints(note)),
    ) ?? [];

  readonly withTiles = <Result>(work: (source: TileSource) => Result): Result => {
    const found = this.#read((database) => ({ result: withTiles(database, work) }));
    if (!found) throw nothingRecorded();
    return found.result;
  };

  readonly close = async (): Promise<void> => {
    if (!this.#queue.isIdle) await this.#queue.settled();
    this.#closeFile();
  };

  /** Undefined where there is no file yet. */
  #read<Found>(work: (database: Database) => Found): Found | undefined {
    return explainSqlite(this.#path, () => {
      if (this.#open) return work(this.#open.database);
      if (!existsSync(this.#path)) return undefined;
      const database = openDatabase(this.#path, '', { readonly: true });
      try {
        return work(database);
      } finally {
        database.close();
      }
    });
  }

  #closeFile(): void {
    this.#open?.anchors.close();
    this.#open?.database.close();
    this.#open = undefined;
  }

  async #writeGroup(parts: readonly Part[]): Promise<ReadonlyMap<Call, Written | Error>> {
    try {
      const composed = explainSqlite(this.#path, () => this.#composeParts(parts));
      const envelope = await this.#attestation(composed);
      return explainSqlite(this.#path, () => this.#writeComposed(composed, envelope));
    } catch (error) {
      // What is in memory may be ahead of the file.
      if (this.#open) this.#open.composer = undefined;
      throw error;
    }
  }

  #composeParts(parts: readonly Part[]): Composed {
    const open = this.#opened();
    const answers = new Map<Call, Written | Error>();
    const finished: Call[] = [];
    const composer = this.#composer(open);
    const size = composer.size;
    const time = new Date(this.#options.clock.now()).toISOString();
    const firstOf = new Map<string, Call>();
    const repeats: [Call, Call][] = [];
    const news = parts.filter(({ call }) => {
      const key = call.key.toString('latin1');
      const first = firstOf.get(key);
      const known = first || call.next > 0 ? undefined : this.#knownCall(open, call);
      if (first) repeats.push([call, first]);
      else if (known) answers.set(call, known);
      else firstOf.set(key, call);
      return !first && !known;
    });
    composer.fetchKeys(news.map(({ call: { rows }, from, to }) => ({ rows, from, to })));
    for (const { call, from, to } of news) {
      try {
        composer.compose(
          call.rows,
          from,
          to,
          time,
          (row, number) => {
            const { index, item } = placeOf(number);
            call.records[row] = index;
            call.items[row] = item ?? -1;
          },
          call.isAttested,
        );
      } catch (error) {
        if (!(error instanceof CohortiumError)) throw error;
        answers.set(call, error);
        continue;
      }
      call.next = to;
      if (to === call.rows.count) finished.push(call);
    }
    return {
      open,
      composer,
      size,
      time,
      answers,
      finished,
      repeats,
      effects: parts.flatMap(({ call }) => (call.isAttested ? [call.effect] : [])),
    };
  }

  /** A statement over every leaf that waits for one; undefined where none does. */
  async #attestation({ composer, size, time, effects }: Composed): Promise<DsseEnvelope | undefined> {
    const leaves = composer.attestable;
    return leaves.length === 0 ? undefined : this.#options.attest?.({ time, size, effects: [...new Set(effects)].sort(), leaves });
  }

  #writeComposed(composed: Composed, envelope: DsseEnvelope | undefined): ReadonlyMap<Call, Written | Error> {
    const { open, composer, size, time, answers, finished, repeats } = composed;
    if (envelope) {
      const att = sha256(canonicalJson(envelope));
      composer.finish(att);
      const rows = attestationRows(att, envelope);
      composer.fetchKeys([{ rows, from: 0, to: 1 }]);
      composer.compose(rows, 0, 1, time, () => {});
    }
    composer.finish();
    const checkpoint =
      composer.size > size ? signCheckpoint(this.#options.keyring, composer.size, composer.root(), this.#cosigners) : undefined;
    const receipts = finished.map((call) => this.#receiptOf(open, call, checkpoint, size));
    const calls = finished.flatMap((call, at): CallRow[] => {
      const receipt = receipts[at];
      return receipt && call.rows.count > 0 ? [{ key: call.key, records: call.digest, receipt: encodeReceipt(receipt) }] : [];
    });
    const rows = composer.takeRows();
    if (checkpoint || calls.length > 0 || rows.kids.length > 0) open.write({ size, rows, checkpoint, calls });
    if (checkpoint) open.anchors.append(checkpoint);
    for (const [at, call] of finished.entries()) {
      const receipt = receipts[at];
      if (!receipt) continue;
      answers.set(call, receipt);
    }
    for (const [call, first] of repeats) {
      const answer = answers.get(first);
      // One that goes on is asked again with the next group.
      if (answer) answers.set(call, answer instanceof Error || call.digest.equals(first.digest) ? answer : otherRecords());
    }
    return answers;
  }

  #composer(open: OpenLedger): Composer {
    const version = Number(open.database.pragma('data_version', { simple: true }));
    if (open.composer && version === open.dataVersion) return open.composer;
    open.dataVersion = version;
    this.#refuseRolledBack(open.database);
    const { keyring, vault } = this.#options;
    const parts = { database: open.database, vault: vault(), randomness: randomnessOf(keyring), codec: this.#codec() };
    return (open.composer = new Composer(parts));
  }

  #knownCall({ database, findCall }: OpenLedger, call: Call): Written | Error | undefined {
    const known = findCall(call.key);
    if (!known) return undefined;
    // After an erasure what was handed over then is not known any more.
    if (known.records.length > 0 && !known.records.equals(call.digest)) return otherRecords();
    const receipt = decodeReceipt(known.receipt);
    return { ...receipt, root: checkpointOf(database, receipt.size)?.root.toString('hex') ?? emptyRoot.toString('hex') };
  }

  /** First record of a call, and the first checkpoint that covers all of it. */
  #receiptOf({ database }: OpenLedger, { records, items }: Call, checkpoint: Checkpoint | undefined, sizeBefore: number): Written {
    if (records.length === 0) return { firstIndex: sizeBefore, size: sizeBefore, root: newestRoot(database), records, items };
    const firstIndex = records.reduce((a, b) => Math.min(a, b));
    const covered = records.reduce((a, b) => Math.max(a, b)) + 1;
    if (covered > sizeBefore && checkpoint) return { firstIndex, size: checkpoint.size, root: checkpoint.root, records, items };
    const covering = database
      .prepare<[number], CheckpointRow>('SELECT * FROM checkpoint WHERE size >= ? ORDER BY size LIMIT 1')
      .get(covered);
    return { firstIndex, size: covering?.size ?? 0, root: (covering?.root ?? emptyRoot).toString('hex'), records, items };
  }

  #codec(): BodyCodec {
    return this.#options.keyring.isDemonstration ? bodyCodecs.plain : bodyCodecs.deflate;
  }

  #opened(): OpenLedger {
    return (this.#open ??= this.#openFile());
  }

  #openFile(): OpenLedger {
    mkdirSync(this.#options.directory, { recursive: true });
    const database = openDatabase(this.#path, ledgerSchema, { pageSize: 8192 });
    try {
      this.#refuseDamaged(database);
      this.#refuseRolledBack(database);
      const anchors = openCheckpointsFile(this.#anchors);
      this.#anchorWhatIsMissing(database, anchors);
      const find = database.prepare<[Buffer], Omit<CallRow, 'key'>>('SELECT records, receipt FROM call WHERE key = ?');
      return { database, write: groupWriter(database), anchors, findCall: (key) => find.get(key), dataVersion: -1, composer: undefined };
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** What must hold before the first write of a process; `verify` checks the rest. */
  #refuseDamaged(database: Database): void {
    const newest = newestCheckpoint(database);
    if (!newest) return;
    const [signed] = readCheckpoints(newest.note);
    if (!signed || !isSignedBy(signed, this.#options.keyring.verifierKeyFor(signed.size))) {
      const message = `the checkpoint of ${newest.size} leaves was not signed by the key in keys/; restore the key that belongs to ${this.#path}`;
      throw new CohortiumError('LEDGER_SIGNATURE_INVALID', message);
    }
    if (rootOf(newest.size, subtreeReader(database)).toString('hex') !== signed.root) {
      throw new CohortiumError(
        'LEDGER_ROOT_MISMATCH',
        `${this.#path} differs from its checkpoint of ${newest.size} leaves; run 'cohortium verify'`,
      );
    }
  }

  #refuseRolledBack(database: Database): void {
    const anchor = readAnchors(this.#anchors).at(-1);
    if (!anchor) return;
    const size = newestCheckpoint(database)?.size ?? 0;
    if (anchor.size > size) {
      const message = `${this.#path} holds ${size} leaves, but ${anchor.size} were signed and anchored: an older copy was put back; restore the newest one`;
      throw new CohortiumError('LEDGER_ROLLED_BACK', message, { detail: { size, anchored: anchor.size } });
    }
    if (checkpointOf(database, anchor.size)?.root.toString('hex') !== anchor.root) {
      const message = `${this.#path} differs from the anchored checkpoint of ${anchor.size} leaves; run 'cohortium verify'`;
      throw new CohortiumError('LEDGER_ROOT_MISMATCH', message);
    }
  }

  /** Checkpoints that a crash took after the newest anchor. A lost anchor file is for `verify` to report. */
  #anchorWhatIsMissing(database: Database, anchors: CheckpointsFile): void {
    const anchored = readAnchors(this.#anchors).at(-1);
    const missing = database
      .prepare<[number], CheckpointRow>('SELECT * FROM checkpoint WHERE size > ? ORDER BY size')
      .all(anchored?.size ?? 0);
    if (!anchored && missing.length > 1) return;
    for (const { note } of missing) for (const checkpoint of readCheckpoints(note)) anchors.append(checkpoint);
  }
}

/** The envelope is a record of its own, so that it can be read, kept and proven like what it is about. */
function attestationRows(att: string, envelope: DsseEnvelope): RecordRows {
  return {
    count: 1,
    kinds: ['attestation'],
    streams: [att],
    subjects: [''],
    classes: [classOf('attestation')],
    schemas: [schemaOf('attestation')],
    bodies: [canonicalJson({ envelope })],
    attestations: undefined,
    batches: Int32Array.of(-1),
  };
}

function otherRecords(): CohortiumError {
  return new CohortiumError('LEDGER_KEY_CONFLICT', 'other records were written under this idempotency key; nothing was written');
}

function newestCheckpoint(database: Database): CheckpointRow | undefined {
  return database.prepare<[], CheckpointRow>('SELECT * FROM checkpoint ORDER BY size DESC LIMIT 1').get();
}

function checkpointOf(database: Database, size: number): CheckpointRow | undefined {
  return database.prepare<[number], CheckpointRow>('SELECT * FROM checkpoint WHERE size = ?').get(size);
}

function newestRoot(database: Database): string {
  return (newestCheckpoint(database)?.root ?? emptyRoot).toString('hex');
}
