import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { hashEmail, hashPhone, identityOf, writtenIdentity } from './clear-identity.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('identities in clear', () => {
  it('hashes an address as the log expects it: trimmed, in lower case', () => {
    expect(hashEmail(' Jo@Example.ORG ')).toBe(sha('jo@example.org'));
  });

  it('takes a digest as it is, so that no digest is hashed twice', () => {
    const digest = sha('jo@example.org');
    expect(hashEmail(digest.toUpperCase())).toBe(digest);
    expect(hashPhone(digest)).toBe(digest);
  });

  it.each([['+49 (0)30 123456'], ['0049 30 12 34 56'], ['+49-30-123.456']])('brings %s to E.164', (phone) => {
    expect(hashPhone(phone)).toBe(sha('+4930123456'));
  });

  it.each([['030 123456'], ['+0 123456789'], ['+1'], ['phone'], ['+1234567890123456'], [null], [{}]])(
    'makes nothing of %j, which could be anybody’s number',
    (phone) => {
      expect(hashPhone(phone)).toBeUndefined();
    },
  );

  it('takes an address that stands for a user id as an address', () => {
    expect(identityOf('user', 'jo@example.org')).toEqual({ kind: 'email', value: sha('jo@example.org') });
    expect(identityOf('user', 42)).toEqual({ kind: 'user', value: '42' });
  });

  it('reads identities written as objects', () => {
    expect(writtenIdentity({ idType: 'email', id: 'jo@example.org' })).toEqual({ kind: 'email', value: sha('jo@example.org') });
    expect(writtenIdentity({ kind: 'anonymous', value: 'a-1' })).toEqual({ kind: 'anonymous', value: 'a-1' });
    expect(writtenIdentity('u-1')).toEqual({ kind: 'user', value: 'u-1' });
    expect(writtenIdentity({ kind: 'shoe', value: '44' })).toBeUndefined();
  });
});
