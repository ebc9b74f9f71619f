import { describe, expect, it } from 'vitest';

import { registryWith } from '../../../test/fixtures/signal-registry.ts';
import type { Signal } from '../validate-signal.ts';
import { signalsOfMessage } from '../wire/index.ts';
import { validatePlanned } from './planned-signal.ts';

function raw(properties: unknown, customer: unknown = { userId: 'u-1' }, type = 'visit'): Record<string, unknown> {
  return { id: 'v-1', type, customer, at: '2026-01-31', properties };
}

function check(plan: string, signal: unknown): { readonly verdict: unknown; readonly surprises: unknown } {
  return validatePlanned(signal, registryWith(plan));
}

function propertiesOf(plan: string, signal: unknown): unknown {
  const { verdict } = validatePlanned(signal, registryWith(plan));
  if (!verdict.ok) throw new Error(verdict.message);
  const kept: Signal = verdict.signal;
  return JSON.parse(kept.properties);
}

describe('a property that nobody planned', () => {
  const signal = raw({ page: '/home', mood: 'good' });

  it('blocks the signal as the log does, and is counted', () => {
    expect(check('', signal)).toMatchObject({
      verdict: { ok: false, code: 'SIGNAL_INVALID', message: "unknown key 'mood' in properties" },
      surprises: [{ kind: 'unplanned-property', type: 'visit', name: 'mood', action: 'block' }],
    });
  });

  it('is left out where the plan says omit', () => {
    const plan = 'types: { visit: { version: 1, surprises: { properties: omit } } }';
    expect(propertiesOf(plan, signal)).toEqual({ page: '/home' });
    expect(check(plan, signal).surprises).toEqual([{ kind: 'unplanned-property', type: 'visit', name: 'mood', action: 'omit' }]);
  });

  it('is kept under extra where the plan says allow', () => {
    const plan = 'types: { visit: { version: 1, surprises: { properties: allow } } }';
    expect(propertiesOf(plan, raw({ page: '/home', mood: { now: ['good', 1] } }))).toEqual({
      page: '/home',
      extra: { mood: { now: ['good', 1] } },
    });
  });

  it('is kept under its own name, also when that is the name of a prototype', () => {
    const plan = 'types: { visit: { version: 1, surprises: { properties: allow } } }';
    const hostile: unknown = JSON.parse('{"__proto__":{"isAdmin":true},"constructor":"x"}');
    const { verdict } = validatePlanned(raw(hostile), registryWith(plan));
    expect(verdict.ok && verdict.signal.properties).toBe('{"extra":{"__proto__":{"isAdmin":true},"constructor":"x"}}');
    expect(({} as Record<string, unknown>)['isAdmin']).toBeUndefined();
  });

  it.each([
    ['an e-mail address', 'write to jo@example.org'],
    ['an e-mail address deep inside', { a: [{ b: 'jo@example.org' }] }],
    ['an e-mail address as key', { 'jo@example.org': 1 }],
    ['half a surrogate pair', '\ud800'],
    ['a depth of nine', { a: { a: { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } } } }],
    ['a number that JSON has not', Number.NaN],
  ])('with %s is never kept', (_what, value) => {
    const plan = 'types: { visit: { version: 1, surprises: { properties: allow } } }';
    expect(propertiesOf(plan, raw({ page: '/', mood: value }))).toEqual({ page: '/' });
    expect(check(plan, raw({ mood: value })).surprises).toMatchObject([{ name: 'mood', action: 'omit' }]);
  });

  it('does not make a signal larger than the log takes', () => {
    const plan = 'types: { visit: { version: 1, surprises: { properties: allow } } }';
    expect(check(plan, raw({ mood: 'x'.repeat(40_000) })).verdict).toMatchObject({ ok: false, code: 'SIGNAL_INVALID' });
  });
});

describe('a value that the plan does not accept', () => {
  const plan = (invalid: string): string =>
    `types: { visit: { version: 1, surprises: { invalid: ${invalid} }, properties: { page: { values: ['/a', '/b'] } } } }`;

  it('blocks the signal', () => {
    expect(check(plan('block'), raw({ page: '/c' }))).toMatchObject({
      verdict: { ok: false, code: 'SIGNAL_INVALID' },
      surprises: [{ kind: 'invalid-property', name: 'page', action: 'block' }],
    });
    expect(propertiesOf(plan('block'), raw({ page: '/b' }))).toEqual({ page: '/b' });
  });

  it('is left out where the plan says omit, also when only the log refuses it', () => {
    expect(propertiesOf(plan('omit'), raw({ page: '/c', durationSeconds: 5 }))).toEqual({ durationSeconds: 5 });
    expect(propertiesOf(plan('omit'), raw({ page: '/a', durationSeconds: 'long' }))).toEqual({ page: '/a' });
  });

  it('is never left out of what the type demands', () => {
    const signal = raw({ action: 'steal' }, { userId: 'u-1' }, 'cart');
    expect(check('types: { cart: { version: 1, surprises: { invalid: omit } } }', signal).verdict).toMatchObject({
      ok: false,
      code: 'SIGNAL_INVALID',
    });
  });
});

