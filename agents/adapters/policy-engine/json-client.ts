/**
 * JSON over HTTP to a policy engine: kept-alive connections, one time limit for the whole exchange, a limit on the answer's size.
 * Follows no redirect, speaks plain HTTP to this machine only, and reaches private addresses only where the operator allowed it.
 */
import { lookup as resolve } from 'node:dns';
import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { BlockList, isIP, type LookupFunction } from 'node:net';

import { lookupPublic, refusePrivateLiteral } from '../webhook/public-address.ts';

export interface JsonClientOptions {
  /** Of the engine, such as `http://127.0.0.1:8181`. Paths are put behind it. */
  readonly url: string;
  /** Sent as a bearer token. */
  readonly token?: string | undefined;
  /** For one exchange, from the first byte sent to the last one read. */
  readonly timeoutMs: number;
  readonly allowPrivate?: boolean;
}

export interface JsonAnswer {
  readonly status: number;
  readonly body: unknown;
  /** Its `X-Request-ID`, where it has one. */
  readonly requestId: string | undefined;
}

export interface JsonClient {
  /** @throws when there is no answer, or none that is JSON; the reason of the signal when it is aborted */
  post(path: string, body: unknown, signal: AbortSignal, headers?: Readonly<Record<string, string>>): Promise<JsonAnswer>;
  get(path: string, signal: AbortSignal): Promise<JsonAnswer>;
  close(): void;
}

const mostBytes = 16 * 1024 * 1024;
const mostConnections = 4;
/** The engine closed a kept connection as we wrote to it: it has read nothing, and a question may be asked twice. */
const stale = Symbol('stale connection');

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * What is wrong with the address of an engine, in words; undefined when nothing is.
 * @param allowPrivate the operator's word that a private address is meant
 */
export function engineUrlFault(text: string, allowPrivate: boolean): string | undefined {
  const url = URL.parse(text);
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:')) return `'${text}' is no http or https address`;
  if (url.username !== '' || url.password !== '') return 'the address carries a user or password; name the token with tokenEnv instead';
  if (url.search !== '' || url.hash !== '') return 'the address must end with its path';
  if (allowPrivate || isThisMachine(url)) return undefined;
  if (url.protocol === 'http:') return `${url.origin} is not https; only this machine is spoken to without, or set allowPrivate: true`;
  try {
    refusePrivateLiteral(url);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @throws {Error} when the address is one that `engineUrlFault` refuses */
export function createJsonClient({ url, token, timeoutMs, allowPrivate = false }: JsonClientOptions): JsonClient {
  const fault = engineUrlFault(url, allowPrivate);
  if (fault !== undefined) throw new Error(fault);
  const base = new URL(url);
  const isTls = base.protocol === 'https:';
  const lookup = allowPrivate ? undefined : isThisMachine(base) ? lookupLoopback : lookupPublic;
  // The agent keeps connections by name, and each was checked when it was made.
  const agent = new (isTls ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: mostConnections });
  const once = (method: 'GET' | 'POST', path: string, bytes: Buffer, given: Readonly<Record<string, string>>, signal: AbortSignal) =>
    new Promise<JsonAnswer | typeof stale>((fulfil, reject) => {
      const timeout = AbortSignal.timeout(timeoutMs);
      const fail = (error: unknown): void => {
        reject(timeout.aborted && !signal.aborted ? new Error(`no complete answer within ${timeoutMs} ms`) : error);
      };
      const request = (isTls ? requestHttps : requestHttp)(
        new URL(`${base.pathname.replace(/\/$/, '')}${path}`, base),
        {
          method,
          agent,
          headers: {
            ...given,
            accept: 'application/json',
            'user-agent': 'cohortium',
            ...(method === 'POST' ? { 'content-type': 'application/json', 'content-length': bytes.length } : {}),
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          signal: AbortSignal.any([signal, timeout]),
          ...(lookup ? { lookup } : {}),
        },
        (response) => {
          readJson(response).then(fulfil, fail);
        },
      );
      request.on('error', (error) => {
        const isStale = request.reusedSocket && 'code' in error && error.code === 'ECONNRESET' && !signal.aborted && !timeout.aborted;
        if (isStale) fulfil(stale);
        else fail(error);
      });
      request.end(bytes);
    });
  const exchange = async (...asked: Parameters<typeof once>): Promise<JsonAnswer> => {
    const signal = asked[4];
    try {
      // As many kept connections as there are may have been closed, and then a new one is made.
      for (let tries = 0; tries <= mostConnections; tries++) {
        const answer = await once(...asked);
        if (answer !== stale) return answer;
      }
      throw new Error('the connection is closed again and again');
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    }
  };
  return {
    post: (path, body, signal, headers = {}) => exchange('POST', path, Buffer.from(JSON.stringify(body)), headers, signal),
    get: (path, signal) => exchange('GET', path, Buffer.alloc(0), {}, signal),
    close: () => agent.destroy(),
  };
}

async function readJson(response: IncomingMessage): Promise<JsonAnswer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    const bytes = chunk as Buffer; // no encoding was set
    size += bytes.length;
    if (size > mostBytes) {
      response.destroy();
      throw new Error(`the answer is over ${mostBytes} bytes`);
    }
    chunks.push(bytes);
  }
  if (!response.complete) throw new Error('the answer broke off');
  const status = response.statusCode ?? 0;
  if (status >= 300 && status < 400) throw new Error(`answered ${status}, a redirect, which is not followed`);
  try {
    const requestId = response.headers['x-request-id'];
    return {
      status,
      body: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks))),
      requestId: typeof requestId === 'string' ? requestId : undefined,
    };
  } catch {
    throw new Error(`answered ${status} with what is not JSON`);
  }
}

function isThisMachine({ hostname }: URL): boolean {
  return hostname === 'localhost' || isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

function isLoopback(address: string): boolean {
  const family = isIP(address);
  return family !== 0 && loopback.check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/** `localhost` by its name, but only where that is this machine. */
const lookupLoopback: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    if (error) callback(error, '');
    else if (!addresses.every(({ address }) => isLoopback(address))) callback(new Error(`${hostname} is not this machine`), '');
    else if (options.all) callback(null, addresses);
    else callback(null, first?.address ?? '', first?.family);
  });
};
