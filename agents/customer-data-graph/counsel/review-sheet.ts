/**
 * One case on one screen: everything that is needed to decide it, so that nobody has to look elsewhere or stamps what they cannot see.
 * The counterfactuals come from the engine that decides, by one version of the law.
 */
import {
  type Change,
  factsAfter,
  likelyOutcome,
  mostPairs,
  mostQuestions,
  pairsOf,
  singleChanges,
  smallestChanges,
  type Tried,
} from '../../../skills/gate/core/counsel/counterfactuals.ts';
import { businessDaysBetween } from '../../../skills/gate/core/counsel/due-day.ts';
import { type ReviewStep, transitions } from '../../../skills/gate/core/counsel/review.ts';
import { truthOf } from '../../../skills/gate/core/policy/condition.ts';
import { isInForce } from '../../../skills/gate/core/policy/rule.ts';
import { compareText } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import type { PolicySession } from '../../adapters/cedar/cedar-engine.ts';
import type { StoredReview } from '../../adapters/sqlite/counsel-store.ts';
import type { Workspace } from '../workspace.ts';
import { contestedBy } from './contest.ts';
import type { ReviewContest, ReviewExample, ReviewFact, ReviewRule, ReviewSheet } from './counsel-interface.ts';
import { authorsOf, type ReviewLaw } from './law-of-reviews.ts';
import { approvalSchema, recommendationSchema } from './precedent.ts';
import { summaryOf } from './review-summary.ts';

type SheetPlace = Pick<Workspace, 'paths' | 'config' | 'reviews' | 'policies'>;

export async function sheetOf(
  workspace: SheetPlace,
  review: StoredReview,
  examples: readonly ReviewExample[],
  contest: ReviewContest | null,
): Promise<ReviewSheet> {
  const queue = workspace.reviews();
  const law = await queue.law();
  return {
    ...summaryOf(queue, workspace.paths, review),
    caseKey: review.caseKey,
    policyDigest: review.policyDigest,
    facts: factsOf(review, law),
    rules: review.rules.map(({ id, version }) => ruleOf(law, review, id, version)),
    counterfactuals: counterfactualsOf(await workspace.policies().session(), review),
    calibration: Object.fromEntries(Object.entries(review.facts).filter(([name]) => law.bundle.facts[name]?.of === 'run')),
    examples,
    contest,
    clock: clockOf(workspace, review),
    policyAuthors: authorsOf(
      workspace.paths.directory,
      law,
      review.rules.map(({ id }) => id),
    ).map(({ by }) => by),
    statements: statementsOf(review),
    history: review.events.map(({ place, atMs, by, event, from, to, note, policyDigest }) => ({
      place,
      at: new Date(atMs).toISOString(),
      by,
      step: event.kind,
      from,
      to,
      note,
      policyDigest,
    })),
    steps: stepsNow(review),
  };
}

function factsOf({ facts, decisiveFacts, unknownFacts }: StoredReview, { bundle }: ReviewLaw): readonly ReviewFact[] {
  const rank = ({ isUnknown, isDecisive }: ReviewFact): number => (isUnknown ? 0 : isDecisive ? 1 : 2);
  return Object.entries(facts)
    .map(([name, value]): ReviewFact => {
      const definition = bundle.facts[name];
      const isDecisive = decisiveFacts.includes(name);
      return { name, value, says: definition?.says ?? '', of: definition?.of ?? '', isDecisive, isUnknown: unknownFacts.includes(name) };
    })
    .sort((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1));
}

function ruleOf(law: ReviewLaw, { facts, purpose, sink }: StoredReview, id: string, version: string): ReviewRule {
  const rule = law.rule(id);
  const regime = law.regime(rule?.regime);
  const truth = rule?.condition ? truthOf(rule.condition, { ...law.bundle.stated, ...facts, purpose, sink }) : true;
  const verify = [...(rule?.verify === null || rule === undefined ? [] : [rule.verify]), ...(regime?.verify ?? [])];
  return {
    id,
    outcome: rule?.outcome ?? 'unknown',
    regime: rule?.regime ?? null,
    title: regime?.title ?? (rule ? 'A policy of your own' : 'No rule of the policies as they are now'),
    anchor: rule?.anchor ?? '',
    citation: rule?.citation ?? '',
    demand: regime?.demand ?? null,
    remedy: rule?.remedy ?? '',
    verify: [...new Set(verify)],
    oftenMisstated: regime?.oftenMisstated ?? null,
    file: rule?.file ?? '',
    line: rule?.line ?? 0,
    hasChanged: law.version(id) !== version,
    hangsOn: typeof truth === 'boolean' ? [] : [...truth].sort(compareText),
  };
}

