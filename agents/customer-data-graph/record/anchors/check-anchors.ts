/**
 * Asks every place what it remembers and holds the ledger against it. A history that was forged here, with all keys, tables and files of
 * this machine, differs from what stands elsewhere: that is what is looked for, and whether what was put there is there still. Writes nothing.
 */
import { isCohortiumError } from '../../../../skills/sdk/index.ts';
import { lockFault } from '../../../adapters/object-lock/lock-check.ts';
import type { OpenLockStore } from '../../../adapters/object-lock/lock-store.ts';
import { type AnchorSource, readForAnchors } from '../../../adapters/sqlite/ledger/segment-source.ts';
import { verifyToken } from '../../../adapters/timestamp/verify-token.ts';
import { askWitness } from '../../../adapters/witness/ask-witness.ts';
import { cosignatureIn, witnessKey } from '../../../adapters/witness/cosignature.ts';
import { formatCount } from '../../report/format-number.ts';
import type { Workspace } from '../../workspace.ts';
import type { AnchorReceipt } from '../anchor-interface.ts';
import type { AnchorCheck, AnchorFault } from './anchor-door-interface.ts';
import { trustedOf, witnessed } from './anchor-now.ts';
import { anchorStatus, describeWaiting } from './anchor-status.ts';
import { historyFault, signedCheckpoint } from './compare-checkpoint.ts';
import { folderOf, isAt, storeId } from './configured-places.ts';
import { openStore } from './open-store.ts';
import { type CheckpointCopy, copiesAt, copiesIn } from './places.ts';

export async function checkAnchors(workspace: Workspace): Promise<AnchorCheck> {
  return new Check(workspace).run();
}

type Found = Omit<AnchorCheck['places'][number], 'place'>;

/** A store answers each from far away. */
const readsAtOnce = 16;
const restoreOrLeave = 'restore it, or name another place under anchors: and run `cohortium anchor now`';

