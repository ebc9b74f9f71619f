/**
 * The vault: one data key per subject and retention class, in an encrypted file of its own. Who loses the key loses the bodies, and
 * that is what erasure uses. Synchronous: the wrapping key is unwrapped once, when the vault is opened.
 */

export interface DataKey {
  /** Random, 32 hex digits; stands in the ledger and says nothing about the subject. */
  readonly kid: string;
  /** AES-256, 32 bytes. */
  readonly key: Buffer;
}

export type KeyState = 'live' | 'held' | 'shredded' | 'unknown';

export interface KeyEntry {
  readonly kid: string;
  readonly class: string;
  readonly state: KeyState;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly shreddedAt: string | null;
}

/** What is sealed for nobody in particular. */
export const agentSubject = '';

export interface Vault {
  /** Keys of subjects for one class, in their order, made where absent; on disk before this returns. */
  readonly keysFor: (subjects: readonly string[], recordClass: string) => readonly DataKey[];
  /** Undefined when it was shredded, or was never here. */
  readonly key: (kid: string) => Buffer | undefined;
  readonly stateOf: (kid: string) => KeyState;
  /** Every key of a subject, shredded ones only as long as their tombstone can be linked, which is never for an erased subject. */
  readonly entriesOf: (subject: string) => readonly KeyEntry[];
  /**
   * Destroys keys: rows deleted, overwritten, WAL truncated. Leaves `kid → shredded, when` behind, which names nobody. Kids that are
   * not there are passed over, so that a crash can be repeated and a restored backup erased again.
   * @returns those that were live
   */
  readonly shred: (kids: readonly string[], atMs: number) => readonly string[];
  /** Bit that beats erasure and expiry. */
  readonly hold: (kids: readonly string[], isHeld: boolean) => void;
  readonly close: () => void;
}
