import type { PolicyRule } from '../../../skills/gate/core/policy/rule.ts';
/**
 * Casbin in this process, asked rule by rule so that the reasons are complete. The package is optional; without it nothing is
 * answered. What it throws is no answer.
 */
import { type Digest, digestOf } from '../../../skills/sdk/index.ts';
import { askInChunks } from '../policy-engine/ask-in-chunks.ts';
import { type EngineQuestion, type EngineVerdict, type OtherEngine, type PolicySource, rulesOf } from '../policy-engine/engine.ts';
import { unknownFactsOf, verdictOf } from '../policy-engine/findings.ts';
import { casbinModel, casbinRequest, casbinRows } from './casbin-text.ts';

/** It works in this thread; others get their turn between chunks. */
const chunkSize = 50;

/** One enforcer per rule. */
type Enforcers = ReadonlyMap<string, { readonly enforceExSync: (...request: unknown[]) => [boolean, string[]] }>;

export function createCasbinEngine(): OtherEngine {
  let loaded: { readonly digest: Digest | string; readonly enforcers: Promise<Enforcers> } | undefined;
  const enforcersOf = ({ digest, rules }: PolicySource): Promise<Enforcers> => {
    const key = digestOf([digest, rules.map(({ id }) => id)]);
    if (loaded?.digest !== key) loaded = { digest: key, enforcers: makeEnforcers(rules) };
    return loaded.enforcers;
  };
  return {
    name: 'casbin',
    ask: (source, questions, signal) =>
      askInChunks(questions, chunkSize, signal, async (chunk) => {
        const enforcers = await enforcersOf(source);
        await new Promise((next) => setImmediate(next));
        return chunk.map((question) => answer(source, enforcers, question));
      }),
    close: async () => {
      loaded = undefined;
    },
  };
}

function answer({ rules, facts }: PolicySource, enforcers: Enforcers, question: EngineQuestion): EngineVerdict {
  const asked = rulesOf(rules, question);
  const applies = new Set<string>();
  const open = new Map<string, readonly string[]>();
  const request = casbinRequest(question, facts);
  for (const rule of asked) {
    const [, [, state] = []] = enforcers.get(rule.id)?.enforceExSync(rule.id, ...request) ?? [];
    if (state === 'applies') applies.add(rule.id);
    else if (state === 'open') open.set(rule.id, unknownFactsOf(rule, question));
  }
  return verdictOf(asked, { applies, open });
}

async function makeEnforcers(rules: readonly PolicyRule[]): Promise<Enforcers> {
  const { newEnforcer, newModelFromString } = await import('casbin').catch(() => {
    throw new Error('the package casbin is not installed; npm install casbin@5');
  });
  const enforcers = await Promise.all(
    rules.map(async (rule) => {
      const model = newModelFromString(casbinModel);
      for (const row of casbinRows(rule)) model.addPolicy('p', 'p', [...row]);
      return [rule.id, await newEnforcer(model)] as const;
    }),
  );
  return new Map(enforcers);
}
