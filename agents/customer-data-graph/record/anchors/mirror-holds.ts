/** A legal hold here is a legal hold there: on every locked object that has a body sealed with a held key, and on no other. */
import type { Workspace } from '../../workspace.ts';
import { exportedSegments } from './export-segments.ts';
import { openStore } from './open-store.ts';

/**
 * @param heldKids all keys that are on hold now
 * @returns keys of objects whose hold was changed
 * @throws {CohortiumError} ANCHOR_NOT_LOCKED, ANCHOR_UNREACHABLE; may be called again
 */
export async function mirrorHolds(workspace: Workspace, heldKids: readonly string[]): Promise<readonly string[]> {
  const { objectLock } = workspace.config.anchors;
  if (!objectLock) return [];
  const ledger = workspace.ledger();
  const held = ledger.placesOfKids(heldKids).map((place) => ({ index: place.index, class: ledger.at(place).leaf.class }));
  const store = await openStore(objectLock, workspace.paths.directory, process.env);
  const changed: string[] = [];
  try {
    for (const { from, to, class: recordClass, content, key, place, lock } of await exportedSegments(workspace)) {
      if (!lock || place !== store.id || content === 'skeleton') continue;
      const isHeld = held.some((body) => body.index >= from && body.index < to && body.class === recordClass);
      const found = await store.readBack(key, lock.version);
      if (!found || found.isHeld === isHeld) continue;
      await store.hold(key, lock.version, isHeld);
      changed.push(key);
    }
    return changed;
  } finally {
    store.close();
  }
}
