/** The counsel queue at the doors: what waits, one case on one screen, steps, test cases, decisions on file, and how all of it goes. */
import { type MeasuredReview, measureReviews } from '../../../skills/gate/core/counsel/measure-reviews.ts';
import { waitingStates } from '../../../skills/gate/core/counsel/review.ts';
import { factFault } from '../../../skills/gate/core/policy/read-fact.ts';
import { CohortiumError, digestOf } from '../../../skills/sdk/index.ts';
import type { StoredReview } from '../../adapters/sqlite/counsel-store.ts';
import { statedPlace } from '../facts/stated-place.ts';
import type { Workspace } from '../workspace.ts';
import { actOnReview, handOf, reopenReview, requireReview, requireRole } from './act-on-review.ts';
import { contestedBy } from './contest.ts';
import type { CounselDoor, PrecedentSummary, ReviewContest, ReviewExample, ReviewSheet, TestCaseRequest } from './counsel-interface.ts';
import { outcomeOf, precedentNames, tryPrecedent } from './precedent.ts';
import { sheetOf } from './review-sheet.ts';
import { summaryOf } from './review-summary.ts';
import { type ReviewPlace, settleReviews } from './settle-reviews.ts';

export type CounselPlace = ReviewPlace & Pick<Workspace, 'policies'>;

/** Requests of persons who contest a decision, as counsel needs them. */
export interface ContestingRequests {
  readonly contestOf: (request: string) => ReviewContest | null;
  /** Ends those whose case is decided. */
  readonly endDecided: () => Promise<unknown>;
}

/** @param examplesOf some customers whom a case is about */
export function counselDoor(
  workspace: CounselPlace,
  examplesOf: (review: StoredReview) => Promise<readonly ReviewExample[]>,
  requests: ContestingRequests,
): CounselDoor {
  const queue = () => workspace.reviews();
  /** The clock decides whether or not it is written down; whoever may write does. */
  const catchUp = async (): Promise<void> => {
    if (!workspace.isWritable) return;
    queue().expireOverdue();
    await settleReviews(workspace);
    await endContested();
  };
  /** Whoever was killed after a decision on a contest has left the request open. */
  const endContested = async (): Promise<void> => {
    const isDecided = queue()
      .store.reviews()
      .some((review) => review.standing.verdict !== null && contestedBy(review) !== undefined);
    if (isDecided) await requests.endDecided();
  };
  const summary = (review: StoredReview) => summaryOf(queue(), workspace.paths, review);

  return {
    reviews: async (status) => {
      await catchUp();
      const all = queue().store.reviews();
      if (status === 'all') return all.map(summary);
      return all
        .filter((review) => waitingStates.has(review.standing.state) && !queue().isOverdue(review))
        .map(summary)
        .sort((one, other) => compare(one.dueDay, other.dueDay) || other.customers - one.customers || compare(one.id, other.id));
    },
    review: async (id): Promise<ReviewSheet> => {
      await catchUp();
      const review = requireReview(queue(), id);
      const request = contestedBy(review);
      const contest = request === undefined ? null : requests.contestOf(request);
      return sheetOf(workspace, review, await examplesOf(review), contest);
    },
    actOnReview: async (id, action, by) => {
      const acted = await actOnReview(workspace, id, action, by);
      await endContested();
      return summary(acted);
    },
    reopenReview: async (id, by, note) => summary(await reopenReview(workspace, id, by, note)),
    addTestCase: async (request, by) => summary(await addTestCase(workspace, request, by)),
    reviewMetrics: async () => {
      await catchUp();
      return measureReviews(
        queue()
          .store.reviews()
          .map((review) => measured(workspace, review)),
      );
    },
    precedents: async () => precedentNames(workspace.paths).map((name) => precedentSummary(workspace, name)),
  };
}

