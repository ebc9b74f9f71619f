/** How the HTTP door answers: JSON, and refusals as `{error:{code,message,help}}`. Nothing that was sent is repeated in one. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { type ErrorCode, errorFields, type LogEvent } from '../../skills/sdk/index.ts';
import { failureReport } from '../failure-report.ts';

const statuses: Partial<Record<ErrorCode, number>> = {
  ARGUMENT_INVALID: 400,
  CLOUD_EVENT_INVALID: 400,
  HTTP_UNAUTHORIZED: 401,
  HTTP_REQUEST_FORBIDDEN: 403,
  HTTP_ROUTE_UNKNOWN: 404,
  REVIEW_NOT_FOUND: 404,
  PERSON_NOT_FOUND: 404,
  REQUEST_NOT_FOUND: 404,
  REQUEST_REFUSED: 409,
  REVIEW_REFUSED: 403,
  REVIEW_DECIDED: 409,
  HTTP_BODY_TOO_LARGE: 413,
  SIGNAL_TOO_LARGE: 413,
  HTTP_ENCODING_UNKNOWN: 415,
  INTAKE_FULL: 429,
  STORE_FULL: 503,
  STORE_BUSY: 503,
};

/** Seconds after which the same request may succeed. */
const retryAfter: Partial<Record<ErrorCode, string>> = { INTAKE_FULL: '1', STORE_BUSY: '1', STORE_FULL: '30' };

const jsonType = 'application/json; charset=utf-8';

export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': jsonType, 'content-length': Buffer.byteLength(text) }).end(text);
}

export interface Refusal {
  /** What a 401 asks for. */
  readonly scheme: 'Basic' | 'Bearer';
  /** Bytes of a body that are still read, and thrown away, so that the connection can be used again. */
  readonly drainableBytes: number;
  readonly log: (event: LogEvent) => void;
}

/** Answers what was thrown; a defect is logged, and told without its text. */
export function refuse(request: IncomingMessage, response: ServerResponse, thrown: unknown, refusal: Refusal): void {
  const { code, message, help } = failureReport(thrown);
  // Allow is set where the address is right and the method is not.
  const status = response.hasHeader('allow') ? 405 : (statuses[code] ?? 500);
  // A caller who hung up is no defect.
  const isGone = thrown instanceof Error && 'code' in thrown && thrown.code === 'ECONNRESET';
  if (status === 500 && !isGone) refusal.log({ event: 'door-failed', door: 'http', ...errorFields(thrown) });
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (status === 401) response.setHeader('www-authenticate', `${refusal.scheme} realm="cohortium"`);
  const seconds = retryAfter[code];
  if (seconds !== undefined) response.setHeader('retry-after', seconds);
  // What is left of a refused body is not waited for, unless it is known to be little.
  if (!isLittle(request, refusal.drainableBytes)) response.setHeader('connection', 'close');
  answerJson(response, status, { error: { code, message, help } });
}

function isLittle(request: IncomingMessage, most: number): boolean {
  if (request.complete) return true;
  const declared = request.headers['content-length'];
  if (request.headers['transfer-encoding'] !== undefined) return false;
  return Number(declared ?? 0) <= most;
}
