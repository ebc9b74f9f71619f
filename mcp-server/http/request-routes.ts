/**
 * Requests of persons over HTTP, behind the token of this server: `POST /v1/requests` for the operator's own form, and
 * `GET /v1/requests/answer?id=…` for an answer that a person of the operator's exported; and the protocols that cohortium.yaml offers, each
 * behind the tokens of its partners. Receives and says how requests stand; carries nothing out. What was sent is never repeated in an
 * answer, but where a protocol wants it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { z } from 'zod';

import type {
  ProtocolAnswer,
  ProtocolCall,
  ProtocolDoor,
  ReceiveRequest,
  RequestDoor,
} from '../../agents/customer-data-graph/interface.ts';
import { CohortiumError } from '../../skills/sdk/index.ts';
import { answerJson } from './answers.ts';
import { declaredLength, parseJson, readBytes } from './request-body.ts';
import { requireShallow, requireToken } from './request-guards.ts';
import type { Route } from './route-table.ts';

/** The largest message of a protocol is a few kilobytes. */
const bodyLimit = 64 * 1024;
const refusal = { scheme: 'Bearer', drainableBytes: 0 } as const;

const text = z.string().min(1).max(2000);

/** What a form of the operator sends. Neither verifies nor decides anything. */
const receiveSchema = z.strictObject({
  kind: z.enum(['know', 'access', 'correct', 'erase', 'port', 'opt-out', 'opt-in', 'human-review', 'appeal']),
  claims: z.array(z.string().min(1).max(320)).max(20),
  manner: z.enum(['web-form', 'e-mail', 'mail', 'phone', 'in-person']).default('web-form'),
  residence: z.string().max(10).optional(),
  purposes: z
    .array(
      z.enum(['marketing', 'profiling', 'analytics', 'sale', 'sharing', 'targeted-advertising', 'automated-decision', 'sensitive-data']),
    )
    .max(20)
    .optional(),
  corrections: z
    .array(z.strictObject({ attribute: z.string().min(1).max(40), value: text }))
    .max(20)
    .optional(),
  decision: z.strictObject({ index: z.int().min(0), item: z.int().min(0).max(255).nullable() }).optional(),
  view: text.optional(),
  appealOf: z.string().max(64).optional(),
  contact: text.optional(),
});

export function requestRoutes(door: RequestDoor, protocols: ProtocolDoor, token: string): readonly (readonly [string, Route])[] {
  const own: Route = {
    methods: ['POST'],
    refusal,
    async handle(request, response) {
      requireToken(request.headers, token);
      const bytes = await readBody(request);
      requireShallow(bytes);
      const parsed = receiveSchema.safeParse(parseJson(bytes));
      if (!parsed.success) {
        const places = [...new Set(parsed.error.issues.map(({ path }) => path.join('.') || 'the body'))];
        throw new CohortiumError('ARGUMENT_INVALID', `not as expected: ${places.join(', ')}`);
      }
      answerJson(response, 201, await door.receive(withoutAbsent(parsed.data)));
    },
  };
  const fetched: Route = {
    methods: ['GET'],
    refusal,
    async handle(request, response, query) {
      requireToken(request.headers, token);
      const id = new URLSearchParams(query).get('id') ?? '';
      if (id === '') throw new CohortiumError('ARGUMENT_INVALID', 'id: the number of a request was expected');
      const { name, bytes, sha256 } = await door.fetch(id, 'service:http');
      response.writeHead(200, {
        'content-type': 'application/zip',
        'content-length': bytes.length,
        'content-disposition': `attachment; filename="${name}"`,
        // Where the answer is opened, it is a file of its own and no page of this address.
        'content-security-policy': "default-src 'none'; sandbox",
        'repr-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`,
      });
      response.end(bytes);
    },
  };
  const { drp, openDsr } = protocols;
  const openDsrPaths = ['/v1/opendsr_requests', '/v1/opencompliance_requests', '/v1/opengdpr_requests'];
  return [
    ['/v1/requests', own],
    ['/v1/requests/answer', fetched],
    ...(drp
      ? ([
          ['/v1/data-rights-request', protocolRoute(['POST'], '', drp.requests)],
          ['/v1/data-rights-request/*', protocolRoute(['GET', 'DELETE', 'POST'], '/v1/data-rights-request/', drp.requests)],
          ['/v1/agent/*', protocolRoute(['POST', 'GET'], '/v1/agent/', drp.agents)],
        ] as const)
      : []),
    ...(openDsr
      ? [
          ['/v1/discovery', protocolRoute(['GET'], '', openDsr.discovery)] as const,
          // The names that the specification has had; all of them are to be honoured (section 10.1).
          ...openDsrPaths.flatMap((path) => [
            [path, protocolRoute(['POST'], '', openDsr.requests)] as const,
            [`${path}/*`, protocolRoute(['GET', 'DELETE'], `${path}/`, openDsr.requests)] as const,
          ]),
        ]
      : []),
  ];
}

function protocolRoute(methods: readonly string[], before: string, handle: (call: ProtocolCall) => Promise<ProtocolAnswer>): Route {
  return {
    methods,
    refusal,
    async handle(request, response) {
      const path = (request.url ?? '').split('?')[0] ?? '';
      const bytes = await readBody(request);
      const bearer = /^Bearer +([\w.~+/-]+=*)$/i.exec(request.headers.authorization ?? '')?.[1];
      send(
        response,
        await handle({
          method: request.method ?? '',
          id: before === '' ? '' : path.slice(before.length),
          bearer,
          body: bytes.toString('utf8'),
        }),
      );
    },
  };
}

function send(response: ServerResponse, { status, headers, body }: ProtocolAnswer): void {
  const bytes = Buffer.from(body ?? '');
  response.writeHead(status, {
    ...headers,
    ...(body === null ? {} : { 'content-type': 'application/json; charset=utf-8' }),
    'content-length': bytes.length,
  });
  response.end(bytes);
}

/** @throws {CohortiumError} HTTP_BODY_TOO_LARGE */
async function readBody(request: IncomingMessage): Promise<Buffer> {
  declaredLength(request, bodyLimit);
  return readBytes(request, bodyLimit);
}

/** What was not said is left out, and not there as undefined. */
function withoutAbsent(said: z.infer<typeof receiveSchema>): ReceiveRequest {
  const { kind, claims, manner, residence, purposes, corrections, decision, view, appealOf, contact } = said;
  return {
    kind,
    claims,
    manner,
    ...(residence === undefined ? {} : { residence }),
    ...(purposes === undefined ? {} : { purposes }),
    ...(corrections === undefined ? {} : { corrections }),
    ...(decision === undefined ? {} : { decision }),
    ...(view === undefined ? {} : { view }),
    ...(appealOf === undefined ? {} : { appealOf }),
    ...(contact === undefined ? {} : { contact }),
  };
}
