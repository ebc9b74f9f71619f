import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { defaultIdentityRules } from '../../../registries/identity/identity-rules.ts';
import { sha256 } from '../../../skills/sdk/index.ts';
import type { Identity } from './identity.ts';
import { type CarriedIdentities, type PairStatement, type ResolvedIdentities, resolveIdentities } from './resolve-identities.ts';

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
const at = (firstMs: number, one: CarriedIdentities): CarriedIdentities => ({ ...one, firstMs });
const unlink = (left: Identity, right: Identity): PairStatement => ({ left, right, isLink: false });

function customersOf({ customers, identities }: ResolvedIdentities): Record<string, string> {
  return Object.fromEntries(identities.map(({ identity, customer }) => [`${identity.kind}:${identity.value}`, customers[customer] ?? '']));
}

describe('identities', () => {
  it('that one event carries are one customer, named by the user id', () => {
    const found = customersOf(resolveIdentities([carried('u1', 'L1'), carried('', 'L1', 'e1')], []));
    expect(found).toEqual({ 'user:u1': 'u1', 'loyalty:L1': 'u1', 'email:e1': 'u1' });
  });

  it('of two user ids that claim one card are two customers; who had it first has it, and what came with it', () => {
    const claims = [at(2, carried('u1', 'L1')), at(1, carried('u2', 'L1')), at(3, carried('', 'L1', 'e1'))];
    const found = customersOf(resolveIdentities(claims, []));
    expect(found).toEqual({ 'user:u1': 'u1', 'user:u2': 'u2', 'loyalty:L1': 'u2', 'email:e1': 'u2' });
  });

  it('of two user ids are one customer, named by the smallest, where the operator trusts what they share', () => {
    const rules = { ...defaultIdentityRules, usersJoinedBy: ['loyalty' as const] };
    const found = customersOf(resolveIdentities([carried('u2', 'L1'), carried('u1', 'L1'), carried('', 'L1', 'e1')], [], rules));
    expect(found).toEqual({ 'user:u1': 'u1', 'user:u2': 'u1', 'loyalty:L1': 'u1', 'email:e1': 'u1' });
  });

  it('of two user ids are one customer when a person says so', () => {
    const found = customersOf(resolveIdentities([carried('u2', 'L1'), carried('u1', 'L1')], [link(user('u1'), user('u2'))]));
    expect(found).toEqual({ 'user:u1': 'u1', 'user:u2': 'u1', 'loyalty:L1': 'u1' });
  });

  it('of two user ids stay two customers when only likeness speaks for one', () => {
    const likeness = { ...link(user('u1'), user('u2')), isProbable: true };
    expect(resolveIdentities([carried('u1'), carried('u2')], [likeness]).customers).toEqual(['u1', 'u2']);
    const toCard = { ...link(user('u1'), card('L9')), isProbable: true };
    expect(resolveIdentities([carried('u1'), carried('', 'L9')], [toCard]).customers).toEqual(['u1']);
    expect(resolveIdentities([carried('u1'), carried('', 'L9')], [unlink(user('u1'), card('L9')), toCard]).customers).toEqual([
      'loyalty:L9',
      'u1',
    ]);
  });

  it('give way in the order of their kinds: the lowest link of a contradiction is left out, the others stay', () => {
    const claims = [at(1, carried('u1', 'L1', 'e1')), at(2, carried('u2', 'L2', 'e1'))];
    expect(customersOf(resolveIdentities(claims, []))).toEqual({
      'user:u1': 'u1',
      'loyalty:L1': 'u1',
      'email:e1': 'u1',
      'user:u2': 'u2',
      'loyalty:L2': 'u2',
    });
  });

  it('that are placeholders link nobody, whoever says so', () => {
    const nobody = String(sha256(''));
    const events = [carried('u1', '0000', nobody), carried('u2', '0000', nobody), carried('', 'L1', nobody), carried('NULL', 'L1')];
    const { customers } = resolveIdentities(events, [link(user('u1'), card('0000'))]);
    expect(new Set(customers)).toEqual(new Set(['u1', 'u2', 'loyalty:0000', `email:${nobody}`, 'loyalty:L1', 'NULL']));
  });

  it('that a household shares link nobody beyond the cap, counted by user ids or by addresses', () => {
    const family = (members: number): CarriedIdentities[] =>
      Array.from({ length: members }, (_, index) => ({ ...carried('', '', `e${index}`), phoneHash: 'p' }));
    expect(resolveIdentities(family(4), []).customers).toHaveLength(1);
    expect(resolveIdentities(family(5), []).customers).toHaveLength(6);
  });

  it('shared within days only count the user ids of those days', () => {
    const day = 86_400_000;
    const device = (gapDays: number): CarriedIdentities[] => [
      at(0, { ...carried('', 'L1'), anonymousId: 'd' }),
      ...Array.from({ length: 6 }, (_, index) => at(1 + index * gapDays * day, { ...carried(`u${index}`), anonymousId: 'd' })),
    ];
    expect(customersOf(resolveIdentities(device(1), []))['anonymous:d']).toBe('anonymous:d');
    expect(customersOf(resolveIdentities(device(30), []))['anonymous:d']).toBe('u0');
  });

  it('with more neighbours than anybody has link none of them', () => {
    const till = Array.from({ length: 51 }, (_, index) => carried('till', '', `e${index}`));
    expect(resolveIdentities(till, []).customers).toHaveLength(52);
    expect(resolveIdentities(till.slice(1), []).customers).toHaveLength(1);
  });

  it('do not grow one customer without end: the link beyond the size is left out', () => {
    const chain = Array.from({ length: 120 }, (_, index) => carried('', `L${index}`, `e${index}`));
    const links = Array.from({ length: 119 }, (_, index) => carried('', `L${index + 1}`, `e${index}`));
    const { customers, identities } = resolveIdentities([...chain, ...links], []);
    expect(customers.length).toBeGreaterThan(1);
    const sizes = customers.map((_, row) => identities.filter(({ customer }) => customer === row).length);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(defaultIdentityRules.breakers.size);
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

  it('shared by very many user ids belong to none of them, unless a person says so', () => {
    const { users } = defaultIdentityRules.kinds.email;
    const till = Array.from({ length: users + 1 }, (_, index) => carried(`u${index}`, '', 'till'));
    expect(customersOf(resolveIdentities(till, []))['email:till']).toBe('email:till');
    expect(customersOf(resolveIdentities(till, [link(user('u3'), email('till'))]))['email:till']).toBe('u3');
    expect(customersOf(resolveIdentities(till.slice(1), []))['email:till']).toBe('u1');
  });

  const text = fc.constantFrom('', 'a', 'b', 'c', 'd');
  const event = fc.record({
    userId: text,
    loyaltyId: text,
    emailHash: text,
    phoneHash: text,
    anonymousId: text,
    firstMs: fc.integer({ min: 0, max: 3 }),
  });
  const identity = fc.record({
    kind: fc.constantFrom('user' as const, 'loyalty' as const, 'email' as const, 'phone' as const, 'anonymous' as const),
    value: fc.constantFrom('a', 'b', 'c'),
  });
  const statement = fc.record({ left: identity, right: identity, isLink: fc.boolean() });

  const rules = fc
    .record({ usersJoinedBy: fc.subarray(['loyalty', 'email', 'phone'] as const), size: fc.integer({ min: 2, max: 8 }) })
    .map(({ usersJoinedBy, size }) => ({ ...defaultIdentityRules, usersJoinedBy, breakers: { degree: 50, size } }));

  it('do not depend on the order of events, nor of statements about different pairs', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(statement), rules, fc.integer(), (events, statements, chosen, seed) => {
        const shuffled = events.toSorted((a, b) => weight(a, seed) - weight(b, seed));
        const expected = resolveIdentities(events, statements, chosen);
        expect(resolveIdentities(shuffled, statements, chosen)).toEqual(expected);
        expect(resolveIdentities([...shuffled, ...events], statements, chosen)).toEqual(expected);
        // Only the last statement about a pair counts, so leaving the earlier ones out changes nothing.
        const last = statements.filter((one, index) => !statements.slice(index + 1).some((other) => pair(one) === pair(other)));
        expect(resolveIdentities(events, last.toReversed(), chosen)).toEqual(expected);
      }),
    );
  });

  it('each belong to exactly one customer, and every customer has one', () => {
    fc.assert(
      fc.property(fc.array(event), fc.array(statement), rules, (events, statements, chosen) => {
        const { customers, identities } = resolveIdentities(events, statements, chosen);
        expect(new Set(identities.map(({ identity: { kind, value } }) => `${kind}:${value}`)).size).toBe(identities.length);
        expect(new Set(identities.map(({ customer }) => customer)).size).toBe(customers.length);
        expect(customers).toEqual([...new Set(customers)].toSorted((a, b) => (a < b ? -1 : 1)));
      }),
    );
  });

  it('are as before after a link and an unlink that no event speaks for', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 1 }), fc.array(statement), identity, identity, (events, statements, left, right) => {
        const known = new Set(resolveIdentities(events, statements).identities.map(({ identity: { kind, value } }) => `${kind}:${value}`));
        fc.pre(known.has(`${left.kind}:${left.value}`) && known.has(`${right.kind}:${right.value}`));
        fc.pre(!statements.some((one) => pair(one) === pair(link(left, right))));
        fc.pre(!events.some((one) => carries(one, left) && carries(one, right)));
        const undone = [...statements, link(left, right), unlink(left, right)];
        expect(resolveIdentities(events, undone)).toEqual(resolveIdentities(events, statements));
      }),
    );
  });

  it('of two user ids are never one customer by what events carry', () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        const { identities } = resolveIdentities(events, []);
        const owners = identities.filter(({ identity: { kind } }) => kind === 'user').map(({ customer }) => customer);
        expect(new Set(owners).size).toBe(owners.length);
      }),
    );
  });
});

function carries(event: CarriedIdentities, { kind, value }: Identity): boolean {
  const { userId, loyaltyId, emailHash, phoneHash, anonymousId } = event;
  return { user: userId, loyalty: loyaltyId, email: emailHash, phone: phoneHash, anonymous: anonymousId }[kind] === value;
}

function weight({ userId, loyaltyId, emailHash, firstMs }: CarriedIdentities, seed: number): number {
  const text = `${seed}${userId}/${loyaltyId}/${emailHash}/${firstMs}`;
  return Array.from(text).reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) | 0, 7);
}

function pair({ left, right }: PairStatement): string {
  return [`${left.kind}:${left.value}`, `${right.kind}:${right.value}`].toSorted().join('|');
}
