/** Tools of the gate: ask it, list what waits for a person, and carry a person's decision to it. */
import { z } from 'zod';

import type { CustomerDataGraph, Review } from '../../agents/customer-data-graph/interface.ts';
import { CohortiumError } from '../../skills/sdk/index.ts';
import { identifier, isoDate, outcome, readsOnly } from './tool-fields.ts';
import { defineTool } from './tool-spec.ts';

const reviewFields = z.object({
  id: z.string(),
  customers: z.number(),
  purpose: z.string(),
  sink: z.string(),
  policies: z.array(z.string()),
  unknownFacts: z.array(z.string()),
  openedAsOf: z.string(),
  status: z.enum(['open', 'approved', 'rejected']),
  decidedBy: z.string().nullable(),
  note: z.string().nullable(),
});

const mostReviews = 50;

export const evaluateGate = defineTool({
  name: 'evaluate_gate',
  title: 'Ask the gate',
  description: `Asks whether a customer's value may be used for a purpose at a place, without using it; changes nothing. Use it before proposing a use, or to see what a changed fact would do. Returns pass, fail or counsel (a person must decide), the policies that decided with citation and remedy, and the unknown facts that matter.`,
  input: z.strictObject({
    customerId: identifier.describe('Customer id.'),
    purpose: identifier.describe('Such as analytics, tier-assignment, offer-eligibility.'),
    sink: identifier.describe('Who would receive it: a subscriber id, or score-store.'),
    facts: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .optional()
      .describe('Facts to assume instead of the known ones; null means unknown. Such as {"residency":"EU"}.'),
    asOf: isoDate.optional().describe('Day whose law applies; default the newest run.'),
  }),
  output: z.object({
    outcome,
    policies: z.array(
      z.object({ id: z.string(), effect: z.enum(['fail', 'counsel']), anchor: z.string(), citation: z.string(), remedy: z.string() }),
    ),
    unknownFacts: z.array(z.string()),
    policyDigest: z.string(),
  }),
  hints: readsOnly,
  call: ({ customerId, purpose, sink, facts, asOf }, { agent }) =>
    agent.gate.evaluate({ customerId, purpose, sink, ...(facts === undefined ? {} : { facts }), ...(asOf === undefined ? {} : { asOf }) }),
});

export const listReviews = defineTool({
  name: 'list_reviews',
  title: 'List reviews',
  description: `Cases that the gate sent to a person: which customers (a number), purpose and sink, which policies, which facts are unknown. Use it to show what waits for a decision. Returns at most ${mostReviews} and how many were omitted.`,
  input: z.strictObject({ status: z.enum(['open', 'all']).default('open').describe('open: waiting only; all: decided ones too.') }),
  output: z.object({ reviews: z.array(reviewFields), omitted: z.number() }),
  hints: readsOnly,
  async call({ status }, { agent }) {
    const reviews = await agent.reviews(status);
    return { reviews: reviews.slice(0, mostReviews), omitted: Math.max(0, reviews.length - mostReviews) };
  },
});

export const decideReview = defineTool({
  name: 'decide_review',
  title: 'Decide a review',
  description: `Carries a person's approval or rejection of a review to the gate; it cannot be undone. Two calls: the first, without confirm, changes nothing and returns the review and a code; show both to the person; the second, with the same arguments and confirm, applies it. Never decide for the person.`,
  input: z.strictObject({
    reviewId: identifier.describe('Review id, from list_reviews.'),
    decision: z.enum(['approve', 'reject']).describe("The person's decision."),
    by: identifier.describe('Who decided: a name the user gave, never a model.'),
    note: z.string().min(1, 'a reason was expected').max(2000).describe("The person's reason; goes into the record."),
    confirm: z.string().min(1).optional().describe('The code of the first call, after the person agreed.'),
  }),
  output: z.object({
    status: z.enum(['confirmation-required', 'applied']),
    review: reviewFields,
    summary: z.string(),
    confirm: z.string().nullable().describe('Code for the second call; null once applied.'),
    expiresInSeconds: z.number().nullable(),
  }),
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  async call({ reviewId, decision, by, note, confirm }, { agent, confirmations }) {
    const terms = { reviewId, decision, by, note };
    if (confirm !== undefined) {
      confirmations.redeem(confirm, terms);
      const review = await agent.decideReview(reviewId, decision, by, note);
      return {
        status: 'applied' as const,
        review,
        summary: `${by} ${pastTense(decision)} ${reviewId}.`,
        confirm: null,
        expiresInSeconds: null,
      };
    }
    const review = await findReview(agent, reviewId);
    const summary =
      `${by} is about to ${decision} the use of ${review.customers} customer value(s) for ${review.purpose} at ${review.sink}, ` +
      `held by ${review.policies.join(', ') || 'unknown facts'}. Nothing has changed yet.`;
    return {
      status: 'confirmation-required' as const,
      review,
      summary,
      confirm: confirmations.issue(terms),
      expiresInSeconds: confirmations.lifetimeSeconds,
    };
  },
});

function pastTense(decision: 'approve' | 'reject'): string {
  return decision === 'approve' ? 'approved' : 'rejected';
}

async function findReview(agent: CustomerDataGraph, reviewId: string): Promise<Review> {
  const review = (await agent.reviews('all')).find(({ id }) => id === reviewId);
  if (!review) throw new CohortiumError('REVIEW_NOT_FOUND', `no review '${reviewId}'; list_reviews shows the open ones`);
  if (review.status !== 'open') {
    throw new CohortiumError('REVIEW_DECIDED', `review '${reviewId}' was ${review.status} by ${review.decidedBy ?? 'somebody'} before`);
  }
  return review;
}
