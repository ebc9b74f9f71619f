/**
 * What the doors can ask about requests of persons. Every step names who takes it: a person of the registry in a role that
 * cohortium.yaml lets handle requests. Types only; dates are ISO.
 */
import type { CallContext } from '../call-context.ts';
import type { RecordPlace } from '../record/record-interface.ts';
import type { DenialReason } from './answers-file.ts';
import type { ProtocolDoor, ProtocolOptions } from './protocols/protocol-interface.ts';
import type { RequestClock } from './request-clocks.ts';
import type { IdentityLevel, Manner, RefusablePurpose, RequestKind } from './request-kinds.ts';
import type { ActingAgent, CorrectionWish, IdentityEvidence, ProtocolOrigin, RequestState, RequestStatus } from './request.ts';

export type * from './protocols/protocol-interface.ts';
export type { DenialReason } from './answers-file.ts';
export type {
  ActingAgent,
  Contest,
  CorrectionWish,
  IdentityEvidence,
  Outcome,
  ProtocolOrigin,
  RequestState,
  RequestStatus,
  RequestStep,
} from './request.ts';
export type { RequestClock, RequestClocks } from './request-clocks.ts';
export type { IdentityLevel, Manner, RefusablePurpose, RequestKind } from './request-kinds.ts';

export interface ReceiveRequest {
  readonly kind: RequestKind;
  readonly manner: Manner;
  /** Who it claims to be about: a user id, `kind:value`, an e-mail address or a telephone number. */
  readonly claims: readonly string[];
  /** ISO 3166 code, such as US-CA or DE. */
  readonly residence?: string;
  readonly purposes?: readonly RefusablePurpose[];
  readonly corrections?: readonly CorrectionWish[];
  readonly agent?: ActingAgent;
  /** Members of the household that it is about. */
  readonly householdMembers?: number;
  /** human-review: the decision that the person means, as their answer or a notice names it, such as 12/3. */
  readonly decision?: RecordPlace;
  /** human-review: their own point of view. */
  readonly view?: string;
  readonly appealOf?: string;
  readonly contact?: string;
  /** When it arrived, where that was before now; an instant or a date. */
  readonly receivedAt?: string;
  readonly origin?: ProtocolOrigin;
}

/** What whoever asks is told, known or unknown: the same in every case. */
export interface RequestReceipt {
  readonly id: string;
  readonly kind: RequestKind;
  readonly receivedAt: string;
  /** Last day on which the receipt is confirmed; null where nothing asks for it. */
  readonly confirmBy: string | null;
  readonly respondBy: string;
}

export interface RequestSummary {
  readonly id: string;
  readonly kind: RequestKind;
  readonly status: RequestStatus;
  readonly manner: Manner;
  readonly receivedAt: string;
  readonly residence: string;
  readonly level: IdentityLevel;
  readonly needed: IdentityLevel;
  readonly confirmBy: string | null;
  readonly isConfirmed: boolean;
  readonly respondBy: string;
  /** Days until it is due; negative when it is overdue, null when it was answered. */
  readonly daysLeft: number | null;
  readonly isOverdue: boolean;
}

export interface RequestDetail extends RequestSummary {
  readonly state: RequestState;
  /** What the right rests on, and what nobody knows that it hangs on. */
  readonly basis: readonly {
    readonly regime: string;
    readonly title: string;
    readonly citation: string;
    readonly hangsOn: readonly string[];
  }[];
  /** Open requests of the same kind that claim the same identity. */
  readonly alike: readonly string[];
  /** Last day that `extend` could give it now; null where no law knows an extension, one was taken, or it is too late. */
  readonly extendableTo: string | null;
  /** Reasons that it could be denied for as it stands. */
  readonly deniableAs: readonly DenialReason[];
  /** What would be written to the person now, as text. */
  readonly letter: string;
  /** What comes next, in words. */
  readonly next: string;
}

export interface VerifyRequest {
  readonly evidence: IdentityEvidence;
  /** The customer whom the evidence is of; found from the claims when absent. */
  readonly customer?: string;
  readonly agent?: ActingAgent;
  readonly householdVerified?: number;
}

/** What carrying a request out would do; does nothing. */
export interface RequestPreview {
  readonly id: string;
  readonly kind: RequestKind;
  /** One line each. */
  readonly would: readonly string[];
  readonly isDestructive: boolean;
  /** Why it cannot be done now; null where it can. */
  readonly refusal: string | null;
}

export interface ExportReceipt {
  readonly request: string;
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly sha256: string }[];
  readonly ledgerSize: number;
}

