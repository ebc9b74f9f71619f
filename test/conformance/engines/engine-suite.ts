/**
 * What every policy engine must do, whoever evaluates: say what the conditions themselves say, of 5,000 questions and of the law as
 * shipped, name the facts that are missing, answer equal questions equally, and believe no policy but the one it was generated from.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { EngineQuestion, EngineVerdict, OtherEngine, PolicySource } from '../../../agents/adapters/policy-engine/engine.ts';
import { referenceVerdict } from '../../../agents/adapters/policy-engine/findings.ts';
import { checkLaw } from '../../../agents/customer-data-graph/law/read-law.ts';
import { randomPolicy, randomQuestions } from './random-policies.ts';

export interface EngineStand {
  /** An engine with these policies loaded. */
  readonly open: (source: PolicySource) => Promise<OtherEngine>;
  /** Ends what was started. */
  readonly stop: () => Promise<void>;
}

const policies = [3, 5, 8, 20, 60].map((rules) => randomPolicy(`conformance ${rules}`, rules));
const perPolicy = 1000;
const forever = new AbortController().signal;

/**
 * @param start called once, before the first test
 * @param saysEverything for Cedar itself: there is no rule that it cannot say
 * @param lawQuestions how many of the law, whose three hundred rules cost an engine over the network tens of milliseconds a question
 */
export function engineSuite(name: string, start: () => Promise<EngineStand>, lawQuestions: number, saysEverything = false): void {
  describe(`the policy engine ${name}`, () => {
    let stand: EngineStand;
    beforeAll(async () => {
      stand = await start();
    });
    afterAll(() => stand?.stop());

    const answers = async (source: PolicySource, questions: readonly EngineQuestion[]): Promise<readonly EngineVerdict[]> => {
      const engine = await stand.open(source);
      try {
        return await engine.ask(source, questions, forever);
      } finally {
        await engine.close();
      }
    };

    it.each(policies)(`agrees with the conditions on ${perPolicy} random questions, $rules.length rules`, async (source) => {
      const questions = randomQuestions('questions', perPolicy, source);
      expect(firstDifference(source, questions, await answers(source, questions))).toBeNull();
    });

    it('agrees with the law as shipped', async () => {
      const { law } = checkLaw();
      const source = { digest: law.digest, rules: law.rules, facts: law.facts };
      const questions = randomQuestions('law', lawQuestions, source);
      expect(firstDifference(source, questions, await answers(source, questions))).toBeNull();
    });

    it('lets nothing pass that hangs on a fact which is missing, and names it', async () => {
      const [, , source] = policies;
      if (!source) throw new Error('no policy');
      const passing = randomQuestions('missing', 2000, source).filter(
        (question) => outcomeOf(referenceVerdict(source.rules, question)) === 'pass',
      );
      const without = passing
        .slice(0, 40)
        .flatMap((question) => Object.keys(question.facts).map((fact) => ({ ...question, facts: { ...question.facts, [fact]: null } })));
      expect(firstDifference(source, without, await answers(source, without))).toBeNull();
      const nothing = without.map((question) => ({ ...question, facts: {} }));
      expect(firstDifference(source, nothing, await answers(source, nothing))).toBeNull();
    });

    it('gives the same reasons in the same order sixty times', async () => {
      const [, , , source] = policies;
      if (!source) throw new Error('no policy');
      const [question] = randomQuestions('sixty', 500, source).filter((candidate) => {
        const verdict = referenceVerdict(source.rules, candidate);
        return verdict.kind === 'answered' && verdict.reasons.length >= 3;
      });
      if (!question) throw new Error('no question with three reasons');
      const engine = await stand.open(source);
      const seen = new Set<string>();
      for (let call = 0; call < 60; call++) seen.add(JSON.stringify(await engine.ask(source, [question], forever)));
      await engine.close();
      expect(seen.size).toBe(1);
      expect(firstDifference(source, [question], JSON.parse([...seen][0] ?? '[]') as readonly EngineVerdict[])).toBeNull(); // written above
    });

    it.skipIf(saysEverything)('answers a rule that it cannot say with counsel', async () => {
      const [source] = policies;
      if (!source) throw new Error('no policy');
      const rules = source.rules.map((rule, at) =>
        at === 0
          ? { ...rule, outcome: 'fail' as const, condition: null, purposes: null, effectiveFrom: null, effectiveTo: null }
          : { ...rule, effectiveTo: '2000-01-01' },
      );
      const changed = { ...source, rules, digest: `${source.digest.slice(0, -4)}0000` };
      const verdicts = await answers(changed, randomQuestions('unsayable', 5, source));
      expect(verdicts.map(outcomeOf)).toEqual(verdicts.map(() => 'counsel'));
    });
  });
}

/** The first difference, with what it takes to see why; null where there is none. */
function firstDifference(source: PolicySource, questions: readonly EngineQuestion[], found: readonly EngineVerdict[]): unknown {
  if (found.length !== questions.length) return { questions: questions.length, verdicts: found.length };
  for (const [at, question] of questions.entries()) {
    const [verdict, reference] = [comparable(found[at]), comparable(referenceVerdict(source.rules, question))];
    if (JSON.stringify(verdict) !== JSON.stringify(reference)) return { at, question, verdict, reference };
  }
  return null;
}

export function outcomeOf(verdict: EngineVerdict | undefined): string {
  return verdict?.kind === 'answered' ? verdict.outcome : 'unanswered';
}

function comparable(verdict: EngineVerdict | undefined): unknown {
  if (verdict?.kind !== 'answered') return verdict;
  return {
    outcome: verdict.outcome,
    reasons: verdict.reasons.map(({ id, effect }) => `${effect} ${id}`),
    unknownFacts: verdict.unknownFacts,
  };
}
