/**
 * What follows from the events of reviews: precedents of decisions that are complete, the end of test cases, and records of the ledger.
 * Does nothing that was done before, so that after a crash the next step catches up.
 */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { gateActor, type RecordedEvent, type StoredReview } from '../../adapters/sqlite/counsel-store.ts';
import { attestAsPerson } from '../record/attest-person.ts';
import type { DsseEnvelope } from '../record/attestation-interface.ts';
import type { RecordToWrite } from '../record/record-interface.ts';
import type { Workspace } from '../workspace.ts';
import { approvalSchema, type Precedent, precedentNames, recommendationSchema, writePrecedent } from './precedent.ts';

export type ReviewPlace = Pick<Workspace, 'paths' | 'config' | 'clock' | 'content' | 'ledger' | 'records' | 'isWritable' | 'reviews'>;

const reviewKind = 'review-step';

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

/** Leaves name nobody; who decided, and why, stands in the sealed body of the attestation. */
async function recordEvents(place: ReviewPlace): Promise<void> {
  const { store } = place.reviews();
  const events = store.unrecorded();
  if (events.length === 0) return;
  const written: RecordToWrite[] = [];
  for (const event of events) {
    const attestation = await attestationOf(place, event);
    const { digest, place: at, review, from, to, policyDigest } = event;
    written.push({
      kind: reviewKind,
      stream: digest,
      subject: null,
      body: { event: digest, place: at, review, step: event.event.kind, from, to, by: event.by, policies: policyDigest },
      ...(attestation ? { attestation } : {}),
    });
  }
  // What the envelopes say of the ledger grows with it, so that a call after a crash is another call; equal records are still one.
  const size = place.ledger().checkpoints().at(-1)?.size ?? 0;
  await place.records().write(written, `${reviewKind} ${events.at(-1)?.digest ?? ''} ${size}`);
  store.recorded(events.map(({ place: at }) => at));
}

/** Of the steps by which a person decides; others move a case on and decide nothing. */
async function attestationOf(place: ReviewPlace, event: RecordedEvent): Promise<DsseEnvelope | undefined> {
  const { kind } = event.event;
  if (kind !== 'recommend' && kind !== 'decide' && kind !== 'break-glass') return undefined;
  const review = place.reviews().store.review(event.review);
  if (!review || event.by === gateActor) return undefined;
  return attestAsPerson(place, {
    kind: kind === 'break-glass' ? 'override' : 'counsel-decision',
    by: event.by,
    at: new Date(event.atMs).toISOString(),
    decision: 'verdict' in event.event ? `${kind}: ${event.event.verdict}` : kind,
    rationale: event.note,
    subjects: [
      { name: `review/${event.review}`, sha256: event.digest },
      { name: 'case', sha256: review.caseKey },
    ],
    about: { purpose: review.purpose, facts: review.facts },
  });
}
