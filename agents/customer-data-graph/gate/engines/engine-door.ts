/** Answers questions that name no customer, and writes the rules down for other policy engines. Looks nobody up and records nothing. */
import { factsOfUse } from '../../facts/facts-of-use.ts';
import { statedPlace } from '../../facts/stated-place.ts';
import type { Workspace } from '../../workspace.ts';
import type { EngineDoor } from './engine-interface.ts';
import { exportPolicies } from './export-policies.ts';

export function engineDoor(workspace: Workspace): EngineDoor {
  return {
    ask: async ({ facts: stated, purpose, sink, asOf = new Date(workspace.clock.now()).toISOString().slice(0, 10) }) => {
      const known = Object.fromEntries(Object.entries(stated).flatMap(([name, value]) => (value === null ? [] : [[name, value]])));
      const facts = { ...factsOfUse(workspace)(purpose, sink, asOf, known), ...stated };
      const answer = await workspace.policies().evaluate({ facts: { ...facts, ...statedPlace(stated) }, purpose, sink, asOf });
      const { bundle } = await workspace.policies().session();
      const ids = new Set(answer.policies.map(({ id }) => id));
      return {
        ...answer,
        asOf,
        reads: Object.fromEntries(bundle.rules.filter(({ id }) => ids.has(id)).map((rule) => [rule.id, rule.facts])),
        ignored: Object.keys(stated)
          .filter((name) => !Object.hasOwn(bundle.facts, name))
          .sort(),
      };
    },
    exportPolicies: async (format, folder) => exportPolicies((await workspace.policies().session()).bundle, format, folder),
  };
}
