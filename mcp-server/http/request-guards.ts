/**
 * What a request must be before anything of it is read: addressed to this server (a web page that rebinds DNS is not), not sent
 * by a foreign web page, and carrying the token. Pure, so that every case can be tested without a socket.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

import { CohortiumError } from '../../skills/sdk/index.ts';

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * @throws {CohortiumError} HTTP_BIND_FORBIDDEN for every address that others could reach
 */
export function requireLoopback(host: string): void {
  if (!loopbackNames.has(host) && host !== '::1') {
    throw new CohortiumError('HTTP_BIND_FORBIDDEN', `cannot listen on '${host}'; accepted are 127.0.0.1, ::1 and localhost`);
  }
}

export interface RequestHeaders {
  readonly host?: string | undefined;
  readonly origin?: string | undefined;
  readonly authorization?: string | undefined;
}

/**
 * @throws {CohortiumError} HTTP_REQUEST_FORBIDDEN when Host or Origin is not this server
 */
export function requireOwnAddress({ host, origin }: RequestHeaders, port: number): void {
  if (!isOwn(`http://${host ?? ''}`, port) || host === undefined) {
    throw new CohortiumError(
      'HTTP_REQUEST_FORBIDDEN',
      `Host '${host ?? ''}' is not this server; expected 127.0.0.1:${port} or localhost:${port}`,
    );
  }
  if (origin !== undefined && !isOwn(origin, port)) {
    throw new CohortiumError('HTTP_REQUEST_FORBIDDEN', `Origin '${origin}' may not call this server`);
  }
}

/**
 * @throws {CohortiumError} HTTP_UNAUTHORIZED; the message does not say whether a token came close
 */
export function requireToken({ authorization }: RequestHeaders, token: string): void {
  const sent = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
  if (sent === undefined) throw new CohortiumError('HTTP_UNAUTHORIZED', 'no bearer token was sent');
  // Digests have one length, so the comparison takes the same time for every guess.
  if (!timingSafeEqual(digest(sent), digest(token))) throw new CohortiumError('HTTP_UNAUTHORIZED', 'the bearer token is wrong');
}

function isOwn(address: string, port: number): boolean {
  const url = URL.parse(address);
  if (!url || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'http:' && loopbackNames.has(url.hostname) && (url.port === '' ? 80 : Number(url.port)) === port;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
