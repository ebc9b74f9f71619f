/**
 * Which of several values that were declared about one attribute counts. The one place that decides it: the profile of a customer
 * and the features of everybody ask here. Values come oldest first. Nothing is averaged or made up.
 */
import type { FieldPolicy, IdentityRules } from '../../../registries/identity/identity-rules.ts';

/** What was declared, and who said so. */
export interface DeclaredValue {
  /** '' takes the attribute back. */
  readonly value: string;
  /** As the signal names it, else its channel. */
  readonly source: string;
}

/** The value that counts so far, and what the policy must remember to go on. */
export interface FieldState<Value extends DeclaredValue> {
  readonly winner: Value;
  /** Times that each value was declared, where that decides. */
  readonly counts: Map<string, number> | undefined;
}

const mostRecent: FieldPolicy = { policy: 'most-recent' };

export function policyOf(fields: IdentityRules['fields'], attribute: string): FieldPolicy {
  return (Object.hasOwn(fields, attribute) ? fields[attribute] : fields['default']) ?? mostRecent;
}

/** Takes the next value, which is no older than those before. */
export function takeValue<Value extends DeclaredValue>(
  state: FieldState<Value> | undefined,
  next: Value,
  policy: FieldPolicy,
): FieldState<Value> {
  const counts = policy.policy === 'most-frequent' ? (state?.counts ?? new Map<string, number>()) : undefined;
  counts?.set(next.value, (counts.get(next.value) ?? 0) + 1);
  return { winner: state === undefined || replaces(state.winner, next, policy, counts) ? next : state.winner, counts };
}

function replaces(winner: DeclaredValue, next: DeclaredValue, policy: FieldPolicy, counts: Map<string, number> | undefined): boolean {
  if (policy.policy === 'never-overwrite') return winner.value === '';
  if (policy.policy === 'most-frequent') return (counts?.get(next.value) ?? 0) >= (counts?.get(winner.value) ?? 0);
  if (policy.policy === 'most-trusted-source') return trust(policy.sources, next.source) <= trust(policy.sources, winner.source);
  return true;
}

/** Place in the list; behind its end for a source that is not in it. */
function trust(sources: readonly string[], source: string): number {
  const place = sources.indexOf(source);
  return place === -1 ? sources.length : place;
}
