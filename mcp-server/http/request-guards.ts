/**
 * What a request must be before anything of it is used: addressed to this server (a web page that rebinds DNS is not), not sent
 * by a foreign web page, carrying the token, and not nested without end. Pure, so that every case can be tested without a socket.
 */
import { createHash, timingSafeEqual } from 'node:crypto';

import { CohortiumError } from '../../skills/sdk/index.ts';
import { tokenDigest } from './token-file.ts';

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
    throw new CohortiumError('HTTP_REQUEST_FORBIDDEN', `Host is not this server; expected 127.0.0.1:${port} or localhost:${port}`);
  }
  if (origin !== undefined && !isOwn(origin, port)) {
    throw new CohortiumError('HTTP_REQUEST_FORBIDDEN', 'Origin is a page that may not call this server');
  }
}

/**
 * @param token what has to be sent, or its digest
 * @throws {CohortiumError} HTTP_UNAUTHORIZED; the message does not say whether a token came close
 */
export function requireToken({ authorization }: RequestHeaders, token: string): void {
  const sent = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? '')?.[1];
  if (sent === undefined) throw new CohortiumError('HTTP_UNAUTHORIZED', 'no bearer token was sent');
  // Digests have one length, so the comparison takes the same time for every guess.
  if (!timingSafeEqual(digest(sent), tokenDigest(token))) throw new CohortiumError('HTTP_UNAUTHORIZED', 'the bearer token is wrong');
}

/** Levels of arrays and objects in one body; signals need six. */
const deepestNesting = 100;

/**
 * Counts brackets, so that it cannot run out of stack itself; whether the rest is JSON is for the parser to say.
 * @throws {CohortiumError} ARGUMENT_INVALID when what is parsed from it would end the stack of whoever walks it
 */
export function requireShallow(body: Uint8Array): void {
  let depth = 0;
  let isText = false;
  for (let at = 0; at < body.length; at++) {
    const byte = body[at];
    if (isText) {
      if (byte === backslash) at += 1;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if (byte === openBracket || byte === openBrace) depth += 1;
    else if (byte === closeBracket || byte === closeBrace) depth -= 1;
    if (depth > deepestNesting) {
      throw new CohortiumError('ARGUMENT_INVALID', `the body is nested more than ${deepestNesting} levels deep`);
    }
  }
}

const [quote, backslash, openBracket, closeBracket, openBrace, closeBrace] = Buffer.from('"\\[]{}');

function isOwn(address: string, port: number): boolean {
  const url = URL.parse(address);
  if (!url || url.username !== '' || url.password !== '') return false;
  return url.protocol === 'http:' && loopbackNames.has(url.hostname) && (url.port === '' ? 80 : Number(url.port)) === port;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
