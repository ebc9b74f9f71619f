/**
 * Identities as senders write them, in the form that the log takes. An e-mail address or phone number in clear becomes its
 * SHA-256 here and goes no further.
 */
import { sha256 } from '../../sdk/index.ts';
import { eventKey } from '../plan/compiled-registry.ts';
import type { IdentityKind } from '../plan/registry-plan.ts';
import { ownValue } from '../plan/wire-path.ts';

export interface Identity {
  readonly kind: IdentityKind;
  readonly value: string;
}

const longest = 320;
const addressPattern = /^[^\s@]+@[^\s@]+$/;
const digest = /^[0-9a-f]{64}$/i;

/** Text of an id; numbers are ids too. Undefined for anything else, and for blank text. */
export function idText(value: unknown): string | undefined {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  if (typeof value !== 'string') return undefined;
  const text = value.trim();
  return text === '' ? undefined : text;
}

/** True for what looks like an e-mail address, of the length that one may have (RFC 5321). */
export function isEmailAddress(text: string): boolean {
  return text.length <= longest && addressPattern.test(text);
}

/** SHA-256 of the trimmed lower-case address; undefined when it is none. A digest is taken as it is. */
export function hashEmail(value: unknown): string | undefined {
  const text = idText(value);
  if (text === undefined) return undefined;
  if (digest.test(text)) return text.toLowerCase();
  return isEmailAddress(text) ? sha256(text.toLowerCase()) : undefined;
}

/**
 * SHA-256 of a phone number in E.164 form (`+` and digits); undefined when it cannot be brought there: a number without its
 * country could be anybody's. A digest is taken as it is.
 */
export function hashPhone(value: unknown): string | undefined {
  const text = idText(value);
  if (text === undefined || text.length > 80) return undefined;
  if (digest.test(text)) return text.toLowerCase();
  const digits = text
    .replace('(0)', '')
    .replace(/[\s().\-/]/g, '')
    .replace(/^00/, '+');
  return /^\+[1-9]\d{6,14}$/.test(digits) ? sha256(digits) : undefined;
}

/** An identity of a declared kind; undefined when the value cannot be one. */
export function identityOf(kind: IdentityKind, value: unknown): Identity | undefined {
  const text = kind === 'email' ? hashEmail(value) : kind === 'phone' ? hashPhone(value) : idText(value);
  if (text === undefined) return undefined;
  // Many senders use the address as user id.
  if (kind !== 'email' && kind !== 'phone' && isEmailAddress(text)) return { kind: 'email', value: sha256(text.toLowerCase()) };
  return { kind, value: text };
}

const kindNames: ReadonlyMap<string, IdentityKind> = new Map([
  ['user', 'user'],
  ['user id', 'user'],
  ['userid', 'user'],
  ['loyalty', 'loyalty'],
  ['loyalty id', 'loyalty'],
  ['loyaltyid', 'loyalty'],
  ['email', 'email'],
  ['phone', 'phone'],
  ['anonymous', 'anonymous'],
  ['anonymous id', 'anonymous'],
  ['anonymousid', 'anonymous'],
]);

/** An identity written as an object of kind and value (`type`, `idType`, `id` are understood too), or as the text of a user id. */
export function writtenIdentity(value: unknown): Identity | undefined {
  const text = idText(value);
  if (text !== undefined) return identityOf('user', text);
  const name = ['kind', 'type', 'idType', 'id_type'].map((key) => ownValue(value, key)).find((found) => typeof found === 'string');
  const kind = typeof name === 'string' && name.length <= 40 ? kindNames.get(eventKey(name)) : undefined;
  return kind && identityOf(kind, ownValue(value, 'value') ?? ownValue(value, 'id'));
}
