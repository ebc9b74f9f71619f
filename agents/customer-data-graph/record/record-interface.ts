import type { RecordKindName } from '../../../skills/audit/record/record-kinds.ts';
/**
 * The record as the agent's other parts use it: small records written by hand of the agent, and records read back and opened where
 * their key lives. Pipelines write through the port `ledger`; both ways end in the one `append`.
 */
import type { Json } from '../../../skills/sdk/index.ts';
import type { DsseEnvelope } from './attestation-interface.ts';

/** Where a record stands: a leaf of the ledger, or one of the up to 256 items that a batch leaf commits to. */
export interface RecordPlace {
  /** Index of the leaf. */
  readonly index: number;
  /** Position in the batch; null where the leaf is the record. */
  readonly item: number | null;
}

/** A record to be written. */
export interface RecordToWrite {
  readonly kind: RecordKindName;
  /**
   * Which thing it is about, within kind and subject; never stored as such. A record whose body equals the newest one of the same
   * kind, subject and stream is that record: nothing is written.
   */
  readonly stream: string;
  /** Customer id; null for nobody. */
  readonly subject: string | null;
  /** Retention class; that of the kind when absent. */
  readonly class?: string;
  /** Signed statement about it: kept as a record of its own, with its SHA-256 as `att` in this one's leaf. */
  readonly attestation?: DsseEnvelope;
  /** Its top-level fields can be disclosed and destroyed one by one. */
  readonly body: Readonly<Record<string, Json>>;
}

/** A body as it stands today. */
export type RecordState = 'open' | 'redacted' | 'erased';

/** A record read back. */
export interface OpenRecord extends RecordPlace {
  readonly kind: RecordKindName;
  /** ISO 8601, the agent's clock. */
  readonly time: string;
  readonly class: string;
  /** Version of the body's schema, such as `cohortium/score@1`. */
  readonly schema: string;
  /** Key id: random, 32 hex digits; the same for all records of a subject and class. */
  readonly kid: string;
  readonly state: RecordState;
  /** Null when erased. Redacted fields are absent and named in `redacted`. */
  readonly body: Readonly<Record<string, Json>> | null;
  readonly redacted: readonly string[];
}

export interface RecordBook {
  /**
   * Writes records; durable and under a signed checkpoint when it resolves. The same idempotency key answers with the same places.
   * @throws {CohortiumError} LEDGER_ROLLED_BACK, LEDGER_ROOT_MISMATCH, LEDGER_SIGNATURE_INVALID, STORE_*
   */
  readonly write: (records: readonly RecordToWrite[], idempotencyKey: string) => Promise<readonly RecordPlace[]>;
  /** Everything about a subject that still has a key, oldest first. */
  readonly about: (subject: string, kinds?: readonly RecordKindName[]) => Promise<readonly OpenRecord[]>;
  /** One record. @throws {CohortiumError} RECORD_NOT_FOUND */
  readonly at: (place: RecordPlace) => Promise<OpenRecord>;
  /** Records of kinds without a subject, oldest first. */
  readonly ofKind: (kinds: readonly RecordKindName[]) => Promise<readonly OpenRecord[]>;
}
