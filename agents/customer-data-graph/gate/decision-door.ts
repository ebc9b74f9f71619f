import { jurisdictionOf } from '../../../skills/gate/core/jurisdiction.ts';
/** Asks the gate what it would say of one customer, by what the graph knows and what the caller states. Records nothing. */
import { factsOfUse } from '../facts/facts-of-use.ts';
import type { Workspace } from '../workspace.ts';
import type { DecisionDoor } from './decision-interface.ts';
import { latestFacts } from './latest-facts.ts';

export function decisionDoor(workspace: Workspace): DecisionDoor {
  return {
    evaluate: async ({ customerId, purpose, sink, facts: stated = {}, asOf }) => {
      const latest = await latestFacts(workspace, customerId, asOf);
      const day = asOf ?? latest.asOf;
      const ofUse = factsOfUse(workspace)(purpose, sink, day, knownOnly(stated));
      const known = { ...latest.facts, ...ofUse, ...stated };
      const residency = typeof known['residency'] === 'string' ? jurisdictionOf(known['residency']) : '';
      return workspace.policies().evaluate({ facts: { ...known, residency }, purpose, sink, asOf: day });
    },
  };
}

/** Without what is stated to be unknown. */
function knownOnly(facts: Readonly<Record<string, string | number | boolean | null>>): Readonly<Record<string, string | number | boolean>> {
  return Object.fromEntries(Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
}
