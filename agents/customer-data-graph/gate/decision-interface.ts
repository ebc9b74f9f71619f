/** Asking the gate about one customer, purpose and sink; types only. */
import type { FactValue } from '../../../skills/gate/core/policy/condition.ts';
import type { Anchor } from '../../../skills/gate/core/policy/rule.ts';
import type { FactSource } from '../facts/fact-source.ts';
import type { GateAnswer } from './gate-answer.ts';
import type { Counterfactuals } from './smallest-changes.ts';

export type * from './gate-answer.ts';

export interface GateRequest {
  readonly customerId: string;
  readonly purpose: string;
  readonly sink: string;
  /** Facts that the caller states, over those of the graph; a fact of `null` means unknown. */
  readonly facts?: Readonly<Record<string, string | number | boolean | null>>;
  readonly asOf?: string;
}

/** What one regime by itself says of a case. */
export interface RegimeResult {
  readonly regime: string;
  readonly anchor: Anchor | 'records';
  readonly title: string;
  readonly result: 'pass' | 'fail' | 'counsel' | 'not-applicable' | 'not-in-force';
  /** Of the rule that decided, of what leaves the case out, or of the regime. */
  readonly citation: string;
  /** Why it is not about the case, or not law on the day; null otherwise. */
  readonly because: string | null;
  /** Rules that decided or stayed open. */
  readonly rules: readonly string[];
  readonly unknownFacts: readonly string[];
  readonly verify: readonly string[];
}

export interface ExplainedFact {
  readonly name: string;
  /** null is unknown. */
  readonly value: FactValue;
  readonly says: string;
  /** Who knows it: customer, run, use or operator. */
  readonly of: string;
  /** Where it comes from; null where only the caller or nobody said it. */
  readonly source: FactSource | null;
  /** Whether the caller stated it over what is known. */
  readonly isStated: boolean;
  /** Whether a rule that decided reads it. */
  readonly isDecisive: boolean;
}

export interface GateExplanation extends GateAnswer {
  readonly customerId: string;
  readonly purpose: string;
  readonly sink: string;
  readonly asOf: string;
  /** Every regime, by anchor as they stand in the law. */
  readonly regimes: readonly RegimeResult[];
  /** Those that decided or stayed open first. */
  readonly facts: readonly ExplainedFact[];
  /** The smallest changes of one or two facts after which the outcome would be another. */
  readonly counterfactuals: Counterfactuals;
}

export interface DecisionDoor {
  /** What every regime says, by which facts, from where, and what would have to be otherwise. */
  explainDecision(request: GateRequest): Promise<GateExplanation>;
  /** Decides nothing for good and records nothing: what the gate would say. */
  evaluate(request: GateRequest): Promise<GateAnswer>;
}
