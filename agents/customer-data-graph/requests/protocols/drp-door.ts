/**
 * The Data Rights Protocol: authorised agents set up a token by a signed message, send signed requests, ask how they stand, and take
 * them back. A request is never more than received here: what is done about it, people decide. No identity of anybody is logged.
 * @see https://github.com/consumer-reports-innovation-lab/data-rights-protocol, version 0.9.4
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

import { z } from 'zod';

import type { DrpAgent } from '../../../../registries/requesters/requester.ts';
import { isPlaceCode } from '../../../../skills/gate/core/jurisdiction.ts';
import { isCohortiumError, type Json } from '../../../../skills/sdk/index.ts';
import { requirePublicUrl } from '../../../adapters/webhook/post-callback.ts';
import type { RequestAnswers } from '../answers-file.ts';
import type { ReceiveRequest, RequestState, VerifyRequest } from '../request-interface.ts';
import { isAgentEnough } from '../request.ts';
import type { CallLimits } from './call-limits.ts';
import type { PartnerDoor } from './partner-door.ts';
import type { ProtocolAnswer, ProtocolCall, ProtocolDoor } from './protocol-interface.ts';
import { envelopeSchema, messageDigest, openMessage, verifiedJson } from './signed-message.ts';

/** Versions whose messages are read; they differ in documents of the directory only. */
const versions: ReadonlySet<string> = new Set(['0.9.1', '0.9.2', '0.9.3', '0.9.4', '1.0', '1.0.0']);

const mostSetUps = 10;
const mostCalls = 120;

const exerciseSchema = envelopeSchema.extend({
  'agent-request-id': z.string().min(1).max(200).optional(),
  exercise: z.string(),
  regime: z.string().optional(),
  relationships: z.array(z.string().max(200)).max(50).optional(),
  status_callback: z.string().max(2000).optional(),
  name: z.string().max(300).optional(),
  email: z.string().max(320).optional(),
  email_verified: z.boolean().optional(),
  phone_number: z.string().max(80).optional(),
  phone_number_verified: z.boolean().optional(),
  address: z.looseObject({ region: z.string().max(100).optional(), country: z.string().max(100).optional() }).optional(),
  address_verified: z.boolean().optional(),
  power_of_attorney: z.string().max(2000).optional(),
});
type Exercise = z.infer<typeof exerciseSchema>;

/** The protocol writes both forms of opting out and in. */
const actions: Readonly<Record<string, Pick<ReceiveRequest, 'kind' | 'purposes'>>> = {
  'sale:opt_out': { kind: 'opt-out', purposes: ['sale', 'sharing'] },
  'sale:opt-out': { kind: 'opt-out', purposes: ['sale', 'sharing'] },
  'sale:opt_in': { kind: 'opt-in', purposes: ['sale', 'sharing'] },
  'sale:opt-in': { kind: 'opt-in', purposes: ['sale', 'sharing'] },
  deletion: { kind: 'erase' },
  access: { kind: 'access' },
  'access:categories': { kind: 'know' },
  'access:specific': { kind: 'access' },
};

export interface DrpParts {
  readonly businessId: string;
  readonly verificationUrl: string | undefined;
  readonly agents: () => readonly DrpAgent[];
  readonly requests: PartnerDoor;
  readonly answers: () => RequestAnswers;
  /** Digests of tokens by agent, newest last; a digest seen before. */
  readonly keep: {
    readonly tokens: (agent: string) => readonly string[];
    readonly addToken: (agent: string, digest: string) => void;
    /** False where it was seen before. */
    readonly firstSeen: (digest: string, expiresMs: number) => boolean;
  };
  readonly limits: CallLimits;
  readonly nowMs: () => number;
  readonly allowPrivate: boolean;
  /** Told of a refusal, for the operator: which partner, and which check failed. */
  readonly refused: (partner: string, fault: string) => void;
}

