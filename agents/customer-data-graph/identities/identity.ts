/** What an identity is called: as the owner of events, as the id of a customer, and as a person types it. */
import { type IdentityKind, identityKinds } from '../../../registries/identity/identity-rules.ts';
import { CohortiumError } from '../../../skills/sdk/index.ts';

export interface Identity {
  readonly kind: IdentityKind;
  readonly value: string;
}

const kindPrefix = /^(?:user|loyalty|email|phone|anonymous):/;

/** As in the `owner` column of a segment. */
export function ownerOf({ kind, value }: Identity): string {
  return `${kind}:${value}`;
}

/** User ids are customer ids as they are; other kinds carry their kind, so that a card number is never taken for a user id. */
export function customerIdOf({ kind, value }: Identity): string {
  return kind === 'user' && !kindPrefix.test(value) ? value : `${kind}:${value}`;
}

/** The identity that an owner or a customer id names. */
export function identityOf(id: string): Identity {
  const kind = identityKinds.find((name) => id.startsWith(`${name}:`));
  return kind === undefined ? { kind: 'user', value: id } : { kind, value: id.slice(kind.length + 1) };
}

/**
 * An identity as a person types it: `kind:value`, or a user id.
 * @throws {CohortiumError} ARGUMENT_INVALID when it is empty, or a hash is expected and none is there
 */
export function readIdentity(text: string): Identity {
  const { kind, value: given } = identityOf(text.trim());
  const isHash = kind === 'email' || kind === 'phone';
  const value = isHash ? given.toLowerCase() : given;
  if (value === '')
    throw new CohortiumError('ARGUMENT_INVALID', `an identity such as user:u-1 or loyalty:4711 was expected; found '${text}'`);
  if (isHash && !/^[0-9a-f]{64}$/.test(value)) {
    throw new CohortiumError('ARGUMENT_INVALID', `${kind}: the SHA-256 as 64 hex digits was expected; found ${given.length} characters`);
  }
  return { kind, value };
}