/** @throws {CohortiumError} ARGUMENT_INVALID where the gate decides such a case by itself; REVIEW_REFUSED, PERSON_NOT_FOUND */
async function addTestCase(workspace: CounselPlace, request: TestCaseRequest, by: string): Promise<StoredReview> {
  const { purpose, sink, rightAnswer, because } = request;
  const facts = { ...request.facts, ...statedPlace(request.facts) };
  const queue = workspace.reviews();
  requireRole(handOf(workspace, by), workspace.config.gate.counsel.handle, 'seed');
  if (because.trim() === '')
    throw new CohortiumError('ARGUMENT_INVALID', 'say why the right answer is right; it is shown when the case is decided');
  const asOf = request.asOf ?? queue.today();
  const law = await queue.law();
  const faults = Object.entries(facts).flatMap(([name, value]) => factFault(law.bundle.facts, name, value) ?? []);
  if (faults.length > 0) throw new CohortiumError('ARGUMENT_INVALID', `facts: ${faults.join('; ')}`);
  const verdict = (await workspace.policies().session()).decide({ facts, purpose, sink, asOf });
  if (verdict.outcome !== 'counsel') {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `the gate answers ${verdict.outcome} to this by itself; a test case is one that it leaves to counsel`,
    );
  }
  const policies = verdict.policies.map(({ id }) => id);
  const waiting = queue.store.reviews().filter((review) => waitingStates.has(review.standing.state));
  const counts = waiting.map(({ customers }) => customers).sort((one, other) => one - other);
  const customers = request.customers ?? counts[Math.floor(counts.length / 2)] ?? 1;
  // No vector of a run has such a key, so whatever is decided touches nobody.
  const key = `test ${digestOf([verdict.key, queue.store.reviews().length])}`;
  const { unknownFacts } = verdict;
  const review = queue.store.atomically(() => {
    const opened = queue.store.open(
      queue.caseOf({ key, purpose, sink, facts: verdict.facts, policies, unknownFacts: [...unknownFacts] }, asOf, law),
      customers,
      workspace.clock.now(),
    );
    queue.store.addProbe({ review: opened.id, rightAnswer, because, by });
    return opened;
  });
  await settleReviews(workspace);
  return review;
}

function measured(workspace: CounselPlace, { id, caseKey, round, openedMs, standing, events }: StoredReview): MeasuredReview {
  const decision = events.findLast(({ event, to }) => event.kind === 'decide' && to !== 'recommended');
  return {
    caseKey,
    round,
    openedMs,
    decidedMs: decision?.atMs ?? null,
    recommended: events.flatMap(({ event }) => (event.kind === 'recommend' ? [event.verdict] : [])),
    decided: standing.verdict,
    isExpired: standing.state === 'expired',
    rightAnswer: workspace.reviews().store.probeOf(id)?.rightAnswer ?? null,
  };
}

function precedentSummary(workspace: CounselPlace, name: string): PrecedentSummary {
  const queue = workspace.reviews();
  const review = queue.store.review(name);
  const read = tryPrecedent(workspace.paths, name);
  if ('fault' in read) {
    const known = { purpose: review?.purpose ?? '', sink: review?.sink ?? '', policies: review?.rules.map(({ id }) => id) ?? [] };
    return {
      review: name,
      ...known,
      verdict: null,
      scope: null,
      conditions: [],
      signedBy: [],
      expiresAt: null,
      effect: 'damaged',
      why: read.fault,
    };
  }
  const { recommendation, approvals } = read.precedent;
  const { scope, expiresAt } = recommendation;
  const day = scope.kind === 'run' ? scope.asOf : queue.today();
  const { verdict, conditions } = outcomeOf(read.precedent);
  const signed = {
    review: name,
    purpose: recommendation.case.purpose,
    sink: recommendation.case.sink,
    policies: recommendation.case.rules.map(({ id }) => id),
    verdict,
    scope,
    conditions,
    signedBy: [recommendation.by, ...approvals.map(({ by }) => by)],
    expiresAt,
  };
  const request = review && contestedBy(review);
  if (request !== undefined) return { ...signed, effect: 'not-used', why: `it answered request ${request}, and rules no case` };
  const answer = review ? queue.answerOf(review, day) : ({ kind: 'void', why: 'reviews.db knows nothing of this review' } as const);
  return {
    ...signed,
    effect: answer.kind === 'ruling' ? 'in-force' : answer.kind === 'lapsed' ? 'lapsed' : 'not-used',
    why: answer.kind === 'lapsed' || answer.kind === 'void' ? answer.why : null,
  };
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
