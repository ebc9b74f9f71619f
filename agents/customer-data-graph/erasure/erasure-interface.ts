/**
 * What the doors can ask about erasing, holding and correcting what is kept of a person. Types only. An erasure deletes bodies and destroys
 * keys in the ledger, deletes the person in every other store, tells subscribers, and leaves a signed receipt that names nobody.
 */
import type { Json } from '../../../skills/sdk/index.ts';
import type { KeptKeys } from '../../adapters/sqlite/erase-journal.ts';
import type { ToldSubscriber } from '../../adapters/sqlite/erase-messages.ts';
import type { Orderer } from '../record/act-interface.ts';
import type { DsseEnvelope } from '../record/attestation-interface.ts';
import type { RecordPlace } from '../record/record-interface.ts';
import type { Finding } from './eraser-interface.ts';

export interface ErasureRequest {
  /** A customer id, or any identity of the customer. */
  readonly customer: string;
  /** Who orders it: the id of a person, or a schedule. */
  readonly by: Orderer;
  /** Not empty: the signed statement says it. */
  readonly why: string;
}

/** What an erasure would do; nothing was done. */
export interface ErasurePlan {
  readonly customerId: string;
  readonly identities: readonly string[];
  readonly found: readonly Finding[];
  /** Bodies in the ledger whose keys would be destroyed. */
  readonly bodies: number;
  readonly keys: number;
  /** Classes that the law wants kept. */
  readonly kept: readonly KeptKeys[];
  /** Why it cannot be done now; empty where it can. */
  readonly holds: readonly string[];
  /** Who would be told. */
  readonly subscribers: readonly string[];
}

export interface ErasureReport {
  readonly erasure: string;
  /** `waiting`: everything here is gone, and subscribers have yet to acknowledge. */
  readonly state: 'completed' | 'waiting';
  readonly erased: readonly Finding[];
  readonly bodies: number;
  readonly keys: readonly string[];
  readonly kept: readonly KeptKeys[];
  readonly told: readonly ToldSubscriber[];
  /** Files of the operator with a name of the person, or a digest of what went, relative to the directory; a person has to look at them. */
  readonly left: readonly string[];
  /** Index of the record erasure.completed; null while waiting. */
  readonly record: number | null;
  /** Where the signed receipt and its proof were written, relative to the directory. */
  readonly files: readonly string[];
}

export interface ErasureReceipt {
  readonly envelope: DsseEnvelope;
  /** Text of the `.tlog-proof`. */
  readonly proof: string;
}

export interface ErasureSummary {
  readonly erasure: string;
  readonly completedAt: string;
  readonly record: number;
  readonly by: string;
  readonly keys: number;
  readonly bodies: number;
  readonly isSuppressed: boolean;
}

/** What was done after older copies were put back. */
export interface RestoreReport {
  readonly erasures: number;
  /** Keys that were live again. */
  readonly keys: number;
  readonly bodies: number;
  readonly erased: readonly Finding[];
}

export interface NewHold {
  /** Kebab-case. */
  readonly id: string;
  /** Number of the case that it is set for. */
  readonly matter: string;
  readonly reason: string;
  readonly by: string;
  readonly customers?: readonly string[];
  readonly records?: readonly string[];
  readonly models?: readonly string[];
  readonly paths?: readonly string[];
  readonly everything?: boolean;
  /** Last day, ISO date; until it is released when absent. */
  readonly until?: string;
}

export interface HoldStanding {
  readonly id: string;
  readonly reason: string;
  readonly by: string;
  readonly matter: string | null;
  readonly since: string;
  readonly until: string | null;
  readonly isEnded: boolean;
  /** Keys that are held by it. */
  readonly keys: number;
  /** Index of the record custody.held; null for a file that was written by hand. */
  readonly record: number | null;
  /** Its file is gone although nobody released it: it holds on. */
  readonly isFileGone: boolean;
  /** What became of legal holds on locked objects, in words, when it was set or released; null where there is no such store. */
  readonly mirror: string | null;
}

export interface Correction {
  readonly place: RecordPlace;
  /** Whom the record is about, which no body says; absent for a record about nobody. */
  readonly customer?: string;
  /** Values in place of those of the record. */
  readonly fields: Readonly<Record<string, Json>>;
  readonly by: string;
  readonly why: string;
}

