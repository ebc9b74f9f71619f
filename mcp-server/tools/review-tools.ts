/** The counsel queue for models: what waits, one case with all that is needed to decide it, and a person's step carried to it. */
import { z } from 'zod';

import type { CustomerDataGraph, ReviewAction, ReviewSheet, ReviewSummary } from '../../agents/customer-data-graph/interface.ts';
import { CohortiumError, type Json } from '../../skills/sdk/index.ts';
import { identifier, isoDate, readsOnly } from './tool-fields.ts';
import { defineTool } from './tool-spec.ts';

const verdict = z.enum(['approve', 'condition', 'reject']);

const reviewFields = z.object({
  id: z.string(),
  state: z.string(),
  customers: z.number(),
  purpose: z.string(),
  sink: z.string(),
  policies: z.array(z.string()),
  unknownFacts: z.array(z.string()),
  dueDay: z.string().describe('Then the gate fails it.'),
  said: z.array(z.string()).describe('Who recommended and decided what.'),
  effect: z.string().describe('What the gate does now.'),
});

const mostReviews = 50;
const mostChanges = 10;

export const listReviews = defineTool({
  name: 'list_reviews',
  title: 'List reviews',
  description: `Cases that the gate left to people: how many customers, purpose and sink, which rules, which facts are unknown, by when. With reviewId it adds the whole case. Returns at most ${mostReviews} and how many were omitted.`,
  input: z.strictObject({
    status: z.enum(['waiting', 'all']).default('waiting').describe('waiting: undecided only; all: decided ones too.'),
    reviewId: identifier.optional().describe('Only this one, whole.'),
  }),
  output: z.object({
    reviews: z.array(reviewFields),
    omitted: z.number(),
    sheet: z
      .record(z.string(), z.unknown())
      .nullable()
      .describe('Of reviewId: law, facts, what would change the outcome, examples, clock, history.'),
  }),
  hints: readsOnly,
  async call({ status, reviewId }, { agent }) {
    if (reviewId !== undefined) {
      const sheet = await agent.gate.review(reviewId);
      return { reviews: [fieldsOf(sheet)], omitted: 0, sheet: sheetOf(sheet) };
    }
    const reviews = await agent.gate.reviews(status);
    return { reviews: reviews.slice(0, mostReviews).map(fieldsOf), omitted: Math.max(0, reviews.length - mostReviews), sheet: null };
  },
});

export const decideReview = defineTool({
  name: 'decide_review',
  title: 'Take a step of a review',
  description: `Carries a person's recommendation, approval, condition or rejection of a review to the gate, signed with that person's key; it cannot be undone. Who recommends does not approve. Asks the person where the client can; else the first call, without confirm, changes nothing and returns a code to show to the person, and the second, with the same arguments and confirm, applies it. Never decide for the person.`,
  input: z.strictObject({
    reviewId: identifier.describe('Review id, from list_reviews.'),
    action: z.enum(['recommend', 'approve', 'condition', 'reject']).describe("The person's step."),
    verdict: verdict.optional().describe('With recommend: what is recommended.'),
    by: identifier.describe('Id of the person in registries/people, whom the user named; never a model.'),
    note: z.string().min(1, 'a reason was expected').max(2000).describe("The person's reason; it is signed and recorded."),
    checkedFacts: z.array(identifier).describe('Facts of the case that the person checked.'),
    conditions: z.array(z.string().min(1)).optional().describe('With the verdict condition: what has to be met first.'),
    scope: z.enum(['class', 'waiver']).optional().describe('With recommend: all with these facts (default), or all of these rules.'),
    until: isoDate.optional().describe('With recommend: last day that it holds.'),
    confirm: z.string().min(1).optional().describe('The code of the first call, after the person agreed.'),
  }),
  output: z.object({
    status: z.enum(['confirmation-required', 'declined', 'applied']),
    review: reviewFields.pick({ id: true, state: true, customers: true, effect: true }),
    summary: z.string(),
    confirm: z.string().nullable(),
    expiresInSeconds: z.number().nullable(),
  }),
  hints: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  asksPerson: true,
  async call({ confirm: given, ...terms }, { agent, confirmations, assent }) {
    const { reviewId, by } = terms;
    const confirm = assent?.code ?? given;
    if (assent && !assent.isAgreed) {
      const review = fieldsOf(await agent.gate.review(reviewId));
      return {
        status: 'declined' as const,
        review,
        summary: 'The person did not agree. Nothing has changed.',
        confirm: null,
        expiresInSeconds: null,
      };
    }
    const action = actionOf(terms);
    if (confirm !== undefined) {
      confirmations.redeem(confirm, termsOf(terms));
      const review = await agent.gate.actOnReview(reviewId, action, by);
      return {
        status: 'applied' as const,
        review: fieldsOf(review),
        summary: `${by} took the step '${terms.action}' on ${reviewId}, which is ${review.state} now.`,
        confirm: null,
        expiresInSeconds: null,
      };
    }
    const review = await findWaiting(agent, reviewId);
    const summary =
      `${by} is about to ${terms.action === 'recommend' ? `recommend to ${terms.verdict}` : terms.action} the use of ${review.customers} customer value(s) for ` +
      `${review.purpose} at ${review.sink}, held by ${review.policies.join(', ') || 'unknown facts'}, because: ${terms.note} Nothing has changed yet.`;
    return {
      status: 'confirmation-required' as const,
      review: fieldsOf(review),
      summary,
      confirm: confirmations.issue(termsOf(terms)),
      expiresInSeconds: confirmations.lifetimeSeconds,
    };
  },
});

