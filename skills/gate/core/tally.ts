/** Counts outcomes and reasons over decided classes, each weighted with its customers. */

export type Outcome = 'pass' | 'fail' | 'counsel';

export interface WeightedDecision {
  readonly outcome: Outcome;
  readonly policies: readonly { readonly id: string; readonly effect: 'fail' | 'counsel'; readonly citation: string }[];
  /** Customers that the decision holds for. */
  readonly customers: number;
}

export interface Reason {
  readonly policy: string;
  readonly citation: string;
  readonly outcome: Outcome;
  readonly count: number;
}

/** Customers per outcome. */
export function countOutcomes(decisions: readonly WeightedDecision[]): Readonly<Record<Outcome, number>> {
  const counts = { pass: 0, fail: 0, counsel: 0 };
  for (const { outcome, customers } of decisions) counts[outcome] += customers;
  return counts;
}

/**
 * The policies behind fail and counsel, most customers first, ties by id. A case with several reasons counts for each.
 * @param limit how many to keep
 */
export function topReasons(decisions: readonly WeightedDecision[], limit: number): readonly Reason[] {
  const reasons = new Map<string, Reason>();
  for (const { outcome, policies, customers } of decisions) {
    if (outcome === 'pass') continue;
    for (const { id, effect, citation } of policies) {
      if (effect !== outcome) continue;
      const key = `${outcome} ${id}`;
      reasons.set(key, { policy: id, citation, outcome, count: (reasons.get(key)?.count ?? 0) + customers });
    }
  }
  const byWeight = (a: Reason, b: Reason): number =>
    b.count - a.count || (a.policy < b.policy ? -1 : a.policy > b.policy ? 1 : a.outcome < b.outcome ? -1 : 1);
  return [...reasons.values()].sort(byWeight).slice(0, limit);
}
