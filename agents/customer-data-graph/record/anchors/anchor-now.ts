/**
 * Anchors the newest checkpoint at every configured place that lacks records. One place that fails keeps none of the others; what each says
 * is noted in the ledger only after it was verified or read back. A store is tried before the first object is trusted to it. Refuses a
 * ledger that is not the one that was anchored.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError, digestOf, isCohortiumError, sha256 } from '../../../../skills/sdk/index.ts';
import type { OpenLockStore } from '../../../adapters/object-lock/lock-store.ts';
import { readForAnchors } from '../../../adapters/sqlite/ledger/segment-source.ts';
import { askAuthority } from '../../../adapters/timestamp/ask-authority.ts';
import { askWitness } from '../../../adapters/witness/ask-witness.ts';
import type { Workspace } from '../../workspace.ts';
import type { AnchorReceipt, LockMode } from '../anchor-interface.ts';
import type { AnchorRun, ExportedSegment } from './anchor-door-interface.ts';
import { placeStatuses } from './anchor-status.ts';
import { folderOf } from './configured-places.ts';
import { exportedSegments, exportSegments } from './export-segments.ts';
import { checkpointClass, lockTerms } from './lock-terms.ts';
import { openStore } from './open-store.ts';
import { checkpointKey, copiesAt, copiesIn, copyTo, timestampFolder } from './places.ts';
import { isAnotherHistory, refuseAnotherHistory, refuseWhatIsNoted } from './refuse-another-history.ts';

/**
 * @param isAll writes segments that are not due as well
 * @throws {CohortiumError} LEDGER_ROLLED_BACK, LEDGER_ROOT_MISMATCH: nothing is put anywhere then
 */
export async function anchorNow(workspace: Workspace, isAll: boolean): Promise<AnchorRun> {
  const { config, paths } = workspace;
  const { anchors } = config;
  const failures: AnchorRun['failures'][number][] = [];
  /** One place: what goes wrong there is said and keeps nobody else, unless it is the ledger that is wrong. */
  const at = async <Found>(place: string, work: () => Promise<Found>): Promise<Found | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (!isCohortiumError(error) || isAnotherHistory(error)) throw error;
      failures.push({ place, code: error.code, message: error.message });
      return undefined;
    }
  };
  refuseWhatIsNoted(workspace);
  const folder = folderOf(workspace);
  const opened = anchors.objectLock && (await at('object-lock', () => openLockPlace(workspace)));
  try {
    if (folder !== undefined) await at(folder, async () => refuseAnotherHistory(workspace, folder, copiesIn(folder)));
    const store = opened?.store;
    if (store) await at(store.id, async () => refuseAnotherHistory(workspace, store.id, await copiesAt(store)));
    // A place that could not be looked at is not written to either.
    const hasFailed = (place: string): boolean => failures.some((failure) => failure.place === place);
    const open = opened && !hasFailed(opened.store.id) ? opened : undefined;

    const found = readForAnchors(paths.state, (source) => {
      const newest = source?.newest;
      return newest && { newest, statuses: placeStatuses(workspace, source) };
    });
    const due = (found?.statuses ?? []).filter(({ anchored, waitingSince }) => anchored === 0 || waitingSince !== null);
    const isDue = (kind: AnchorReceipt['kind'], place: string): boolean => due.some((one) => one.kind === kind && one.place === place);
    const receipts: AnchorReceipt[] = [];
    if (found) {
      const { size, root, note } = found.newest;
      const receipt = (kind: AnchorReceipt['kind'], place: string, time: string | null, evidence: string): void => {
        receipts.push({ size, root, kind, place, time, evidence });
      };
      for (const witness of anchors.witnesses) {
        // Asked though nothing is due: it alone knows whether it has cosigned more than there is here.
        const cosigned = await at(witness.url, () => askWitness(witness, witnessed(workspace, found.newest, witness.url)));
        if (cosigned && isDue('witness', witness.url)) receipt('witness', witness.url, cosigned.time, cosigned.note);
      }
      const stamp = anchors.timestamp;
      const stamped =
        stamp &&
        isDue('timestamp', stamp.url) &&
        (await at(stamp.url, async () => askAuthority({ ...stamp, trusted: trustedOf(workspace) }, Buffer.from(note))));
      if (stamp && stamped) receipt('timestamp', stamp.url, stamped.time, stamped.token.toString('base64'));
      const key = checkpointKey(found.newest);
      // A token goes with its checkpoint, to places too that lack neither.
      const token = stamped ? { key: `${timestampFolder}${sha256(stamped.token)}.tsr`, bytes: stamped.token } : undefined;
      if (folder !== undefined && !hasFailed(folder) && (token || isDue('file', folder))) {
        await at(folder, async () => {
          copyTo(folder, key, Buffer.from(note));
          if (token) copyTo(folder, token.key, token.bytes);
          receipt('file', folder, null, key);
        });
      }
      if (open && (token || isDue('object-lock', open.store.id))) {
        await at(open.store.id, async () => {
          const lock = await open.lock(key, Buffer.from(note), checkpointClass);
          if (token) await open.lock(token.key, token.bytes, checkpointClass);
          receipt('object-lock', open.store.id, null, JSON.stringify({ key, ...lock }));
        });
      }
      await noteAll(workspace, receipts);
    }
    const segments = await exportDue(workspace, open, folder, isAll, at);
    const { size = 0, root = '' } = found?.newest ?? {};
    const isUpToDate = !found || (found.statuses.length > 0 && due.length === 0);
    return { size, root, receipts, segments, failures, isUpToDate };
  } finally {
    opened?.store.close();
  }
}

