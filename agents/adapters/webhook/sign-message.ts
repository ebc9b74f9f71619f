/** Signs a message as Standard Webhooks 1.0 says, scheme v1. Holds no secret. */
import { createHmac } from 'node:crypto';

import { CohortiumError } from '../../../skills/sdk/index.ts';

export interface SignedHeaders {
  readonly 'webhook-id': string;
  /** Seconds since the epoch, of this attempt. */
  readonly 'webhook-timestamp': string;
  /** `v1,` and base64 of HMAC-SHA-256 over `id.timestamp.body`. */
  readonly 'webhook-signature': string;
}

/**
 * @param secret `whsec_` and base64 of 24 to 64 bytes
 * @param nowMs time of the attempt; receivers refuse one that is minutes away from their own
 * @throws {CohortiumError} SUBSCRIBER_INVALID when the secret has another form
 * @see https://www.standardwebhooks.com, "Signature scheme"
 */
export function signMessage(secret: string, messageId: string, body: string, nowMs: number): SignedHeaders {
  const encoded = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(secret)?.[1];
  const key = Buffer.from(encoded ?? '', 'base64');
  if (key.length < 24 || key.length > 64) {
    throw new CohortiumError('SUBSCRIBER_INVALID', 'the webhook secret is not `whsec_` and base64 of 24 to 64 bytes; make another one');
  }
  const timestamp = String(Math.floor(nowMs / 1000));
  const signature = createHmac('sha256', key).update(`${messageId}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': messageId, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
