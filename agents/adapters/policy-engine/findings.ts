/**
 * From what an engine found of each rule to a verdict: fail where a rule that fails applies; else counsel where one applies or any
 * hangs on an unknown fact; else pass. The same for every engine, so that engines differ in what they find and in nothing else.
 */
import { type Facts, truthOf } from '../../../skills/gate/core/policy/condition.ts';
import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
import { type EngineQuestion, type EngineVerdict, rulesOf } from './engine.ts';

export interface Findings {
  /** Ids of the rules that apply. */
  readonly applies: ReadonlySet<string>;
  /** Ids of the rules that hang on unknown facts, with their names. */
  readonly open: ReadonlyMap<string, readonly string[]>;
}

/** @param rules the ones that the question is about; a finding about another one is left aside */
export function verdictOf(rules: readonly PolicyRule[], { applies, open }: Findings): EngineVerdict {
  const fails = rules.filter(({ id, outcome }) => outcome === 'fail' && applies.has(id));
  const counsels = rules.filter(({ id, outcome }) => outcome === 'counsel' && applies.has(id));
  const reasons = [
    ...fails.map(({ id }) => ({ id, effect: 'fail' as const })),
    ...counsels.map(({ id }) => ({ id, effect: 'counsel' as const })),
  ];
  if (fails.length > 0) return { kind: 'answered', outcome: 'fail', reasons, unknownFacts: [], tells: 'rules' };
  // Where counsel is certain, an open rule that asks for counsel adds nothing; one that fails does.
  const mayApply = rules.filter(({ id, outcome }) => open.has(id) && (counsels.length === 0 || outcome === 'fail'));
  const unknownFacts = [...new Set(mayApply.flatMap(({ id }) => open.get(id) ?? []))].sort();
  const all = [...reasons, ...mayApply.map(({ id }) => ({ id, effect: 'counsel' as const }))];
  return { kind: 'answered', outcome: all.length > 0 ? 'counsel' : 'pass', reasons: all, unknownFacts, tells: 'rules' };
}

/**
 * What every engine is held against: the conditions themselves, evaluated here.
 * @param rules all of the bundle; those without a condition are left to the engine that can read them
 */
export function referenceVerdict(rules: readonly PolicyRule[], question: EngineQuestion): EngineVerdict {
  const asked = rulesOf(rules, question);
  const facts: Facts = { ...question.facts, purpose: question.purpose, sink: question.sink };
  const applies = new Set<string>();
  const open = new Map<string, readonly string[]>();
  for (const { id, condition } of asked) {
    if (condition === null) continue;
    const truth = truthOf(condition, facts);
    if (truth === true) applies.add(id);
    else if (truth !== false) open.set(id, [...truth].sort());
  }
  return verdictOf(asked, { applies, open });
}

/** The facts that an open rule hangs on, for engines that say that it is open and not why. Sorted. */
export function unknownFactsOf({ condition }: Pick<PolicyRule, 'condition'>, { facts, purpose, sink }: EngineQuestion): readonly string[] {
  const truth = condition === null ? true : truthOf(condition, { ...facts, purpose, sink });
  return typeof truth === 'boolean' ? [] : [...truth].sort();
}
