/** Asks a time stamping authority over HTTP, and takes nothing but a token that verifies. @see RFC 3161 section 3.4 */
import { randomBytes } from 'node:crypto';

import { CohortiumError } from '../../../skills/sdk/index.ts';
import { timeStampRequest } from './request-der.ts';
import { type StampedTime, verifyToken } from './verify-token.ts';

export interface Authority {
  readonly url: string;
  /** Certificates that may vouch for the authority, PEM. */
  readonly trusted: string;
  readonly timeoutMs: number;
}

/** Tokens with their certificates are a few kilobytes. */
const largest = 65_536;

/**
 * @param data what is stamped; only its SHA-256 is sent
 * @returns the answer as it came, DER, and what it says
 * @throws {CohortiumError} ANCHOR_UNREACHABLE; TIMESTAMP_INVALID
 */
export async function askAuthority(
  { url, trusted, timeoutMs }: Authority,
  data: Uint8Array,
): Promise<StampedTime & { readonly token: Buffer }> {
  const nonce = randomBytes(8);
  nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x01;
  const token = await post(url, timeStampRequest(data, nonce), timeoutMs);
  return { ...verifyToken(token, { data, nonce, trusted }), token };
}

async function post(url: string, body: Buffer, timeoutMs: number): Promise<Buffer> {
  const unreachable = (why: string, cause?: unknown) =>
    new CohortiumError('ANCHOR_UNREACHABLE', `the time stamping authority ${url} ${why}`, { cause });
  let answer: Response;
  let bytes: Buffer;
  try {
    answer = await fetch(url, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { 'content-type': 'application/timestamp-query', accept: 'application/timestamp-reply' },
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    bytes = Buffer.from(await answer.arrayBuffer());
  } catch (cause) {
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    throw unreachable(`did not answer: ${inner instanceof Error ? inner.message : String(inner)}`, cause);
  }
  if (!answer.ok) throw unreachable(`answered ${answer.status}`);
  if (bytes.length > largest) throw unreachable(`answered ${bytes.length} bytes; ${largest} are the most that a token has`);
  return bytes;
}
