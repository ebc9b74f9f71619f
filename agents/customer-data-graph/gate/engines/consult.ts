/**
 * What other policy engines have to say of what the embedded one decided. An engine can make a decision stricter, never milder; a second
 * opinion that differs sends the case to a person. No answer is the same as a different one. Both answers stay in the verdict.
 */
import { readFacts } from '../../../../skills/gate/core/policy/read-fact.ts';
import { anchors, type PolicyRule } from '../../../../skills/gate/core/policy/rule.ts';
import { canonicalJson, digestOf } from '../../../../skills/sdk/index.ts';
import type { PolicyQuestion, PolicyVerdict } from '../../../adapters/cedar/policy-session.ts';
import type { EngineQuestion, EngineReason, EngineVerdict, OtherEngine, PolicySource } from '../../../adapters/policy-engine/engine.ts';
import type { PolicyBundle } from '../../law/bundle.ts';
import type { Opinion } from '../gate-answer.ts';

export interface OtherEngines {
  readonly engine: OtherEngine | null;
  readonly secondOpinion: OtherEngine | null;
}

type Reasons = PolicyVerdict['policies'];

const strictness = { pass: 0, counsel: 1, fail: 2 } as const;

/** One verdict per question, in order. @throws the reason of the signal when it is aborted */
export async function consult(
  { engine, secondOpinion }: OtherEngines,
  bundle: PolicyBundle,
  questions: readonly PolicyQuestion[],
  verdicts: readonly PolicyVerdict[],
  signal: AbortSignal,
): Promise<readonly PolicyVerdict[]> {
  const source: PolicySource = { digest: bundle.digest, rules: bundle.rules, facts: bundle.facts };
  const { distinct, placeOf } = distinctQuestions(bundle, questions);
  // One after the other: a run is not in a hurry, and two engines may share a machine.
  const first = engine && (await engine.ask(source, distinct, signal));
  const second = secondOpinion && (await secondOpinion.ask(source, distinct, signal));
  return verdicts.map((verdict, index) => {
    const place = placeOf[index] ?? 0;
    let standing = verdict;
    if (engine && first) standing = withEngine(standing, first[place] ?? noAnswer, engine.name, bundle);
    if (secondOpinion && second) standing = withSecondOpinion(standing, second[place] ?? noAnswer, secondOpinion.name, bundle);
    return standing;
  });
}

const noAnswer: EngineVerdict = { kind: 'unanswered', because: 'no answer to this question' };

/** Classes of customers that differ in nothing an engine is told are asked about once. */
function distinctQuestions(bundle: PolicyBundle, questions: readonly PolicyQuestion[]) {
  const distinct: EngineQuestion[] = [];
  const places = new Map<string, number>();
  const placeOf = questions.map(({ facts, purpose, sink, asOf }) => {
    const question = { facts: readFacts(bundle.facts, facts, bundle.stated), purpose, sink, asOf };
    const key = canonicalJson(question);
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, distinct.length);
    return distinct.push(question) - 1;
  });
  return { distinct, placeOf };
}

/** The stricter of both. */
export function withEngine(verdict: PolicyVerdict, answer: EngineVerdict, engine: string, { rules }: PolicyBundle): PolicyVerdict {
  const opinion = opinionOf(verdict, answer, engine, 'engine', rules);
  if (answer.kind === 'unanswered') {
    const silent = note('engine-unanswered', `${engine} did not answer: ${answer.because}`);
    return standing(verdict, 'counsel', [silent], [], opinion);
  }
  const known = new Set(verdict.policies.map(({ id, effect }) => `${effect} ${id}`));
  const added = answer.reasons.filter(({ id, effect }) => !known.has(`${effect} ${id}`)).map((reason) => cited(reason, rules));
  return standing(verdict, answer.outcome, added, answer.unknownFacts ?? [], opinion);
}

/** A person decides where they differ; what is a fail already stays one. */
export function withSecondOpinion(verdict: PolicyVerdict, answer: EngineVerdict, engine: string, { rules }: PolicyBundle): PolicyVerdict {
  const opinion = opinionOf(verdict, answer, engine, 'second-opinion', rules);
  if (opinion.agrees) return { ...verdict, opinions: [...(verdict.opinions ?? []), opinion] };
  const says =
    answer.kind === 'unanswered'
      ? `${engine} did not answer: ${answer.because}`
      : `${engine} says ${answer.outcome}${answer.reasons.length > 0 ? ` by ${answer.reasons.map(({ id }) => id).join(', ')}` : ''}`;
  return standing(verdict, 'counsel', [note('second-opinion-differs', says)], [], opinion);
}

