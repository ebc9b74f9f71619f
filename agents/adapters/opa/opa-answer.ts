/** What the generated Rego answers, read strictly: an answer by other policies, or one that contradicts itself, is none. */
import { z } from 'zod';

import { type EngineQuestion, type EngineVerdict, type PolicySource, rulesOf } from '../policy-engine/engine.ts';
import { verdictOf } from '../policy-engine/findings.ts';

const answerSchema = z.object({
  policyDigest: z.string(),
  decisions: z.array(
    z.object({
      verdict: z.enum(['pass', 'fail', 'counsel']),
      applies: z.array(z.string()),
      open: z.record(z.string(), z.array(z.string())),
    }),
  ),
});

/** @throws {Error} when the answer has another form, comes from another policy, or lacks a decision */
export function readOpaAnswer(source: PolicySource, questions: readonly EngineQuestion[], answer: unknown): readonly EngineVerdict[] {
  if (answer === undefined) throw new Error('there is no decision at this path; is the exported policy loaded?');
  const { success, data } = answerSchema.safeParse(answer);
  if (!success) throw new Error('the decision does not have the form of the exported policy');
  if (data.policyDigest !== source.digest) throw new Error(`the policy in the engine is ${data.policyDigest}, not ${source.digest}`);
  if (data.decisions.length !== questions.length) {
    throw new Error(`answered ${data.decisions.length} of ${questions.length} questions`);
  }
  return questions.map((question, index): EngineVerdict => {
    const decision = data.decisions[index];
    const rules = rulesOf(source.rules, question);
    const ids = new Set(rules.map(({ id }) => id));
    const open = new Map(Object.entries(decision?.open ?? {}));
    const stray = [...(decision?.applies ?? []), ...open.keys()].find((id) => !ids.has(id));
    if (stray !== undefined) return { kind: 'unanswered', because: `names the rule '${stray}', which is not about this question` };
    const verdict = verdictOf(rules, { applies: new Set(decision?.applies), open });
    if (verdict.kind === 'answered' && verdict.outcome !== decision?.verdict) {
      return { kind: 'unanswered', because: `says ${decision?.verdict ?? 'nothing'}, while its rules say ${verdict.outcome}` };
    }
    return verdict;
  });
}
