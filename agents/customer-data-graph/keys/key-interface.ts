/** The agent's keys as an operator sees them: listed, replaced, put in escrow and recovered. Never shows a private key. */

export type RotatedRole = 'checkpoint' | 'vault' | 'attestor';

export interface KeyListing {
  readonly role: 'checkpoint' | 'attestor' | 'vault' | 'folder' | 'person' | 'webhook' | 'commitment';
  /** Whose, where there are several: a person, a subscriber. */
  readonly name: string | null;
  /** Public half as a C2SP verifier key; null for a shared secret. */
  readonly key: string | null;
  /** File, KMS key or token that holds it. */
  readonly heldBy: string;
  /** Checkpoints of more records than this are signed by it; null where that means nothing. */
  readonly after: number | null;
  /** Whether its file is sealed: of a person under her passphrase, of the agent by what `keys.protect` names. */
  readonly isSealed?: true;
}

export interface KeyList {
  readonly folder: string;
  readonly isDemonstration: boolean;
  /** Whether `keys.protect` has the files of the agent sealed at rest. */
  readonly isSealed: boolean;
  readonly keys: readonly KeyListing[];
  /** Keys that signed before, the first one first. */
  readonly retired: readonly {
    readonly role: 'checkpoint' | 'attestor';
    readonly key: string;
    readonly after: number;
    readonly upTo: number;
  }[];
}

export interface KeyRotation {
  readonly role: RotatedRole;
  /** Verifier key, or id of a vault key. */
  readonly before: string;
  readonly key: string;
  /** Record that says so. */
  readonly index: number;
  /** Data keys that were wrapped anew; null for a signing key. */
  readonly rewrapped: number | null;
}

export interface Escrow {
  /** Armored age file. */
  readonly text: string;
  readonly recipients: readonly string[];
  /** Id of the vault key in it. */
  readonly key: string;
}

export interface Recovery {
  readonly key: string;
  /** New checkpoint key, when the old one was lost too; null when it is still here. */
  readonly checkpoint: KeyReplacement | null;
  /** The same of the key that signs statements of the service. */
  readonly attestor: KeyReplacement | null;
}

export interface KeyReplacement {
  readonly before: string;
  readonly key: string;
  /** Records that are still under the key before. */
  readonly after: number;
}

export interface KeyDoor {
  readonly list: () => Promise<KeyList>;
  /**
   * Replaces a key: a record signed by both says so, and the old private half is removed. Rotating the vault rewraps data keys and
   * changes none.
   * @throws {CohortiumError} KEY_UNAVAILABLE, STORE_*, LEDGER_*
   */
  readonly rotate: (role: RotatedRole) => Promise<KeyRotation>;
  /**
   * The key that wraps the vault, for these recipients only. Holds no data key, so what is shredded stays so.
   * @param to age recipients, `age1…`
   */
  readonly escrow: (to: readonly string[]) => Promise<Escrow>;
  /**
   * Puts the key of the vault back. Where the checkpoint key or the service's is gone too, a new one takes over, and the list for who
   * verifies says that it stands in for a lost one.
   * @param file armored age file
   * @param identity text of an age identity file
   * @throws {CohortiumError} KEY_UNAVAILABLE, VAULT_KEY_WRONG; ARGUMENT_INVALID when nothing is lost
   */
  readonly recover: (file: string, identity: string) => Promise<Recovery>;
}
