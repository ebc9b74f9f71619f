/** Everything that a decision is by: the law, overlays and the operator's own policies, under one digest. Types only. */
import type { Facts } from '../../../skills/gate/core/policy/condition.ts';
import type { Regime } from '../../../skills/gate/core/policy/regime.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import type { Digest } from '../../../skills/sdk/index.ts';
import type { FactVocabulary, Law } from './read-law.ts';

export interface PolicyBundle extends DecidingLaw {
  readonly law: Law;
}

/** As much of it as a decision takes. */
export interface DecidingLaw {
  /** Of all files and of the facts that the operator states. */
  readonly digest: Digest;
  readonly rules: readonly PolicyRule[];
  readonly regimes: readonly Regime[];
  readonly facts: FactVocabulary;
  readonly purposes: readonly string[];
  /** What the vocabulary assumes, and what the operator has stated for every use. */
  readonly stated: Facts;
}

/** What approved overlays add. */
export interface Additions {
  readonly rules: readonly PolicyRule[];
  readonly facts: FactVocabulary;
  readonly stated: Facts;
  /** Name and text of every file that was read. */
  readonly texts: readonly (readonly [string, string])[];
}
