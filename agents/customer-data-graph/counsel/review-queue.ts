/**
 * Opens cases that the gate leaves to people, and answers it for those that were decided: by a signed decision that still holds, by a
 * waiver, by an emergency that has not run out, and with fail where nobody decided in time. What is damaged, lapsed or on conditions
 * that nobody has met is no answer, so the case stays with counsel.
 */
import { z } from 'zod';

import { dueDay } from '../../../skills/gate/core/counsel/due-day.ts';
import { waitingStates } from '../../../skills/gate/core/counsel/review.ts';
import type { Clock, ContentStore, Logger, Reviews } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import type { Ruling } from '../../adapters/cedar/cedar-engine.ts';
import { type CounselStore, gateActor, type ReviewCase, type StoredReview } from '../../adapters/sqlite/counsel-store.ts';
import type { OperatorPaths } from '../config.ts';
import type { PolicyBundle } from '../law/bundle.ts';
import { contestedBy } from './contest.ts';
import type { CounselConfig } from './counsel-config.ts';
import { type ReviewLaw, reviewLaw } from './law-of-reviews.ts';
import { outcomeOf, type Precedent, tryPrecedent } from './precedent.ts';
import { isSignedStep } from './step-statement.ts';

export type Answer =
  | { readonly kind: 'ruling'; readonly ruling: Ruling }
  /** Somebody has to act. */
  | { readonly kind: 'waiting' }
  /** Decided, but it holds no more, or not for this day. */
  | { readonly kind: 'lapsed'; readonly why: string }
  /** Decided, and not to be used as it is. */
  | { readonly kind: 'void'; readonly why: string };

export interface ReviewQueue extends Reviews {
  readonly rulingOf: (caseKey: string, asOf: string) => Ruling | undefined;
  /** What a review says to a decision of a day. */
  readonly answerOf: (review: StoredReview, asOf: string) => Answer;
  readonly today: () => string;
  /** The day that a decision is for: of one for a single run that of the run, else today. */
  readonly dayOf: (review: StoredReview) => string;
  readonly rules: Pick<CounselConfig, 'approvals'>;
  readonly isOverdue: (review: StoredReview) => boolean;
  /** Writes down what the clock has decided. */
  readonly expireOverdue: () => void;
  readonly law: () => Promise<ReviewLaw>;
  /** What a case is made of, with its clock. */
  readonly caseOf: (found: CaseFound, asOf: string, law: ReviewLaw) => ReviewCase;
  readonly store: CounselStore;
}

export interface ReviewQueueOptions {
  readonly store: CounselStore;
  readonly content: ContentStore;
  readonly paths: Pick<OperatorPaths, 'registries' | 'state'>;
  readonly clock: Clock;
  readonly config: CounselConfig;
  readonly bundle: () => Promise<PolicyBundle>;
  readonly logger: Logger;
}

const caseSchema = z.looseObject({
  key: z.string().min(1),
  purpose: z.string(),
  sink: z.string(),
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  policies: z.array(z.string()),
  unknownFacts: z.array(z.string()),
  customers: z.int().min(0),
});

/** A case as the gate hands it over, or as somebody makes one. */
export interface CaseFound extends Pick<ReviewCase, 'purpose' | 'sink' | 'facts' | 'unknownFacts'> {
  readonly key: string;
  /** Ids of the rules that sent it. */
  readonly policies: readonly string[];
}

