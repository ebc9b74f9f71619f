/**
 * Takes a step of a review in the name of a person: judged first, signed with the key of the person, added to what happened, and told
 * to the ledger. A decision that is complete becomes a precedent. Refuses persons whose key is not here, and steps that are not theirs.
 */
import {
  type Actor,
  approvalsFor,
  type CaseInHand,
  type CounselRules,
  judgeStep,
  type Refusal,
  type Step,
} from '../../../skills/gate/core/counsel/judge-step.ts';
import { type ReviewEvent, waitingStates } from '../../../skills/gate/core/counsel/review.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import { rawKeyOf } from '../../adapters/keys/verifier-key.ts';
import type { NewEvent, StoredReview } from '../../adapters/sqlite/counsel-store.ts';
import { readPerson, signerOf } from '../govern/models/people.ts';
import { contestedBy } from './contest.ts';
import type { CounselConfig } from './counsel-config.ts';
import type { ReviewAction } from './counsel-interface.ts';
import { authorsOf, type ReviewLaw } from './law-of-reviews.ts';
import { type Approval, digestOfStatement, type Recommendation, recommendationSchema, signedBytes } from './precedent.ts';
import type { ReviewQueue } from './review-queue.ts';
import { type ReviewPlace, settleReviews } from './settle-reviews.ts';
import type { StepStatement } from './step-statement.ts';

/** A person at work: what the registry says, and the key that is here. */
interface Hand extends Actor {
  readonly key: string;
  readonly sign: (message: Uint8Array) => string;
}

/**
 * @param by person id
 * @throws {CohortiumError} REVIEW_NOT_FOUND, REVIEW_DECIDED, REVIEW_REFUSED, ARGUMENT_INVALID for what is missing or cannot be,
 * PERSON_NOT_FOUND, LEDGER_KEY_UNSAFE
 */
export async function actOnReview(place: ReviewPlace, id: string, action: ReviewAction, by: string): Promise<StoredReview> {
  const queue = place.reviews();
  const law = await queue.law();
  const hand = handOf(place, by);
  queue.expireOverdue();
  queue.store.atomically(() => {
    for (const step of [...stepsBefore(requireReview(queue, id), action, by), action]) take(place, law, hand, id, step);
  });
  await settleReviews(place);
  return requireReview(queue, id);
}

/**
 * Takes a decision back, or opens what is over, as the next round of its case.
 * @throws {CohortiumError} REVIEW_NOT_FOUND, REVIEW_REFUSED while it waits or for who may not, ARGUMENT_INVALID without a reason
 */
export async function reopenReview(place: ReviewPlace, id: string, by: string, note: string): Promise<StoredReview> {
  const queue = place.reviews();
  const law = await queue.law();
  const hand = handOf(place, by);
  queue.expireOverdue();
  const review = requireReview(queue, id);
  const rules = rulesOf(place.config.gate.counsel);
  requireRole(hand, rules.handle, 'reopen');
  if (note.trim() === '') throw new CohortiumError('ARGUMENT_INVALID', 'a note is needed that says why');
  if (queue.store.probeOf(id)) throw new CohortiumError('REVIEW_REFUSED', `'${id}' was a test case; it is over`);
  const request = contestedBy(review);
  if (request !== undefined)
    throw new CohortiumError('REVIEW_REFUSED', `'${id}' answers request ${request}, which ended with it; a new request opens a new case`);
  const newest = queue.store.latestOf(review.caseKey);
  if (newest && newest.id !== id) throw new CohortiumError('REVIEW_REFUSED', `the case of '${id}' was opened again as '${newest.id}'`);
  if (waitingStates.has(review.standing.state))
    throw new CohortiumError('REVIEW_REFUSED', `'${id}' is ${review.standing.state} and waits as it is`);
  const reopened = queue.store.atomically(() => {
    if (['approved', 'rejected', 'conditioned'].includes(review.standing.state)) {
      const statement = signedStep(hand, place.clock.now(), {
        review: id,
        step: 'close',
        until: null,
        note,
        role: roleIn(hand, rules.handle),
      });
      queue.store.append(id, { event: { kind: 'close' }, by, note, policyDigest: law.bundle.digest, statement }, place.clock.now());
    }
    const { caseKey: key, purpose, sink, facts, unknownFacts, openedAsOf } = review;
    const policies = review.rules.map((rule) => rule.id);
    return queue.store.open(
      queue.caseOf({ key, purpose, sink, facts, policies, unknownFacts }, openedAsOf, law),
      review.customers,
      place.clock.now(),
    );
  });
  await settleReviews(place);
  return reopened;
}

