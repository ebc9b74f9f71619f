/** What the doors can ask about anchors. Times are ISO 8601. */
import type { AnchorReceipt, LockMode } from '../anchor-interface.ts';
import type { SegmentContent } from '../segment-format.ts';

export type { AnchorReceipt } from '../anchor-interface.ts';

export interface AnchorFault {
  readonly code: string;
  readonly message: string;
  /** First leaf that it is about; null for all or none. */
  readonly index: number | null;
}

export interface AnchorRun {
  /** Leaves under the checkpoint that was anchored; 0 when there is none. */
  readonly size: number;
  readonly root: string;
  readonly receipts: readonly AnchorReceipt[];
  readonly segments: readonly ExportedSegment[];
  /** Places that did not take it; the others did. */
  readonly failures: readonly { readonly place: string; readonly code: string; readonly message: string }[];
  /** Nothing but custody was recorded since the last anchor at each of the places that are configured now. */
  readonly isUpToDate: boolean;
}

/** An object of a segment at a place. */
export interface ExportedSegment {
  readonly from: number;
  readonly to: number;
  readonly class: string;
  readonly content: SegmentContent;
  readonly key: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly place: string;
  /** As it was read back; null in a folder. */
  readonly lock: { readonly mode: LockMode; readonly until: string; readonly version: string } | null;
}

/** What receipts say of one place; whether it still has it, `check` asks. */
export interface PlaceStatus {
  readonly name: string;
  /** Leaves under the newest checkpoint that was put there; 0 when nothing ever was. */
  readonly anchored: number;
  /** Since when the oldest record waits for an anchor there; null when none but custody does. */
  readonly waitingSince: string | null;
}

export interface AnchorStatus {
  /** That are configured outside of this machine. */
  readonly places: readonly PlaceStatus[];
  /** Whom locks bind there; null without an object store. */
  readonly binds: string | null;
  readonly size: number;
  /** Leaves under the newest checkpoint that stands at one of these places. */
  readonly anchored: number;
  /** Since when the oldest record waits for an anchor at some place; null when none but custody does. */
  readonly waitingSince: string | null;
  /** It waits for longer than `alarmAfterHours`. */
  readonly isStale: boolean;
}

export interface AnchorCheck {
  readonly ok: boolean;
  /** `isEmpty`: it remembers nothing, or does not say what. */
  readonly places: readonly { readonly place: string; readonly found: string; readonly isEmpty: boolean }[];
  readonly faults: readonly AnchorFault[];
}

export interface SegmentCheck {
  readonly segments: readonly (ExportedSegment & { readonly leaves: number; readonly bodies: number })[];
  readonly faults: readonly AnchorFault[];
}

export interface AnchorDoor {
  /**
   * Anchors the newest checkpoint at every place that lacks records, and writes segments that are due.
   * @param isAll segments too that are not
   * @throws {CohortiumError} LEDGER_ROLLED_BACK, LEDGER_ROOT_MISMATCH when a place, or what is noted here, remembers another history
   */
  now(isAll?: boolean): Promise<AnchorRun>;
  /** In the order in which they were noted. */
  list(): Promise<readonly AnchorReceipt[]>;
  status(): Promise<AnchorStatus>;
  /** Asks every place what it remembers and holds the ledger against it. Writes nothing here. */
  check(): Promise<AnchorCheck>;
  /** Segments that left this machine, in their order. */
  segments(): Promise<readonly ExportedSegment[]>;
  /** Fetches segments by their versions and checks each; writes them to a folder where one is given. */
  checkSegments(folder?: string): Promise<SegmentCheck>;
  /**
   * Sets legal holds on locked objects with bodies sealed by these keys, and lifts them from all others.
   * @returns keys of objects whose hold was changed
   */
  mirrorHolds(heldKids: readonly string[]): Promise<readonly string[]>;
}
