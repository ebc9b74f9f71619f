/**
 * OpenDSR (OpenCompliance, OpenGDPR): a controller that has verified a person sends requests for access, portability and erasure to
 * this processor. Every answer and callback is signed by the key of a certificate. No identity of anybody is logged, nor the request.
 * @see https://github.com/opengdpr/OpenDSR, specification 1.0
 */
import { createPrivateKey, type KeyObject, sign, timingSafeEqual, createHash } from 'node:crypto';

import { z } from 'zod';

import type { OpenDsrController } from '../../../../registries/requesters/requester.ts';
import { isCohortiumError, type Json } from '../../../../skills/sdk/index.ts';
import { requirePublicUrl } from '../../../adapters/webhook/post-callback.ts';
import type { ReceiveRequest, RequestState } from '../request-interface.ts';
import type { CallLimits } from './call-limits.ts';
import type { PartnerDoor } from './partner-door.ts';
import type { ProtocolAnswer, ProtocolCall, ProtocolDoor } from './protocol-interface.ts';

const apiVersion = '1.0';
const mostCalls = 600;

const uuid = z.string().regex(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'a lower-case UUID v4 was expected');

const requestSchema = z.looseObject({
  regulation: z.enum(['gdpr', 'ccpa']),
  subject_request_id: uuid,
  subject_request_type: z.enum(['access', 'portability', 'erasure']),
  subject_identities: z
    .array(
      z.looseObject({
        identity_type: z.string().max(100),
        identity_value: z.string().min(1).max(320),
        identity_format: z.string().max(20),
      }),
    )
    .min(1)
    .max(20),
  submitted_time: z.iso.datetime({ offset: true }),
  api_version: z.string().max(20).optional(),
  status_callback_urls: z.array(z.string().max(2000)).max(5).default([]),
});
type OpenDsrRequest = z.infer<typeof requestSchema>;

const kinds = { access: 'access', portability: 'port', erasure: 'erase' } as const;
const places = { gdpr: 'EU', ccpa: 'US-CA' } as const;

/** Identities by which people are known here. */
const identities: readonly {
  readonly identity_type: string;
  readonly identity_format: string;
  readonly claim: (value: string) => string;
}[] = [
  { identity_type: 'controller_customer_id', identity_format: 'raw', claim: (value) => `user:${value}` },
  { identity_type: 'email', identity_format: 'raw', claim: (value) => `email:${value}` },
  { identity_type: 'email', identity_format: 'sha256', claim: (value) => `email:${value.toLowerCase()}` },
];

export interface OpenDsrParts {
  readonly domain: string;
  readonly certificateUrl: string;
  /** PEM of the private key of the certificate. */
  readonly privateKey: () => string;
  readonly controllers: () => readonly (OpenDsrController & { readonly token: string })[];
  readonly requests: PartnerDoor;
  readonly limits: CallLimits;
  readonly allowPrivate: boolean;
  /** Told of a refusal, for the operator: which partner, and which check failed. */
  readonly refused: (partner: string, fault: string) => void;
}

/** Signs what is sent, in the headers of every name that the specification has had. */
export function signedHeaders(body: string, domain: string, key: KeyObject): Readonly<Record<string, string>> {
  const signature = sign('sha256', Buffer.from(body), key).toString('base64');
  return Object.fromEntries(
    ['X-OpenDSR', 'X-OpenCompliance', 'X-OpenGDPR'].flatMap((name) => [
      [`${name}-Processor-Domain`, domain],
      [`${name}-Signature`, signature],
    ]),
  );
}

