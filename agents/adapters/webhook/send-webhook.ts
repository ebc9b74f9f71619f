/**
 * One attempt to deliver one message over HTTP. Follows no redirect, reads no more of the answer than its status, and sends
 * nothing to a private address unless the operator allowed it. Retries nothing: the outbox decides on that.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

import { CohortiumError, type ErrorCode, isCohortiumError, unexpectedWords } from '../../../skills/sdk/index.ts';
import { lookupPublic, refusePrivateLiteral } from './public-address.ts';
import { signMessage } from './sign-message.ts';

export interface WebhookAttempt {
  readonly url: string;
  readonly allowPrivate: boolean;
  readonly secret: string;
  readonly messageId: string;
  readonly body: string;
  readonly timeoutMs: number;
  /** For the signature's timestamp, milliseconds since the epoch: the world's time, which the receiver compares it with. */
  readonly nowMs: number;
  /** Aborts the attempt; then nobody knows whether it arrived. */
  readonly signal: AbortSignal;
}

export type AttemptResult =
  | { readonly outcome: 'acknowledged'; readonly reason: string }
  | { readonly outcome: 'retry'; readonly reason: string; readonly code: ErrorCode; readonly retryAfterMs?: number }
  | { readonly outcome: 'rejected'; readonly reason: string; readonly code: ErrorCode }
  /** The receiver wants no message any more (410). */
  | { readonly outcome: 'gone'; readonly reason: string; readonly code: ErrorCode };

interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
}

/** @throws the signal's reason when it was aborted; everything else is a result */
export async function sendWebhook(attempt: WebhookAttempt): Promise<AttemptResult> {
  try {
    return judge(await post(attempt), attempt.nowMs);
  } catch (error) {
    attempt.signal.throwIfAborted();
    if (isCohortiumError(error)) return { outcome: 'rejected', code: error.code, reason: error.message };
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { outcome: 'retry', code: 'EMISSION_REJECTED', reason: code || unexpectedWords(error) };
  }
}

function post(attempt: WebhookAttempt): Promise<Answer> {
  const { allowPrivate, body, timeoutMs, signal } = attempt;
  const url = new URL(attempt.url);
  const isTls = url.protocol === 'https:';
  if (!allowPrivate) {
    if (!isTls) throw new CohortiumError('SUBSCRIBER_ADDRESS_FORBIDDEN', `${url.origin} is not https; set allowPrivate if you meant it`);
    refusePrivateLiteral(url);
  }
  const bytes = Buffer.from(body);
  const headers = {
    ...signMessage(attempt.secret, attempt.messageId, body, attempt.nowMs),
    'content-type': 'application/cloudevents+json; charset=utf-8',
    'content-length': bytes.length,
    'user-agent': 'cohortium',
  };
  return new Promise((resolve, reject) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const request = (isTls ? requestHttps : requestHttp)(
      url,
      {
        method: 'POST',
        headers,
        // A connection of its own, so that the address checked is the address used.
        agent: false,
        signal: AbortSignal.any([signal, timeout]),
        ...(allowPrivate ? {} : { lookup: lookupPublic }),
      },
      (response) => {
        const { statusCode = 0, headers: given } = response;
        resolve({ status: statusCode, retryAfter: given['retry-after'] });
        response.destroy(); // the answer's text is nobody's concern, and may be endless
      },
    );
    request.on('error', (error) => reject(timeout.aborted && !signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error));
    request.end(bytes);
  });
}

/** @see https://www.standardwebhooks.com, "Delivery": 2xx is success, 410 ends it, redirects are failures */
function judge({ status, retryAfter }: Answer, nowMs: number): AttemptResult {
  const reason = `answered ${status}`;
  if (status >= 200 && status < 300) return { outcome: 'acknowledged', reason };
  const code = 'EMISSION_REJECTED';
  if (status === 410) return { outcome: 'gone', code, reason };
  if (status >= 300 && status < 400) return { outcome: 'rejected', code, reason: `${reason}, a redirect, which is not followed` };
  if (status >= 400 && status < 500 && status !== 408 && status !== 429) return { outcome: 'rejected', code, reason };
  const retryAfterMs = parseRetryAfter(retryAfter, nowMs);
  return { outcome: 'retry', code, reason, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** Seconds or an HTTP date. @see RFC 9110 section 10.2.3 */
function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(date - nowMs, 0);
}
