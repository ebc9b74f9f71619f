/**
 * Cerbos, asked through AuthZEN: two evaluations per rule and question. Cerbos keeps the evaluations of one batch apart by subject and
 * resource id, not by their properties, so every question has an id of its own. Where the policy is not the exported one, nothing is
 * answered.
 */
import { type AuthzenEvaluation, type AuthzenClientOptions, createAuthzenClient } from '../authzen/authzen-client.ts';
import { askInChunks } from '../policy-engine/ask-in-chunks.ts';
import { type EngineQuestion, type EngineVerdict, type OtherEngine, type PolicySource, rulesOf } from '../policy-engine/engine.ts';
import { unknownFactsOf, verdictOf } from '../policy-engine/findings.ts';
import { cerbosPresence, cerbosResource, cerbosRole, cerbosVersion } from './cerbos-policy.ts';

/** Cerbos takes 50 resources and 50 actions in one request unless it is told otherwise. */
const mostResources = 50;
const mostActions = 50;

/** @throws {Error} when the address is one that must not be spoken to */
export function createCerbosEngine(options: AuthzenClientOptions): OtherEngine {
  const client = createAuthzenClient(options);
  return {
    name: `cerbos at ${new URL(options.url).origin}`,
    ask: (source, questions, signal) =>
      askInChunks(questions, chunkSizeOf(source, questions), signal, async (chunk) => {
        const allowed = chunk.map(() => new Set<string>());
        for (const part of partsOf(source, chunk)) {
          const decisions = await client.evaluate(
            part.map(({ index, action }) => evaluationOf(source, index, chunk[index], action)),
            signal,
          );
          part.forEach(({ index, action }, at) => {
            if (decisions[at]?.decision === true) allowed[index]?.add(action);
          });
        }
        return chunk.map((question, index) => answer(source, question, allowed[index] ?? new Set()));
      }),
    close: async () => client.close(),
  };
}

/** Many questions in one request where all their actions fit; else one at a time, whose facts are then sent once per request. */
function chunkSizeOf({ rules }: PolicySource, questions: readonly EngineQuestion[]): number {
  const most = questions.reduce((count, question) => Math.max(count, 1 + 2 * rulesOf(rules, question).length), 0);
  return most <= mostActions ? mostResources : 1;
}

interface Asked {
  readonly index: number;
  readonly action: string;
}

/** All actions of all questions, in requests that stay below the limits. */
function partsOf({ rules }: PolicySource, questions: readonly EngineQuestion[]): readonly (readonly Asked[])[] {
  const parts: Asked[][] = [];
  questions.forEach((question, index) => {
    const actions = [cerbosPresence, ...rulesOf(rules, question).flatMap(({ id }) => [`${id}:clear`, `${id}:applies`])];
    actions.forEach((action, at) => {
      const part = Math.floor(at / mostActions);
      (parts[part] ??= []).push({ index, action });
    });
  });
  return parts;
}

function evaluationOf({ digest }: PolicySource, index: number, question: EngineQuestion | undefined, action: string): AuthzenEvaluation {
  const { facts = {}, purpose = '', sink = '', asOf = '' } = question ?? {};
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
  return {
    subject: { type: 'customer', id: 'any', properties: { 'cerbos.roles': [cerbosRole] } },
    action: { name: action },
    resource: {
      type: cerbosResource,
      id: `question-${index}`,
      properties: { facts: known, purpose, sink, asOf, 'cerbos.policyVersion': cerbosVersion(digest) },
    },
    // An empty context is none to Cerbos, and a batch without is refused.
    context: { asOf },
  };
}

function answer({ digest, rules }: PolicySource, question: EngineQuestion, allowed: ReadonlySet<string>): EngineVerdict {
  if (!allowed.has(cerbosPresence)) {
    return { kind: 'unanswered', because: `the policy of ${digest} is not loaded there, or its schema rejects these facts` };
  }
  const asked = rulesOf(rules, question);
  const applies = new Set<string>();
  const open = new Map<string, readonly string[]>();
  for (const rule of asked) {
    const isClear = allowed.has(`${rule.id}:clear`);
    const doesApply = allowed.has(`${rule.id}:applies`);
    if (isClear && doesApply) return { kind: 'unanswered', because: `says of '${rule.id}' that it applies and that it does not` };
    if (doesApply) applies.add(rule.id);
    else if (!isClear) open.set(rule.id, unknownFactsOf(rule, question));
  }
  return verdictOf(asked, { applies, open });
}