function standing(
  verdict: PolicyVerdict,
  outcome: PolicyVerdict['outcome'],
  added: Reasons,
  unknownFacts: readonly string[],
  opinion: Opinion,
): PolicyVerdict {
  const opinions = [...(verdict.opinions ?? []), opinion];
  const isStricter = strictness[outcome] > strictness[verdict.outcome];
  // A person who lets a case through has to have seen why each engine would not. What is added to a fail is in the opinion.
  const isOtherCase = outcome === 'counsel' && verdict.outcome === 'counsel' && added.length > 0;
  if (!isStricter && !isOtherCase) return { ...verdict, opinions };
  const policies = [...added, ...verdict.policies].sort((a, b) => strictness[b.effect] - strictness[a.effect]);
  const raised = Object.fromEntries(
    anchors.map((anchor) => {
      const effects = policies.filter((policy) => policy.anchor === anchor).map(({ effect }) => effect);
      return [anchor, effects.includes('fail') ? 'fail' : effects.length > 0 ? 'counsel' : verdict.anchors[anchor]];
    }),
  ) as PolicyVerdict['anchors']; // one entry per anchor
  return {
    ...verdict,
    outcome,
    policies,
    anchors: raised,
    unknownFacts: outcome === 'fail' ? [] : [...new Set([...verdict.unknownFacts, ...unknownFacts])].sort(),
    // A person's ruling on it must not be taken for one on what the embedded engine alone found.
    key: digestOf([verdict.key, opinion.engine, outcome, added.map(({ id, effect }) => [id, effect]), opinion.outcome, opinion.policies]),
    opinions,
  };
}

function opinionOf(
  verdict: PolicyVerdict,
  answer: EngineVerdict,
  engine: string,
  role: Opinion['role'],
  rules: readonly PolicyRule[],
): Opinion {
  if (answer.kind === 'unanswered') {
    return { engine, role, outcome: null, policies: [], unknownFacts: null, agrees: false, because: answer.because };
  }
  const { outcome, reasons, unknownFacts } = answer;
  const policies = reasons.map(({ id, effect }) => ({ id, effect }));
  return { engine, role, outcome, policies, unknownFacts, agrees: agrees(verdict, answer, rules), because: null };
}

/** As far as the engine can tell: by rules, by outcome, or by yes and no. */
function agrees({ outcome, policies }: PolicyVerdict, answer: EngineVerdict & { kind: 'answered' }, rules: readonly PolicyRule[]): boolean {
  if (answer.tells === 'decision') return (outcome === 'pass') === (answer.outcome === 'pass');
  if (answer.tells === 'verdict') return outcome === answer.outcome;
  // Rules that only Cedar can say are open to the others; they are compared by the rules that certainly fail.
  const unsayable = new Set(rules.filter(({ condition }) => condition === null).map(({ id }) => id));
  const isWhole = ![...policies, ...answer.reasons].some(({ id }) => unsayable.has(id));
  const written = (reasons: readonly Pick<EngineReason, 'id' | 'effect'>[]): string =>
    reasons
      .filter(({ id, effect }) => !unsayable.has(id) && (isWhole || effect === 'fail'))
      .map(({ id, effect }) => `${effect} ${id}`)
      .sort()
      .join('\n');
  return (!isWhole || outcome === answer.outcome) && written(policies) === written(answer.reasons);
}

function cited({ id, effect, ...own }: EngineReason, rules: readonly PolicyRule[]): Reasons[number] {
  const rule = rules.find((one) => one.id === id);
  if (rule) {
    const { regime, anchor, citation, remedy, verify } = rule;
    return { id, regime, effect, anchor, citation, remedy, verify };
  }
  const anchor = anchors.find((known) => known === own.anchor) ?? 'governance';
  return { id, regime: null, effect, anchor, citation: own.citation ?? '', remedy: own.remedy ?? '', verify: null };
}

function note(id: string, citation: string): Reasons[number] {
  const remedy = 'Ask again when the engines agree, or let a person decide with both answers at hand.';
  return { id, regime: null, effect: 'counsel', anchor: 'governance', citation, remedy, verify: null };
}
