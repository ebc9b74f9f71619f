/** The law as the gate reads it, for people to look at; types only. */
import type { Anchor } from '../../../skills/gate/core/policy/rule.ts';

export interface RegimeSummary {
  readonly id: string;
  readonly anchor: Anchor | 'records';
  readonly title: string;
  readonly citation: string;
  readonly jurisdiction: string;
  readonly status: string;
  readonly effectiveFrom: string | null;
  readonly effectiveTo: string | null;
  /** Whether it is law on the day that was asked about; null where none was. */
  readonly isInForce: boolean | null;
  readonly rules: number;
  readonly retention: number;
  /** What counsel has yet to confirm. */
  readonly verify: readonly string[];
}

export interface RegimeRuleText {
  readonly id: string;
  readonly outcome: 'fail' | 'counsel';
  /** null for all. */
  readonly purposes: readonly string[] | null;
  readonly citation: string;
  readonly remedy: string;
  readonly effectiveFrom: string | null;
  readonly effectiveTo: string | null;
  readonly verify: string | null;
  /** Facts that it reads, with the scope of its regime. */
  readonly facts: readonly string[];
}

export interface RegimeDetail extends RegimeSummary {
  readonly version: number;
  readonly demand: string;
  readonly notAboutBecause: string;
  readonly excludes: readonly { readonly citation: string; readonly because: string }[];
  readonly optOut: {
    readonly profiling: boolean;
    readonly scope: string;
    readonly alsoOf: readonly string[];
    readonly universalSignal: string | null;
  } | null;
  readonly rights: readonly string[];
  /** Days, or words; and the last day where a first one was given. */
  readonly deadlines: readonly { readonly name: string; readonly value: number | string; readonly due: string | null }[];
  readonly ruleTexts: readonly RegimeRuleText[];
  readonly retentionRows: readonly {
    readonly id: string;
    readonly kind: string;
    /** In words, such as `25 months from notice-of-action`. */
    readonly period: string;
    readonly records: readonly string[];
    readonly citation: string;
    readonly note: string | null;
    readonly verify: string | null;
  }[];
  readonly evidenceOnly: string | null;
  readonly oftenMisstated: string | null;
  readonly reviewed: { readonly by: string; readonly on: string };
  readonly cases: number;
}

export interface RegimeQuestion {
  readonly asOf?: string;
  readonly anchor?: string;
  /** Only those that counsel has yet to confirm something about. */
  readonly isVerify?: boolean;
}

export interface LawDoor {
  /** By anchor, then id. @throws {CohortiumError} REGIME_TAMPERED, POLICY_INVALID, ARGUMENT_INVALID */
  regimes(question: RegimeQuestion): Promise<readonly RegimeSummary[]>;
  /**
   * @param from ISO date that its deadlines are counted from
   * @throws {CohortiumError} ARGUMENT_INVALID for an id that is none
   */
  regime(id: string, question: { readonly asOf?: string; readonly from?: string }): Promise<RegimeDetail>;
}
