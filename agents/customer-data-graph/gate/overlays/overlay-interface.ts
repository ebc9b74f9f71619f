/** Overlays and disclosures of the operator, and their approval; types only. */
import type { PolicyApproval } from './approval.ts';

export type { PolicyApproval } from './approval.ts';

export interface OverlaySummary {
  readonly overlay: string;
  readonly version: number;
  readonly title: string;
  readonly says: string;
  /** As it is shipped. */
  readonly text: string;
  /** Whether `policies/overlays` has a file of that name. */
  readonly isAdopted: boolean;
}

export interface OverlayDoor {
  /** Those that come with the gate. */
  overlays(): Promise<readonly OverlaySummary[]>;
  /** Puts one of them into `policies/overlays`, signed as it is by a person with the role counsel. */
  adoptOverlay(name: string, by: string): Promise<PolicyApproval>;
  /**
   * Signs an overlay or a disclosure file as it is now, as a person with the role counsel.
   * @param file relative to the operator directory
   */
  approve(file: string, by: string): Promise<PolicyApproval>;
}
