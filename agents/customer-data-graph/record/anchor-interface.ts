/**
 * Places outside of this machine that keep what the ledger was: immutable objects, time stamps, witnesses. Nothing is called locked
 * before mode and date were read back from the service.
 */

/** Governance can be lifted by who has a permission for it; compliance by nobody until the day. */
export type LockMode = 'governance' | 'compliance';

export interface LockReadBack {
  readonly mode: LockMode;
  /** ISO 8601, as the service answers it. */
  readonly until: string;
  readonly isHeld: boolean;
  readonly version: string;
  /** Of the bytes as they were read back; hex. */
  readonly sha256: string;
}

export interface LockRequest {
  /** Below the prefix of the store. */
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly mode: LockMode;
  /** ISO 8601; services keep whole seconds, so it is rounded up to one. */
  readonly until: string;
}

/** A write-once store. Every implementation passes the shared suite in test/contract/object-lock. */
export interface ObjectLockStore {
  /** Such as `s3:bucket/prefix`. */
  readonly id: string;
  /** Whom a lock of a mode binds here, in words: users of the API, or the operator of the storage as well. */
  readonly binds: Readonly<Record<LockMode, string>>;
  /**
   * Writes an object that cannot be changed until a day. The same bytes under the same key, locked at least as long, are that object.
   * @throws {CohortiumError} ANCHOR_NOT_LOCKED when what is read back is not what was asked for; ANCHOR_UNREACHABLE; PACKAGE_MISSING
   */
  readonly put: (object: LockRequest) => Promise<LockReadBack>;
  /** @throws {CohortiumError} ANCHOR_UNREACHABLE */
  readonly read: (key: string, version: string) => Promise<Uint8Array>;
  /** From the service, never from memory; undefined when there is no such version, or it has no lock. */
  readonly readBack: (key: string, version: string) => Promise<LockReadBack | undefined>;
  /** Only ever later. @throws {CohortiumError} ANCHOR_NOT_LOCKED */
  readonly extend: (key: string, version: string, until: string) => Promise<LockReadBack>;
  /** @throws {CohortiumError} ANCHOR_NOT_LOCKED when the hold is not what was asked for */
  readonly hold: (key: string, version: string, isHeld: boolean) => Promise<LockReadBack>;
  /** Every version, also of what a delete marker hides; ascending by key. */
  readonly list: (prefix: string) => Promise<readonly { readonly key: string; readonly version: string }[]>;
  /**
   * Tries to delete and to shorten an object that it locked for a minute: a server that only echoes locks is told by it.
   * @param nowMs the clock that locks are dated by
   * @throws {CohortiumError} ANCHOR_NOT_LOCKED naming what the server let happen
   */
  readonly prove: (mode: LockMode, nowMs: number) => Promise<void>;
}

/** What a checkpoint was anchored with. */
export interface AnchorReceipt {
  readonly size: number;
  /** Hex. */
  readonly root: string;
  readonly kind: 'file' | 'object-lock' | 'timestamp' | 'witness';
  /** Where, for a person to find it. */
  readonly place: string;
  /** ISO 8601, as the other side says; null where it says nothing. */
  readonly time: string | null;
  /** What proves it: a version and read-back, a token in base64, a cosigned note. */
  readonly evidence: string;
}
