/**
 * What follows from the events of reviews: precedents of decisions that are complete, the end of test cases, and records of the ledger.
 * Does nothing that was done before, so that after a crash the next step catches up.
 */
import { canonicalJson, CohortiumError, column, makeTable } from '../../../skills/sdk/index.ts';
import { gateActor, type StoredReview } from '../../adapters/sqlite/counsel-store.ts';
import type { Workspace } from '../workspace.ts';
import { approvalSchema, type Precedent, precedentNames, recommendationSchema, writePrecedent } from './precedent.ts';

export type ReviewPlace = Pick<Workspace, 'paths' | 'config' | 'clock' | 'content' | 'ledger' | 'isWritable' | 'reviews'>;

/** Kind of the records that the ledger keeps of reviews. */
export const reviewKind = 'review-event';

const decidedStates: ReadonlySet<string> = new Set(['approved', 'rejected', 'conditioned']);

export async function settleReviews(place: ReviewPlace): Promise<void> {
  const { store } = place.reviews();
  const written = new Set(precedentNames(place.paths));
  for (const review of store.reviews()) {
    if (!decidedStates.has(review.standing.state)) continue;
    const test = store.probeOf(review.id);
    if (test) {
      const note = `a test case: the right answer was to ${test.rightAnswer}, because ${test.because}`;
      store.append(review.id, { event: { kind: 'close' }, by: gateActor, note, policyDigest: review.policyDigest }, place.clock.now());
    } else if (!written.has(review.id)) {
      writePrecedent(place.paths, precedentOf(review));
    }
  }
  await recordEvents(place);
}

/** The statements behind a decision: the last recommendation, and who decided on it. */
function precedentOf({ id, events }: StoredReview): Precedent {
  const from = events.findLastIndex(({ event }) => event.kind === 'recommend');
  const recommendation = recommendationSchema.safeParse(events[from]?.statement);
  const approvals = events
    .slice(from + 1)
    .filter(({ event }) => event.kind === 'decide')
    .map(({ statement }) => approvalSchema.safeParse(statement));
  if (!recommendation.success || approvals.some(({ success }) => !success)) {
    throw new CohortiumError('STORE_CORRUPT', `what was signed on '${id}' cannot be read; restore reviews.db from a copy`);
  }
  return { format: 'cohortium/precedent@1', recommendation: recommendation.data, approvals: approvals.flatMap(({ data }) => data ?? []) };
}

/** The ledger names nobody, so a record is the digest of the event and what it did. */
async function recordEvents({ reviews, content, ledger }: ReviewPlace): Promise<void> {
  const { store } = reviews();
  const events = store.unrecorded();
  if (events.length === 0) return;
  const records = content.putTable(
    makeTable({
      kind: column.text(events.map(() => reviewKind)),
      key: column.text(events.map(({ digest }) => `${reviewKind} ${digest}`)),
      subject: column.text(events.map(() => '')),
      body: column.text(
        events.map(({ digest, place, review, event, from, to, policyDigest }) =>
          canonicalJson({ event: digest, place, review, step: event.kind, from, to, policies: policyDigest }),
        ),
      ),
    }),
  );
  await ledger().append(
    { records },
    { signal: new AbortController().signal, idempotencyKey: `${reviewKind} ${events.at(-1)?.digest ?? ''}` },
  );
  store.recorded(events.map(({ place }) => place));
}
