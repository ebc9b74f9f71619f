/** Counsel's hand on what the operator adds to the law. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { readLaw } from '../../law/read-law.ts';
import type { Workspace } from '../../workspace.ts';
import { approvePolicy, type PolicyApproval } from './approval.ts';
import type { OverlayDoor } from './overlay-interface.ts';
import { checkPolicyFile, readPolicyContent } from './read-overlays.ts';
import { adoptOverlay, shippedOverlays } from './shipped-overlays.ts';

export function overlayDoor({ paths, clock }: Pick<Workspace, 'paths' | 'clock'>): OverlayDoor {
  const approve = async (given: string, by: string): Promise<PolicyApproval> => {
    const file = given.replaceAll('\\', '/').replace(/^\.\//, '');
    const content = readPolicyContent(paths, file);
    checkPolicyFile(paths, file, readLaw().facts);
    return approvePolicy(paths, file, content, by, clock.now());
  };
  return {
    overlays: async () =>
      shippedOverlays().map((one) => ({ ...one, isAdopted: existsSync(join(paths.policies, 'overlays', `${one.overlay}.yaml`)) })),
    adoptOverlay: async (name, by) => adoptOverlay(paths, name, (file) => approve(file, by)),
    approve,
  };
}
