/** Where a request stands, in figures and in words. Reads nothing but the request. */
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import type { RequestSummary } from './request-interface.ts';
import type { RequestState } from './request.ts';

/** @param today ISO date */
export function summaryOf(state: RequestState, today: string): RequestSummary {
  const isOpen = state.answeredAt === null;
  const left = (dayOfIsoDate(state.respondBy) ?? 0) - (dayOfIsoDate(today) ?? 0);
  return {
    id: state.id,
    kind: state.kind,
    status: state.status,
    manner: state.manner,
    receivedAt: state.receivedAt,
    residence: state.residence,
    level: state.level,
    needed: state.needed,
    confirmBy: state.clocks.confirm?.due ?? null,
    isConfirmed: state.confirmedAt !== null,
    respondBy: state.respondBy,
    daysLeft: isOpen ? left : null,
    isOverdue: isOpen && left < 0,
  };
}

/**
 * What is to be done now.
 * @param signed review that counsel has decided, of a request for human review
 */
export function nextOf(state: RequestState, signed: string | undefined): string {
  if (state.status === 'awaiting-identity') {
    return `verify who asks (${state.needed} is needed for ${state.kind}), or deny it as identity-not-verified by ${state.respondBy}`;
  }
  if (state.status === 'awaiting-sinks') return 'recipients have still to acknowledge; follow it';
  if (state.status !== 'in-progress')
    return state.status === 'denied'
      ? 'write to the person; an appeal opens a request of its own'
      : 'write to the person; nothing else is to be done';
  if (state.kind === 'human-review') {
    if (signed !== undefined && state.referred)
      return `counsel has decided ${signed}: fulfil it, which carries that out, by ${state.respondBy}`;
    return state.referred
      ? `counsel decides ${state.referred.review}, which ends it, by ${state.respondBy}`
      : `no decision about the person is on record: refer another one, or deny it as no-automated-decision, by ${state.respondBy}`;
  }
  const answers = state.kind === 'access' || state.kind === 'know' || state.kind === 'port';
  if (answers && !state.exported) return `export the answer and hand it over, then fulfil it, by ${state.respondBy}`;
  return `fulfil it by ${state.respondBy}`;
}