class Check {
  readonly #workspace: Workspace;
  readonly #faults: AnchorFault[] = [];
  readonly #places: AnchorCheck['places'][number][] = [];

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  async run(): Promise<AnchorCheck> {
    const { config, ledger } = this.#workspace;
    const { anchors } = config;
    this.#checkReceipts(ledger().anchored());
    for (const witness of anchors.witnesses) {
      await this.#at(witness.url, async () => {
        const newest = this.#read((source) => source.newest);
        if (!newest) return { found: 'nothing to cosign yet', isEmpty: true };
        const { time } = await askWitness(witness, witnessed(this.#workspace, newest, witness.url));
        return { found: `cosigns ${formatCount(newest.size)} records at ${time}`, isEmpty: false };
      });
    }
    const folder = folderOf(this.#workspace);
    if (folder !== undefined) await this.#at(folder, () => this.#checkFolder(folder));
    const { objectLock } = anchors;
    if (objectLock) {
      await this.#at(storeId(objectLock), async () => {
        const store = await openStore(objectLock, this.#workspace.paths.directory, process.env);
        try {
          return await this.#checkStore(store);
        } finally {
          store.close();
        }
      });
    }
    const status = anchorStatus(this.#workspace);
    if (status.isStale) this.#fault('ANCHOR_STALE', describeWaiting(status), null);
    return { ok: this.#faults.length === 0, places: this.#places, faults: this.#faults };
  }

  async #checkFolder(folder: string): Promise<Found> {
    const copies = copiesIn(folder);
    const there = new Set(copies.map(({ key }) => key));
    return this.#checkCopies('file', folder, copies, async ({ evidence: key }) => {
      if (!there.has(key)) this.#fault('ANCHOR_UNREACHABLE', `${folder}, ${key} was put there and is gone; ${restoreOrLeave}`, null);
    });
  }

  async #checkStore(store: OpenLockStore): Promise<Found> {
    return this.#checkCopies('object-lock', store.id, await copiesAt(store), (receipt) => this.#checkLock(store, receipt));
  }

  async #checkLock(store: OpenLockStore, { size, evidence }: AnchorReceipt): Promise<void> {
    const put = JSON.parse(evidence) as {
      readonly key: string;
      readonly version: string;
      readonly mode: 'governance' | 'compliance';
      readonly until: string;
      readonly sha256: string;
    }; // written by anchorNow
    // After its day an object may go; what it proved, later ones prove.
    if (Date.parse(put.until) <= this.#workspace.clock.now()) return;
    const found = await store.readBack(put.key, put.version);
    const bytes = this.#read((source) => source.checkpointAt(size))?.note;
    const fault = found
      ? bytes !== undefined && lockFault({ ...put, bytes: Buffer.from(bytes) }, found)
      : `version ${put.version} is gone, or its lock is, which was to last until ${put.until}`;
    if (fault) this.#fault('ANCHOR_NOT_LOCKED', `${store.id}, ${put.key}: ${fault}`, null);
  }

  /** What is noted here: proofs that need nobody. */
  #checkReceipts(receipts: readonly AnchorReceipt[]): void {
    const { witnesses, timestamp } = this.#workspace.config.anchors;
    for (const receipt of receipts) {
      const { size, kind, place, evidence } = receipt;
      this.#compareRoot(receipt, place);
      const note = this.#read((source) => source.checkpointAt(size))?.note;
      if (note === undefined) continue;
      try {
        if (kind === 'timestamp' && timestamp?.url === place) {
          verifyToken(Buffer.from(evidence, 'base64'), { data: Buffer.from(note), trusted: trustedOf(this.#workspace) });
        }
      } catch (error) {
        if (!isCohortiumError(error)) throw error;
        this.#fault(error.code, `${place}, ${size} records: ${error.message}`, null);
      }
      const witness = kind === 'witness' ? witnesses.find(({ url }) => url === place) : undefined;
      if (witness && !cosignatureIn(evidence, note, witnessKey(witness.key))) {
        this.#fault('WITNESS_REFUSED', `${place}: the cosignature that is kept of ${size} records does not verify`, null);
      }
    }
  }

  /** @param checkReceipt whether what a receipt names is still there */
  async #checkCopies(
    kind: AnchorReceipt['kind'],
    place: string,
    copies: readonly CheckpointCopy[],
    checkReceipt: (receipt: AnchorReceipt) => Promise<void>,
  ): Promise<Found> {
    const faultsBefore = this.#faults.length;
    const receipts = this.#workspace
      .ledger()
      .anchored()
      .filter((receipt) => isAt(receipt, { kind, place }));
    if (copies.length === 0) {
      if (receipts.length === 0) return { found: 'nothing was put there yet', isEmpty: true };
      const lost = `none of the ${formatCount(receipts.length)} checkpoint(s) that were put there`;
      this.#fault('ANCHOR_UNREACHABLE', `${place} has ${lost}: it was emptied, or is not mounted; ${restoreOrLeave}`, null);
      return { found: lost, isEmpty: true };
    }
    for (let from = 0; from < copies.length; from += readsAtOnce) {
      const some = copies.slice(from, from + readsAtOnce);
      const notes = await Promise.all(some.map(({ read }) => read()));
      for (const [row, copy] of some.entries()) this.#compareCopy(place, copy, notes[row] ?? new Uint8Array());
    }
    for (const receipt of receipts) await checkReceipt(receipt);
    const newest = copies.reduce((most, { said }) => Math.max(most, said.size), 0);
    const kept = `${formatCount(new Set(copies.map(({ key }) => key)).size)} checkpoint(s), the newest of ${formatCount(newest)} records`;
    const faults = this.#faults.length - faultsBefore;
    return { found: faults === 0 ? `${kept}, as the ledger has them` : `${kept}; ${formatCount(faults)} fault(s)`, isEmpty: false };
  }

  /** Names are not believed: whoever can write there can write any. */
  #compareCopy(place: string, { key, said }: CheckpointCopy, bytes: Uint8Array): void {
    const signed = signedCheckpoint(bytes, this.#workspace.keys());
    // Anybody may put an object there; only one that the key of this ledger signed says anything.
    if (!signed)
      return this.#fault('LEDGER_SIGNATURE_INVALID', `${place}, ${key} was not signed by the key of this ledger, or was changed`, null);
    this.#compareRoot(signed, place);
    if (signed.size === said.size && signed.root === said.root) return;
    const message = `${place}, ${key} holds the checkpoint of ${signed.size} records with the root ${signed.root}, which its name does not say`;
    this.#fault('ANCHOR_NOT_LOCKED', message, null);
  }

  #compareRoot(checkpoint: Pick<AnchorReceipt, 'size' | 'root'>, place: string): void {
    const fault = readForAnchors(this.#workspace.paths.state, (source) => historyFault(source, checkpoint, place));
    if (fault) this.#faults.push(fault);
  }

  async #at(place: string, work: () => Promise<Found>): Promise<void> {
    try {
      this.#places.push({ place, ...(await work()) });
    } catch (error) {
      if (!isCohortiumError(error)) throw error;
      this.#places.push({ place, found: error.code, isEmpty: true });
      this.#fault(error.code, error.message, null);
    }
  }

  #read<Found>(work: (source: AnchorSource) => Found): Found | undefined {
    return readForAnchors(this.#workspace.paths.state, (source) => source && work(source));
  }

  #fault(code: string, message: string, index: number | null): void {
    this.#faults.push({ code, message, index });
  }
}
