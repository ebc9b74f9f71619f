/** Asks the gate what it would say of one customer, by what the graph knows and what the caller states. Records nothing. */
import { jurisdictionOf } from '../../../skills/gate/core/jurisdiction.ts';
import type { Workspace } from '../workspace.ts';
import type { DecisionDoor } from './decision-interface.ts';
import { latestFacts } from './latest-facts.ts';

export function decisionDoor(workspace: Workspace): DecisionDoor {
  return {
    evaluate: async ({ customerId, purpose, sink, facts: stated = {}, asOf }) => {
      const latest = await latestFacts(workspace, customerId);
      const day = asOf ?? latest.asOf;
      const known = { ...latest.facts, ...stated };
      const residency = typeof known['residency'] === 'string' ? jurisdictionOf(known['residency']) : '';
      return workspace.policies().evaluate({ facts: { ...known, residency }, purpose, sink, asOf: day });
    },
  };
}
