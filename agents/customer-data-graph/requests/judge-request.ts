/**
 * Which steps may be taken on a request, and why not. A denial has to fit its reason: nobody is told that they are unknown before they
 * have shown who they are, no right is said to be missing that a regime gives, no count is claimed that was not reached. Pure.
 */
import type { DenialReason } from './answers-file.ts';
import { isAtLeast } from './request-kinds.ts';
import type { RequestLaw } from './request-law.ts';
import {
  answerKindOf,
  type IdentityEvidence,
  finalStatuses,
  isAgentEnough,
  isHouseholdEnough,
  isIdentityEnough,
  type RequestState,
  type RequestStep,
} from './request.ts';

export interface JudgedOn {
  readonly law: RequestLaw;
  /** ISO date. */
  readonly today: string;
  /** Requests of the same kind by the same verified person that were answered since the day that a count begins, without this one. */
  readonly answeredSince: (day: string) => number;
  /** The case that counsel has signed a verdict in about the contested decision; undefined where there is none. */
  readonly signed: string | undefined;
}

/** How sure such evidence makes. @see 11 CCR § 7061 (accounts), § 7062(b)-(c) (points of data) */
export function levelOf({ method, points, isDeclared }: IdentityEvidence): RequestState['level'] {
  if (method === 'account' || method === 'document') return 'reasonably-high';
  // A partner that the operator trusts that far counts for three points.
  if (method === 'protocol' && points >= 3) return 'reasonably-high';
  if (points >= 3 && isDeclared) return 'reasonably-high';
  return points >= 2 ? 'reasonable' : 'unverified';
}

/** @returns why the step may not be taken, in words; undefined where it may */
export function refusalOf(state: RequestState, step: RequestStep, on: JudgedOn): string | undefined {
  const isFinal = finalStatuses.has(state.status);
  const over = `request ${state.id} is ${state.status}`;
  switch (step.kind) {
    case 'received':
      return 'a request is received once';
    case 'acknowledged':
      return state.outcome ? undefined : `${over}; nothing was carried out that a recipient could acknowledge`;
    case 'exported':
      return isFinal && state.status === 'denied' ? `${over}; a denied request is not exported` : unsure(state);
    case 'reopened':
      return state.status === 'denied' ? undefined : `${over}; only a denied one is opened again`;
    case 'confirmed':
    case 'asked':
    case 'withdrawn':
      return isFinal ? `${over}; that is final` : undefined;
    case 'referred':
      return referralRefusal(state, on);
    case 'verified':
      if (isFinal) return `${over}; that is final`;
      // Counsel decides about the person whose decision it has.
      if (state.referred) return `request ${state.id} is before counsel as ${state.referred.review}; who asks is settled`;
      return levelOf(step.evidence) === step.level ? undefined : `this evidence makes ${levelOf(step.evidence)}, not ${step.level}`;
    case 'closed-as-duplicate':
      if (isFinal) return `${over}; that is final`;
      // Else whoever asks first in somebody's name could have that person's own request closed.
      if (!state.isIdentified || !isIdentityEnough(state)) return `only a verified request is closed as a duplicate; ${over}`;
      return verdictRefusal(state, on);
    case 'extended':
      return isFinal ? `${over}; that is final` : extensionRefusal(state, step.until, step.reason, on.today);
    case 'denied':
      return isFinal ? `${over}; that is final` : (verdictRefusal(state, on) ?? denialRefusal(state, step.reason, on));
    default:
      if (isFinal) return `${over}; that is final`;
      return unsure(state);
  }
}

/** @returns why no decision may be laid before counsel, in words; undefined where one may */
export function referralRefusal(state: RequestState, on: Pick<JudgedOn, 'signed'>): string | undefined {
  if (state.kind !== 'human-review') return `request ${state.id} of kind ${state.kind} contests no decision`;
  if (finalStatuses.has(state.status)) return `request ${state.id} is ${state.status}; that is final`;
  // Where the step that names the case is missing, it is owed before the verdict can be carried out.
  return unsure(state) ?? (state.referred ? verdictRefusal(state, on) : undefined);
}

/** What persons have signed is carried out: neither a second case nor another ending takes its place. */
function verdictRefusal(state: RequestState, { signed }: Pick<JudgedOn, 'signed'>): string | undefined {
  if (signed === undefined) return undefined;
  if (state.outcome) return `counsel decided request ${state.id} in ${signed}, and that was carried out`;
  const first = state.referred ? '' : `cohortium requests refer ${state.id}, then `;
  return `counsel has decided request ${state.id} in ${signed}, and what was signed is to be carried out: run ${first}cohortium requests fulfil ${state.id}`;
}

/** A person who can decide otherwise takes part, as the operator stated it. */
function involvesPerson(automation: string | null): boolean {
  return automation === 'human-involved' || automation === 'decision-support';
}

