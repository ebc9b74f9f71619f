/**
 * What a policy engine besides the embedded one is asked, and what it may answer. An engine that cannot be asked, or whose reply
 * cannot be read, has not answered: whoever asks makes counsel of it, never pass. Types, and the rules that a question is about.
 */
import type { Facts } from '../../../skills/gate/core/policy/condition.ts';
import { isInForce, type PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import type { FactDefinition } from '../../../skills/gate/law/regime-schema.ts';

/** One question; no customer is named. */
export interface EngineQuestion {
  /** Checked against the vocabulary; null is unknown. */
  readonly facts: Facts;
  readonly purpose: string;
  readonly sink: string;
  /** ISO date: the law of that day applies. */
  readonly asOf: string;
}

/** What the policies of every engine are generated from. */
export interface PolicySource {
  /** Of the bundle; an engine that answers by another one is not believed. */
  readonly digest: string;
  readonly rules: readonly PolicyRule[];
  readonly facts: Readonly<Record<string, FactDefinition>>;
}

export interface EngineReason {
  readonly id: string;
  readonly effect: 'fail' | 'counsel';
  /** Known where the reason is not one of our rules. */
  readonly anchor?: string;
  readonly citation?: string;
  readonly remedy?: string;
}

export type EngineVerdict =
  | {
      readonly kind: 'answered';
      readonly outcome: 'pass' | 'fail' | 'counsel';
      readonly reasons: readonly EngineReason[];
      /** Sorted; null where the engine cannot say. */
      readonly unknownFacts: readonly string[] | null;
      /** How much the answer tells: our rules one by one, a verdict with reasons of its own, or yes and no. */
      readonly tells: 'rules' | 'verdict' | 'decision';
    }
  | { readonly kind: 'unanswered'; readonly because: string };

export interface OtherEngine {
  /** As people see it: kind and place, such as `opa at http://127.0.0.1:8181`. */
  readonly name: string;
  /**
   * One verdict per question, in order, all by the same policies. Whatever goes wrong is a verdict `unanswered`.
   * @throws the reason of the signal when it is aborted
   */
  ask(source: PolicySource, questions: readonly EngineQuestion[], signal: AbortSignal): Promise<readonly EngineVerdict[]>;
  close(): Promise<void>;
}

/** The rules that decide a question: law on that day, about that purpose. */
export function rulesOf(rules: readonly PolicyRule[], { purpose, asOf }: Pick<EngineQuestion, 'purpose' | 'asOf'>): readonly PolicyRule[] {
  return rules.filter((rule) => isInForce(rule, asOf) && (rule.purposes?.includes(purpose) ?? true));
}

/** The same for every question. */
export function unanswered(questions: readonly EngineQuestion[], because: string): readonly EngineVerdict[] {
  return questions.map(() => ({ kind: 'unanswered', because }));
}

/** What went wrong, in words, without a stack. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