describe('a plan that demands more than the log', () => {
  const plan = `
types:
  purchase:
    version: 1
    subject: [user, email]
    properties:
      orderId: { required: true }
      giftWrap: { kind: boolean }
      basketSize: { kind: count, required: true, max: 50 }
`;
  const signal = (more: object, customer: object = { userId: 'u-1' }): unknown =>
    raw({ amountMinor: 5, currency: 'EUR', orderId: 'o', ...more }, customer, 'purchase');

  it('keeps its own properties under extra', () => {
    expect(propertiesOf(plan, signal({ basketSize: 3, giftWrap: true }))).toEqual({
      currency: 'EUR',
      extra: { basketSize: 3, giftWrap: true },
    });
  });

  it.each([
    [{ basketSize: 3, orderId: undefined }, 'properties.orderId: a value was expected, because the tracking plan demands it'],
    [{}, 'properties.basketSize: a value was expected'],
    [{ basketSize: 51 }, 'properties.basketSize: a number of at most 50'],
    [{ basketSize: 3, giftWrap: 'yes' }, 'properties.giftWrap: true or false was expected; found "yes"'],
  ])('refuses %j and says why', (more, clause) => {
    expect(check(plan, signal(more)).verdict).toMatchObject({ ok: false, message: expect.stringContaining(clause) as string });
  });

  it('takes its own properties from the wire by their names', () => {
    const message = {
      type: 'track',
      event: 'Order Completed',
      messageId: 'm',
      userId: 'u',
      timestamp: '2026-01-01',
      properties: {
        order_id: 'o',
        revenue: 1,
        giftWrap: false,
        products: [
          { sku: 'a', basketSize: 2 },
          { sku: 'b', basketSize: 4 },
        ],
      },
    };
    const { verdicts } = signalsOfMessage(message, {
      receivedAtMs: 0,
      source: 's',
      format: 'segment',
      registry: registryWith(plan),
      defaultCurrency: 'EUR',
    });
    expect(verdicts.map((verdict) => verdict.ok && verdict.signal.properties)).toEqual([
      '{"currency":"EUR","extra":{"basketSize":2,"giftWrap":false}}',
      '{"currency":"EUR","extra":{"basketSize":4,"giftWrap":false}}',
    ]);
  });

  it('leaves out identities that the type may not carry, and refuses a signal that then has none', () => {
    const both = validatePlanned(signal({ basketSize: 1 }, { userId: 'u-1', anonymousId: 'a-1' }), registryWith(plan));
    expect(both).toMatchObject({
      verdict: { ok: true, signal: { userId: 'u-1', anonymousId: '' } },
      surprises: [{ kind: 'unplanned-identity', name: 'anonymous' }],
    });
    expect(check(plan, signal({ basketSize: 1 }, { anonymousId: 'a-1' })).verdict).toMatchObject({ ok: false, code: 'SIGNAL_INVALID' });
  });

  it('switches off rules whose constant it no longer accepts', () => {
    const registry = registryWith(
      'types: { preference-change: { version: 1, properties: { attribute: { values: [residency, language] } } } }',
    );
    const message = { type: 'identify', messageId: 'm', userId: 'u', timestamp: '2026-01-01', traits: { firstName: 'Jo', language: 'de' } };
    const { verdicts } = signalsOfMessage(message, { receivedAtMs: 0, source: 's', format: 'segment', registry, defaultCurrency: 'EUR' });
    expect(verdicts.map((verdict) => verdict.ok && verdict.signal.properties)).toEqual(['{"attribute":"language","value":"de"}']);
  });
});

describe('an event that nobody planned', () => {
  const message = { type: 'track', event: 'Wheel Spun', messageId: 'm-1', userId: 'u-1', timestamp: '2026-01-01' };
  const run = (plan: string): unknown =>
    signalsOfMessage(message, { receivedAtMs: 0, source: 's', format: 'segment', registry: registryWith(plan), defaultCurrency: 'EUR' });

  it('is blocked with a code of its own', () => {
    expect(run('')).toMatchObject({
      id: 'm-1',
      verdicts: [{ ok: false, code: 'SIGNAL_EVENT_UNPLANNED' }],
      surprises: [{ kind: 'unplanned-event', type: '', name: 'Wheel Spun', action: 'block' }],
    });
  });

  it('is taken and not stored where the plan says omit', () => {
    expect(run('defaults: { surprises: { events: omit } }')).toEqual({
      id: 'm-1',
      verdicts: [],
      surprises: [{ kind: 'unplanned-event', type: '', name: 'Wheel Spun', action: 'omit' }],
    });
  });
});
