/** Performs a skill's pure effects as an orchestrator would, twice, on frozen input and without surroundings. */
import { type ContentStore, digestOf, type PureContext, seedOf, type SkillDefinition } from '../sdk/index.ts';
import type { AmbientTrap } from './ambient-trap.ts';
import { deepFreeze } from './deep-freeze.ts';
import type { Findings } from './findings.ts';
import { textOf } from './issue-text.ts';

const claim = 'performs pure effects alike each time, without clock, randomness or I/O';

export interface PurePerformer {
  /** The output, or undefined when there is none to go on with. The same input is performed once. */
  readonly perform: (kind: string, input: unknown) => unknown;
}

export function createPurePerformer(skill: SkillDefinition, content: ContentStore, trap: AmbientTrap, findings: Findings): PurePerformer {
  const known = new Map<string, unknown>();
  const context = (kind: string): PureContext => ({
    readTable: (ref) => trap.lift(() => content.getTable(ref)),
    writeTable: (table) => trap.lift(() => content.putTable(table)),
    readJson: (ref) => trap.lift(() => content.getJson(ref)),
    writeJson: (value) => trap.lift(() => content.putJson(value)),
    seed: seedOf(skill.id, '2026-01-31', kind),
  });
  const once = (kind: string, input: unknown): unknown => {
    const { result, reached } = trap.run(() => skill.pure[kind]?.(input as never, context(kind))); // checked by its schema
    // Also when the function caught what the trap threw.
    if (reached.length > 0) findings.against(claim, `'${kind}' reached for ${[...new Set(reached)].join(', ')}`);
    return result;
  };
  const twice = (kind: string, input: unknown): unknown => {
    try {
      const output = once(kind, input);
      if (output instanceof Promise) {
        findings.against(claim, `'${kind}' returns a promise; a pure effect is synchronous`);
        output.catch(() => {});
        return undefined;
      }
      if (digestOf(output) !== digestOf(once(kind, input))) findings.against(claim, `'${kind}' gave two outputs for one input`);
      return output;
    } catch (error) {
      findings.against(claim, `'${kind}' threw on the sample: ${textOf(error)}`);
      return undefined;
    }
  };
  return {
    perform: (kind, input) => {
      const key = digestOf([kind, input]);
      if (!known.has(key)) known.set(key, twice(kind, deepFreeze(input)));
      return known.get(key);
    },
  };
}