/** An answer that was exported, as bytes. */
export interface FetchedAnswer {
  /** A file name. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** One line of the log that is kept. @see 11 CCR § 7101(b) */
export interface RequestLogRow {
  readonly id: string;
  readonly receivedOn: string;
  readonly nature: RequestKind;
  readonly manner: Manner;
  readonly respondedOn: string | null;
  readonly response: RequestStatus;
  readonly basisOfDenial: string | null;
  readonly residence: string;
}

/** Of one calendar year. @see 11 CCR § 7102 */
export interface RequestMetrics {
  readonly year: number;
  readonly byKind: readonly {
    readonly kind: RequestKind;
    readonly received: number;
    readonly compliedInWhole: number;
    readonly compliedInPart: number;
    readonly denied: number;
    readonly open: number;
    /** Of those that are open: never answered, and due on a day that is past. */
    readonly openLate: number;
    /** From receipt to the answer in substance, calendar days; null where none was answered. */
    readonly medianDays: number | null;
    readonly meanDays: number | null;
    /** Answered after the day on which they were due. */
    readonly late: number;
  }[];
  readonly denials: readonly { readonly reason: DenialReason; readonly count: number }[];
}

/** Deadlines of one kind of request at one place. */
export interface DeadlineRow {
  readonly regime: string;
  readonly citation: string;
  readonly kind: RequestKind;
  readonly confirm: RequestClock | null;
  readonly respond: RequestClock;
  readonly extended: RequestClock | null;
}

export interface RequestDoor {
  /** The protocols that cohortium.yaml offers to agents and controllers. Opened once. */
  protocols(options: ProtocolOptions): ProtocolDoor;
  /** Takes a request of whoever asks; says nothing of whether the person is known. @throws {CohortiumError} ARGUMENT_INVALID */
  receive(request: ReceiveRequest, by?: string): Promise<RequestReceipt>;
  /** Oldest first. */
  list(which: 'open' | 'all'): Promise<readonly RequestSummary[]>;
  /** @throws {CohortiumError} REQUEST_NOT_FOUND */
  show(id: string): Promise<RequestDetail>;
  /** The request that a partner calls so; undefined where there is none. */
  referred(partner: string, reference: string): Promise<string | undefined>;
  /** The receipt was confirmed to the person. */
  confirm(id: string, by: string): Promise<RequestDetail>;
  /** The person was asked for more, to be sure who it is. */
  ask(id: string, note: string, by: string): Promise<RequestDetail>;
  verify(id: string, verification: VerifyRequest, by: string, context?: CallContext): Promise<RequestDetail>;
  /** @param until the last day that the law allows when absent */
  extend(id: string, reason: string, by: string, until?: string): Promise<RequestDetail>;
  deny(id: string, reason: DenialReason, note: string, by: string): Promise<RequestDetail>;
  withdraw(id: string, note: string, by: string): Promise<RequestDetail>;
  /**
   * Lays the decision that a person contests before counsel; the verification of who asks does that by itself where it finds one.
   * @param decision another one than the request names
   * @throws {CohortiumError} REQUEST_REFUSED where there is none about the person, or counsel has it already
   */
  refer(id: string, by: string, decision?: RecordPlace): Promise<RequestDetail>;
  /** Ends every request for a human review whose case counsel has decided. @returns their ids */
  endDecided(context?: CallContext): Promise<readonly string[]>;
  closeAsDuplicate(id: string, of: string, by: string): Promise<RequestDetail>;
  preview(id: string, context?: CallContext): Promise<RequestPreview>;
  /**
   * Carries it out: erases, corrects, records the opt-out, or takes note that the export was handed over.
   * @throws {CohortiumError} REQUEST_REFUSED when it may not be carried out now
   */
  fulfil(id: string, by: string, context?: CallContext): Promise<RequestDetail>;
  /** Asks again how recipients stand. */
  follow(id: string, context?: CallContext): Promise<RequestDetail>;
  /** Writes the answer as a ZIP file; the same bytes whenever it is asked for at the same size of the ledger. */
  export(id: string, file: string, by: string, context?: CallContext): Promise<ExportReceipt>;
  /**
   * The answer that was exported last, as it was; every time is on record.
   * @param by who fetches it, for the record
   * @throws {CohortiumError} REQUEST_REFUSED before it was exported, after the days that cohortium.yaml allows, once the request was denied
   * or taken back, and where the stores have changed since
   */
  fetch(id: string, by: string, context?: CallContext): Promise<FetchedAnswer>;
  log(): Promise<readonly RequestLogRow[]>;
  metrics(year: number): Promise<RequestMetrics>;
  /** Requests whose log need not be kept any more; removes them unless it is a dry run. */
  purge(options: {
    readonly isDryRun: boolean;
  }): Promise<{ readonly before: string; readonly requests: readonly string[]; readonly rule: string }>;
  /** Every clock of every right, for one place or all. */
  deadlines(received: string, residence?: string): Promise<readonly DeadlineRow[]>;
}
