/**
 * A contested decision as a case before counsel, and what counsel made of it. Reads the outcome from what persons signed alone, so that
 * nobody is said to have decided who did not.
 */
import { waitingStates } from '../../../../skills/gate/core/counsel/review.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../../skills/sdk/numeric/index.ts';
import { gateActor, type StoredReview } from '../../../adapters/sqlite/counsel-store.ts';
import { contestKey } from '../../counsel/contest.ts';
import { outcomeOf, tryPrecedent } from '../../counsel/precedent.ts';
import { type ReviewPlace, settleReviews } from '../../counsel/settle-reviews.ts';
import type { RefusablePurpose } from '../request-kinds.ts';
import type { RequestState, ReviewedDecision } from '../request.ts';
import type { ContestedDecision } from './contested-decision.ts';

const outcomes = { approve: 'upheld', condition: 'changed', reject: 'withdrawn' } as const;

/** The case of a request while it waits. */
export function waitingCase({ reviews }: Pick<ReviewPlace, 'reviews'>, request: string): StoredReview | undefined {
  const newest = reviews().store.latestOf(contestKey(request));
  return newest && waitingStates.has(newest.standing.state) ? newest : undefined;
}

/** The case of a request once a verdict in it is signed, whether or not it was carried out. */
export function signedCase({ reviews }: Pick<ReviewPlace, 'reviews'>, request: string): StoredReview | undefined {
  const newest = reviews().store.latestOf(contestKey(request));
  return newest && newest.standing.verdict !== null ? newest : undefined;
}

/** Opens the case, or finds it where it was opened before. */
export async function openCase(place: ReviewPlace, state: RequestState, decision: ContestedDecision): Promise<StoredReview> {
  const before = waitingCase(place, state.id) ?? signedCase(place, state.id);
  if (before) return before;
  const queue = place.reviews();
  const today = queue.today();
  const { purpose, sink, facts, rules, unknownFacts } = decision;
  const key = contestKey(state.id);
  const found = queue.caseOf({ key, purpose, sink, facts, policies: [...rules], unknownFacts }, today, await queue.law());
  const { respond } = state.clocks;
  const isInTime = state.respondBy >= today;
  const { slaDays } = place.config.gate.counsel;
  const review = queue.store.open(
    {
      ...found,
      // Whoever looks again looks at all of it.
      decisiveFacts: Object.keys(facts).sort(),
      dueDay: isInTime ? state.respondBy : isoDate((dayOfIsoDate(today) ?? 0) + slaDays),
      clock: isInTime && respond.regime !== '' ? { regime: respond.regime, name: respond.name, amount: respond.amount } : null,
    },
    1,
    place.clock.now(),
  );
  await settleReviews(place);
  return review;
}

/**
 * What counsel decided; undefined while it has not.
 * @throws {CohortiumError} PRECEDENT_DAMAGED where what was signed is not there as it was signed
 */
export function decisionOn(place: Pick<ReviewPlace, 'reviews' | 'paths'>, request: string): ReviewedDecision | undefined {
  const signed = signedCase(place, request);
  if (!signed) return undefined;
  const read = tryPrecedent(place.paths, signed.id);
  if ('fault' in read) throw new CohortiumError('PRECEDENT_DAMAGED', read.fault);
  const { recommendation, approvals } = read.precedent;
  if (recommendation.case.key !== contestKey(request))
    throw new CohortiumError('PRECEDENT_DAMAGED', `registries/precedents/${signed.id}.json is about another case`);
  const { verdict, conditions } = outcomeOf(read.precedent);
  return {
    review: signed.id,
    outcome: outcomes[verdict],
    because: approvals.findLast((one) => one.verdict === verdict)?.rationale ?? '',
    conditions,
    by: [recommendation, ...approvals].map(({ by, role, at, key: signer, signature }) => ({
      person: by,
      role,
      at,
      key: signer,
      signature,
    })),
    refused: refusedBy(outcomes[verdict], recommendation.case.purpose),
  };
}

/** A request that ended otherwise leaves nothing for counsel to decide. */
export async function withdrawCase(place: ReviewPlace, request: string, note: string): Promise<void> {
  const waiting = waitingCase(place, request);
  if (!waiting) return;
  const { policyDigest } = waiting;
  place.reviews().store.append(waiting.id, { event: { kind: 'withdraw' }, by: gateActor, note, policyDigest }, place.clock.now());
  await settleReviews(place);
}

/** Uses that are refused from then on: what is changed is no longer decided by automated means alone, what is taken back not by profiling. */
function refusedBy(outcome: ReviewedDecision['outcome'], purpose: string): readonly RefusablePurpose[] {
  if (outcome === 'upheld') return [];
  if (outcome === 'changed') return ['automated-decision'];
  return purpose === 'ad-audience' ? ['automated-decision', 'profiling', 'targeted-advertising'] : ['automated-decision', 'profiling'];
}
