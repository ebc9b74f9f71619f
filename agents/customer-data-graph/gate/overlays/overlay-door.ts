import { readLaw } from '../../law/read-law.ts';
/** Counsel's hand on what the operator adds to the law. */
import type { Workspace } from '../../workspace.ts';
import { approvePolicy } from './approval.ts';
import type { OverlayDoor } from './overlay-interface.ts';
import { checkPolicyFile, readPolicyContent } from './read-overlays.ts';

export function overlayDoor({ paths, clock }: Pick<Workspace, 'paths' | 'clock'>): OverlayDoor {
  return {
    approve: async (given, by) => {
      const file = given.replaceAll('\\', '/').replace(/^\.\//, '');
      const content = readPolicyContent(paths, file);
      checkPolicyFile(paths, file, readLaw().facts);
      return approvePolicy(paths, file, content, by, clock.now());
    },
  };
}
