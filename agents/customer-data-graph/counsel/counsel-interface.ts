/** The counsel queue as the doors ask for it; types only. Persons are ids of registries/people, dates are ISO `YYYY-MM-DD`. */
import type { Change } from '../../../skills/gate/core/counsel/counterfactuals.ts';
import type { ReviewMetrics } from '../../../skills/gate/core/counsel/measure-reviews.ts';
import type { ReviewState, Verdict } from '../../../skills/gate/core/counsel/review.ts';
import type { FactSource } from '../facts/fact-source.ts';
import type { RecordPlace } from '../record/record-interface.ts';

export type { ReviewMetrics } from '../../../skills/gate/core/counsel/measure-reviews.ts';
export type { ReviewState, Verdict } from '../../../skills/gate/core/counsel/review.ts';

type FactValue = string | number | boolean | null;

export type DecisionScope = { readonly kind: 'class' } | { readonly kind: 'run'; readonly asOf: string } | { readonly kind: 'waiver' };

export interface ReviewSummary {
  readonly id: string;
  readonly state: ReviewState;
  readonly customers: number;
  readonly purpose: string;
  readonly sink: string;
  /** Rules that sent the case to counsel. */
  readonly policies: readonly string[];
  readonly unknownFacts: readonly string[];
  readonly openedAsOf: string;
  /** ISO instant. */
  readonly openedAt: string;
  /** Last day on which it can be decided; after it the gate fails the case. */
  readonly dueDay: string;
  readonly isOverdue: boolean;
  readonly assignee: string | null;
  readonly recommended: { readonly verdict: Verdict; readonly by: string } | null;
  readonly approvals: readonly { readonly verdict: Verdict; readonly by: string }[];
  readonly approvalsNeeded: number;
  /** Of a decided case. */
  readonly decided: {
    readonly verdict: Verdict;
    readonly by: readonly string[];
    /** ISO instant. */
    readonly at: string;
    readonly scope: DecisionScope;
    readonly expiresAt: string;
    readonly conditions: readonly string[];
  } | null;
  /** What the gate does with the case now, in words. */
  readonly effect: string;
  /** The request of the person who contests the decision; null for a case of the gate. */
  readonly contestedBy: string | null;
  /** Revealed when it is over: it was put in to see whether it would be noticed. */
  readonly test: { readonly rightAnswer: 'approve' | 'reject'; readonly because: string; readonly by: string } | null;
}

export interface ReviewFact {
  readonly name: string;
  readonly value: FactValue;
  readonly says: string;
  /** Who knows it: customer, run, use or operator. */
  readonly of: string;
  /** The decision rests on it. */
  readonly isDecisive: boolean;
  readonly isUnknown: boolean;
}

export interface ReviewRule {
  readonly id: string;
  readonly outcome: 'fail' | 'counsel' | 'unknown';
  readonly regime: string | null;
  readonly title: string;
  readonly anchor: string;
  readonly citation: string;
  readonly demand: string | null;
  readonly remedy: string;
  /** What counsel has yet to confirm before anybody states it as fact. */
  readonly verify: readonly string[];
  readonly oftenMisstated: string | null;
  readonly file: string;
  readonly line: number;
  /** Reads otherwise than when the case was opened. */
  readonly hasChanged: boolean;
  /** Unknown facts that it hangs on; none where it applies, or where only the engine can tell. */
  readonly hangsOn: readonly string[];
}

/** One of the customers whom the case is about, and where its facts come from. */
export interface ReviewExample {
  readonly customerId: string;
  readonly facts: readonly { readonly name: string; readonly value: FactValue; readonly source: FactSource; readonly at: string | null }[];
  /** Sentences about the value, where it may be shown. */
  readonly explanation: readonly string[];
}

/** A decision about one person, who asks for a human review of it. */
export interface ReviewContest {
  readonly customer: string;
  /** What they say, in their words; empty where they said nothing. */
  readonly view: string;
  readonly decision: RecordPlace;
  /** What the gate said then. */
  readonly outcome: string;
}