interface Terms {
  readonly reviewId: string;
  readonly by: string;
  readonly action: 'recommend' | 'approve' | 'condition' | 'reject';
  readonly verdict?: z.infer<typeof verdict> | undefined;
  readonly note: string;
  readonly checkedFacts: readonly string[];
  readonly conditions?: readonly string[] | undefined;
  readonly scope?: 'class' | 'waiver' | undefined;
  readonly until?: string | undefined;
}

/** @throws {CohortiumError} ARGUMENT_INVALID where a recommendation does not say what is recommended, or a decision says too much */
function actionOf({ action, verdict: recommended, note: rationale, checkedFacts, conditions = [], scope, until }: Terms): ReviewAction {
  const words = { rationale, checkedFacts, conditions };
  if (action !== 'recommend') {
    if (recommended !== undefined || scope !== undefined || until !== undefined)
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `decide_review: verdict, scope and until go with the action recommend, found '${action}'`,
      );
    return { kind: 'decide', verdict: action, ...words };
  }
  if (recommended === undefined)
    throw new CohortiumError('ARGUMENT_INVALID', 'decide_review: recommend needs a verdict: approve, condition or reject');
  return {
    kind: 'recommend',
    verdict: recommended,
    ...words,
    ...(scope === undefined ? {} : { scope: { kind: scope } }),
    ...(until === undefined ? {} : { expiresAt: until }),
  };
}

/** What a code is bound to: everything that was said, in one form. */
function termsOf(terms: Terms): Json {
  return JSON.parse(JSON.stringify(terms)) as Json; // text, lists of text, and nothing where nothing was said
}

async function findWaiting(agent: CustomerDataGraph, reviewId: string): Promise<ReviewSheet> {
  const review = await agent.gate.review(reviewId);
  if (review.decided)
    throw new CohortiumError('REVIEW_DECIDED', `review '${reviewId}' was decided by ${review.decided.by.join(' and ')} before`);
  if (!review.steps.includes('withdraw')) throw new CohortiumError('REVIEW_DECIDED', `review '${reviewId}' is ${review.state}`);
  return review;
}

function fieldsOf(review: ReviewSummary) {
  const { id, state, customers, purpose, sink, policies, unknownFacts, dueDay, recommended, approvals, effect } = review;
  const said = [
    ...(recommended ? [`${recommended.by} recommends to ${recommended.verdict}`] : []),
    ...approvals.map(({ verdict: given, by }) => `${by} decides to ${given}`),
  ];
  return { id, state, customers, purpose, sink, policies, unknownFacts, dueDay, said, effect };
}

/** What a model shows to a person: all of the case but what has no weight in it. */
function sheetOf(sheet: ReviewSheet) {
  const {
    rules,
    facts,
    counterfactuals,
    calibration,
    examples,
    clock,
    statements,
    history,
    steps,
    approvalsNeeded,
    decided,
    policyAuthors,
  } = sheet;
  return {
    rules,
    facts: facts.filter(({ isDecisive, isUnknown }) => isDecisive || isUnknown),
    counterfactuals: { pass: counterfactuals.pass.slice(0, mostChanges), fail: counterfactuals.fail.slice(0, mostChanges) },
    calibration,
    examples,
    clock,
    statements,
    history,
    steps,
    approvalsNeeded,
    decided,
    policyAuthors,
  };
}
