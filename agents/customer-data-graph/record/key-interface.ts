/**
 * Keys by role: what signs checkpoints, what signs for services, what wraps the vault. Files by default; a KMS or a PKCS#11 token where
 * the operator has one. Private halves never leave their provider.
 */

/** Signs statements (DSSE). */
export interface Attestor {
  /** Verifier key as in registries/people, or that of the service. */
  readonly keyId: string;
  /** `person:<id>` or `service:<name>`. */
  readonly identity: string;
  readonly sign: (message: Uint8Array) => Promise<Buffer>;
}

/** Wraps the key of the vault; never sees a data key. Synchronous, because a vault is opened once and in the middle of an append. */
export interface KeyWrapper {
  /** Which key wraps, for the file that holds the wrapped one. */
  readonly id: string;
  /** @throws {CohortiumError} KEY_UNAVAILABLE */
  readonly wrap: (key: Buffer) => Buffer;
  /** @throws {CohortiumError} KEY_UNAVAILABLE */
  readonly unwrap: (wrapped: Buffer) => Buffer;
}
