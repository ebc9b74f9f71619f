/**
 * Makes rows of the ledger from records: finds keys, passes over what did not change, seals the rest, and grows the tree in memory.
 * Writes nothing.
 */
import { hash } from 'node:crypto';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { DataKey, Vault } from '../../../customer-data-graph/record/vault-interface.ts';
import type { Database } from '../open-database.ts';
import type { BodyCodec } from './body-codec.ts';
import { batchLeaf, itemText, type LeafHead, recordLeaf } from './leaf.ts';
import { GrowingTree, hashLeaf, rootOfLeaves } from './merkle.ts';
import type { Randomness } from './randomness.ts';
import type { RecordRows } from './record-rows.ts';
import { type Fields, fieldsOf, sealBody } from './seal-body.ts';
import { chainAfter, chainStart, type EntryRow, placeNumber, subtreeReader } from './tables.ts';

/** Rows to be written in one transaction. */
export interface GroupRows {
  readonly kids: [id: number, kid: Buffer][];
  readonly entries: [idx: number, kind: string, leaf: Buffer, prev: Buffer, chain: Buffer][];
  readonly nodes: [level: number, idx: number, hash: Buffer][];
  readonly items: [place: number, kid: number, commitment: Buffer, ct: Buffer][];
  readonly bodies: [place: number, kid: number, sealed: Buffer][];
  readonly streams: Map<string, [kid: number, tag: Buffer, place: number, same: Buffer]>;
}

export interface ComposerParts {
  readonly database: Database;
  readonly vault: Vault;
  readonly randomness: Randomness;
  readonly codec: BodyCodec;
}

/** What a record is about. */
interface Thing {
  readonly kidId: number;
  readonly tag: Buffer;
}

interface Sealed extends Thing {
  readonly row: number;
  readonly kid: string;
  readonly commit: string;
  readonly ct: string;
  readonly sealed: Buffer;
  readonly same: Buffer;
}

/** A leaf before it is written: what it commits to is known, who attests to it may not be. */
interface Draft {
  readonly head: LeafHead;
  /** Commitment of the record, or root of the batch; hex. */
  readonly digest: string;
  readonly isAttested: boolean;
  readonly write: (head: LeafHead) => Buffer;
}

/** What an attestation is about: a leaf to be, by what it commits to. */
export type Attestable = Pick<Draft, 'digest'> & { readonly index: number; readonly kind: string };

/** Told of the place of every row. */
export type Placed = (row: number, place: number) => void;

/** Kids that are remembered, so that a customer's second record asks nobody. */
const rememberedKids = 500_000;

/** Goes on from what the database holds; lives as long as nobody else writes to it. */
export class Composer {
  readonly #parts: ComposerParts;
  readonly #tree: GrowingTree;
  readonly #kids = new Map<string, number>();
  readonly #keys = new Map<string, DataKey>();
  readonly #findKid;
  readonly #isErased;
  readonly #findStream;
  #nextKid: number;
  #chain: Buffer;
  #rows: GroupRows = noRows();
  #drafts: Draft[] = [];
  #isAttested = false;

