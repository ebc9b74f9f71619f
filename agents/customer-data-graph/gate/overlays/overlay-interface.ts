/** Overlays and disclosures of the operator, and their approval; types only. */
import type { PolicyApproval } from './approval.ts';

export type { PolicyApproval } from './approval.ts';

export interface OverlayDoor {
  /**
   * Signs an overlay or a disclosure file as it is now, as a person with the role counsel.
   * @param file relative to the operator directory
   */
  approve(file: string, by: string): Promise<PolicyApproval>;
}
