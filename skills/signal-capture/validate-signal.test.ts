import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { signalTypeIds, signalTypes } from './signals/signal-types.ts';
import { consentPurposes, declaredAttributes } from './signals/standing.ts';
import { type Signal, validateSignal } from './validate-signal.ts';

const hash = 'a'.repeat(64);

/** One honest signal of each type. */
const examples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  purchase: { orderId: 'o-1', amountMinor: 1999, currency: 'EUR', sku: 'A', quantity: 1, vertical: 'shoes', source: 'newsletter' },
  return: { orderId: 'o-1', amountMinor: 1999, currency: 'EUR', purchasedAt: '2026-01-01' },
  browse: { sku: 'A' },
  search: { query: 'red shoes', results: 12 },
  cart: { action: 'add', sku: 'A', quantity: 1, amountMinor: 1999, currency: 'EUR' },
  wishlist: { action: 'add', sku: 'A' },
  review: { sku: 'A', rating: 4, body: 'Good.\nVery good.' },
  referral: { action: 'invite', referredUserId: 'u-2' },
  visit: { page: '/home' },
  call: { direction: 'inbound', durationSeconds: 180 },
  chat: { action: 'start', topic: 'delivery' },
  'email-engagement': { action: 'open', campaign: 'spring' },
  'sms-engagement': { action: 'click' },
  'push-engagement': { action: 'tap' },
  'social-engagement': { action: 'follow', network: 'somewhere' },
  'app-session': { action: 'open', version: '1.2' },
  'loyalty-action': { action: 'tier', tier: 'gold' },
  'support-contact': { action: 'open', ticket: 't-1' },
  'survey-response': { survey: 'nps', score: 9 },
  'consent-event': { purpose: 'marketing', granted: false },
  'identity-link': { left: { kind: 'user', value: 'u-1' }, right: { kind: 'email', value: hash } },
  'identity-unlink': { left: { kind: 'user', value: 'u-1' }, right: { kind: 'loyalty', value: 'l-1' } },
  'preference-change': { attribute: 'residency', value: 'US-CA' },
  'milestone-event': { milestone: 'subscription', value: 'active' },
  'anomaly-event': { kind: 'bot', severity: 'low' },
};

function wire(type: string, changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { id: `${type}-1`, type, customer: { userId: 'u-1' }, at: '2026-01-31T12:00:00Z', properties: examples[type], ...changes };
}

function accepted(raw: unknown): Signal {
  const verdict = validateSignal(raw);
  if (!verdict.ok) throw new Error(verdict.message);
  return verdict.signal;
}

describe('the 25 signal types', () => {
  it('are 25, each kebab-case, each with a sentence', () => {
    expect(signalTypeIds).toHaveLength(25);
    expect(new Set(signalTypeIds).size).toBe(25);
    for (const id of signalTypeIds) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(signalTypes[id].says).toMatch(/\.$/);
    }
  });

  it.each(signalTypeIds)('accepts a %s and refuses one with an unknown property', (type) => {
    expect(validateSignal(wire(type))).toMatchObject({ ok: true, signal: { type, dayNo: 20_484, userId: 'u-1' } });
    const verdict = validateSignal(wire(type, { properties: { ...examples[type], surprise: 1 } }));
    expect(verdict).toMatchObject({ ok: false, code: 'SIGNAL_INVALID' });
    expect(!verdict.ok && verdict.message).toContain("unknown key 'surprise'");
  });

  it('stand in the README, every one with its properties', () => {
    const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
    for (const id of signalTypeIds) {
      const properties = Object.keys(signalTypes[id].properties.shape).map((name) => `\`${name}\``);
      expect(readme).toContain(`| \`${id}\` | ${signalTypes[id].says} | ${properties.join(' ')} |`);
    }
  });
});

it('names every consent purpose and declared attribute in the README', () => {
  const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
  for (const name of [...consentPurposes, ...declaredAttributes]) expect(readme).toContain(`\`${name}\``);
});

describe('a canonical signal', () => {
  it('lifts order, amount and sku into columns and keeps the rest as canonical JSON', () => {
    expect(accepted(wire('purchase', { location: 'Berlin', channel: 'store' }))).toEqual({
      id: 'purchase-1',
      type: 'purchase',
      userId: 'u-1',
      emailHash: '',
      loyaltyId: '',
      phoneHash: '',
      anonymousId: '',
      owner: 'user:u-1',
      tsMs: Date.UTC(2026, 0, 31, 12),
      dayNo: 20_484,
      location: 'Berlin',
      channel: 'store',
      brand: 'unknown',
      orderId: 'o-1',
      amountMinor: 1999,
      sku: 'A',
      properties: '{"currency":"EUR","quantity":1,"source":"newsletter","vertical":"shoes"}',
    });
  });

  it('is the same whatever the order of the keys', () => {
    const straight = wire('purchase');
    const reversed = Object.fromEntries(Object.entries(straight).reverse());
    expect(accepted(reversed)).toEqual(accepted(straight));
  });

  it('has e-mail hashes in lower case, so that one address is one identity', () => {
    expect(accepted(wire('visit', { customer: { emailHash: 'A'.repeat(64) } })).emailHash).toBe(hash);
  });
});

