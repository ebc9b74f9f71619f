/**
 * Requests of persons: received, verified, extended, denied, carried out, logged. Every step is judged by the law first, is a record of
 * the ledger next, and stands in the working table last, so that nothing is done that is not on record. Tells whoever asks nothing
 * about anybody before they have shown who they are.
 */
import { randomUUID } from 'node:crypto';

import { CohortiumError, digestOf, isCohortiumError, type Json } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import type { CallContext } from '../call-context.ts';
import { readPerson } from '../govern/models/people.ts';
import type { Workspace } from '../workspace.ts';
import { denialReasons, readAnswers } from './answers-file.ts';
import { mostText, requireOneOf, textOf } from './asked-text.ts';
import { carryOut, type CarryingDoors, followSinks, previewOf } from './carry-out.ts';
import { claimedIdentity } from './claimed-identity.ts';
import { nextOf, summaryOf } from './describe-request.ts';
import { exportRequest, fetchAnswer } from './export/export-request.ts';
import type { AnswerDoors } from './export/gather-answer.ts';
import { contestedDecision } from './human-review/contested-decision.ts';
import { decisionOn, openCase, signedCase, waitingCase, withdrawCase } from './human-review/counsel-case.ts';
import { extendableTo, type JudgedOn, levelOf, referralRefusal, refusalOf } from './judge-request.ts';
import { letterOf } from './letters.ts';
import { logRowOf, metricsOf } from './measure-requests.ts';
import { openProtocols } from './protocols/open-protocols.ts';
import type { ProtocolDoor } from './protocols/protocol-interface.ts';
import { arrivalOf, receivedOf } from './receive-request.ts';
import { clocksOf } from './request-clocks.ts';
import type { RequestDetail, RequestDoor, VerifyRequest } from './request-interface.ts';
import { type RequestLaw, requestLaw } from './request-law.ts';
import { deadlinesAt, purgeRequests } from './request-times.ts';
import {
  answerKindOf,
  finalStatuses,
  isIdentityEnough,
  requestAfter,
  type RequestState,
  type RequestStep,
  type ReviewedDecision,
  type TakenStep,
} from './request.ts';

/** Who takes a step that no person has to answer for: receiving, and following recipients. */
export const agentItself = 'agent';

