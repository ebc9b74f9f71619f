/**
 * Which source sends: by the write key as Basic user name, as `X-Write-Key`, or in the body. Refuses a key in the address, where
 * logs and histories keep it, even when the right one stands in a header too.
 */
import type { IncomingMessage } from 'node:http';

import type { EventIntake, Source } from '../../../agents/customer-data-graph/ingest/event-intake-interface.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';

/** Longest key that is looked at. */
const longestKey = 512;
const keyNames = /(?:^|&)(?:write[-_]?key|api[-_]?key|access[-_]?token|key|token|auth(?:orization)?)=/i;

/**
 * The source that the headers name, before anything of the body is read.
 * @returns undefined when no header has a key
 * @throws {CohortiumError} HTTP_UNAUTHORIZED when one has a wrong key, or the address has any
 */
export function sourceOfHeaders(intake: EventIntake, request: IncomingMessage, query: string): Source | undefined {
  if (query !== '' && keyNames.test(query)) {
    throw new CohortiumError('HTTP_UNAUTHORIZED', 'a key in the address is not taken, since logs keep addresses; send it as a header');
  }
  const key = keyOfHeaders(request);
  return key === undefined ? undefined : sourceOf(intake, key);
}

/** @throws {CohortiumError} HTTP_UNAUTHORIZED when the body has no key, or a wrong one */
export function sourceOfBody(intake: EventIntake, body: unknown): Source {
  const key: unknown = typeof body === 'object' && body !== null && 'writeKey' in body ? body.writeKey : undefined;
  if (typeof key !== 'string') throw new CohortiumError('HTTP_UNAUTHORIZED', 'no write key was sent');
  return sourceOf(intake, key);
}

/** @throws {CohortiumError} HTTP_UNAUTHORIZED when the key of this source does not open these doors */
export function requireKind(source: Source, kind: Exclude<Source['kind'], 'any'>): void {
  if (source.kind !== 'any' && source.kind !== kind) {
    throw new CohortiumError('HTTP_UNAUTHORIZED', `the write key is of a source of kind ${source.kind}; this door is for ${kind}`);
  }
}

function keyOfHeaders({ headers }: IncomingMessage): string | undefined {
  const { authorization } = headers;
  if (authorization !== undefined) {
    const basic = /^Basic +([A-Za-z0-9+/_-]+=*)$/i.exec(authorization)?.[1];
    if (basic === undefined)
      throw new CohortiumError('HTTP_UNAUTHORIZED', 'Basic authorization was expected, with the write key as user name');
    const [user = ''] = Buffer.from(basic, 'base64').toString('utf8').split(':', 1);
    return user;
  }
  const own = headers['x-write-key'];
  return typeof own === 'string' ? own : undefined;
}

function sourceOf(intake: EventIntake, key: string): Source {
  const source = intake.sourceOf(key.slice(0, longestKey));
  if (!source) throw new CohortiumError('HTTP_UNAUTHORIZED', 'the write key is wrong');
  return source;
}
