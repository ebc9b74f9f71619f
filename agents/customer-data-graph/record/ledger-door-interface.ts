/** What leaves the ledger for others to check: proofs as files, and the ledger itself as a folder that any web server can serve. */
import type { Publication } from './publish-tiles.ts';
import type { RecordPlace } from './record-interface.ts';

export type { Publication } from './publish-tiles.ts';

export interface LedgerDoor {
  /**
   * Text of a `.tlog-proof` file of one record under the newest checkpoint.
   * @param show top-level fields of the body to disclose with their salts; the others stay sealed
   * @throws {CohortiumError} RECORD_NOT_FOUND; ARGUMENT_INVALID for a field that is not there, or of a body that was erased
   */
  readonly proofFile: (place: RecordPlace, show?: readonly string[]) => Promise<string>;
  /**
   * Text of a proof that the ledger only grew since an older checkpoint, such as one that was kept elsewhere.
   * @param olderCheckpoint signed note
   * @throws {CohortiumError} ARGUMENT_INVALID when it is no checkpoint of this ledger; LEDGER_ROLLED_BACK, LEDGER_ROOT_MISMATCH when
   *   the ledger did not grow out of it
   */
  readonly growthFile: (olderCheckpoint: string) => Promise<string>;
  /**
   * Writes what is new to a folder of C2SP tiles.
   * @throws {CohortiumError} LEDGER_ROLLED_BACK, LEDGER_ROOT_MISMATCH when the folder holds another history; RECORD_NOT_FOUND when
   *   nothing was recorded yet
   */
  readonly publish: (folder: string) => Promise<Publication>;
  /**
   * Lets the agent go on when the disk is full: gives back the room that was kept for it, and records who did, and why. Needs a
   * workspace that writes.
   * @throws {CohortiumError} PERSON_NOT_FOUND, PERSON_REFUSED, PERSON_KEY_REVOKED, HAND_REQUIRED, KEY_UNAVAILABLE; ARGUMENT_INVALID without a reason, or when there is no such room or no need of it; STORE_FULL when others
   *   have taken it at once
   */
  readonly override: (request: OverrideRequest) => Promise<Override>;
}

export interface OverrideRequest {
  readonly person: string;
  readonly reason: string;
}

export interface Override extends RecordPlace {
  /** Bytes that were given back. */
  readonly freedBytes: number;
}
