/**
 * Any AuthZEN PDP as a policy engine. A reply with `context.gate` says as much as our own engine does. One that is only yes or no says
 * less: no is counsel unless it names a rule of ours, and yes is a yes that undoes nothing. A contradiction is no answer.
 */
import { z } from 'zod';

import { digestOf } from '../../../skills/sdk/index.ts';
import { askInChunks } from '../policy-engine/ask-in-chunks.ts';
import {
  type EngineQuestion,
  type EngineReason,
  type EngineVerdict,
  type OtherEngine,
  type PolicySource,
  rulesOf,
} from '../policy-engine/engine.ts';
import { type AuthzenClientOptions, type AuthzenDecision, type AuthzenEvaluation, createAuthzenClient } from './authzen-client.ts';

const chunkSize = 100;

/** What `context.gate` holds, here as on our own server. */
const gateContext = z.object({
  verdict: z.enum(['pass', 'fail', 'route-to-counsel']),
  reasons: z.array(
    z.object({
      id: z.string().min(1),
      outcome: z.enum(['fail', 'counsel']),
      anchor: z.string().optional(),
      citation: z.string().optional(),
      remedy: z.string().optional(),
    }),
  ),
  missing: z.array(z.string()).optional(),
  policyDigest: z.string().optional(),
});

/** @throws {Error} when the address is one that must not be spoken to */
export function createAuthzenEngine(options: AuthzenClientOptions): OtherEngine {
  const client = createAuthzenClient(options);
  const name = `authzen at ${new URL(options.url).origin}`;
  return {
    name,
    ask: (source, questions, signal) =>
      askInChunks(questions, chunkSize, signal, async (chunk) => {
        const decisions = await client.evaluate(
          chunk.map((question) => authzenEvaluation(question, source.digest)),
          signal,
        );
        return decisions.map((decision, index) => readDecision(source, chunk[index], decision, name));
      }),
    close: async () => client.close(),
  };
}

/** A question as an evaluation. The subject is everybody with these facts; unknown ones are left out. */
export function authzenEvaluation({ facts, purpose, sink, asOf }: EngineQuestion, policyDigest: string): AuthzenEvaluation {
  const known = Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== null));
  return {
    subject: { type: 'customer', id: `class-${digestOf([known, purpose, sink, asOf]).slice(-32)}`, properties: known },
    action: { name: 'clv.write', properties: { purpose } },
    resource: { type: 'sink', id: sink },
    context: { policyDigest, asOf },
  };
}

function readDecision(source: PolicySource, question: EngineQuestion | undefined, reply: AuthzenDecision, name: string): EngineVerdict {
  const { decision, context } = reply;
  if (!question) return { kind: 'unanswered', because: 'the reply is to no question' };
  if (context['error'] !== undefined && context['error'] !== null) {
    return { kind: 'unanswered', because: `the PDP reports an error: ${JSON.stringify(context['error']).slice(0, 200)}` };
  }
  if (context['gate'] !== undefined) return readGate(source, question, decision, context['gate']);
  if (decision) return { kind: 'answered', outcome: 'pass', reasons: [], unknownFacts: null, tells: 'decision' };
  const named = rulesNamed(source, question, context);
  if (named.length === 0) {
    const reason: EngineReason = {
      id: 'authzen-denied',
      effect: 'counsel',
      anchor: 'governance',
      citation: `${name} said no, without a rule`,
    };
    return { kind: 'answered', outcome: 'counsel', reasons: [reason], unknownFacts: null, tells: 'decision' };
  }
  const outcome = named.some(({ effect }) => effect === 'fail') ? 'fail' : 'counsel';
  return { kind: 'answered', outcome, reasons: named, unknownFacts: null, tells: 'decision' };
}

function readGate(source: PolicySource, question: EngineQuestion, decision: boolean, context: unknown): EngineVerdict {
  const { success, data: gate } = gateContext.safeParse(context);
  if (!success) return { kind: 'unanswered', because: 'context.gate does not have the expected form' };
  const { verdict, missing = [], policyDigest } = gate;
  if (policyDigest !== undefined && policyDigest !== source.digest) {
    return { kind: 'unanswered', because: `the reply is by the policy ${policyDigest}, not ${source.digest}` };
  }
  const fails = gate.reasons.filter(({ outcome }) => outcome === 'fail');
  if (decision !== (verdict === 'pass') || (verdict !== 'fail' && fails.length > 0)) {
    return {
      kind: 'unanswered',
      because: `contradicts itself: decision ${decision}, verdict ${verdict}, ${fails.length} reasons that fail`,
    };
  }
  const ours = new Map(rulesOf(source.rules, question).map((rule) => [rule.id, rule]));
  const canCite = fails.some(({ id, citation }) => ours.has(id) || (citation ?? '').trim() !== '');
  const reasons = gate.reasons.map(({ id, outcome, anchor, citation, remedy }): EngineReason => {
    const own = { ...(anchor ? { anchor } : {}), ...(citation ? { citation } : {}), ...(remedy ? { remedy } : {}) };
    return { id, effect: outcome, ...(ours.has(id) ? {} : own) };
  });
  return {
    kind: 'answered',
    outcome: verdict === 'pass' ? 'pass' : verdict === 'fail' && canCite ? 'fail' : 'counsel',
    reasons: canCite ? reasons : reasons.map((reason) => ({ ...reason, effect: 'counsel' as const })),
    unknownFacts: [...missing].sort(),
    tells: policyDigest === undefined ? 'verdict' : 'rules',
  };
}

/** Rules of ours whose ids stand in the reasons that a PDP gives, by the conventions of the specification's examples. */
function rulesNamed(source: PolicySource, question: EngineQuestion, context: AuthzenDecision['context']): readonly EngineReason[] {
  const words = new Set(
    ['reason', 'reasons', 'reason_admin', 'reason_user'].flatMap((key) => (JSON.stringify(context[key]) ?? '').split(/[^A-Za-z0-9-]+/)),
  );
  return rulesOf(source.rules, question)
    .filter(({ id }) => words.has(id))
    .map(({ id, outcome }) => ({ id, effect: outcome }));
}