/**
 * Single changes first, and pairs with what the decision rests on where no single one leads there. What the rules would say by the
 * reference semantics tells which are worth asking about; what is shown is what the engine answered.
 */
function counterfactualsOf({ bundle, decide }: PolicySession, review: StoredReview): ReviewSheet['counterfactuals'] {
  const { facts, purpose, sink, openedAsOf: asOf, decisiveFacts } = review;
  const sent = new Set(review.rules.map(({ id }) => id));
  const rules = bundle.rules.filter((rule) => isInForce(rule, asOf) && (rule.purposes?.includes(purpose) ?? true));
  const conditionsOf = (wanted: (id: string) => boolean) =>
    rules.flatMap(({ id, condition }) => (condition && wanted(id) ? [condition] : []));
  const isGuessable = rules.every(({ condition }) => condition !== null);
  const likely = (changes: readonly Change[]) => likelyOutcome(rules, { ...bundle.stated, ...factsAfter(facts, changes), purpose, sink });
  const ask = (changes: readonly Change[]): Tried => ({
    changes,
    outcome: decide({ facts: factsAfter(facts, changes), purpose, sink, asOf }).outcome,
  });
  const isDecisive = (name: string): boolean => decisiveFacts.includes(name);
  const only = (wanted: (name: string) => boolean) => Object.fromEntries(Object.entries(facts).filter(([name]) => wanted(name)));
  const ofDecisive = singleChanges(
    only(isDecisive),
    conditionsOf((id) => sent.has(id)),
    bundle.facts,
  );
  const ofOthers = singleChanges(
    only((name) => !isDecisive(name)),
    conditionsOf(() => true),
    bundle.facts,
  );
  const singles = [...ofDecisive, ...ofOthers].map((change) => [change]);
  const tried = (isGuessable ? singles.filter((changes) => likely(changes) !== 'counsel') : singles).slice(0, mostQuestions).map(ask);
  for (const outcome of ['pass', 'fail'] as const) {
    if (tried.some((one) => one.outcome === outcome)) continue;
    const pairs = pairsOf(ofDecisive, ofOthers, mostPairs).filter((changes) => likely(changes) === outcome);
    tried.push(...pairs.slice(0, mostQuestions).map(ask));
  }
  return { pass: smallestChanges(tried, 'pass'), fail: smallestChanges(tried, 'fail'), asked: tried.length };
}

function clockOf(workspace: SheetPlace, { clock, dueDay, openedMs }: StoredReview): ReviewSheet['clock'] {
  const { slaDays, holidays } = workspace.config.gate.counsel;
  const today = dayOfIsoDate(workspace.reviews().today()) ?? 0;
  const due = dayOfIsoDate(dueDay) ?? dayOfIsoDate(new Date(openedMs).toISOString().slice(0, 10)) ?? 0;
  const free = new Set(holidays.flatMap((day) => dayOfIsoDate(day) ?? []));
  return {
    regime: clock?.regime ?? null,
    name: clock?.name ?? 'slaDays',
    amount: clock?.amount ?? slaDays,
    dueDay,
    daysLeft: due - today,
    businessDaysLeft: businessDaysBetween(today, due, free),
  };
}

function statementsOf({ events }: StoredReview): ReviewSheet['statements'] {
  return events.flatMap(({ event, statement }) => {
    if (event.kind !== 'recommend' && event.kind !== 'decide') return [];
    const said = (event.kind === 'recommend' ? recommendationSchema : approvalSchema).safeParse(statement);
    if (!said.success) return [];
    const { verdict, by, role, rationale, checkedFacts, conditions } = said.data;
    return [{ step: event.kind, verdict, by, role, rationale, checkedFacts, conditions }];
  });
}

function stepsNow(review: StoredReview): readonly string[] {
  const { state } = review.standing;
  const isContest = contestedBy(review) !== undefined;
  const byPeople: readonly ReviewStep[] = ['assign', 'start', 'ask', 'supply', 'recommend', 'return', 'attest', 'break-glass', 'withdraw'];
  const steps = byPeople.filter(
    (step) =>
      !(isContest && step === 'break-glass') &&
      (transitions[step].includes(state) || (step === 'recommend' && (state === 'open' || state === 'assigned'))),
  );
  if (state === 'recommended') return ['approve', 'condition', 'reject', ...steps];
  if (isContest) return steps;
  return ['approved', 'rejected', 'conditioned', 'closed', 'expired', 'withdrawn'].includes(state) ? [...steps, 'reopen'] : steps;
}
