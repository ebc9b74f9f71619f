/** The door of anchors: anchor now, what was anchored, what every place remembers, and the segments there. */
import type { Workspace } from '../../workspace.ts';
import type { AnchorDoor } from './anchor-door-interface.ts';
import { anchorNow } from './anchor-now.ts';
import { anchorStatus } from './anchor-status.ts';
import { checkAnchors } from './check-anchors.ts';
import { checkSegments } from './check-segments.ts';
import { exportedSegments } from './export-segments.ts';
import { mirrorHolds } from './mirror-holds.ts';
import { openStore } from './open-store.ts';

export function anchorDoor(workspace: Workspace): AnchorDoor {
  return {
    now: (isAll = false) => anchorNow(workspace, isAll),
    list: async () => workspace.ledger().anchored(),
    status: async () => {
      const { objectLock } = workspace.config.anchors;
      const store = objectLock && (await openStore(objectLock, workspace.paths.directory, process.env));
      store?.close();
      const binds = objectLock && store ? store.binds[objectLock.compliance.length > 0 ? 'compliance' : 'governance'] : null;
      return { ...anchorStatus(workspace), binds };
    },
    check: () => checkAnchors(workspace),
    segments: () => exportedSegments(workspace),
    checkSegments: (folder) => checkSegments(workspace, folder),
    mirrorHolds: (heldKids) => mirrorHolds(workspace, heldKids),
  };
}
