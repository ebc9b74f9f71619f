/** What a deep verification asks of the places outside: anchors, and the segments that are kept there. */
import type { DeepCheck } from '../../../adapters/sqlite/ledger/verify-deep.ts';
import type { Workspace } from '../../workspace.ts';
import { checkAnchors } from './check-anchors.ts';
import { checkSegments } from './check-segments.ts';

export function anchorChecks(workspace: Workspace): readonly DeepCheck[] {
  return [
    { name: 'anchors', check: async () => (await checkAnchors(workspace)).faults },
    { name: 'segments', check: async () => (await checkSegments(workspace, undefined)).faults },
  ];
}
