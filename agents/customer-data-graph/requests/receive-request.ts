/** What a request has to say when it comes in, and what the law makes of it on that day. Judges who asks in no way. */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import { parseIsoInstant } from '../../../skills/signal-capture/core/civil-date.ts';
import type { RecordPlace } from '../record/record-interface.ts';
import { mostText, requireOneOf } from './asked-text.ts';
import { checkCorrections } from './carry-out-erasure.ts';
import { claimedIdentity } from './claimed-identity.ts';
import { clocksOf } from './request-clocks.ts';
import type { ReceiveRequest } from './request-interface.ts';
import { manners, refusablePurposes, requestKinds } from './request-kinds.ts';
import type { RequestLaw } from './request-law.ts';
import { requirePlace } from './request-times.ts';
import type { Received } from './request.ts';

const mostClaims = 20;

export interface ReceivingPlace {
  readonly law: () => Promise<RequestLaw>;
  readonly nowMs: number;
  readonly holidays: Parameters<typeof clocksOf>[3];
  readonly days: Parameters<typeof clocksOf>[4];
}

/** @throws {CohortiumError} ARGUMENT_INVALID, which names what is wrong */
export async function receivedOf(asked: ReceiveRequest, at: ReceivingPlace): Promise<Received> {
  const { law, nowMs, holidays, days } = at;
  const { kind, claims, residence = '', purposes = [], corrections = [], appealOf = null } = asked;
  requireOneOf(kind, requestKinds, 'kind of request');
  requireOneOf(asked.manner, manners, 'manner');
  for (const purpose of purposes) requireOneOf(purpose, refusablePurposes, 'purpose');
  if (claims.length === 0 && kind !== 'appeal')
    throw new CohortiumError('ARGUMENT_INVALID', 'a request needs at least one identity that it is about');
  if (claims.length > mostClaims)
    throw new CohortiumError('ARGUMENT_INVALID', `at most ${mostClaims} identities were expected; found ${claims.length}`);
  if ((kind === 'opt-out' || kind === 'opt-in') && purposes.length === 0)
    throw new CohortiumError('ARGUMENT_INVALID', `${kind} needs the purposes that it is about, such as sale`);
  if (kind === 'correct' && corrections.length === 0)
    throw new CohortiumError('ARGUMENT_INVALID', 'correct needs what is to be corrected, such as city=Lyon');
  if ((kind === 'appeal') !== (appealOf !== null))
    throw new CohortiumError('ARGUMENT_INVALID', 'an appeal, and only an appeal, names the request that it is about');
  if (kind !== 'human-review' && (asked.decision !== undefined || asked.view !== undefined))
    throw new CohortiumError('ARGUMENT_INVALID', 'a decision and a view of it go with human-review alone');
  if (asked.decision && !isPlace(asked.decision))
    throw new CohortiumError('ARGUMENT_INVALID', 'decision: the place of a record was expected, such as 12/3');
  requirePlace(residence);
  checkCorrections(corrections);
  if (asked.householdMembers !== undefined && !(asked.householdMembers >= 2))
    throw new CohortiumError('ARGUMENT_INVALID', 'a household has two members or more');
  const day = new Date(arrivalOf(asked.receivedAt, nowMs)).toISOString().slice(0, 10);
  const known = await law();
  const basis = known.givenBy(kind, residence, day);
  return {
    kind,
    manner: asked.manner,
    claims: [...new Set(claims.map(claimedIdentity))],
    residence: residence.trim().toUpperCase(),
    regimes: basis.map(({ regime }) => regime),
    clocks: clocksOf(kind, day, basis, holidays, days),
    needed: known.levelFor(kind),
    purposes: [...new Set(purposes)],
    corrections,
    agent: asked.agent ?? null,
    household: asked.householdMembers === undefined ? null : { members: asked.householdMembers, verified: 0 },
    ...(kind === 'human-review'
      ? { contest: { decision: asked.decision ?? null, view: asked.view?.trim().slice(0, mostText) ?? '' } }
      : {}),
    appealOf,
    origin: asked.origin ?? null,
    contact: asked.contact?.slice(0, mostText) ?? null,
  };
}

/**
 * @param nowMs milliseconds since 1970
 * @returns when a request came in, likewise
 * @throws {CohortiumError} ARGUMENT_INVALID for what is no instant, or ahead
 */
export function arrivalOf(receivedAt: string | undefined, nowMs: number): number {
  if (receivedAt === undefined) return nowMs;
  const day = dayOfIsoDate(receivedAt);
  const instant = day === undefined ? parseIsoInstant(receivedAt) : day * 86_400_000;
  if (instant === undefined || instant > nowMs) {
    throw new CohortiumError('ARGUMENT_INVALID', `received: an ISO date or instant that is not ahead was expected; found '${receivedAt}'`);
  }
  return instant;
}

function isPlace({ index, item }: RecordPlace): boolean {
  return Number.isInteger(index) && index >= 0 && (item === null || (Number.isInteger(item) && item >= 0 && item < 256));
}
