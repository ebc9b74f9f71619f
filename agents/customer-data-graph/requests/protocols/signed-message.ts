/**
 * Messages of the Data Rights Protocol: an Ed25519 signature before JSON, in base64. Checked in the order that the protocol sets; says
 * which check failed to the operator and nothing of it to the caller.
 * @see Data Rights Protocol, section 3.07
 */
import { createHash, createPublicKey, verify } from 'node:crypto';

import { z } from 'zod';

/** `libsodium` signatures come first in their combined mode. */
const signatureBytes = 64;
/** Longest time between being issued and expiring: the protocol recommends ten minutes. */
const longestMs = 60 * 60 * 1000;

const instant = z.iso.datetime({ offset: true });

export const envelopeSchema = z.looseObject({
  'agent-id': z.string(),
  'business-id': z.string(),
  'issued-at': instant,
  'expires-at': instant,
  'drp.version': z.string().optional(),
});

export type MessageFault = 'encoding' | 'signature' | 'content' | 'agent' | 'business' | 'issued' | 'expired' | 'lifetime';

export interface Expected {
  readonly agentId: string;
  /** Ed25519, base64 of 32 bytes. */
  readonly verifyKey: string;
  readonly businessId: string;
  readonly nowMs: number;
}

export type OpenedMessage =
  | { readonly ok: true; readonly content: z.infer<typeof envelopeSchema>; readonly expiresMs: number }
  | { readonly ok: false; readonly fault: MessageFault };

/** The JSON under a signature, whatever it says; undefined where the signature is not of the key. */
export function verifiedJson(
  body: string,
  verifyKey: string,
): { readonly ok: true; readonly json: unknown } | { readonly ok: false; readonly fault: MessageFault } {
  const text = body.trim();
  const bytes = Buffer.from(text, 'base64');
  // Decoding passes over what is no base64, so that two texts could be one message.
  if (bytes.length <= signatureBytes || bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, ''))
    return { ok: false, fault: 'encoding' };
  const x = Buffer.from(verifyKey, 'base64').toString('base64url');
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  const message = bytes.subarray(signatureBytes);
  if (!verify(null, message, key, bytes.subarray(0, signatureBytes))) return { ok: false, fault: 'signature' };
  try {
    return { ok: true, json: JSON.parse(message.toString('utf8')) };
  } catch {
    return { ok: false, fault: 'content' };
  }
}

/** Of what is said and signed, and not of how base64 writes it: with padding and without are one message. */
export function messageDigest(body: string): string {
  return createHash('sha256').update(Buffer.from(body.trim(), 'base64')).digest('hex');
}

export function openMessage(body: string, { agentId, verifyKey, businessId, nowMs }: Expected): OpenedMessage {
  const opened = verifiedJson(body, verifyKey);
  if (!opened.ok) return opened;
  const parsed = envelopeSchema.safeParse(opened.json);
  if (!parsed.success) return { ok: false, fault: 'content' };
  const content = parsed.data;
  const [issuedMs, expiresMs] = [Date.parse(content['issued-at']), Date.parse(content['expires-at'])];
  if (content['agent-id'] !== agentId) return { ok: false, fault: 'agent' };
  if (content['business-id'] !== businessId) return { ok: false, fault: 'business' };
  if (nowMs < issuedMs) return { ok: false, fault: 'issued' };
  if (nowMs >= expiresMs) return { ok: false, fault: 'expired' };
  // A message that can be used for ever is one that can be used by others.
  if (expiresMs - issuedMs > longestMs) return { ok: false, fault: 'lifetime' };
  return { ok: true, content, expiresMs };
}
