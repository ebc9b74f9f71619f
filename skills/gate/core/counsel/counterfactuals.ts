/**
 * What would have to be otherwise for another outcome: each single fact that does it, else the smallest pairs. The outcomes come from
 * the engine that decides; this file says what to ask it, and what its answers mean. Refuses to ask without end.
 */
import { type Condition, type Facts, type FactValue, truthOf } from '../policy/condition.ts';

export interface Change {
  readonly fact: string;
  readonly from: FactValue;
  readonly to: string | number | boolean;
}

export interface FactDomain {
  readonly type: 'text' | 'integer' | 'boolean';
  /** Of a text: its only values. */
  readonly values?: readonly string[] | undefined;
}

export interface Tried {
  readonly changes: readonly Change[];
  readonly outcome: 'pass' | 'fail' | 'counsel';
}

/** A text that no rule names, for what holds everywhere else. */
export const elsewhere = 'elsewhere';

/** Changes that are looked at for one case, and those that the engine is asked about, at most. */
export const mostChanges = 600;
export const mostPairs = 20_000;
export const mostQuestions = 60;

/**
 * Every change of one fact that could matter: the values that rules compare it with, and one beyond them.
 * @param conditions of the rules that decided or stayed open
 */
export function singleChanges(
  facts: Facts,
  conditions: readonly Condition[],
  domains: Readonly<Record<string, FactDomain>>,
): readonly Change[] {
  const named = namedValues(conditions);
  return Object.keys(facts)
    .sort()
    .flatMap((fact) => {
      const domain = domains[fact];
      const from = facts[fact] ?? null;
      if (!domain) return [];
      return valuesOf(domain, named.get(fact) ?? new Set()).flatMap((to): readonly Change[] => (to === from ? [] : [{ fact, from, to }]));
    })
    .slice(0, mostChanges);
}

/** Every two changes of different facts, one of the first list and one of either, as many as may still be asked. */
export function pairsOf(first: readonly Change[], others: readonly Change[], most: number): readonly (readonly [Change, Change])[] {
  const pairs: (readonly [Change, Change])[] = [];
  for (const [at, one] of first.entries()) {
    for (const other of [...first.slice(at + 1), ...others]) {
      if (one.fact === other.fact) continue;
      if (pairs.length >= most) return pairs;
      pairs.push([one, other]);
    }
  }
  return pairs;
}

/**
 * What the rules say by the reference semantics: a guess worth asking the engine about, where asking it is dear. Never shown by itself.
 * @param rules in force for the purpose; one without a condition cannot be guessed about
 */
export function likelyOutcome(
  rules: readonly { readonly outcome: 'fail' | 'counsel'; readonly condition: Condition | null }[],
  facts: Facts,
): Tried['outcome'] {
  let isOpen = false;
  for (const { outcome, condition } of rules) {
    const truth = condition === null ? false : truthOf(condition, facts);
    if (truth === true && outcome === 'fail') return 'fail';
    if (truth !== false) isOpen = true;
  }
  return isOpen ? 'counsel' : 'pass';
}

/** The smallest sets of changes that lead to an outcome: all single ones, else all pairs; none where nothing tried does. */
export function smallestChanges(tried: readonly Tried[], outcome: 'pass' | 'fail'): readonly (readonly Change[])[] {
  const reaching = tried.filter((one) => one.outcome === outcome).map(({ changes }) => changes);
  const least = reaching.reduce((size, { length }) => Math.min(size, length), Number.POSITIVE_INFINITY);
  return reaching.filter(({ length }) => length === least);
}

/** The facts as they would be. */
export function factsAfter(facts: Facts, changes: readonly Change[]): Facts {
  return { ...facts, ...Object.fromEntries(changes.map(({ fact, to }) => [fact, to])) };
}

function valuesOf({ type, values }: FactDomain, named: ReadonlySet<string | number | boolean>): readonly (string | number | boolean)[] {
  if (type === 'boolean') return [true, false];
  if (type === 'integer') {
    const limits = [...named].filter((value) => typeof value === 'number');
    return [...new Set(limits.flatMap((limit) => [limit - 1, limit, limit + 1]))].sort((one, other) => one - other);
  }
  return values ?? [...[...named].filter((value) => typeof value === 'string').sort(), elsewhere];
}

function namedValues(conditions: readonly Condition[]): ReadonlyMap<string, ReadonlySet<string | number | boolean>> {
  const named = new Map<string, Set<string | number | boolean>>();
  const add = (fact: string, values: readonly (string | number | boolean)[]): void => {
    const known = named.get(fact) ?? new Set();
    values.forEach((value) => known.add(value));
    named.set(fact, known);
  };
  const collect = (condition: Condition): void => {
    if (condition.kind === 'all' || condition.kind === 'any') condition.of.forEach(collect);
    else if (condition.kind === 'not') collect(condition.of);
    else add(condition.fact, condition.kind === 'one-of' ? condition.values : [condition.value]);
  };
  conditions.forEach(collect);
  return named;
}
