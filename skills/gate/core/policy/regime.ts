/**
 * A regime as the gate reads it, and what it says of one case: not in force, not about it (with the citation that leaves it out),
 * open, or about it. Whether it then passes is for its rules.
 */
import { type Condition, type Facts, truthOf } from './condition.ts';
import type { Anchor } from './rule.ts';

export interface Regime {
  readonly id: string;
  readonly version: number;
  readonly anchor: Anchor | 'records';
  readonly title: string;
  readonly citation: string;
  readonly effectiveFrom: string | null;
  readonly effectiveTo: string | null;
  readonly scope: Condition;
  /** Said where the scope does not hold. */
  readonly notAboutBecause: string;
  readonly exclusions: readonly { readonly when: Condition; readonly citation: string; readonly because: string }[];
  /** Facts that scope and exclusions read, sorted. */
  readonly reads: readonly string[];
  /** Ids of its rules. */
  readonly rules: readonly string[];
  readonly verify: readonly string[];
}

export type Applicability =
  | { readonly regime: string; readonly applies: 'yes' }
  | { readonly regime: string; readonly applies: 'open'; readonly unknownFacts: readonly string[] }
  | { readonly regime: string; readonly applies: 'not-in-force' }
  | { readonly regime: string; readonly applies: 'no'; readonly citation: string; readonly because: string };

/** @param facts with `purpose` and `sink` among them */
export function applicability(regime: Regime, facts: Facts, asOf: string): Applicability {
  const { id, effectiveFrom, effectiveTo, citation, exclusions } = regime;
  if ((effectiveFrom !== null && asOf < effectiveFrom) || (effectiveTo !== null && asOf > effectiveTo)) {
    return { regime: id, applies: 'not-in-force' };
  }
  const scope = truthOf(regime.scope, facts);
  if (scope === false) return { regime: id, applies: 'no', citation, because: regime.notAboutBecause };
  const open = new Set(scope === true ? [] : scope);
  for (const exclusion of exclusions) {
    const truth = truthOf(exclusion.when, facts);
    if (truth === true) return { regime: id, applies: 'no', citation: exclusion.citation, because: exclusion.because };
    if (truth !== false) truth.forEach((name) => open.add(name));
  }
  return open.size === 0 ? { regime: id, applies: 'yes' } : { regime: id, applies: 'open', unknownFacts: [...open].sort() };
}
