/**
 * What every door for events does before it looks at an event: whose key, is there room, read, unpack, parse. Room is reserved
 * before the body is read, and given back when the answer is known.
 */
import type { IncomingMessage } from 'node:http';

import type { Admission, EventIntake, Source } from '../../../agents/customer-data-graph/ingest/event-intake-interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { declaredLength, encodingOf, parseJson, readBytes, unpack } from '../request-body.ts';
import { sourceOfBody, sourceOfHeaders } from './write-key.ts';

/** Bytes of one body, packed and unpacked. */
export const maxBodyBytes = 500 * 1024;
export const maxBatchEvents = 2500;

export interface Received {
  readonly source: Source;
  readonly body: unknown;
  readonly receivedAtMs: number;
  readonly hasGlobalPrivacyControl: boolean;
}

/** Requests that are at work on each connection; pipelining must not get around the limits. */
const atWork = new WeakMap<object, number>();
const mostPerConnection = 8;

/**
 * Receives one request, and gives its room back when the work on it has ended.
 * @throws {CohortiumError} HTTP_UNAUTHORIZED, INTAKE_FULL, HTTP_ENCODING_UNKNOWN, HTTP_BODY_TOO_LARGE, ARGUMENT_INVALID; and
 *   what the work throws
 */
export async function withReceived<Result>(
  intake: EventIntake,
  request: IncomingMessage,
  query: string,
  work: (received: Received) => Promise<Result>,
): Promise<Result> {
  const known = sourceOfHeaders(intake, request, query);
  const encoding = encodingOf(request);
  const length = declaredLength(request, maxBodyBytes);
  const { socket } = request;
  const others = atWork.get(socket) ?? 0;
  if (others >= mostPerConnection)
    throw new CohortiumError('INTAKE_FULL', 'too many requests at once on this connection; wait for answers');
  // How much a packed body unpacks to is not known before.
  const admission = intake.admit(encoding === 'identity' && length !== undefined ? length : maxBodyBytes);
  atWork.set(socket, others + 1);
  try {
    const body = await readBody(request, encoding, admission);
    const receivedAtMs = Date.now();
    const source = known ?? sourceOfBody(intake, body);
    return await work({ source, body, receivedAtMs, hasGlobalPrivacyControl: request.headers['sec-gpc'] === '1' });
  } finally {
    atWork.set(socket, (atWork.get(socket) ?? 1) - 1);
    admission.release();
  }
}

async function readBody(request: IncomingMessage, encoding: ReturnType<typeof encodingOf>, admission: Admission): Promise<unknown> {
  const bytes = unpack(await readBytes(request, maxBodyBytes), encoding, maxBodyBytes);
  admission.resize(bytes.length);
  return parseJson(bytes);
}

/** @throws {CohortiumError} HTTP_BODY_TOO_LARGE when it has more than 2,500 */
export function requireFew(messages: readonly unknown[]): void {
  if (messages.length > maxBatchEvents) {
    throw new CohortiumError('HTTP_BODY_TOO_LARGE', `the batch has ${messages.length} events; at most ${maxBatchEvents} were expected`);
  }
}