export function createReviewQueue(options: ReviewQueueOptions): ReviewQueue {
  const { store, content, paths, clock, config, logger } = options;
  const today = (): string => new Date(clock.now()).toISOString().slice(0, 10);
  const isOverdue = (review: StoredReview): boolean =>
    waitingStates.has(review.standing.state) && today() > review.dueDay && contestedBy(review) === undefined;
  const holidays = new Set(config.holidays.flatMap((day) => dayOfIsoDate(day) ?? []));
  let known: ReviewLaw | undefined;
  const law = async (): Promise<ReviewLaw> => {
    const bundle = await options.bundle();
    if (known?.bundle !== bundle) known = reviewLaw(bundle);
    return known;
  };

  const answerOf = (review: StoredReview, asOf: string): Answer => {
    const { id, standing } = review;
    if (standing.state === 'expired' || isOverdue(review)) return expired(review);
    if (waitingStates.has(standing.state)) {
      const until = standing.emergencyUntil;
      return until !== null && today() <= until ? emergency(paths, review) : { kind: 'waiting' };
    }
    if (standing.state === 'closed' || standing.state === 'withdrawn') return { kind: 'lapsed', why: `the review is ${standing.state}` };
    const read = tryPrecedent(paths, id);
    if ('fault' in read) {
      logger.log({ event: 'decision-unused', review: id });
      return { kind: 'void', why: read.fault };
    }
    const { precedent } = read;
    if (precedent.recommendation.case.key !== review.caseKey)
      return { kind: 'void', why: `registries/precedents/${id}.json is about another case` };
    const lapse = lapseOf(precedent, asOf, today());
    if (lapse !== undefined) return { kind: 'lapsed', why: lapse };
    if (outcomeOf(precedent).verdict === 'condition' && !isAttested(paths, review))
      return { kind: 'void', why: 'nobody has said that its conditions are met' };
    return { kind: 'ruling', ruling: rulingBy(review, precedent) };
  };

  /** A waiver answers every case that only its rules, as they were signed, send to counsel for its purpose at its sink. */
  const waiverFor = ({ purpose, sink, rules }: Pick<ReviewCase, 'purpose' | 'sink' | 'rules'>, asOf: string): Ruling | undefined => {
    for (const review of store.reviews()) {
      if (review.standing.state !== 'approved' && review.standing.state !== 'conditioned') continue;
      if (review.purpose !== purpose || review.sink !== sink) continue;
      const read = tryPrecedent(paths, review.id);
      if ('fault' in read || read.precedent.recommendation.scope.kind !== 'waiver') continue;
      const signed = read.precedent.recommendation.case;
      const waived = new Map(signed.rules.map(({ id, version }) => [id, version]));
      if (signed.purpose !== purpose || signed.sink !== sink || !rules.every(({ id, version }) => waived.get(id) === version)) continue;
      const answer = answerOf(review, asOf);
      if (answer.kind === 'ruling') return { ...answer.ruling, policy: `waiver:${review.id}` };
    }
    return undefined;
  };

  const rulingOf: ReviewQueue['rulingOf'] = (caseKey, asOf) => {
    const review = store.latestOf(caseKey);
    if (!review) {
      const covered = store.coveredOf(caseKey);
      return covered && waiverFor(covered, asOf);
    }
    const answer = answerOf(review, asOf);
    if (answer.kind === 'ruling') return answer.ruling;
    return answer.kind === 'void' ? undefined : waiverFor(review, asOf);
  };

  const append = (review: StoredReview, kind: 'expire' | 'close' | 'withdraw', note: string): void => {
    store.append(
      review.id,
      { event: { kind }, by: gateActor, note, policyDigest: known?.bundle.digest ?? review.policyDigest },
      clock.now(),
    );
  };
  const expireOverdue = (): void => {
    for (const review of store.reviews()) if (isOverdue(review)) append(review, 'expire', `nobody decided by ${review.dueDay}`);
  };

  const caseOf: ReviewQueue['caseOf'] = ({ key, purpose, sink, facts, policies, unknownFacts }, asOf, current) => {
    const from = dayOfIsoDate(today()) ?? 0;
    const due = dueDay(from, current.clocks(policies), holidays, config.slaDays);
    return {
      caseKey: key,
      purpose,
      sink,
      facts,
      decisiveFacts: current.decisive(policies, Object.keys(facts)),
      rules: policies.map((id) => ({ id, version: current.version(id) })),
      unknownFacts,
      policyDigest: current.bundle.digest,
      openedAsOf: asOf,
      dueDay: isoDate(due.day),
      clock: due.clock,
    };
  };

  /** A case whose rules read otherwise now cannot come again. */
  const withdrawOutdated = (current: ReviewLaw): void => {
    for (const review of store.reviews()) {
      // What a person contests was decided by the rules as they were.
      if (!waitingStates.has(review.standing.state) || contestedBy(review) !== undefined) continue;
      const changed = review.rules.find(({ id, version }) => current.version(id) !== version);
      if (changed) append(review, 'withdraw', `${changed.id} reads otherwise now`);
    }
  };

  const meet = (found: z.infer<typeof caseSchema>, asOf: string, current: ReviewLaw): 'opened' | 'known' => {
    const review = store.latestOf(found.key);
    const one = caseOf(found, asOf, current);
    const answer = review && answerOf(review, asOf);
    if (review && answer && answer.kind !== 'lapsed') {
      store.recount(review.id, found.customers);
      return 'known';
    }
    if (waiverFor(one, asOf)) {
      store.cover(one);
      return 'known';
    }
    if (review && answer?.kind === 'lapsed' && review.standing.state !== 'closed' && review.standing.state !== 'withdrawn')
      append(review, 'close', answer.why);
    store.open(one, found.customers, clock.now());
    return 'opened';
  };

  return {
    open: async ({ decisions, asOf }, { idempotencyKey }) => {
      const cases = z.array(caseSchema).parse(content.getJson(decisions));
      const current = await law();
      return store.atomically(() => {
        const before = store.replyTo(idempotencyKey);
        if (before) return before;
        expireOverdue();
        withdrawOutdated(current);
        const openedNow = cases.filter((found) => meet(found, asOf, current) === 'opened').length;
        const reply = { opened: openedNow, known: cases.length - openedNow };
        store.keepReply(idempotencyKey, reply);
        return reply;
      });
    },
    rulingOf,
    answerOf,
    today,
    dayOf: ({ id, standing }) => {
      if (standing.verdict === null) return today();
      const read = tryPrecedent(paths, id);
      return 'precedent' in read && read.precedent.recommendation.scope.kind === 'run' ? read.precedent.recommendation.scope.asOf : today();
    },
    rules: config,
    isOverdue,
    expireOverdue: () => store.atomically(expireOverdue),
    law,
    caseOf,
    store,
  };
}