function unsure(state: RequestState): string | undefined {
  if (isIdentityEnough(state) || answerKindOf(state) !== null) return undefined;
  if (!isAtLeast(state.level, state.needed)) {
    return `the identity behind request ${state.id} is ${state.level}; ${state.kind} needs ${state.needed}: verify it, or deny it as identity-not-verified`;
  }
  if (!isAgentEnough(state))
    return `the agent of request ${state.id} has not shown that it may act; verify it, or deny it as agent-not-authorised`;
  return `not every member of the household of request ${state.id} is verified; verify them, or deny it as household-not-verified`;
}

/** @returns last day that it could be extended to now; null where it cannot be any more, or never could */
export function extendableTo(state: RequestState, today: string): string | null {
  const until = state.clocks.extended?.due ?? null;
  if (until === null || finalStatuses.has(state.status)) return null;
  return extensionRefusal(state, until, 'any', today) === undefined ? until : null;
}

function extensionRefusal(state: RequestState, until: string, reason: string, today: string): string | undefined {
  const { extended } = state.clocks;
  if (!extended) return `no law of request ${state.id} knows an extension for ${state.kind}; it is due on ${state.respondBy}`;
  if (state.status === 'awaiting-sinks') return `request ${state.id} was answered; only recipients have still to acknowledge`;
  if (state.extension) return `request ${state.id} was extended before, to ${state.extension.until}; that is done once`;
  if (today > state.respondBy) return `request ${state.id} was due on ${state.respondBy}; an extension is told to the person before that`;
  if (until <= state.respondBy || until > extended.due)
    return `an extension of request ${state.id} ends after ${state.respondBy} and by ${extended.due}; found ${until}`;
  return reason.trim() === '' ? 'an extension needs its reason; the person is told' : undefined;
}

function denialRefusal(state: RequestState, reason: DenialReason, { law, today, answeredSince }: JudgedOn): string | undefined {
  const denial = law.answers.denials.find((one) => one.reason === reason);
  if (!denial) return `'${reason}' is no reason to deny a request`;
  if (denial.kinds !== 'all' && !denial.kinds.includes(state.kind))
    return `'${reason}' is no reason to deny a request of kind ${state.kind}`;
  const isSure = isAtLeast(state.level, state.needed);
  switch (reason) {
    case 'identity-not-verified':
      return isSure ? `the identity behind request ${state.id} is ${state.level}, which is enough for ${state.kind}` : undefined;
    case 'agent-not-authorised':
      return isAgentEnough(state) ? `request ${state.id} has no agent whose authority is missing` : undefined;
    case 'household-not-verified':
      return isHouseholdEnough(state) ? `request ${state.id} is about no household with members who are not verified` : undefined;
    case 'no-match':
      if (!isSure)
        return `that nobody is known is told only to whom has shown who they are; deny request ${state.id} as identity-not-verified`;
      return state.customer === null ? undefined : `request ${state.id} is about somebody who is known`;
    case 'no-automated-decision':
      if (!isSure) return `what was decided is told only to whom has shown who they are; deny request ${state.id} as identity-not-verified`;
      return state.referred && !involvesPerson(state.referred.automation)
        ? `a decision taken without a person is before counsel as ${state.referred.review}`
        : undefined;
    case 'no-significant-effect':
      if (!isSure) return `what was decided is told only to whom has shown who they are; deny request ${state.id} as identity-not-verified`;
      if (!state.referred) return `no decision is before counsel; refer request ${state.id}, or deny it as no-automated-decision`;
      return state.referred.isSignificant === 'yes'
        ? `a decision for ${state.referred.purpose} has a legal or similarly significant effect; ${state.referred.review} is owed an answer`
        : undefined;
    case 'right-not-given':
      return state.regimes.length > 0
        ? `${state.regimes.join(', ')} ${state.regimes.length === 1 ? 'gives' : 'give'} the right that request ${state.id} is about`
        : undefined;
    case 'outside-jurisdiction':
      if (state.regimes.length > 0) return `request ${state.id} is about somebody whom ${state.regimes.join(', ')} protects`;
      return state.residence === '' ? `nobody has said where the person of request ${state.id} lives` : undefined;
    case 'too-many-requests': {
      if (!isSure) return `requests are counted by person; who asks in request ${state.id} is not verified`;
      const limit = law.frequency(state.kind, state.regimes, today);
      if (!limit) return `the laws of request ${state.id} do not all let requests of kind ${state.kind} be refused for their number`;
      const before = answeredSince(limit.since);
      return before >= limit.requests
        ? undefined
        : `${before} of ${limit.requests} were answered since ${limit.since}; request ${state.id} is owed an answer`;
    }
    default:
      // What says something about data says that there are some.
      return isSure
        ? undefined
        : reason === 'suspected-fraud' || reason === 'manifestly-unfounded' || reason === 'appeal-unfounded'
          ? undefined
          : `'${reason}' tells that the person is known; who asks in request ${state.id} is not verified`;
  }
}
