/** Identities as persons claim them, in the form that the log knows: addresses and numbers in clear become their SHA-256 here. */
import { CohortiumError } from '../../../skills/sdk/index.ts';
import { hashEmail, hashPhone, isEmailAddress } from '../../../skills/signal-capture/wire/clear-identity.ts';
import { identityOf, ownerOf } from '../identities/identity.ts';

const longest = 320;

/**
 * @param claim a user id, `kind:value`, an e-mail address, or a telephone number with its country
 * @returns `kind:value`
 * @throws {CohortiumError} ARGUMENT_INVALID; the message does not repeat what was claimed
 */
export function claimedIdentity(claim: string): string {
  const text = claim.trim();
  if (text === '' || text.length > longest) throw invalid('an identity of 1 to 320 characters');
  if (isEmailAddress(text) && !text.startsWith('email:')) return `email:${hashEmail(text) ?? ''}`;
  if (/^\+[\d\s().-]{6,}$/.test(text)) return `phone:${required(hashPhone(text), 'a telephone number such as +49 30 123456')}`;
  const { kind, value } = identityOf(text);
  if (value.trim() === '') throw invalid('a value after the kind');
  if (kind === 'email') return `email:${required(hashEmail(value), 'an e-mail address or its SHA-256 after email:')}`;
  if (kind === 'phone')
    return `phone:${required(hashPhone(value), 'a telephone number such as +49 30 123456, or its SHA-256, after phone:')}`;
  return ownerOf({ kind, value });
}

function required(value: string | undefined, expected: string): string {
  if (value === undefined) throw invalid(expected);
  return value;
}

function invalid(expected: string): CohortiumError {
  return new CohortiumError('ARGUMENT_INVALID', `claim: ${expected} was expected`);
}