/** A decision for a day that is long past is made today, by what holds today. */
function lapseOf({ recommendation: { scope, expiresAt } }: Precedent, asOf: string, today: string): string | undefined {
  if (asOf > expiresAt || today > expiresAt) return `the decision held until ${expiresAt}`;
  return scope.kind === 'run' && scope.asOf !== asOf ? `the decision was for ${scope.asOf} alone` : undefined;
}

function rulingBy({ id }: StoredReview, precedent: Precedent): Ruling {
  const { verdict, conditions } = outcomeOf(precedent);
  const by = precedent.approvals.map((approval) => approval.by).join(' and ');
  const note = conditions.length > 0 ? `on condition: ${conditions.join('; ')}` : (precedent.approvals.at(-1)?.rationale ?? '');
  return { review: id, status: verdict === 'reject' ? 'rejected' : 'approved', by, note, policy: `review:${id}` };
}

function expired({ id, dueDay: due }: StoredReview): Answer {
  const ruling: Ruling = {
    review: id,
    status: 'rejected',
    by: gateActor,
    note: `nobody decided by ${due}`,
    policy: `review-expired:${id}`,
  };
  return { kind: 'ruling', ruling };
}

function isAttested(paths: ReviewQueueOptions['paths'], { id, events }: StoredReview): boolean {
  return events.some(
    ({ event, statement }) => event.kind === 'attest' && isSignedStep(paths, statement, { review: id, step: 'attest', until: null }),
  );
}

/** An emergency that nobody signed is none. */
function emergency(paths: ReviewQueueOptions['paths'], { id, events }: StoredReview): Answer {
  const last = events.findLast(({ event }) => event.kind === 'break-glass');
  if (last?.event.kind !== 'break-glass') return { kind: 'waiting' };
  const { until } = last.event;
  if (!isSignedStep(paths, last.statement, { review: id, step: 'break-glass', until }))
    return { kind: 'void', why: `the emergency of ${last.by} is not signed` };
  const ruling: Ruling = {
    review: id,
    status: 'approved',
    by: last.by,
    note: `emergency until ${until}: ${last.note}`,
    policy: `break-glass:${id}`,
  };
  return { kind: 'ruling', ruling };
}