export function drpDoor(parts: DrpParts): NonNullable<ProtocolDoor['drp']> {
  const { businessId, requests, keep, limits, nowMs } = parts;

  const agentOf = (bearer: string | undefined): DrpAgent | undefined => {
    if (bearer === undefined) return undefined;
    const digest = Buffer.from(digestOfText(bearer), 'hex');
    return parts.agents().find(({ id }) => keep.tokens(id).some((known) => timingSafeEqual(Buffer.from(known, 'hex'), digest)));
  };

  const setUp = ({ id, body }: ProtocolCall): ProtocolAnswer => {
    const agent = parts.agents().find(({ agentId }) => agentId === id);
    // Unknown agents are counted as one, so that names cannot be tried.
    if (!limits.admit(agent ? `setup ${agent.id}` : 'setup of nobody', mostSetUps)) return limited();
    const opened = agent && openMessage(body, { agentId: agent.agentId, verifyKey: agent.verifyKey, businessId, nowMs: nowMs() });
    if (!agent || !opened?.ok || !keep.firstSeen(messageDigest(body), opened.expiresMs)) {
      parts.refused(agent?.id ?? 'unknown', opened && !opened.ok ? opened.fault : agent ? 'replay' : 'agent');
      return { status: 403, headers: {}, body: null };
    }
    const token = randomBytes(32).toString('base64url');
    keep.addToken(agent.id, digestOfText(token));
    return answer(200, { 'agent-id': agent.agentId, token });
  };

  const exercise = async (agent: DrpAgent, body: string): Promise<ProtocolAnswer> => {
    const opened = openMessage(body, { agentId: agent.agentId, verifyKey: agent.verifyKey, businessId, nowMs: nowMs() });
    if (!opened.ok) {
      parts.refused(agent.id, opened.fault);
      return fault(
        opened.fault === 'content' || opened.fault === 'encoding' ? 400 : 403,
        'The message does not hold: signature, agent, business or time.',
        true,
      );
    }
    const version = opened.content['drp.version'];
    if (version !== undefined && !versions.has(version)) return fault(400, 'This version of the protocol is not spoken here.', true);
    const parsed = exerciseSchema.safeParse(opened.content);
    if (!parsed.success)
      return fault(
        400,
        `These fields are not as the protocol has them: ${[...new Set(parsed.error.issues.map(({ path }) => String(path[0])))].join(', ')}.`,
        true,
      );
    const asked = receivedOf(parsed.data, agent);
    if (typeof asked === 'string') return fault(400, asked, true);
    // Checked last, so that a message which was refused for its form can be sent again.
    if (!keep.firstSeen(messageDigest(body), opened.expiresMs)) {
      parts.refused(agent.id, 'replay');
      return fault(403, 'This message was used before.', true);
    }
    try {
      const { id } = await requests.receive(asked, `drp:${agent.id}`);
      await vouchFor(id, parsed.data, agent);
      return answer(200, await statusOf(id));
    } catch (error) {
      if (isCohortiumError(error) && error.code === 'ARGUMENT_INVALID')
        return fault(400, 'The identity is not in a form that is known here.', true);
      throw error;
    }
  };

  /** An agent that the operator trusts has looked at the person, and says how. It vouches for the identities that it has verified alone. */
  const vouchFor = async (id: string, said: Exercise, agent: DrpAgent): Promise<void> => {
    if (agent.trust === 'unverified') return;
    const verified = [
      ...(said.email_verified === true ? emailClaim(said) : []),
      ...(said.phone_number_verified === true ? phoneClaim(said) : []),
    ];
    const [customer] = verified;
    if (customer === undefined) return;
    const points = agent.trust === 'reasonable' ? 2 : 3;
    const verification: VerifyRequest = {
      evidence: { method: 'protocol', points, isDeclared: false, note: `attested by ${agent.name}: ${verified.length} verified` },
      // With both verified, all claims are; with one, the other may be somebody else's.
      ...(verified.length === claimsOf(said).length ? {} : { customer }),
    };
    await requests.verify(id, verification, `drp:${agent.id}`);
  };

  const statusOf = async (id: string): Promise<Json> => {
    const { state } = await requests.show(id);
    return drpStatus(state, parts.answers(), parts.verificationUrl);
  };

  /** @returns the request where it is the agent's own */
  const ownRequest = async (agent: DrpAgent, id: string): Promise<RequestState | undefined> => {
    try {
      const { state } = await requests.show(id);
      return state.origin?.protocol === 'drp' && state.origin.partner === agent.id ? state : undefined;
    } catch (error) {
      if (isCohortiumError(error) && error.code === 'REQUEST_NOT_FOUND') return undefined;
      throw error;
    }
  };

  return {
    agents: async (call) => {
      if (call.method === 'POST') return setUp(call);
      const agent = agentOf(call.bearer);
      if (!limits.admit(agent ? `calls ${agent.id}` : 'calls of nobody', mostCalls)) return limited();
      return agent?.agentId === call.id ? answer(200, {}) : fault(403, 'The token is not of this agent.', false);
    },
    requests: async (call) => {
      const agent = agentOf(call.bearer);
      if (!limits.admit(agent ? `calls ${agent.id}` : 'calls of nobody', mostCalls)) return limited();
      if (!agent) return fault(401, 'A bearer token of the pair-wise key setup was expected.', false);
      if (call.method === 'POST')
        return call.id === '' ? exercise(agent, call.body) : fault(404, 'Requests are sent without an id.', false);
      const state = await ownRequest(agent, call.id);
      // Whether there is one of somebody else is nobody's business.
      if (!state) return fault(403, 'There is no such request of this agent.', false);
      if (call.method === 'GET') return answer(200, await statusOf(state.id));
      const signed = verifiedJson(call.body, agent.verifyKey);
      const reason = signed.ok ? z.strictObject({ reason: z.string().max(2000).optional() }).safeParse(signed.json) : undefined;
      if (!reason?.success) return fault(403, 'A signed message with a reason was expected.', false);
      try {
        await requests.withdraw(state.id, reason.data.reason ?? '', `drp:${agent.id}`);
      } catch (error) {
        if (isCohortiumError(error) && error.code === 'REQUEST_REFUSED') return fault(409, 'The request is answered already.', false);
        throw error;
      }
      return answer(200, await statusOf(state.id));
    },
  };

  /** @returns what is wrong, in words, where it cannot be one */
  function receivedOf(said: Exercise, agent: DrpAgent): ReceiveRequest | string {
    const action = actions[said.exercise];
    if (!action) return `Unsupported rights actions submitted; supported are ${Object.keys(actions).join(', ')}.`;
    if (said.regime !== undefined && said.regime !== 'ccpa')
      return 'The regimes of this protocol are ccpa, and none for a voluntary request.';
    const claims = claimsOf(said);
    if (claims.length === 0) return 'An email or a phone_number was expected: by these people are known here.';
    if (said.status_callback !== undefined) {
      try {
        requirePublicUrl(said.status_callback, parts.allowPrivate);
      } catch {
        return 'status_callback: a public https address was expected.';
      }
    }
    return {
      ...action,
      manner: 'drp',
      claims,
      residence: said.regime === 'ccpa' ? 'US-CA' : placeOf(said.address),
      agent: {
        name: agent.name,
        proof: said.power_of_attorney === undefined ? 'signed-permission' : 'power-of-attorney',
        isConfirmed: false,
      },
      origin: {
        protocol: 'drp',
        partner: agent.id,
        reference: said['agent-request-id'] ?? null,
        callbacks: said.status_callback === undefined ? [] : [said.status_callback],
      },
    };
  }
}

