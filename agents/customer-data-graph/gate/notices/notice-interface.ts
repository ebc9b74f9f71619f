/** Notices made from the disclosure register; types only. They are drafts for a person to send: nothing is sent here. */
import type { PrincipalReason } from '../../../../skills/gate/core/notices/principal-reasons.ts';

export interface NoticeText {
  /** The disclosure that it is made from. */
  readonly disclosure: {
    readonly id: string;
    readonly version: number;
    readonly jurisdiction: string;
    readonly regime: string;
    readonly citation: string;
    readonly wording: 'statutory' | 'model' | 'own';
    readonly place: string;
    readonly file: string;
    readonly verify: string | null;
  };
  readonly text: string;
  /** Places that nobody filled in. */
  readonly missing: readonly string[];
}

export interface AdverseActionRequest {
  readonly customerId: string;
  /** Narrowest first; of the customer's residence when absent. */
  readonly jurisdiction?: string;
  /** Cohort definition whose explanation gives the reasons; the customer's purchases beside those of others when absent. */
  readonly definition?: string;
  readonly window?: string;
  /** Whether a consumer report went into the decision. */
  readonly isConsumerReport?: boolean;
  /** ISO date on which the complete application came in; the due day is counted from it. */
  readonly received?: string;
  /** Day whose texts count, ISO; the clock's when absent. */
  readonly asOf?: string;
  /** What fills the places of the text. */
  readonly values?: Readonly<Record<string, string>>;
}

export interface AdverseActionNotice {
  readonly customerId: string;
  readonly date: string;
  readonly notices: readonly NoticeText[];
  readonly reasons: readonly PrincipalReason[];
  /** How the reasons were chosen. */
  readonly method: string;
  readonly due: {
    readonly deadline: string;
    readonly days: number;
    readonly from: string;
    readonly on: string;
    readonly isOver: boolean;
  } | null;
}

export interface PlainNoticeRequest {
  readonly jurisdiction?: string;
  readonly purpose?: string;
  /** Day whose texts count, ISO; the clock's when absent. */
  readonly asOf?: string;
  readonly values?: Readonly<Record<string, string>>;
}

export interface NoticeDoor {
  /** @throws {CohortiumError} ARGUMENT_INVALID; SCORE_NOT_FOUND for somebody whom no run knows */
  adverseActionNotice(request: AdverseActionRequest): Promise<AdverseActionNotice>;
  /** The logic of a value in plain words. */
  logicNotice(request: PlainNoticeRequest): Promise<NoticeText>;
  /** What has to stand with a text that a language model wrote. */
  aiDisclosure(request: PlainNoticeRequest): Promise<NoticeText>;
  /** The same for whoever retells an explanation by a language model: the text in effect, or the first to come into effect. */
  narrativeDisclosure(): Promise<string>;
}
