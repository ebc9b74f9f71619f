/** What a policy engine decides by: rules, each of which forbids a use or sends it to counsel. Types only. */
import type { Condition } from './condition.ts';

/** The five anchors of the gate. */
export const anchors = ['privacy', 'fair-treatment', 'calibration', 'reporting', 'governance'] as const;
export type Anchor = (typeof anchors)[number];

export interface PolicyRule {
  /** Kebab-case, unique over all regimes and the operator's own policies. */
  readonly id: string;
  /** The regime that it comes from; null for the operator's own. */
  readonly regime: string | null;
  readonly anchor: Anchor;
  /** What follows when the rule applies. */
  readonly outcome: 'fail' | 'counsel';
  readonly citation: string;
  /** What would settle it. */
  readonly remedy: string;
  /** First day on which it applies, ISO date; null for always. */
  readonly effectiveFrom: string | null;
  /** Last day on which it applies, ISO date; null for no end. */
  readonly effectiveTo: string | null;
  /** Purposes that it is about; null for all. */
  readonly purposes: readonly string[] | null;
  /** What counsel has yet to confirm about it; null for nothing. */
  readonly verify: string | null;
  /** With the scope and the exclusions of its regime. Null for Cedar of the operator's that this language cannot say. */
  readonly condition: Condition | null;
  /** Names of the facts that it reads, sorted. */
  readonly facts: readonly string[];
  /** Cedar text, generated or the operator's. */
  readonly cedar: string;
  /** Where it stands: file as shown to people, 1-based line. */
  readonly file: string;
  readonly line: number;
}

/** True when the rule is law on that day; both ends count. */
export function isInForce(rule: Pick<PolicyRule, 'effectiveFrom' | 'effectiveTo'>, asOf: string): boolean {
  return (rule.effectiveFrom === null || rule.effectiveFrom <= asOf) && (rule.effectiveTo === null || asOf <= rule.effectiveTo);
}
