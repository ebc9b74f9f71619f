import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import {
  type CarriedIdentities,
  type Identity,
  maxUsersPerSharedIdentity,
  type PairStatement,
  type ResolvedIdentities,
  resolveIdentities,
} from './resolve-identities.ts';

const carried = (userId = '', loyaltyId = '', emailHash = ''): CarriedIdentities => ({
  userId,
  loyaltyId,
  emailHash,
  phoneHash: '',
  anonymousId: '',
});
const user = (value: string): Identity => ({ kind: 'user', value });
const card = (value: string): Identity => ({ kind: 'loyalty', value });
const email = (value: string): Identity => ({ kind: 'email', value });
const link = (left: Identity, right: Identity): PairStatement => ({ left, right, isLink: true });
const unlink = (left: Identity, right: Identity): PairStatement => ({ left, right, isLink: false });

function customersOf({ customers, identities }: ResolvedIdentities): Record<string, string> {
  return Object.fromEntries(identities.map(({ identity, customer }) => [`${identity.kind}:${identity.value}`, customers[customer] ?? '']));
}

describe('identities', () => {
  it('that one event carries are one customer, named by the smallest user id', () => {
    const found = customersOf(resolveIdentities([carried('u2', 'L1'), carried('u1', 'L1'), carried('', 'L1', 'e1')], []));
    expect(found).toEqual({ 'user:u1': 'u1', 'user:u2': 'u1', 'loyalty:L1': 'u1', 'email:e1': 'u1' });
  });

  it('without a user id take the card, and without a card the e-mail hash, each with its kind', () => {
    expect(customersOf(resolveIdentities([carried('', 'L2', 'e1'), carried('', '', 'e2')], []))).toEqual({
      'loyalty:L2': 'loyalty:L2',
      'email:e1': 'loyalty:L2',
      'email:e2': 'email:e2',
    });
  });

  it('of different kinds never collide, even when their texts do', () => {
    const { customers } = resolveIdentities([carried('1'), carried('', '1'), carried('loyalty:1')], []);
    expect(new Set(customers)).toEqual(new Set(['1', 'loyalty:1', 'user:loyalty:1']));
  });

  it('stay apart after an unlink, also when events carry both again', () => {
    const both = [carried('u1', '', 'e1'), carried('u2')];
    expect(customersOf(resolveIdentities(both, [unlink(user('u1'), email('e1'))]))).toMatchObject({
      'user:u1': 'u1',
      'email:e1': 'email:e1',
    });
  });

  it('meet again when a link follows the unlink', () => {
    const statements = [unlink(user('u1'), email('e1')), link(email('e1'), user('u1'))];
    expect(customersOf(resolveIdentities([carried('u1', '', 'e1')], statements))).toMatchObject({ 'email:e1': 'u1' });
    expect(customersOf(resolveIdentities([carried('u1', '', 'e1')], statements.toReversed()))).toMatchObject({ 'email:e1': 'email:e1' });
  });

  it('remain one customer after an unlink when a third identity connects them', () => {
    const found = customersOf(resolveIdentities([carried('u1', 'L1', 'e1')], [unlink(user('u1'), email('e1'))]));
    expect(found).toEqual({ 'user:u1': 'u1', 'loyalty:L1': 'u1', 'email:e1': 'u1' });
  });

  it('known from links alone are customers too', () => {
    expect(customersOf(resolveIdentities([], [link(card('L1'), user('u9'))]))).toEqual({ 'loyalty:L1': 'u9', 'user:u9': 'u9' });
  });

  it('shared by very many user ids do not make them one customer, unless a person says so', () => {
    const users = Array.from({ length: maxUsersPerSharedIdentity + 1 }, (_, index) => `u${index}`);
    const till = users.map((name) => carried(name, '', 'till'));
    expect(resolveIdentities(till, []).customers).toHaveLength(users.length + 1);
    expect(resolveIdentities(till, [link(user('u0'), email('till'))]).customers).toHaveLength(users.length);
    expect(resolveIdentities(till.slice(1), []).customers).toHaveLength(1);
  });

  const text = fc.constantFrom('', 'a', 'b', 'c', 'd');
  const event = fc.record({ userId: text, loyaltyId: text, emailHash: text, phoneHash: text, anonymousId: text });
  const identity = fc.record({
    kind: fc.constantFrom('user' as const, 'loyalty' as const, 'email' as const, 'phone' as const, 'anonymous' as const),
    value: fc.constantFrom('a', 'b', 'c'),
  });
  const statement = fc.record({ left: identity, right: identity, isLink: fc.boolean() });

  it('do not depend on the order of events, nor of statements about different pairs', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(statement), fc.integer(), (events, statements, seed) => {
        const shuffled = events.toSorted((a, b) => weight(a, seed) - weight(b, seed));
        const expected = resolveIdentities(events, statements);
        expect(resolveIdentities([...shuffled, ...events], statements)).toEqual(expected);
        // Only the last statement about a pair counts, so leaving the earlier ones out changes nothing.
        const last = statements.filter((one, index) => !statements.slice(index + 1).some((other) => pair(one) === pair(other)));
        expect(resolveIdentities(events, last.toReversed())).toEqual(expected);
      }),
    );
  });

  it('each belong to exactly one customer, and every customer has one', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(statement), (events, statements) => {
        const { customers, identities } = resolveIdentities(events, statements);
        expect(new Set(identities.map(({ identity: { kind, value } }) => `${kind}:${value}`)).size).toBe(identities.length);
        expect(new Set(identities.map(({ customer }) => customer)).size).toBe(customers.length);
        expect(customers).toEqual([...new Set(customers)].toSorted((a, b) => (a < b ? -1 : 1)));
      }),
    );
  });
});

function weight({ userId, loyaltyId, emailHash }: CarriedIdentities, seed: number): number {
  const text = `${seed}${userId}/${loyaltyId}/${emailHash}`;
  return Array.from(text).reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7);
}

function pair({ left, right }: PairStatement): string {
  return [`${left.kind}:${left.value}`, `${right.kind}:${right.value}`].toSorted().join('|');
}