/** @throws {CohortiumError} REVIEW_NOT_FOUND */
export function requireReview(queue: ReviewQueue, id: string): StoredReview {
  const review = queue.store.review(id);
  if (!review) throw new CohortiumError('REVIEW_NOT_FOUND', `there is no review '${id}'; 'cohortium gate reviews' lists those that wait`);
  return review;
}

/** @throws {CohortiumError} REVIEW_REFUSED */
export function requireRole({ by, roles }: Actor, allowed: readonly string[], what: string): void {
  if (roles.some((role) => allowed.includes(role))) return;
  const held = roles.length === 0 ? 'has no role' : `is ${roles.join(', ')}`;
  throw new CohortiumError('REVIEW_REFUSED', `${by} ${held}; '${what}' takes one of: ${allowed.join(', ')}`);
}

/** @throws {CohortiumError} PERSON_NOT_FOUND, CONFIG_INVALID, LEDGER_KEY_UNSAFE */
export function handOf({ paths }: Pick<ReviewPlace, 'paths'>, id: string): Hand {
  const { person, sign } = signerOf(paths, id);
  return { by: id, principal: rawKeyOf(person.key).toString('hex'), roles: person.roles, key: person.key, sign };
}

export function rulesOf(config: CounselConfig): CounselRules {
  const { recommend, approve, handle, approvals, distinctRoles, breakGlass } = config;
  return { recommend, approve, handle, approvals, distinctRoles, breakGlass: breakGlass.roles, breakGlassDays: breakGlass.days };
}

/** Who recommends a case that nobody has takes it first. */
function stepsBefore({ standing: { state, assignee } }: StoredReview, action: ReviewAction, by: string): readonly ReviewAction[] {
  if (action.kind !== 'recommend') return [];
  const start: ReviewAction = { kind: 'start', note: '' };
  if (state === 'open') return [{ kind: 'assign', to: by }, start];
  return state === 'assigned' && assignee === by ? [start] : [];
}

function take(place: ReviewPlace, law: ReviewLaw, hand: Hand, id: string, action: ReviewAction): void {
  const queue = place.reviews();
  const review = requireReview(queue, id);
  const rules = rulesOf(place.config.gate.counsel);
  const test = queue.store.probeOf(id);
  if (test?.by === hand.by && waitingStates.has(review.standing.state)) {
    throw new CohortiumError('REVIEW_REFUSED', `${hand.by} put '${id}' in and knows the answer; somebody else has to act on it`);
  }
  const inHand: CaseInHand = {
    standing: review.standing,
    purpose: review.purpose,
    facts: review.decisiveFacts,
    policyAuthors: authorsOf(
      place.paths.directory,
      law,
      review.rules.map((rule) => rule.id),
    ).map(({ by, key }) => ({ by, principal: rawKeyOf(key).toString('hex') })),
  };
  if (action.kind === 'break-glass' && contestedBy(review) !== undefined)
    throw new CohortiumError('REVIEW_REFUSED', `'${id}' is a decision that a person contests; an emergency lets nothing of it through`);
  // Whoever recommends a case that nobody has may assign it to nobody but themselves.
  const isOwn = action.kind === 'assign' && action.to === hand.by;
  const judged = judgeStep(
    stepOf(place, action),
    hand,
    inHand,
    isOwn ? { ...rules, handle: [...rules.handle, ...rules.recommend] } : rules,
  );
  if ('because' in judged) throw refused(review, judged);
  const { role } = judged;
  const at = place.clock.now();
  queue.store.append(
    id,
    { ...eventOf(place, law, review, action, { ...hand, role }, at), by: hand.by, policyDigest: law.bundle.digest },
    at,
  );
}

