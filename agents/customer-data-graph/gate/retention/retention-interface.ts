import type { RetentionOutcome } from '../../../../skills/gate/core/retention/decide-retention.ts';
/** How long what is kept, and why; types only. Dates are ISO. */
import type { ClockEvent, RecordClassName } from '../../../../skills/gate/core/retention/record-classes.ts';

/** One row of the law or of policy on one record. */
export interface KeptBecause {
  readonly rule: string;
  readonly regime: string;
  readonly kind: 'floor' | 'ceiling' | 'policy' | 'none';
  readonly citation: string;
  readonly note: string | null;
  /** What counsel has yet to confirm. */
  readonly verify: string | null;
  readonly trigger: ClockEvent;
  readonly triggeredOn: string | null;
  /** Last day; null while it has none. */
  readonly lastDay: string | null;
  /** In words, such as `runs through 2028-02-29`, or what nobody knows. */
  readonly state: string;
  readonly isDeciding: boolean;
}

export interface KeptRecordAnswer {
  readonly id: string;
  readonly class: RecordClassName;
  readonly outcome: RetentionOutcome;
  readonly isShredDue: boolean;
  readonly bodyThrough: string | null;
  readonly skeletonThrough: string | null;
  readonly because: readonly string[];
  readonly holds: readonly string[];
  readonly unknown: readonly string[];
  readonly clocks: readonly KeptBecause[];
}

/** Records that are alike in class, outcome and what decided. */
export interface RetentionGroup {
  readonly class: RecordClassName;
  readonly outcome: RetentionOutcome;
  readonly records: number;
  /** Ids of rows. */
  readonly decidedBy: readonly string[];
  readonly unknown: readonly string[];
  readonly holds: number;
  /** Of these, keys to persons that are to be destroyed now. */
  readonly shredDue: number;
  /** First and last of the last days of bodies; null where none has one. */
  readonly bodyThrough: readonly [string, string] | null;
  readonly skeletonThrough: readonly [string, string] | null;
  /** One of them, to ask about. */
  readonly example: string;
}

export interface RetentionPlan {
  /** The day that counts as today. */
  readonly today: string;
  /** Of the newest run, whose customers these are; null before the first. */
  readonly asOf: string | null;
  readonly groups: readonly RetentionGroup[];
  readonly rules: number;
  readonly policyDigest: string;
  /** Always: the plan removes nothing. */
  readonly isDryRun: true;
}

/** A record whose personal body may not be there any more. */
export interface DueRecord {
  readonly id: string;
  readonly class: RecordClassName;
  readonly decidedBy: readonly string[];
  readonly because: readonly string[];
}

export interface RetentionWhy {
  readonly today: string;
  readonly asked: string;
  readonly records: readonly KeptRecordAnswer[];
}

export interface RetentionDoor {
  /** @param today ISO date; the clock's when absent. @throws {CohortiumError} CONFIG_INVALID for a hold that cannot be read */
  planRetention(today?: string): Promise<RetentionPlan>;
  /** Records whose time is over, or whose key to the person has to go; what a hold keeps is not among them. @throws as planRetention */
  dueRetention(today?: string): Promise<readonly DueRecord[]>;
  /**
   * @param id a customer id, or the id of a record as the plan shows them
   * @throws {CohortiumError} RECORD_NOT_FOUND
   */
  whyKept(id: string, today?: string): Promise<RetentionWhy>;
}