describe('a bad signal', () => {
  it.each([
    ['is not an object', null, 'SIGNAL_INVALID', 'an object was expected'],
    ['is a list', [], 'SIGNAL_INVALID', 'an object was expected'],
    ['has no type', { id: 'x' }, 'SIGNAL_TYPE_UNKNOWN', 'type nothing'],
    ['has another type', wire('teleport'), 'SIGNAL_TYPE_UNKNOWN', 'teleport'],
    ['has the name of an object method as type', wire('toString'), 'SIGNAL_TYPE_UNKNOWN', 'toString'],
    ['has no id', wire('visit', { id: '' }), 'SIGNAL_INVALID', 'id:'],
    ['names no customer', wire('visit', { customer: {} }), 'SIGNAL_INVALID', 'at least one of userId, emailHash, loyaltyId'],
    ['has a date in words', wire('visit', { at: 'yesterday' }), 'SIGNAL_DATE_INVALID', '"yesterday"'],
    ['has no date', wire('visit', { at: undefined }), 'SIGNAL_DATE_INVALID', 'at:'],
    ['has a negative amount', wire('purchase', { properties: { amountMinor: -1, currency: 'EUR' } }), 'SIGNAL_AMOUNT_NEGATIVE', '-1'],
    ['has a negative return', wire('return', { properties: { amountMinor: -1, currency: 'EUR' } }), 'SIGNAL_AMOUNT_NEGATIVE', '-1'],
    ['has half a cent', wire('purchase', { properties: { amountMinor: 0.5, currency: 'EUR' } }), 'SIGNAL_AMOUNT_INVALID', 'whole number'],
    ['has an amount in words', wire('purchase', { properties: { amountMinor: '5', currency: 'EUR' } }), 'SIGNAL_AMOUNT_INVALID', '"5"'],
    ['has no currency', wire('purchase', { properties: { amountMinor: 5 } }), 'SIGNAL_INVALID', 'ISO 4217'],
    ['has a NUL in an id', wire('visit', { id: 'a\u0000b' }), 'SIGNAL_INVALID', 'control characters'],
    ['has half a surrogate pair', wire('visit', { location: '\ud800' }), 'SIGNAL_INVALID', 'control characters'],
    ['has an unknown consent purpose', wire('consent-event', { properties: { purpose: 'x', granted: true } }), 'SIGNAL_INVALID', 'purpose'],
    [
      'has a residency in words',
      wire('preference-change', { properties: { attribute: 'residency', value: 'Germany' } }),
      'SIGNAL_INVALID',
      'DE',
    ],
    [
      'has an unknown subscription status',
      wire('milestone-event', { properties: { milestone: 'subscription', value: 'odd' } }),
      'SIGNAL_INVALID',
      'paused',
    ],
  ])('that %s is refused with its reason', (_what, raw, code, clause) => {
    const verdict = validateSignal(raw);
    expect(verdict).toMatchObject({ ok: false, code });
    expect(!verdict.ok && verdict.message).toContain(clause);
  });

  it.each([
    ['as emailHash', wire('visit', { customer: { emailHash: 'jo@example.org' } })],
    ['as userId', wire('visit', { customer: { userId: 'jo@example.org' } })],
    ['as loyaltyId', wire('visit', { customer: { loyaltyId: 'jo@example.org' } })],
    [
      'in a link',
      wire('identity-link', { properties: { left: { kind: 'user', value: 'u' }, right: { kind: 'email', value: 'jo@example.org' } } }),
    ],
  ])('with an e-mail address in clear %s is refused, and the message does not repeat the address', (_where, raw) => {
    const verdict = validateSignal(raw);
    expect(verdict).toMatchObject({ ok: false, code: 'SIGNAL_INVALID' });
    expect(!verdict.ok && verdict.message).toContain('an e-mail address in clear is refused');
    expect(!verdict.ok && verdict.message).not.toContain('jo@example.org');
  });

  it('never makes validation throw', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withNullPrototype: true }), fc.constantFrom(...signalTypeIds), (value, type) => {
        for (const raw of [value, wire(type, { properties: value }), wire(type, { customer: value })]) {
          expect(() => validateSignal(raw)).not.toThrow();
        }
      }),
    );
  });
});
