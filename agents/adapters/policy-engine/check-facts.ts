/**
 * Facts held against the vocabulary before any engine sees them, because engines take a fact that is missing, misspelt or of another
 * type for one that does not hold. Refuses nothing: what cannot be read is unknown, and what the vocabulary lacks is left aside.
 */
import type { Facts } from '../../../skills/gate/core/policy/condition.ts';
import { readFact } from '../../../skills/gate/core/policy/read-fact.ts';
import type { PolicySource } from './engine.ts';

/**
 * Every fact of the vocabulary with its value, null for unknown.
 * @param stated what holds where the question says nothing
 */
export function checkFacts(facts: Readonly<Record<string, unknown>>, vocabulary: PolicySource['facts'], stated: Facts = {}): Facts {
  return Object.fromEntries(
    Object.entries(vocabulary).map(([name, fact]) => {
      const given = Object.hasOwn(facts, name) ? facts[name] : undefined;
      return [name, readFact(fact, given === undefined ? stated[name] : given)];
    }),
  );
}
