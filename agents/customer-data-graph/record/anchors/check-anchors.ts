/**
 * Asks every place what it remembers and holds the ledger against it. A history that was forged here, with all keys, tables and files of
 * this machine, differs from what stands elsewhere: that is what is looked for. Writes nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { isCohortiumError } from '../../../../skills/sdk/index.ts';
import { lockFault } from '../../../adapters/object-lock/lock-check.ts';
import type { OpenLockStore } from '../../../adapters/object-lock/lock-store.ts';
import { isSignedBy, readCheckpoints } from '../../../adapters/sqlite/ledger/note.ts';
import { type AnchorSource, readForAnchors } from '../../../adapters/sqlite/ledger/segment-source.ts';
import { verifyToken } from '../../../adapters/timestamp/verify-token.ts';
import { askWitness } from '../../../adapters/witness/ask-witness.ts';
import { cosignatureIn, witnessKey } from '../../../adapters/witness/cosignature.ts';
import { formatCount } from '../../report/format-number.ts';
import type { Workspace } from '../../workspace.ts';
import type { AnchorReceipt } from '../anchor-interface.ts';
import type { AnchorCheck, AnchorFault } from './anchor-door-interface.ts';
import { folderOf, trustedOf, witnessed } from './anchor-now.ts';
import { anchorStatus } from './anchor-status.ts';
import { openStore } from './open-store.ts';
import { checkpointFolder, keysIn, readCheckpointKey } from './places.ts';

export async function checkAnchors(workspace: Workspace): Promise<AnchorCheck> {
  return new Check(workspace).run();
}

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
        if (!newest) return 'nothing to cosign yet';
        const { time } = await askWitness(witness, witnessed(this.#workspace, newest, witness.url));
        return `cosigns ${formatCount(newest.size)} records at ${time}`;
      });
    }
    const folder = folderOf(this.#workspace);
    if (folder !== undefined) {
      await this.#at(folder, async () => {
        const keys = keysIn(folder, checkpointFolder);
        return this.#compare(keys, folder, async (key) => readFileSync(join(folder, key)));
      });
    }
    const { objectLock } = anchors;
    if (objectLock) {
      await this.#at(objectLock.kind, async () => {
        const store = await openStore(objectLock, this.#workspace.paths.directory, process.env);
        try {
          return await this.#checkStore(store);
        } finally {
          store.close();
        }
      });
    }
    const { places, waitingSince, isStale } = anchorStatus(this.#workspace);
    if (isStale) this.#fault('ANCHOR_STALE', `records since ${waitingSince} wait for an anchor (${places.join(', ')})`, null);
    return { ok: this.#faults.length === 0, places: this.#places, faults: this.#faults };
  }

  /** Versions under delete markers too: hiding an object removes no lock. */
  async #checkStore(store: OpenLockStore): Promise<string> {
    const versions = await store.list(checkpointFolder);
    const versionsOf = new Map<string, string[]>();
    for (const { key, version } of versions) versionsOf.set(key, [...(versionsOf.get(key) ?? []), version]);
    const said = await this.#compare([...versionsOf.keys()], store.id, async (key) => store.read(key, versionsOf.get(key)?.[0] ?? ''));
    for (const receipt of this.#workspace.ledger().anchored()) {
      if (receipt.kind === 'object-lock' && receipt.place === store.id) await this.#checkLock(store, receipt);
    }
    return said;
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
    const fault = bytes === undefined ? undefined : lockFault({ ...put, bytes: Buffer.from(bytes) }, found);
    if (fault !== undefined) this.#fault('ANCHOR_NOT_LOCKED', `${store.id}, ${put.key}: ${fault}`, null);
  }

  /** What is noted here: proofs that need nobody. */
  #checkReceipts(receipts: readonly AnchorReceipt[]): void {
    const { witnesses, timestamp } = this.#workspace.config.anchors;
    for (const receipt of receipts) {
      const { size, root, kind, place, evidence } = receipt;
      this.#compareRoot(size, root, place);
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

  /** @returns what was found, in words */
  async #compare(keys: readonly string[], place: string, read: (key: string) => Promise<Uint8Array>): Promise<string> {
    const faultsBefore = this.#faults.length;
    let newest = 0;
    let count = 0;
    for (const key of keys) {
      const said = readCheckpointKey(key);
      if (!said) continue;
      count += 1;
      newest = Math.max(newest, said.size);
      if (this.#differs(said.size, said.root)) {
        // Anybody may put an object there; only one that the key of this ledger signed says anything.
        const [signed] = readCheckpoints(Buffer.from(await read(key)).toString('utf8'));
        const isOurs =
          signed?.size === said.size && signed.root === said.root && isSignedBy(signed, this.#workspace.keys().verifierKeyFor(said.size));
        if (isOurs) this.#compareRoot(said.size, said.root, place);
        else this.#fault('LEDGER_SIGNATURE_INVALID', `${place}, ${key} was not signed by the key of this ledger`, null);
      }
    }
    const differing = this.#faults.length - faultsBefore;
    const kept = `${formatCount(count)} checkpoint(s), the newest of ${formatCount(newest)} records`;
    return differing === 0 ? `${kept}, as the ledger has them` : `${kept}; ${differing} differ`;
  }

  #differs(size: number, root: string): boolean {
    return this.#read((source) => size > (source.newest?.size ?? 0) || source.rootAt(size) !== root) ?? true;
  }

  #compareRoot(size: number, root: string, place: string): void {
    const found = this.#read((source) => ({
      held: source.newest?.size ?? 0,
      at: size <= (source.newest?.size ?? 0) ? source.rootAt(size) : '',
    }));
    const held = found?.held ?? 0;
    if (size > held) {
      this.#fault('LEDGER_ROLLED_BACK', `${place} has ${size} records, the ledger holds ${held}: an older copy was put back`, held);
    } else if (found?.at !== root) {
      this.#fault(
        'LEDGER_ROOT_MISMATCH',
        `${place} has the root ${root} of ${size} records, the ledger gives ${found?.at}: its history was rewritten`,
        null,
      );
    }
  }

  async #at(place: string, work: () => Promise<string>): Promise<void> {
    try {
      this.#places.push({ place, found: await work() });
    } catch (error) {
      if (!isCohortiumError(error)) throw error;
      this.#places.push({ place, found: error.code });
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