export function openDsrDoor(parts: OpenDsrParts): NonNullable<ProtocolDoor['openDsr']> {
  const { domain, requests, limits } = parts;
  let key: KeyObject | undefined;
  const signed = (status: number, body: Json): ProtocolAnswer => {
    const text = JSON.stringify(body);
    key ??= createPrivateKey(parts.privateKey());
    return { status, headers: signedHeaders(text, domain, key), body: text };
  };
  const controllerOf = (bearer: string | undefined) => {
    const given = createHash('sha256')
      .update(bearer ?? '')
      .digest();
    return parts.controllers().find(({ token }) => timingSafeEqual(createHash('sha256').update(token).digest(), given));
  };

  const create = async (controller: OpenDsrController, body: string): Promise<ProtocolAnswer> => {
    const parsed = requestSchema.safeParse(parseJson(body));
    // What was sent is not repeated: it names people.
    if (!parsed.success)
      return fault(
        400,
        `not as the specification has them: ${[...new Set(parsed.error.issues.map(({ path }) => String(path[0] ?? 'body')))].join(', ')}`,
      );
    const said = parsed.data;
    const claims = claimsOf(said);
    if (claims.length === 0) return fault(400, 'no identity is of a type and format that is supported; /discovery has those that are');
    try {
      for (const url of said.status_callback_urls) requirePublicUrl(url, parts.allowPrivate);
    } catch {
      return fault(400, 'status_callback_urls: public https addresses were expected');
    }
    if ((await requests.referred(controller.id, said.subject_request_id)) !== undefined)
      return fault(400, 'subject_request_id was sent before');
    const asked: ReceiveRequest = {
      kind: kinds[said.subject_request_type],
      manner: 'open-dsr',
      claims,
      residence: places[said.regulation],
      origin: { protocol: 'open-dsr', partner: controller.id, reference: said.subject_request_id, callbacks: said.status_callback_urls },
    };
    try {
      const { id } = await requests.receive(asked, `open-dsr:${controller.id}`);
      if (controller.trust !== 'unverified') {
        const points = controller.trust === 'reasonable' ? 2 : 3;
        const evidence = { method: 'protocol', points, isDeclared: false, note: `verified by ${controller.name}` } as const;
        await requests.verify(id, { evidence }, `open-dsr:${controller.id}`);
      }
      const { state } = await requests.show(id);
      return signed(201, {
        controller_id: controller.controllerId,
        expected_completion_time: `${state.respondBy}T23:59:59Z`,
        received_time: state.receivedAt,
        encoded_request: Buffer.from(body).toString('base64'),
        subject_request_id: said.subject_request_id,
      });
    } catch (error) {
      if (isCohortiumError(error) && error.code === 'ARGUMENT_INVALID')
        return fault(400, 'an identity is not in a form that is known here');
      throw error;
    }
  };

  return {
    discovery: async ({ method }) =>
      method === 'GET'
        ? signed(200, {
            api_version: apiVersion,
            supported_identities: identities.map(({ identity_type, identity_format }) => ({ identity_type, identity_format })),
            supported_subject_request_types: Object.keys(kinds),
            processor_certificate: parts.certificateUrl,
          })
        : fault(405, 'GET was expected'),
    requests: async (call: ProtocolCall) => {
      const controller = controllerOf(call.bearer);
      if (!limits.admit(controller ? `open-dsr ${controller.id}` : 'open-dsr of nobody', mostCalls)) {
        return { ...fault(429, 'too many calls within a minute'), headers: { 'retry-after': '60' } };
      }
      if (!controller) {
        parts.refused('unknown', 'token');
        return fault(401, 'a bearer token was expected');
      }
      if (call.method === 'POST') return call.id === '' ? create(controller, call.body) : fault(404, 'requests are sent without an id');
      const id = await requests.referred(controller.id, call.id);
      if (id === undefined) return fault(404, 'there is no such request of this controller');
      const { state } = await requests.show(id);
      if (call.method === 'GET') return signed(200, openDsrStatus(state, controller.controllerId));
      try {
        await requests.withdraw(id, 'cancelled by the controller', `open-dsr:${controller.id}`);
      } catch (error) {
        if (isCohortiumError(error) && error.code === 'REQUEST_REFUSED')
          return fault(400, 'the request is answered, and not cancelled any more');
        throw error;
      }
      const cancelled = (await requests.show(id)).state;
      return signed(202, {
        controller_id: controller.controllerId,
        subject_request_id: call.id,
        received_time: cancelled.answeredAt ?? cancelled.receivedAt,
        api_version: apiVersion,
      });
    },
  };
}

/** How a request stands, in the words of the specification. @see section 8 */
export function openDsrStatus(state: RequestState, controllerId: string): Readonly<Record<string, Json>> {
  const status =
    state.status === 'awaiting-identity'
      ? 'pending'
      : state.status === 'in-progress' || state.status === 'awaiting-sinks'
        ? 'in_progress'
        : state.status === 'fulfilled' || state.status === 'partly-fulfilled'
          ? 'completed'
          : 'cancelled';
  return {
    controller_id: controllerId,
    expected_completion_time: `${state.respondBy}T23:59:59Z`,
    subject_request_id: state.origin?.reference ?? '',
    request_status: status,
    api_version: apiVersion,
  };
}

function claimsOf({ subject_identities }: OpenDsrRequest): readonly string[] {
  return subject_identities.flatMap((one) => {
    const known = identities.find(
      ({ identity_type, identity_format }) => identity_type === one.identity_type && identity_format === one.identity_format,
    );
    return known ? [known.claim(one.identity_value)] : [];
  });
}

/** @see section 7.6 */
function fault(code: number, message: string): ProtocolAnswer {
  return { status: code, headers: {}, body: JSON.stringify({ error: { code, message } }) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