type Acting = Hand & { readonly role: string };

function eventOf(
  place: ReviewPlace,
  law: ReviewLaw,
  review: StoredReview,
  action: ReviewAction,
  acting: Acting,
  atMs: number,
): Pick<NewEvent, 'event' | 'note' | 'statement'> {
  const { by, principal, role } = acting;
  const signer = { by, principal, role };
  if (action.kind === 'recommend') {
    const statement = recommend(place, law, review, action, acting, atMs);
    return {
      event: { kind: 'recommend', verdict: action.verdict, signer, approvers: statement.approvers },
      note: action.rationale,
      statement,
    };
  }
  if (action.kind === 'decide') {
    return {
      event: { kind: 'decide', verdict: action.verdict, signer },
      note: action.rationale,
      statement: approve(review, action, acting, atMs),
    };
  }
  const today = dayOfIsoDate(place.reviews().today()) ?? 0;
  const event: ReviewEvent =
    action.kind === 'assign'
      ? { kind: 'assign', to: action.to }
      : action.kind === 'break-glass'
        ? { kind: 'break-glass', until: isoDate(today + action.days) }
        : { kind: action.kind };
  const note = action.note ?? '';
  const until = event.kind === 'break-glass' ? event.until : null;
  return { event, note, statement: signedStep(acting, atMs, { review: review.id, step: action.kind, until, note, role }) };
}

/** @throws {CohortiumError} ARGUMENT_INVALID for a scope or an end that cannot be; REVIEW_REFUSED where a rule reads otherwise now */
function recommend(
  place: ReviewPlace,
  law: ReviewLaw,
  review: StoredReview,
  { verdict, rationale, checkedFacts, conditions, scope = { kind: 'class' }, expiresAt }: Extract<ReviewAction, { kind: 'recommend' }>,
  acting: Acting,
  atMs: number,
): Recommendation {
  const { caseKey: key, purpose, sink, unknownFacts, policyDigest } = review;
  const isContest = contestedBy(review) !== undefined;
  if (isContest && scope.kind !== 'class')
    throw new CohortiumError('ARGUMENT_INVALID', `'${review.id}' is one decision about one person; no scope goes with it`);
  const changed = review.rules.find(({ id, version }) => law.version(id) !== version);
  if (changed && !isContest) {
    throw new CohortiumError(
      'REVIEW_REFUSED',
      `${changed.id} reads otherwise now than when '${review.id}' was opened; run the pipeline again, which opens the case anew`,
    );
  }
  if (scope.kind === 'waiver') checkWaiver(review, law, verdict, expiresAt);
  const facts = Object.fromEntries(review.decisiveFacts.map((name) => [name, review.facts[name] ?? null]));
  const statement = {
    format: 'cohortium/recommendation@1' as const,
    review: review.id,
    case: { key, purpose, sink, facts, rules: [...review.rules], unknownFacts: [...unknownFacts], policyDigest },
    scope,
    expiresAt: endOf(place, expiresAt),
    approvers: approvalsFor(purpose, rulesOf(place.config.gate.counsel)),
    ...saidBy(acting, atMs, { verdict, rationale, checkedFacts, conditions }),
  };
  return { ...statement, signature: acting.sign(signedBytes(statement)) };
}