/** @param doors of the agent that this one works through; asked for when they are needed */
export function requestDoor(workspace: Workspace, doors: () => AnswerDoors & Omit<CarryingDoors, 'now' | 'decisionOn'>): RequestDoor {
  const { clock, config } = workspace;
  const today = (): string => new Date(clock.now()).toISOString().slice(0, 10);
  const { requests: settings } = config;
  const holidays = config.gate.counsel.holidays;
  const store = () => workspace.requests();
  const carrying = (): CarryingDoors => {
    const { consents, capture, erasure } = doors();
    return { consents, capture, erasure, now: () => new Date(clock.now()).toISOString(), decisionOn: (id) => decisionOn(workspace, id) };
  };

  const law = async (): Promise<RequestLaw> => {
    const { bundle } = await workspace.policies().session();
    return requestLaw(bundle.law, bundle.stated, readAnswers(), settings.identity);
  };

  /** @throws {CohortiumError} PERSON_NOT_FOUND, REQUEST_REFUSED */
  const requireHandler = (by: string): void => {
    const person = readPerson(workspace.paths, by);
    if (person.roles.some((role) => settings.handle.includes(role))) return;
    throw new CohortiumError(
      'REQUEST_REFUSED',
      `${by} acts as ${person.roles.join(', ') || 'nobody'}; requests are handled by ${settings.handle.join(', ')}`,
    );
  };

  const take = async (
    id: string,
    steps: readonly TakenStep[],
    step: RequestStep,
    by: string,
    atMs = clock.now(),
  ): Promise<RequestState> => {
    const at = new Date(atMs).toISOString();
    const place = steps.length;
    // Plain data; the types of steps hold nothing else.
    const body = { request: id, place, at, by, step: step as unknown as Json };
    const [written] = await workspace
      .records()
      // Sealed for the request and not for the customer: until it is verified nobody knows whose it is, and its log outlives an erasure.
      .write([{ kind: 'request', stream: `${id} ${place}`, subject: `request:${id}`, body }], `request ${id} ${place} ${digestOf(body)}`);
    const taken: TakenStep = { place, at, by, step, record: written?.index ?? -1 };
    store().take(id, taken);
    return requestAfter(id, [...steps, taken]);
  };

  /** Judges a step, and takes it. */
  const act = async (id: string, step: RequestStep, by: string): Promise<RequestState> => {
    const state = store().one(id);
    allow(refusalOf(state, step, judgedOn(state, await law())));
    return take(id, state.steps, step, by);
  };

  const judgedOn = (state: RequestState, known: RequestLaw): JudgedOn => ({
    law: known,
    today: today(),
    answeredSince: answeredSince(state),
    signed: state.kind === 'human-review' ? signedCase(workspace, state.id)?.id : undefined,
  });

  const byPerson = async (id: string, step: RequestStep, by: string): Promise<RequestDetail> => {
    requireHandler(by);
    return detail(await act(id, step, by));
  };

  const answeredSince =
    (state: RequestState) =>
    (day: string): number =>
      store()
        .all()
        .filter(
          (other) =>
            other.id !== state.id &&
            other.kind === state.kind &&
            other.customer !== null &&
            other.customer === state.customer &&
            (other.status === 'fulfilled' || other.status === 'partly-fulfilled' || other.status === 'awaiting-sinks') &&
            (other.answeredAt ?? '').slice(0, 10) >= day,
        ).length;

  const detail = async (state: RequestState): Promise<RequestDetail> => {
    const known = await law();
    const day = state.receivedAt.slice(0, 10);
    const basis = known.givenBy(state.kind, state.residence, day).filter(({ regime }) => state.regimes.includes(regime));
    const judged = judgedOn(state, known);
    const appeal = known.givenBy('appeal', state.residence, day).map(({ regime, deadlines }) => ({ regime, deadlines }));
    const appealClocks = appeal.length === 0 ? null : clocksOf('appeal', today(), appeal, holidays, settings.days);
    return {
      ...summaryOf(state, today()),
      state,
      basis: basis.map(({ regime, title, citation, hangsOn }) => ({ regime, title, citation, hangsOn })),
      alike: alike(state),
      extendableTo: extendableTo(state, today()),
      deniableAs: denialReasons.filter((reason) => refusalOf(state, { kind: 'denied', reason, basis: [], note: '' }, judged) === undefined),
      letter: letterOf(state, {
        merchant: config.merchant,
        config: settings,
        answers: known.answers,
        appealDue: appealClocks?.respond.due ?? null,
      }),
      next: nextOf(state, judged.signed),
    };
  };

  const alike = (state: RequestState): readonly string[] =>
    store()
      .all()
      .filter(
        (other) =>
          other.id !== state.id &&
          other.kind === state.kind &&
          !finalStatuses.has(other.status) &&
          other.claims.some((claim) => state.claims.includes(claim)),
      )
      .map(({ id }) => id);

  /** Whose evidence it is: one of the claims that the log knows. Null where it knows none. */
  const customerOf = async (claims: readonly string[], signal: AbortSignal): Promise<string | null> => {
    for (const claim of claims) {
      try {
        return (await doors().graph.customer(claim, undefined, { signal })).customerId;
      } catch (error) {
        // An identity that is none to the graph is nobody's.
        if (!isCohortiumError(error) || (error.code !== 'CUSTOMER_NOT_FOUND' && error.code !== 'ARGUMENT_INVALID')) throw error;
      }
    }
    return null;
  };

  const verify = async (id: string, verification: VerifyRequest, by: string, signal: AbortSignal): Promise<RequestDetail> => {
    const { evidence, customer, agent, householdVerified } = verification;
    const state = store().one(id);
    if (!Number.isInteger(evidence.points) || evidence.points < 0 || evidence.points > 50) {
      throw new CohortiumError(
        'ARGUMENT_INVALID',
        `points of data that agreed: a whole number from 0 to 50 was expected; found ${evidence.points}`,
      );
    }
    const level = levelOf(evidence);
    const household =
      state.household && householdVerified !== undefined ? { ...state.household, verified: householdVerified } : state.household;
    const step: RequestStep = {
      kind: 'verified',
      level,
      evidence: { ...evidence, note: evidence.note.slice(0, mostText) },
      // Below what is needed nobody is looked up, so that no later step can tell.
      customer:
        level === 'unverified' ? null : await customerOf(customer === undefined ? state.claims : [claimedIdentity(customer)], signal),
      agent: agent ?? state.agent,
      household,
    };
    const verified = await act(id, step, by);
    return detail(verified.referred ? verified : ((await refer(verified, by)) ?? verified));
  };

  /** Undefined where there is nothing to refer: another kind, somebody who is not known well enough, or no decision on record. */
  const refer = async (state: RequestState, by: string, named = state.contest?.decision ?? null): Promise<RequestState | undefined> => {
    if (state.kind !== 'human-review' || state.status !== 'in-progress' || state.customer === null) return undefined;
    const decision = await contestedDecision(workspace.records(), state.customer, named);
    if (!decision) return undefined;
    const { id: review } = await openCase(workspace, state, decision);
    const { place, purpose, sink, outcome, automation, isSignificant } = decision;
    return act(state.id, { kind: 'referred', review, decision: place, purpose, sink, outcome, automation, isSignificant }, by);
  };

  /** What is damaged decides nothing, and keeps no other request from its end; who fulfils this one is told. */
  const wholeDecisionOn = (id: string): ReviewedDecision | undefined => {
    try {
      return decisionOn(workspace, id);
    } catch (error) {
      if (isCohortiumError(error) && error.code === 'PRECEDENT_DAMAGED') return undefined;
      throw error;
    }
  };

  const withdraw = async (id: string, note: string, by: string): Promise<RequestDetail> =>
    detail(await ended(await act(id, { kind: 'withdrawn', note: note.slice(0, mostText) }, by)));

  /** Counsel is not left with the case of a request that ended without it. */
  const ended = async (state: RequestState): Promise<RequestState> => {
    if (state.referred) await withdrawCase(workspace, state.id, `request ${state.id} is ${state.status}`);
    return state;
  };

  /** Carries out what may be, and takes the step. */
  const carriedOut = async (state: RequestState, by: string, context?: CallContext): Promise<RequestState> => {
    const outcome = await carryOut(carrying(), state, by, context);
    return act(state.id, { kind: 'carried-out', outcome }, by);
  };

  const door: Omit<RequestDoor, 'protocols'> = {
    receive: async (asked, by = agentItself) => {
      const received = await receivedOf(asked, { law, nowMs: clock.now(), holidays, days: settings.days });
      if (received.appealOf !== null) {
        const appealed = store().one(received.appealOf);
        if (appealed.status !== 'denied' && appealed.status !== 'partly-fulfilled') {
          throw new CohortiumError(
            'REQUEST_REFUSED',
            `request ${appealed.id} is ${appealed.status}; only what was denied, in whole or in part, is appealed`,
          );
        }
      }
      const id = `req-${randomUUID()}`;
      const state = await take(id, [], { kind: 'received', received }, by, arrivalOf(asked.receivedAt, clock.now()));
      const { confirm, respond } = state.clocks;
      return { id, kind: state.kind, receivedAt: state.receivedAt, confirmBy: confirm?.due ?? null, respondBy: respond.due };
    },
    list: async (which) =>
      store()
        .all()
        .filter(({ status }) => which === 'all' || !finalStatuses.has(status))
        .map((state) => summaryOf(state, today())),
    show: async (id) => detail(store().one(id)),
    referred: async (partner, reference) => store().referred(partner, reference),
    confirm: (id, by) => byPerson(id, { kind: 'confirmed' }, by),
    ask: (id, note, by) => byPerson(id, { kind: 'asked', note: textOf(note, 'what is asked for') }, by),
    verify: async (id, verification, by, { signal = new AbortController().signal } = {}) => {
      requireHandler(by);
      return verify(id, verification, by, signal);
    },
    extend: async (id, reason, by, until) => {
      const state = store().one(id);
      return byPerson(id, { kind: 'extended', until: until ?? state.clocks.extended?.due ?? '', reason: textOf(reason, 'a reason') }, by);
    },
    deny: async (id, reason, note, by) => {
      requireHandler(by);
      requireOneOf(reason, denialReasons, 'reason to deny');
      const known = await law();
      const state = store().one(id);
      const limit = reason === 'too-many-requests' ? known.frequency(state.kind, state.regimes, today()) : undefined;
      const basis = limit ? state.regimes.map((regime) => ({ regime, citation: limit.citation })) : known.basisOf(reason, state.regimes);
      const denied = await act(id, { kind: 'denied', reason, basis, note: note.slice(0, mostText) }, by);
      return detail(await ended(denied));
    },
    withdraw: async (id, note, by) => {
      requireHandler(by);
      return withdraw(id, note, by);
    },
    refer: async (id, by, decision) => {
      requireHandler(by);
      const state = store().one(id);
      allow(referralRefusal(state, judgedOn(state, await law())));
      const waiting = waitingCase(workspace, id);
      if (waiting && state.referred) throw new CohortiumError('REQUEST_REFUSED', `request ${id} is before counsel as ${waiting.id}`);
      const referred = await refer(state, by, decision);
      if (referred) return detail(referred);
      throw new CohortiumError(
        'REQUEST_REFUSED',
        `no such decision about the person of request ${id} is on record; name another one, or deny it as no-automated-decision`,
      );
    },
    endDecided: async (context) => {
      const decided: string[] = [];
      for (const state of store().all()) {
        if (state.kind !== 'human-review' || state.status !== 'in-progress' || !state.referred) continue;
        const reviewed = wholeDecisionOn(state.id);
        // In the name of whoever decided last: they signed what ends it.
        if (!reviewed) continue;
        await carriedOut(state, reviewed.by.at(-1)?.person ?? agentItself, context);
        decided.push(state.id);
      }
      return decided;
    },
    closeAsDuplicate: async (id, of, by) => {
      const other = store().one(of);
      const state = store().one(id);
      if (other.id === id || other.kind !== state.kind || other.customer === null || other.customer !== state.customer) {
        throw new CohortiumError('REQUEST_REFUSED', `request ${of} is not one of the same kind by the same verified person`);
      }
      requireHandler(by);
      return detail(await ended(await act(id, { kind: 'closed-as-duplicate', of }, by)));
    },
    preview: async (id, context) => previewOf(carrying(), store().one(id), context),
    fulfil: async (id, by, context) => {
      requireHandler(by);
      const state = store().one(id);
      if (finalStatuses.has(state.status) || (!isIdentityEnough(state) && answerKindOf(state) === null)) {
        // The judge says why, before anything is done.
        await act(id, { kind: 'carried-out', outcome: { done: [], kept: [], sinks: [], records: [], document: null } }, by);
      }
      if (state.kind === 'appeal' && state.appealOf !== null) {
        const appealed = store().one(state.appealOf);
        if (appealed.status === 'denied') await act(appealed.id, { kind: 'reopened', appeal: id }, by);
      }
      return detail(await carriedOut(state, by, context));
    },
    follow: async (id, context) => {
      const state = store().one(id);
      if (!state.outcome || state.outcome.sinks.length === 0) return detail(state);
      const sinks = await followSinks(carrying(), state, context);
      if (digestOf(sinks as unknown as Json) === digestOf(state.outcome.sinks as unknown as Json)) return detail(state);
      return detail(await act(id, { kind: 'acknowledged', sinks }, agentItself));
    },
    export: async (id, file, by, context) => {
      requireHandler(by);
      const state = store().one(id);
      const step = (sha256: string, bytes: number, ledgerSize: number, at: string): RequestStep => ({
        kind: 'exported',
        sha256,
        bytes,
        ledgerSize,
        at,
      });
      allow(refusalOf(state, step('', 0, 0, ''), judgedOn(state, await law())));
      if (state.kind === 'human-review' && !state.outcome?.reviewed)
        throw new CohortiumError('REQUEST_REFUSED', `request ${id} waits for what counsel decides; there is nothing to hand over yet`);
      return exportRequest(
        workspace,
        doors(),
        await detail(state),
        { file, by },
        (done) => act(id, step(done.sha256, done.bytes, done.ledgerSize, done.at), by),
        context,
      );
    },
    fetch: async (id, by, context) => {
      const state = store().one(id);
      const { exported, status } = state;
      if (!exported) throw new CohortiumError('REQUEST_REFUSED', `request ${id} was not exported; there is nothing to fetch`);
      if (status === 'denied' || status === 'withdrawn' || status === 'duplicate' || answerKindOf(state) === null)
        throw new CohortiumError('REQUEST_REFUSED', `request ${id} is ${status}; its answer does not leave`);
      const last = isoDate((dayOfIsoDate(exported.at.slice(0, 10)) ?? 0) + settings.downloadDays);
      if (today() > last)
        throw new CohortiumError('REQUEST_REFUSED', `the answer to request ${id} could be fetched until ${last}; export it into a file`);
      return fetchAnswer(workspace, doors(), await detail(state), by, context);
    },
    log: async () => store().all().map(logRowOf),
    metrics: async (year) => {
      if (!Number.isInteger(year) || year < 2000 || year > 2199)
        throw new CohortiumError('ARGUMENT_INVALID', `a year was expected; found ${year}`);
      return metricsOf(store().all(), year, today());
    },
    purge: (how) => purgeRequests(workspace, how),
    deadlines: async (received, residence) => deadlinesAt(workspace, await law(), received, residence),
  };
  let protocols: ProtocolDoor | undefined;
  return {
    ...door,
    protocols: (options) =>
      // A partner answers for what it says of a person; nobody of the registry has to.
      (protocols ??= openProtocols(
        workspace,
        { ...door, verify: (id, verification, by) => verify(id, verification, by, new AbortController().signal), withdraw },
        options,
      )),
  };
}

/** @param refusal why not, in the words of the judge */
function allow(refusal: string | undefined): void {
  if (refusal !== undefined) throw new CohortiumError('REQUEST_REFUSED', refusal);
}