export interface CorrectionReport {
  /** The record in its place. */
  readonly record: RecordPlace;
  /** What was destroyed of the old one. */
  readonly redacted: readonly string[];
  /** Why the old values stay; empty where they went. */
  readonly kept: readonly string[];
}

export interface Redaction {
  readonly place: RecordPlace;
  readonly fields: readonly string[];
  readonly by: string;
  readonly why: string;
}

export interface ErasureDoor {
  /** @throws {CohortiumError} CUSTOMER_NOT_FOUND when nothing is kept of anybody of that name */
  readonly plan: (customer: string) => Promise<ErasurePlan>;
  /**
   * Erases. Takes up first what a killed process has left.
   * @throws {CohortiumError} PERSON_NOT_FOUND, PERSON_REFUSED, PERSON_KEY_REVOKED, HAND_REQUIRED, KEY_UNAVAILABLE; ARGUMENT_INVALID without a reason; ERASURE_HELD; CUSTOMER_NOT_FOUND, which says when somebody was erased before; ERASURE_INCOMPLETE when something is left that should not be; STORE_*
   */
  readonly erase: (request: ErasureRequest) => Promise<ErasureReport>;
  /**
   * Goes on with erasures that were begun; undefined when there is none.
   * @param which `stuck: false` leaves those alone after which something was left that a person has to look at
   * @throws {CohortiumError} as erase, once the others are through
   */
  readonly resume: (which?: { readonly stuck?: boolean }) => Promise<ErasureReport | undefined>;
  readonly list: () => Promise<readonly ErasureSummary[]>;
  /** The receipt again. @throws {CohortiumError} RECORD_NOT_FOUND */
  readonly receipt: (erasure: string) => Promise<ErasureReceipt>;
  /** Lets the identities of an erased person in again; recorded. @throws {CohortiumError} RECORD_NOT_FOUND; ARGUMENT_INVALID without a reason */
  readonly lift: (erasure: string, by: string, why: string) => Promise<void>;
  /** Does every completed erasure again where an older copy of a store was put back. @returns what was done since the directory was opened */
  readonly restore: () => Promise<RestoreReport>;
  readonly holds: HoldDoor;
  /**
   * Writes a record in place of an earlier one, and destroys what was wrong in it unless it has to be kept.
   * @throws {CohortiumError} ARGUMENT_INVALID, also without a reason; RECORD_NOT_FOUND
   */
  readonly correct: (correction: Correction) => Promise<CorrectionReport>;
  /**
   * Destroys single fields of one record.
   * @returns names of those that went
   * @throws {CohortiumError} ARGUMENT_INVALID, also without a reason; RECORD_NOT_FOUND, ERASURE_HELD
   */
  readonly redact: (redaction: Redaction) => Promise<readonly string[]>;
}

export interface HoldDoor {
  /** @throws {CohortiumError} HOLD_INVALID; ARGUMENT_INVALID without a reason; CUSTOMER_NOT_FOUND naming customers that nothing is kept of */
  readonly set: (hold: NewHold) => Promise<HoldStanding>;
  /** @throws {CohortiumError} HOLD_INVALID; ARGUMENT_INVALID without a reason */
  readonly release: (id: string, by: string, why: string) => Promise<HoldStanding>;
  readonly list: () => Promise<readonly HoldStanding[]>;
}

/** What retention has removed, in one report. */
export interface RetentionExecution {
  readonly today: string;
  /** Customers whose time was over: each was erased. */
  readonly erasures: readonly { readonly erasure: string; readonly state: ErasureReport['state']; readonly because: readonly string[] }[];
  /** Single bodies of the ledger that were emptied; their key has newer ones. */
  readonly emptied: number;
  /** Keys of the ledger that were destroyed, because everything under them was over, and the bodies that went with them. */
  readonly keys: number;
  readonly bodies: number;
  /** Files of models and predictions, relative to the directory. */
  readonly files: readonly string[];
  /** What is due and was left: by class, with why. */
  readonly left: readonly { readonly class: string; readonly records: number; readonly because: string }[];
}
