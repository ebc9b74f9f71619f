/** A review in one line: where it stands, by when, who has said what, and what the gate does with its case meanwhile. */
import { approvalsFor } from '../../../skills/gate/core/counsel/judge-step.ts';
import { terminalStates, waitingStates } from '../../../skills/gate/core/counsel/review.ts';
import type { StoredReview } from '../../adapters/sqlite/counsel-store.ts';
import type { OperatorPaths } from '../config.ts';
import { contestedBy } from './contest.ts';
import type { ReviewSummary } from './counsel-interface.ts';
import { outcomeOf, tryPrecedent } from './precedent.ts';
import type { ReviewQueue } from './review-queue.ts';

export function summaryOf(queue: ReviewQueue, paths: Pick<OperatorPaths, 'registries' | 'state'>, review: StoredReview): ReviewSummary {
  const { standing } = review;
  const { recommendation } = standing;
  const test = queue.store.probeOf(review.id);
  const isOverdue = queue.isOverdue(review);
  return {
    id: review.id,
    state: isOverdue ? 'expired' : standing.state,
    customers: review.customers,
    purpose: review.purpose,
    sink: review.sink,
    policies: review.rules.map(({ id }) => id),
    unknownFacts: review.unknownFacts,
    openedAsOf: review.openedAsOf,
    openedAt: new Date(review.openedMs).toISOString(),
    dueDay: review.dueDay,
    isOverdue,
    assignee: standing.assignee,
    recommended: recommendation && { verdict: recommendation.verdict, by: recommendation.signer.by },
    approvals: standing.approvals.map(({ verdict, signer }) => ({ verdict, by: signer.by })),
    approvalsNeeded: recommendation?.approvers ?? approvalsFor(review.purpose, queue.rules),
    decided: decidedOf(paths, review),
    effect: effectOf(queue, review),
    contestedBy: contestedBy(review) ?? null,
    test: test && terminalStates.has(standing.state) ? { rightAnswer: test.rightAnswer, because: test.because, by: test.by } : null,
  };
}

function decidedOf(paths: Pick<OperatorPaths, 'registries' | 'state'>, { id, standing, events }: StoredReview): ReviewSummary['decided'] {
  if (standing.verdict === null) return null;
  const at = new Date(events.findLast(({ event }) => event.kind === 'decide')?.atMs ?? 0).toISOString();
  const by = standing.approvals.map(({ signer }) => signer.by);
  const read = tryPrecedent(paths, id);
  if ('fault' in read) return { verdict: standing.verdict, by, at, scope: { kind: 'class' }, expiresAt: '', conditions: [] };
  const { scope, expiresAt } = read.precedent.recommendation;
  return { verdict: standing.verdict, by, at, scope, expiresAt, conditions: outcomeOf(read.precedent).conditions };
}

/** Of a decision for one day, what it does on that day. */
function effectOf(queue: ReviewQueue, review: StoredReview): string {
  if (terminalStates.has(review.standing.state) && review.standing.state !== 'expired') return 'it is over, and answers no case';
  const request = contestedBy(review);
  if (request !== undefined) return effectOnRequest(review, request);
  const answer = queue.answerOf(review, queue.dayOf(review));
  if (answer.kind === 'ruling')
    return answer.ruling.status === 'approved' ? `passes, as ${answer.ruling.policy}` : `fails, as ${answer.ruling.policy}`;
  if (answer.kind === 'waiting' || waitingStates.has(review.standing.state)) return 'held back until it is decided';
  return `held back: ${answer.why}`;
}

function effectOnRequest({ standing: { verdict } }: StoredReview, request: string): string {
  if (verdict === null) return `rules no case of it; request ${request} waits for the decision`;
  const done = { approve: 'stands', condition: 'stands on conditions', reject: 'was taken back' } as const;
  return `rules no case of it; the decision about the person of request ${request} ${done[verdict]}`;
}