function emailClaim({ email }: Exercise): readonly string[] {
  return email === undefined ? [] : [`email:${email}`];
}

function phoneClaim({ phone_number: phone }: Exercise): readonly string[] {
  return phone === undefined ? [] : [`phone:${phone}`];
}

function claimsOf(said: Exercise): readonly string[] {
  return [...emailClaim(said), ...phoneClaim(said)];
}

function placeOf(address: Exercise['address']): string {
  const { country = '', region = '' } = address ?? {};
  return [`${country}-${region}`, country].find(isPlaceCode)?.toUpperCase() ?? '';
}

/** How a request stands, in the words of the protocol. @see Data Rights Protocol, sections 3.02 and 3.03 */
export function drpStatus(state: RequestState, answers: RequestAnswers, verificationUrl: string | undefined): Json {
  const base = {
    request_id: state.id,
    received_at: state.receivedAt,
    expected_by: `${state.respondBy}T23:59:59Z`,
    ...(state.origin?.reference === null || state.origin === null ? {} : { agent_request_id: state.origin.reference }),
  };
  switch (state.status) {
    case 'awaiting-identity': {
      const details = isAgentEnough(state)
        ? 'We have to know better who asks.'
        : 'The person has to confirm to us that the agent may ask, or give a power of attorney.';
      return verificationUrl === undefined
        ? { ...base, status: 'in_progress', processing_details: details }
        : {
            ...base,
            status: 'in_progress',
            reason: 'need_user_verification',
            user_verification_url: `${verificationUrl}${verificationUrl.includes('?') ? '&' : '?'}request_id=${state.id}`,
            processing_details: details,
          };
    }
    case 'in-progress':
      return { ...base, status: 'in_progress', ...(state.extension ? { processing_details: state.extension.reason } : {}) };
    case 'awaiting-sinks':
      return { ...base, status: 'in_progress', processing_details: 'Carried out here; recipients have still to confirm.' };
    case 'fulfilled':
      return { ...base, status: 'fulfilled' };
    case 'partly-fulfilled':
      return { ...base, status: 'fulfilled', processing_details: 'In part; the person was told what was kept, and why.' };
    case 'withdrawn':
      return { ...base, status: 'revoked' };
    case 'duplicate':
      return { ...base, status: 'denied', reason: 'other', processing_details: 'The same was asked for before, and is answered there.' };
    default: {
      const denial = answers.denials.find(({ reason }) => reason === state.denial?.reason);
      return { ...base, status: 'denied', reason: denial?.drp ?? 'other', processing_details: denial?.says ?? '' };
    }
  }
}

function answer(status: number, body: Json): ProtocolAnswer {
  return { status, headers: {}, body: JSON.stringify(body) };
}

/** @see Data Rights Protocol, section 3.06 */
function fault(status: number, message: string, isFatal: boolean): ProtocolAnswer {
  return answer(status, { code: String(status), message, ...(isFatal ? { fatal: true } : {}) });
}

function limited(): ProtocolAnswer {
  return { ...fault(429, 'Too many calls within a minute.', false), headers: { 'retry-after': '60' } };
}

function digestOfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