interface LockPlace {
  readonly store: OpenLockStore;
  readonly lock: (key: string, bytes: Uint8Array, recordClass: string) => ReturnType<OpenLockStore['put']>;
}

async function openLockPlace(workspace: Workspace): Promise<LockPlace | undefined> {
  const { objectLock } = workspace.config.anchors;
  if (!objectLock) return undefined;
  const store = await openStore(objectLock, workspace.paths.directory, process.env);
  const tried = new Set<LockMode>();
  return {
    store,
    lock: async (key, bytes, recordClass) => {
      const terms = lockTerms(objectLock, recordClass, workspace.clock.now());
      if (!tried.has(terms.mode)) await store.prove(terms.mode, workspace.clock.now());
      tried.add(terms.mode);
      return store.put({ key, bytes, ...terms });
    },
  };
}

async function exportDue(
  workspace: Workspace,
  open: LockPlace | undefined,
  folder: string | undefined,
  isAll: boolean,
  at: <Found>(place: string, work: () => Promise<Found>) => Promise<Found | undefined>,
): Promise<readonly ExportedSegment[]> {
  // A store that is configured and did not open gets its segments later, with everybody else.
  if ((folder === undefined && !open) || (workspace.config.anchors.objectLock && !open)) return [];
  const lock =
    open &&
    (async (key: string, bytes: Uint8Array, recordClass: string) => ({
      ...(await open.lock(key, bytes, recordClass)),
      place: open.store.id,
    }));
  return (await at('segments', async () => exportSegments(workspace, { lock, folder }, await exportedSegments(workspace), isAll))) ?? [];
}

/** In the ledger's own table, and as a record. */
async function noteAll(workspace: Workspace, receipts: readonly AnchorReceipt[]): Promise<void> {
  const [first] = receipts;
  if (!first) return;
  for (const receipt of receipts) workspace.ledger().addAnchor(receipt);
  const { size, root } = first;
  const anchors = receipts.map(({ kind, place, time, evidence }) => ({ kind, place, time, evidence: sha256(evidence) }));
  const body = { size, root, anchors };
  await workspace
    .records()
    .write([{ kind: 'custody.anchored', stream: `checkpoint ${size}`, subject: null, body }], `anchored ${digestOf(body)}`);
}

/** What a witness is asked for the newest checkpoint. */
export function witnessed(workspace: Workspace, { size, note }: { readonly size: number; readonly note: string }, place: string) {
  const known = workspace
    .ledger()
    .anchored()
    .filter((anchor) => anchor.kind === 'witness' && anchor.place === place);
  return {
    size,
    note,
    lastSize: known.at(-1)?.size ?? 0,
    prove: (from: number) => readForAnchors(workspace.paths.state, (source) => source?.growth(from, size) ?? []),
  };
}

/** @throws {CohortiumError} FILE_UNREADABLE */
export function trustedOf({ config, paths }: Workspace): string {
  const file = config.anchors.timestamp?.trusted;
  if (file === undefined) return '';
  try {
    return readFileSync(join(paths.directory, file), 'utf8');
  } catch (cause) {
    throw new CohortiumError('FILE_UNREADABLE', `${file}, which anchors: timestamp: trusted names, cannot be read`, { cause });
  }
}