function checkWaiver({ rules }: StoredReview, law: ReviewLaw, verdict: string, expiresAt: string | undefined): void {
  const invalid = (message: string): CohortiumError => new CohortiumError('ARGUMENT_INVALID', `a waiver ${message}`);
  if (verdict === 'reject') throw invalid('lets cases through; to reject one needs the scope class or run');
  if (expiresAt === undefined) throw invalid('needs an end; say until when it holds');
  const forbids = rules.find(({ id }) => law.rule(id)?.outcome !== 'counsel');
  if (forbids) throw invalid(`covers rules that ask for counsel, and ${forbids.id} forbids a use where it applies`);
}

function approve(
  { id, events, standing }: StoredReview,
  { verdict, rationale, checkedFacts, conditions }: Extract<ReviewAction, { kind: 'decide' }>,
  acting: Acting,
  atMs: number,
): Approval {
  const found = events.findLast(({ event }) => event.kind === 'recommend');
  const recommendation = recommendationSchema.safeParse(found?.statement);
  if (!standing.recommendation || !recommendation.success)
    throw new CohortiumError('STORE_CORRUPT', `the recommendation of '${id}' cannot be read`);
  const added = verdict === 'condition' ? [...new Set([...recommendation.data.conditions, ...conditions])] : conditions;
  const statement = {
    format: 'cohortium/approval@1' as const,
    recommendation: digestOfStatement(recommendation.data),
    ...saidBy(acting, atMs, { verdict, rationale, checkedFacts, conditions: added }),
  };
  return { ...statement, signature: acting.sign(signedBytes(statement)) };
}

function saidBy(
  { by, role, key }: Acting,
  atMs: number,
  {
    verdict,
    rationale,
    checkedFacts,
    conditions,
  }: Pick<Extract<ReviewAction, { kind: 'decide' }>, 'verdict' | 'rationale' | 'checkedFacts' | 'conditions'>,
) {
  return {
    verdict,
    rationale,
    checkedFacts: [...new Set(checkedFacts)].sort(),
    conditions: [...conditions],
    by,
    role,
    at: new Date(atMs).toISOString(),
    key,
  };
}

export function signedStep(
  { by, key, sign }: Pick<Hand, 'by' | 'key' | 'sign'>,
  atMs: number,
  { review, step, until, note, role }: Pick<StepStatement, 'review' | 'step' | 'until' | 'note' | 'role'>,
): StepStatement {
  const statement = {
    format: 'cohortium/review-step@1' as const,
    review,
    step,
    until,
    note,
    by,
    role,
    at: new Date(atMs).toISOString(),
    key,
  };
  return { ...statement, signature: sign(signedBytes(statement)) };
}

/** @throws {CohortiumError} ARGUMENT_INVALID for a day that is none, is over, or lies further ahead than a decision may hold */
function endOf(place: ReviewPlace, expiresAt: string | undefined): string {
  const today = dayOfIsoDate(place.reviews().today()) ?? 0;
  const last = isoDate(today + place.config.gate.counsel.precedentDays);
  if (expiresAt === undefined) return last;
  if (dayOfIsoDate(expiresAt) === undefined || expiresAt < isoDate(today) || expiresAt > last) {
    throw new CohortiumError('ARGUMENT_INVALID', `a decision holds until a day from ${isoDate(today)} to ${last}, found '${expiresAt}'`);
  }
  return expiresAt;
}

function stepOf(place: ReviewPlace, action: ReviewAction): Step {
  if (action.kind === 'assign') {
    const person = readPerson(place.paths, action.to);
    return { kind: 'assign', to: { by: person.id, principal: rawKeyOf(person.key).toString('hex'), roles: person.roles } };
  }
  return action;
}

function refused({ id, standing: { state } }: StoredReview, { because, message }: Refusal): CohortiumError {
  if (because === 'words') return new CohortiumError('ARGUMENT_INVALID', message);
  const isOver = because === 'state' && !waitingStates.has(state);
  return new CohortiumError(isOver ? 'REVIEW_DECIDED' : 'REVIEW_REFUSED', `${id}: ${message}`);
}

function roleIn({ roles }: Actor, allowed: readonly string[]): string {
  return roles.find((role) => allowed.includes(role)) ?? '';
}