/** Everything that is needed to decide, on one screen. */
export interface ReviewSheet extends ReviewSummary {
  readonly caseKey: string;
  readonly policyDigest: string;
  readonly facts: readonly ReviewFact[];
  readonly rules: readonly ReviewRule[];
  /** The smallest sets of changes after which the outcome would be another; each is one or two facts. */
  readonly counterfactuals: {
    readonly pass: readonly (readonly Change[])[];
    readonly fail: readonly (readonly Change[])[];
    readonly asked: number;
  };
  /** What the run measured, by the name of the fact; null is unknown. */
  readonly calibration: Readonly<Record<string, FactValue>>;
  readonly examples: readonly ReviewExample[];
  readonly contest: ReviewContest | null;
  readonly clock: {
    readonly regime: string | null;
    readonly name: string;
    readonly amount: number;
    readonly dueDay: string;
    readonly daysLeft: number;
    readonly businessDaysLeft: number;
  };
  /** Who signed the operator's policies at issue, and so does not approve. */
  readonly policyAuthors: readonly string[];
  readonly statements: readonly {
    readonly step: 'recommend' | 'decide';
    readonly verdict: Verdict;
    readonly by: string;
    readonly role: string;
    readonly rationale: string;
    readonly checkedFacts: readonly string[];
    readonly conditions: readonly string[];
  }[];
  readonly history: readonly {
    readonly place: number;
    /** ISO instant. */
    readonly at: string;
    readonly by: string;
    readonly step: string;
    readonly from: ReviewState | null;
    readonly to: ReviewState;
    readonly note: string;
    readonly policyDigest: string;
  }[];
  /** Steps that can be taken now. */
  readonly steps: readonly string[];
}

export type ReviewAction =
  | { readonly kind: 'assign'; readonly to: string; readonly note?: string }
  | { readonly kind: 'start' | 'ask' | 'supply' | 'return' | 'attest' | 'withdraw'; readonly note: string }
  | {
      readonly kind: 'recommend';
      readonly verdict: Verdict;
      readonly rationale: string;
      readonly checkedFacts: readonly string[];
      readonly conditions: readonly string[];
      /** Default: every decision of this fact vector. */
      readonly scope?: DecisionScope;
      /** Default: as long as cohortium.yaml lets a decision hold. */
      readonly expiresAt?: string;
    }
  | {
      readonly kind: 'decide';
      readonly verdict: Verdict;
      readonly rationale: string;
      readonly checkedFacts: readonly string[];
      readonly conditions: readonly string[];
    }
  | { readonly kind: 'break-glass'; readonly note: string; readonly days: number };

export interface TestCaseRequest {
  readonly purpose: string;
  readonly sink: string;
  readonly facts: Readonly<Record<string, FactValue>>;
  /** Default: today. */
  readonly asOf?: string;
  readonly rightAnswer: 'approve' | 'reject';
  readonly because: string;
  /** Shown as the number of customers; default the median of what waits. */
  readonly customers?: number;
}

export interface PrecedentSummary {
  readonly review: string;
  readonly purpose: string;
  readonly sink: string;
  readonly policies: readonly string[];
  readonly verdict: Verdict | null;
  readonly scope: DecisionScope | null;
  readonly conditions: readonly string[];
  readonly signedBy: readonly string[];
  readonly expiresAt: string | null;
  /** What the gate does with it today. */
  readonly effect: 'in-force' | 'lapsed' | 'not-used' | 'damaged';
  /** Why it is not in force; null where it is. */
  readonly why: string | null;
}

export interface CounselDoor {
  /** What waits, the earliest due first; or everything, oldest first. */
  reviews(status: 'waiting' | 'all'): Promise<readonly ReviewSummary[]>;
  review(id: string): Promise<ReviewSheet>;
  /** Takes a step in the name of a person whose key is here. */
  actOnReview(id: string, action: ReviewAction, by: string): Promise<ReviewSummary>;
  /** Takes a decision back and opens its case anew. */
  reopenReview(id: string, by: string, note: string): Promise<ReviewSummary>;
  /** Puts in a case with a known right answer, which is revealed when it is decided and touches no customer. */
  addTestCase(request: TestCaseRequest, by: string): Promise<ReviewSummary>;
  reviewMetrics(): Promise<ReviewMetrics>;
  /** Signed decisions, each checked now. */
  precedents(): Promise<readonly PrecedentSummary[]>;
}
