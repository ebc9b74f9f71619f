import {
  type Change,
  factsAfter,
  mostQuestions,
  pairsOf,
  singleChanges,
  smallestChanges,
  type Tried,
} from '../../../skills/gate/core/counsel/counterfactuals.ts';
import type { Facts } from '../../../skills/gate/core/policy/condition.ts';
import { isInForce } from '../../../skills/gate/core/policy/rule.ts';
/** What would have to be otherwise for another outcome, asked of the engine that decides: the smallest changes of one or two facts. */
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
  const ask = (changes: readonly Change[]): Tried => ({
    changes,
    outcome: decide({ facts: factsAfter(facts, changes), purpose, sink, asOf }).outcome,
  });
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
  const tried = [...ofDecisive, ...ofOthers].slice(0, mostQuestions).map((change) => ask([change]));
  if (['pass', 'fail'].some((outcome) => !tried.some((one) => one.outcome === outcome))) {
    tried.push(...pairsOf(ofDecisive, Math.max(0, mostQuestions - tried.length)).map(ask));
  }
  return { pass: smallestChanges(tried, 'pass'), fail: smallestChanges(tried, 'fail'), asked: tried.length };
}
