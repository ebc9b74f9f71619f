/**
 * Conditions of rules as data: what every policy engine is generated from, and the reference that they are held against. Knows
 * three truth values; a fact that is unknown and could change the truth names itself. Refuses to guess.
 */

/** null means unknown. */
export type FactValue = string | number | boolean | null;

export type Facts = Readonly<Record<string, FactValue>>;

/** `purpose` and `sink` are read like facts and are always known. */
export type Condition =
  | { readonly kind: 'all'; readonly of: readonly Condition[] }
  | { readonly kind: 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition }
  | { readonly kind: 'one-of'; readonly fact: string; readonly values: readonly (string | number | boolean)[] }
  | { readonly kind: 'above' | 'at-least' | 'below' | 'at-most'; readonly fact: string; readonly value: number };

/** True, false, or open with the names of the facts that it hangs on. */
export type Truth = boolean | ReadonlySet<string>;

/** Holds whatever the facts are. */
export const always: Condition = { kind: 'all', of: [] };

/**
 * Truth of a condition by strong three-valued logic: `unknown && false` is false, so a fact that cannot matter is not asked for.
 * @param facts a name that is absent is unknown
 * @see Kleene (1952), "Introduction to Metamathematics", §64
 */
export function truthOf(condition: Condition, facts: Facts): Truth {
  switch (condition.kind) {
    case 'all':
      return condition.of.reduce<Truth>((truth, part) => (truth === false ? false : and(truth, truthOf(part, facts))), true);
    case 'any':
      return not(condition.of.reduce<Truth>((truth, part) => (truth === false ? false : and(truth, not(truthOf(part, facts)))), true));
    case 'not':
      return not(truthOf(condition.of, facts));
    case 'one-of': {
      const value = facts[condition.fact] ?? null;
      return value === null ? new Set([condition.fact]) : condition.values.includes(value);
    }
    default: {
      const value = facts[condition.fact] ?? null;
      return typeof value === 'number' ? compares(condition.kind, value, condition.value) : new Set([condition.fact]);
    }
  }
}

/** Names of the facts that a condition reads, sorted; `purpose` and `sink` are none. */
export function factsOf(condition: Condition): readonly string[] {
  const names = new Set<string>();
  const collect = (part: Condition): void => {
    if (part.kind === 'all' || part.kind === 'any') part.of.forEach(collect);
    else if (part.kind === 'not') collect(part.of);
    else names.add(part.fact);
  };
  collect(condition);
  names.delete('purpose');
  names.delete('sink');
  return [...names].sort();
}

function compares(kind: 'above' | 'at-least' | 'below' | 'at-most', value: number, limit: number): boolean {
  if (kind === 'above') return value > limit;
  if (kind === 'at-least') return value >= limit;
  return kind === 'below' ? value < limit : value <= limit;
}

function and(a: Truth, b: Truth): Truth {
  if (a === false || b === false) return false;
  if (a === true) return b;
  if (b === true) return a;
  return new Set([...a, ...b]);
}

function not(a: Truth): Truth {
  return typeof a === 'boolean' ? !a : a;
}