  constructor(parts: ComposerParts) {
    this.#parts = parts;
    const { database } = parts;
    const last = database.prepare<[], EntryRow>('SELECT * FROM entry ORDER BY idx DESC LIMIT 1').get();
    this.#chain = last?.chain ?? chainStart;
    this.#tree = new GrowingTree(last ? last.idx + 1 : 0, subtreeReader(database));
    this.#nextKid = database.prepare<[], number>('SELECT coalesce(max(id) + 1, 0) FROM kid').pluck().get() ?? 0;
    this.#findKid = database.prepare<[Buffer], number>('SELECT id FROM kid WHERE kid = ?').pluck();
    this.#isErased = database.prepare<[number], number>('SELECT 1 FROM erasure WHERE kid = ?').pluck();
    this.#findStream = database.prepare<[number, Buffer], { readonly place: number; readonly same: Buffer }>(
      'SELECT place, same FROM stream WHERE kid = ? AND tag = ?',
    );
  }

  get size(): number {
    return this.#tree.size + this.#drafts.length;
  }

  /** Of what is finished. */
  root(): Buffer {
    return this.#tree.root();
  }

  /** Leaves that wait for an attestation. */
  get attestable(): readonly Attestable[] {
    return this.#drafts.flatMap(({ head: { index, kind }, digest, isAttested }) => (isAttested ? [{ index, kind, digest }] : []));
  }

  /**
   * Makes leaves of what was composed, and grows the tree by them.
   * @param att SHA-256 of the attestation of leaves that wait for one; hex
   */
  finish(att = ''): void {
    for (const { head, isAttested, write } of this.#drafts) this.#addLeaf(head, write(isAttested ? { ...head, att } : head));
    this.#drafts = [];
  }

  /** What was composed since the last time. */
  takeRows(): GroupRows {
    const rows = this.#rows;
    this.#rows = noRows();
    return rows;
  }

  /** Fetches the keys of everybody in a group at once: new ones are on disk when this returns, and a disk takes its time. */
  fetchKeys(parts: readonly { readonly rows: RecordRows; readonly from: number; readonly to: number }[]): void {
    this.#keys.clear();
    const wanted = new Map<string, Set<string>>();
    for (const { rows, from, to } of parts) {
      for (let row = from; row < to; row++) {
        const name = rows.classes[row] ?? '';
        let subjects = wanted.get(name);
        if (!subjects) wanted.set(name, (subjects = new Set()));
        subjects.add(rows.subjects[row] ?? '');
      }
    }
    for (const [name, subjects] of wanted) {
      const list = [...subjects];
      for (const [at, key] of this.#parts.vault.keysFor(list, name).entries()) this.#keys.set(keyName(name, list[at] ?? ''), key);
    }
  }

  /**
   * Composes rows [from, to), whose keys were fetched, and which end where a batch ends.
   * @param time ISO 8601
   * @param isAttested whether the leaves wait for one attestation over all of them
   * @throws {CohortiumError} ARGUMENT_INVALID, KEY_UNAVAILABLE before anything is composed
   */
  compose(records: RecordRows, from: number, to: number, time: string, placed: Placed, isAttested = false): void {
    this.#isAttested = isAttested;
    const keys = this.#keysOf(records, from, to);
    const texts = new Map<string, Fields>();
    const fields = Array.from({ length: to - from }, (_, at) => {
      const text = records.bodies[from + at] ?? '';
      const known = texts.get(text);
      if (known) return known;
      const read = fieldsOf(text);
      texts.set(text, read);
      return read;
    });
    if (this.#kids.size >= rememberedKids && this.#rows.kids.length === 0) this.#kids.clear();
    let batch: Sealed[] = [];
    const open = new Set<string>();
    const endBatch = (): void => {
      this.#endBatch(records, batch, time, placed);
      batch = [];
      open.clear();
    };
    for (let row = from; row < to; row++) {
      const key = keys[row - from];
      const body = fields[row - from];
      if (!key || !body) continue; // as many as rows
      if (batch[0] && !isNeighbour(records, batch[0].row, row)) endBatch();
      const thing = this.#thing(records, row, key);
      // What comes again is held against the record before it, which needs a place for that.
      if (open.has(streamKey(thing.kidId, thing.tag))) endBatch();
      const sealed = this.#seal(records, row, key, thing, body, placed);
      if (!sealed) continue;
      if (records.batches[row] === -1) this.#addRecord(records, sealed, time, placed);
      else {
        batch.push(sealed);
        open.add(streamKey(thing.kidId, thing.tag));
      }
    }
    endBatch();
  }

  #thing({ kinds, streams }: RecordRows, row: number, { kid, key }: DataKey): Thing {
    return { kidId: this.#kidId(kid), tag: keyedTag(key, `stream ${JSON.stringify([kinds[row], streams[row]])}`) };
  }

  /** Undefined when the newest record of the thing says the same. */
  #seal(records: RecordRows, row: number, { kid, key }: DataKey, thing: Thing, fields: Fields, placed: Placed): Sealed | undefined {
    const { kidId, tag } = thing;
    const same = keyedTag(key, `same ${JSON.stringify([records.schemas[row], fields.text])}`);
    const newest = this.#newest(kidId, tag);
    if (newest?.same.equals(same)) {
      placed(row, newest.place);
      return undefined;
    }
    const { randomness, codec } = this.#parts;
    const drawn = randomness.draw(() => `${kid} ${tag.toString('hex')} ${same.toString('hex')}`);
    const body = sealBody(fields, records.kinds[row] ?? '', { kid, key }, drawn.subarray(0, 16), drawn.subarray(16), codec);
    return { row, kid, kidId, tag, same, ...body };
  }

  #newest(kidId: number, tag: Buffer): { readonly place: number; readonly same: Buffer } | undefined {
    const pending = this.#rows.streams.get(streamKey(kidId, tag));
    return pending ? { place: pending[2], same: pending[3] } : this.#findStream.get(kidId, tag);
  }

  #addRecord(records: RecordRows, record: Sealed, time: string, placed: Placed): void {
    const place = placeNumber(this.size, null);
    this.#keep(record, place, placed);
    this.#draft(this.#headOf(records, record.row, time), record.commit, (head) => recordLeaf(head, record));
  }

  #endBatch(records: RecordRows, batch: readonly Sealed[], time: string, placed: Placed): void {
    const [first] = batch;
    if (!first) return;
    const index = this.size;
    const hashes = batch.map((record, position) => {
      const place = placeNumber(index, position);
      this.#rows.items.push([place, record.kidId, Buffer.from(record.commit, 'hex'), Buffer.from(record.ct, 'hex')]);
      this.#keep(record, place, placed);
      return hashLeaf(itemText({ position, kid: record.kid, commit: record.commit, ct: record.ct }));
    });
    const root = rootOfLeaves(hashes).toString('hex');
    this.#draft(this.#headOf(records, first.row, time), root, (head) => batchLeaf(head, batch.length, root));
  }

  #keep({ row, kidId, tag, same, sealed }: Sealed, place: number, placed: Placed): void {
    this.#rows.bodies.push([place, kidId, sealed]);
    this.#rows.streams.set(streamKey(kidId, tag), [kidId, tag, place, same]);
    placed(row, place);
  }

  /** What has an attestation of its own keeps it. */
  #draft(head: LeafHead, digest: string, write: Draft['write']): void {
    this.#drafts.push({ head, digest, isAttested: this.#isAttested && head.att === '', write });
  }

  #addLeaf({ kind, index }: LeafHead, leaf: Buffer): void {
    const leafHash = hashLeaf(leaf);
    const chain = chainAfter(this.#chain, leafHash);
    this.#rows.entries.push([index, kind, leaf, this.#chain, chain]);
    this.#rows.nodes.push([0, index, leafHash]);
    this.#tree.push(leafHash, (level, index, node) => this.#rows.nodes.push([level, index, node]));
    this.#chain = chain;
  }

  #headOf(records: RecordRows, row: number, time: string): LeafHead {
    return {
      index: this.size,
      kind: records.kinds[row] ?? '',
      time,
      schema: records.schemas[row] ?? '',
      class: records.classes[row] ?? '',
      att: records.attestations?.[row] ?? '',
    };
  }

  #keysOf({ subjects, classes }: RecordRows, from: number, to: number): readonly DataKey[] {
    const keys: DataKey[] = [];
    for (let row = from; row < to; row++) {
      const key = this.#keys.get(keyName(classes[row] ?? '', subjects[row] ?? ''));
      if (!key) throw new CohortiumError('INTERNAL', `row ${row} was composed before its key was fetched`);
      this.#kidId(key.kid);
      keys.push(key);
    }
    return keys;
  }

  #kidId(kid: string): number {
    const known = this.#kids.get(kid);
    if (known !== undefined) return known;
    const bytes = Buffer.from(kid, 'hex');
    let id = this.#findKid.get(bytes);
    if (id === undefined) {
      id = this.#nextKid++;
      this.#rows.kids.push([id, bytes]);
    } else if (this.#isErased.get(id) !== undefined) {
      throw new CohortiumError('KEY_UNAVAILABLE', `key ${kid} was erased and is still in the vault; shred it, so that another is made`);
    }
    this.#kids.set(kid, id);
    return id;
  }
}

function noRows(): GroupRows {
  return { kids: [], entries: [], nodes: [], items: [], bodies: [], streams: new Map() };
}

const keyName = (recordClass: string, subject: string): string => `${recordClass} ${subject}`;

const streamKey = (kidId: number, tag: Buffer): string => `${kidId} ${tag.toString('latin1')}`;

function isNeighbour({ batches, kinds, schemas, classes, attestations }: RecordRows, row: number, next: number): boolean {
  return (
    batches[row] === batches[next] &&
    kinds[row] === kinds[next] &&
    schemas[row] === schemas[next] &&
    classes[row] === classes[next] &&
    attestations?.[row] === attestations?.[next]
  );
}

/** Half of a digest with the key before the text: who lacks the key can neither compute nor compare it. */
function keyedTag(key: Buffer, text: string): Buffer {
  return Buffer.from(hash('sha256', Buffer.concat([key, Buffer.from(text)]), 'binary').slice(0, 16), 'latin1');
}
