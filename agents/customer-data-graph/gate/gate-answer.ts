/** What the gate answers; types only. */
import type { Anchor } from '../../../skills/gate/core/policy/rule.ts';

export interface GateAnswer {
  readonly outcome: 'pass' | 'fail' | 'counsel';
  readonly policies: readonly {
    readonly id: string;
    /** The regime that the rule comes from; null for the operator's own, and for a person's ruling. */
    readonly regime: string | null;
    readonly effect: 'fail' | 'counsel';
    readonly anchor: string;
    readonly citation: string;
    readonly remedy: string;
    /** What counsel has yet to confirm about the rule. */
    readonly verify: string | null;
  }[];
  readonly anchors: Readonly<Record<Anchor, 'pass' | 'fail' | 'counsel' | 'not-applicable'>>;
  /** Facts that are unknown and could change the outcome. */
  readonly unknownFacts: readonly string[];
  readonly policyDigest: string;
  /** What other policy engines said; absent where none is configured. */
  readonly opinions?: readonly Opinion[];
}

/** Of a policy engine besides the embedded one. */
export interface Opinion {
  readonly engine: string;
  readonly role: 'engine' | 'second-opinion';
  /** null where it did not answer. */
  readonly outcome: 'pass' | 'fail' | 'counsel' | null;
  readonly policies: readonly { readonly id: string; readonly effect: 'fail' | 'counsel' }[];
  /** null where it cannot say. */
  readonly unknownFacts: readonly string[] | null;
  /** With what was decided without it, as far as it can tell. */
  readonly agrees: boolean;
  /** Why it did not answer. */
  readonly because: string | null;
}
