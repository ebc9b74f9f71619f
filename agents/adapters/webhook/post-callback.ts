/**
 * One attempt to tell a partner how its request stands. Follows no redirect, reads no more of the answer than its status, and sends
 * nothing to a private address: the address came with a request.
 */
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { lookupPublic, refusePrivateLiteral } from './public-address.ts';

export interface CallbackAttempt {
  readonly url: string;
  /** For receivers on this machine, in tests of the operator's own. */
  readonly allowPrivate: boolean;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** @returns why it was not taken, without the address; undefined where it was */
export async function postCallback(attempt: CallbackAttempt): Promise<string | undefined> {
  try {
    const status = await post(attempt);
    return status >= 200 && status < 300 ? undefined : `answered ${status}`;
  } catch (error) {
    if (error instanceof CohortiumError) return error.code;
    return error instanceof Error && 'code' in error ? String(error.code) : 'no connection';
  }
}

/** @throws {CohortiumError} SUBSCRIBER_ADDRESS_FORBIDDEN for what is not https, or not public */
export function requirePublicUrl(text: string, allowPrivate = false): URL {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) || url.username !== '' || url.password !== '') {
    throw new CohortiumError('SUBSCRIBER_ADDRESS_FORBIDDEN', 'an https address without user name and password was expected for a callback');
  }
  if (!allowPrivate) refusePrivateLiteral(url);
  return url;
}

function post({ url: text, allowPrivate, body, headers, timeoutMs }: CallbackAttempt): Promise<number> {
  const url = requirePublicUrl(text, allowPrivate);
  const bytes = Buffer.from(body);
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const request = send(
      url,
      {
        method: 'POST',
        signal: AbortSignal.timeout(timeoutMs),
        headers: { ...headers, 'content-type': 'application/json', 'content-length': bytes.length, 'user-agent': 'cohortium' },
        ...(allowPrivate ? {} : { lookup: lookupPublic }),
      },
      (response) => {
        // The body of a callback's response is not looked at (Data Rights Protocol, section 2.03.1).
        response.destroy();
        resolve(response.statusCode ?? 0);
      },
    );
    request.on('error', reject);
    request.end(bytes);
  });
}
