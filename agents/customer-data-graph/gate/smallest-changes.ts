import {
  type Change,
  factsAfter,
  likelyOutcome,
  mostPairs,
  mostQuestions,
  pairsOf,
  singleChanges,
  smallestChanges,
  type Tried,
} from '../../../skills/gate/core/counsel/counterfactuals.ts';
import type { Facts } from '../../../skills/gate/core/policy/condition.ts';
import { isInForce } from '../../../skills/gate/core/policy/rule.ts';
/**
 * What would have to be otherwise for another outcome: the smallest changes of one or two facts. Found by the reference semantics of
 * conditions, which is quick, and each confirmed by the engine that decides; where a policy cannot be said as a condition, the engine is
 * asked about everything.
 */
import type { PolicyQuestion, PolicySession } from '../../adapters/cedar/policy-session.ts';

export type { Change } from '../../../skills/gate/core/counsel/counterfactuals.ts';

export interface Counterfactuals {
  readonly pass: readonly (readonly Change[])[];
  readonly fail: readonly (readonly Change[])[];
  /** Questions that were put to the engine. */
  readonly asked: number;
}

/**
 * @param facts every fact that could matter; null is unknown
 * @param decided ids of the rules that decided; pairs are tried of what these read
 */
export function smallestChangesOf(
  { bundle, decide }: PolicySession,
  facts: Facts,
  { purpose, sink, asOf }: Pick<PolicyQuestion, 'purpose' | 'sink' | 'asOf'>,
  decided: readonly string[],
): Counterfactuals {
  const rules = bundle.rules.filter((rule) => isInForce(rule, asOf) && (rule.purposes?.includes(purpose) ?? true));
  const conditions = (wanted: (id: string) => boolean) =>
    rules.flatMap(({ id, condition }) => (condition && wanted(id) ? [condition] : []));
  const question = (changes: readonly Change[]) => ({ facts: factsAfter(facts, changes), purpose, sink, asOf });
  const current = decide(question([])).outcome;
  let asked = 1;
  const ask = (changes: readonly Change[]): Tried => {
    asked += 1;
    return { changes, outcome: decide(question(changes)).outcome };
  };
  const isSayable = rules.every(({ condition }) => condition !== null);
  /** Of these the ones that likely lead there are asked about; by the reference alone nothing is said. */
  const askWhere = (wanted: 'pass' | 'fail', sets: readonly (readonly Change[])[]): readonly Tried[] =>
    sets
      .filter((set) => !isSayable || likelyOutcome(rules, { ...factsAfter(facts, set), purpose, sink }) === wanted)
      .slice(0, mostQuestions)
      .map(ask);
  const read = new Set(rules.filter(({ id }) => decided.includes(id)).flatMap((rule) => rule.facts));
  const part = (isDecisive: boolean): Facts => Object.fromEntries(Object.entries(facts).filter(([name]) => read.has(name) === isDecisive));
  const ofDecisive = singleChanges(
    part(true),
    conditions((id) => decided.includes(id)),
    bundle.facts,
  );
  const ofOthers = singleChanges(
    part(false),
    conditions(() => true),
    bundle.facts,
  );
  const singles = [...ofDecisive, ...ofOthers].map((change) => [change]);
  const leadingTo = (wanted: 'pass' | 'fail'): Counterfactuals['pass'] => {
    if (wanted === current) return [];
    const byOne = smallestChanges(askWhere(wanted, singles), wanted);
    if (byOne.length > 0) return byOne;
    return smallestChanges(askWhere(wanted, isSayable ? pairsOf(ofDecisive, ofOthers, mostPairs) : []), wanted);
  };
  const [pass, fail] = [leadingTo('pass'), leadingTo('fail')];
  return { pass, fail, asked };
}
