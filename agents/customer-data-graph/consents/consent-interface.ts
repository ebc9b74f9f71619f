/** Consents and opt-outs as the doors see them; types only. */
import type { PropagatedOptOut } from '../../adapters/sqlite/outbox-opt-outs.ts';
import type { CallContext } from '../call-context.ts';
import type { FactsDoor } from '../facts/fact-source.ts';

export type { PropagatedOptOut } from '../../adapters/sqlite/outbox-opt-outs.ts';

/** One row of the history. */
export interface ConsentEntry {
  /** Row of the consent store: what a fact points to. */
  readonly id: string;
  /** The consent-event in the log. */
  readonly event: string;
  /** The identity that said so, `kind:value`. */
  readonly identity: string;
  readonly purpose: string;
  readonly granted: boolean;
  readonly mode: 'opt-in' | 'opt-out' | null;
  /** ISO 8601. */
  readonly at: string;
  readonly method: string | null;
  readonly noticeVersion: string | null;
  readonly servedNotice: string | null;
  readonly jurisdiction: string | null;
  readonly scope: string | null;
  readonly source: string | null;
  /** The IAB string that said so. */
  readonly string: string | null;
}

/** What stands for one purpose, and the row that decides it. */
export interface PurposeStanding {
  readonly purpose: string;
  /** Null where nothing that was said speaks of it. */
  readonly isRefused: boolean | null;
  readonly hasConsent: boolean;
  readonly newest: ConsentEntry;
}

export interface ConsentHistory {
  readonly customer: string;
  /** Every identity of the customer that the log knows. */
  readonly identities: readonly string[];
  readonly standing: readonly PurposeStanding[];
  /** Newest first. */
  readonly history: readonly ConsentEntry[];
}

/** Either a purpose with its answer, or a string of a consent manager. */
export interface ConsentRecord {
  /** A user id, or `kind:value`. */
  readonly customer: string;
  readonly purpose?: string;
  readonly granted?: boolean;
  readonly gpp?: string;
  readonly tcf?: string;
  /** ISO 8601; now when absent. */
  readonly at?: string;
  readonly method?: string;
  readonly mode?: string;
  readonly noticeVersion?: string;
  readonly servedNotice?: string;
  readonly jurisdiction?: string;
  readonly scope?: string;
  readonly source?: string;
}

export interface ConsentReceipt {
  /** What was taken, one event per purpose. */
  readonly taken: readonly Pick<ConsentEntry, 'event' | 'purpose' | 'granted' | 'mode'>[];
  /** Opt-outs that are on their way to sinks because of it. */
  readonly propagated: number;
}

export interface ConsentImport {
  readonly rows: number;
  readonly accepted: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly propagated: number;
  /** The first faults. */
  readonly faults: readonly { readonly line: number; readonly message: string }[];
}

export interface ConsentDoor extends FactsDoor {
  /** @throws {CohortiumError} CUSTOMER_NOT_FOUND when the log does not know the identity */
  show(customer: string, context?: CallContext): Promise<ConsentHistory>;
  /** @throws {CohortiumError} ARGUMENT_INVALID, CONSENT_STRING_INVALID; then nothing was recorded */
  record(record: ConsentRecord, context?: CallContext): Promise<ConsentReceipt>;
  /**
   * Takes a CSV file of purposes with status and time, or of Transcend's actions. Rows that cannot be read go to the quarantine; the
   * same row again is a duplicate.
   * @throws {CohortiumError} FILE_UNREADABLE, CSV_EMPTY, CSV_COLUMN_MISSING; then nothing was taken
   */
  import(file: string, context?: CallContext): Promise<ConsentImport>;
  /** Opt-outs that were told to sinks, and how each stands; of one customer when given. */
  propagation(customer?: string, context?: CallContext): Promise<readonly PropagatedOptOut[]>;
}
