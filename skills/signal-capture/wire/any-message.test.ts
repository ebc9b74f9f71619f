import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { registryWith } from '../../../test/fixtures/signal-registry.ts';
import { eventKey, namesOf } from '../plan/compiled-registry.ts';
import { signalTypeIds } from '../signals/signal-types.ts';
import { messagesOfBody, signalsOfMessage, type WireArrival, type WireFormat } from './index.ts';

const strict = registryWith();
const open = registryWith('defaults: { surprises: { events: omit, properties: allow, invalid: omit } }');
const formats: readonly WireFormat[] = ['segment', 'cloud-event', 'signal'];

function map(message: unknown, format: WireFormat, registry = strict): WireArrival {
  return signalsOfMessage(message, { receivedAtMs: Date.UTC(2026, 10, 21), source: 'fuzz', format, registry, defaultCurrency: 'EUR' });
}

/** What is wrong with an answer, whatever was asked; nothing when it is whole. */
function faultOf({ id, verdicts, surprises }: WireArrival): string | undefined {
  if (typeof id !== 'string') return 'its id is no text';
  const signals = verdicts.flatMap((verdict) => (verdict.ok ? [verdict.signal] : []));
  if (new Set(signals.map((signal) => signal.id)).size < signals.length) return 'two signals have one id';
  if (!signals.every(({ amountMinor, tsMs }) => Number.isSafeInteger(amountMinor) && amountMinor >= 0 && Number.isSafeInteger(tsMs))) {
    return 'an amount or a time is no whole number';
  }
  if (!signals.every(({ properties }) => isJson(properties))) return 'properties are no JSON';
  const ids = signals.map(({ userId, loyaltyId, anonymousId }) => `${userId} ${loyaltyId} ${anonymousId}`);
  if (ids.some((text) => /\S@\S+\.\S/.test(text))) return 'an id is an e-mail address';
  return surprises.every(({ name }) => name.length <= 104 && name.isWellFormed()) ? undefined : 'a surprise has no name to show';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const strangeText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    '\ud800',
    '\u0000',
    'jo@example.org',
    'a@' + '.'.repeat(5000),
    ' '.repeat(2000),
    '١٢',
  ),
);
const strangeNumber = fc.oneof(
  fc.double(),
  fc.constantFrom(1e308, -1e308, 2 ** 53, Number.MIN_VALUE, -0, Number.NaN, Number.POSITIVE_INFINITY),
);
const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    strangeText,
    strangeNumber,
    fc.constantFrom(null, undefined, true, false, [], {}),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(strangeText, tie('value'), { maxKeys: 4, noNullPrototype: false }),
  ),
})).value;

const eventNames = [...strict.types.values()].flatMap(({ plan }) => plan.names.flatMap(namesOf));
const knownNames = [...new Set([...strict.track.values()].flatMap(({ known, knownInLine }) => [...known, ...knownInLine]))];
const properties = fc.dictionary(
  fc.oneof(fc.constantFrom(...knownNames), strangeText),
  fc.oneof(value, fc.constantFrom('1', 1, 'EUR', 'add', 9.99)),
  { maxKeys: 8 },
);
const message = fc.record(
  {
    type: fc.oneof(fc.constantFrom('track', 'page', 'screen', 'identify', 'alias', 'group', ...signalTypeIds), strangeText),
    event: fc.oneof(fc.constantFrom(...eventNames), value),
    messageId: fc.oneof(fc.uuid(), value),
    id: fc.oneof(fc.uuid(), value),
    userId: fc.oneof(fc.constantFrom('u-1', 'jo@example.org', 7), value),
    anonymousId: fc.oneof(fc.uuid(), value),
    previousId: value,
    customer: fc.oneof(fc.constant({ userId: 'u' }), value),
    at: fc.oneof(fc.constant('2026-01-01'), value),
    timestamp: fc.oneof(fc.constantFrom('2026-01-01T00:00:00Z', '0000-00-00'), value),
    originalTimestamp: value,
    sentAt: fc.oneof(fc.constant('1970-01-01T00:00:00Z'), value),
    properties: fc.oneof(properties, value),
    traits: fc.oneof(properties, value),
    context: fc.oneof(value, fc.record({ traits: value, consent: fc.record({ categoryPreferences: value }), externalIds: value })),
    specversion: fc.constantFrom('1.0', '0.3'),
    source: fc.oneof(fc.constant('/s'), value),
    data: value,
    data_base64: fc.oneof(fc.constant(undefined), value),
    groupId: value,
  },
  { requiredKeys: [] },
);

describe('any message', () => {
  it('is answered, never with an exception, and what is accepted is whole', () => {
    fc.assert(
      fc.property(
        fc.oneof(message, value, fc.anything({ withBigInt: true, withNullPrototype: true, withDate: true, withMap: true })),
        (raw) => {
          for (const format of formats) for (const registry of [strict, open]) expect(faultOf(map(raw, format, registry))).toBeUndefined();
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('is answered the same twice', () => {
    fc.assert(
      fc.property(message, (raw) => {
        expect(map(raw, 'segment', open)).toEqual(map(raw, 'segment', open));
      }),
      { numRuns: 500 },
    );
  });

  it('that is nested without end is answered', () => {
    const deep: unknown = JSON.parse(`${'{"a":'.repeat(8000)}1${'}'.repeat(8000)}`);
    const store = { type: 'track', event: 'Store Visited', messageId: 'm', userId: 'u', timestamp: '2026-01-01', properties: { deep } };
    const unnamed = { ...store, messageId: undefined };
    const messages = [deep, store, unnamed, { type: 'visit', id: 'v', customer: deep, properties: deep }];
    const faults = messages.flatMap((raw) => formats.map((format) => faultOf(map(raw, format, open))));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
    expect(map(store, 'segment', open)).toMatchObject({
      verdicts: [{ ok: true }],
      surprises: [{ kind: 'unplanned-property', name: 'deep', action: 'omit' }],
    });
  });

  it('of half a million letters is answered in seconds', () => {
    // A pattern that takes the square of the length would need minutes, and end this test.
    const texts = ['a'.repeat(500_000), `a@${'.'.repeat(500_000)} `, '\t'.repeat(500_000), '@'.repeat(500_000), '-'.repeat(500_000)];
    const fields = ['type', 'event', 'messageId', 'userId', 'previousId', 'timestamp', 'sentAt'];
    const messages = texts.flatMap((text): readonly unknown[] => [
      ...fields.map((field) => ({ type: 'track', event: 'Product Viewed', messageId: 'm', userId: 'u', [field]: text })),
      { type: 'identify', messageId: 'm', traits: { email: text, phone: text, birthday: text, residency: text, [text]: text } },
      { type: 'track', event: 'Order Completed', messageId: 'm', properties: { revenue: text, currency: text, mood: text, path: text } },
    ]);
    const faults = messages.map((message) => faultOf(map(message, 'segment', open)));
    expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
  });
});

describe('an order', () => {
  it('keeps its revenue to the cent, however many lines share it', () => {
    const line = fc.record({
      price: fc.integer({ min: 0, max: 1e6 }).map((minor) => minor / 100),
      quantity: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e9 }), fc.array(line, { minLength: 1, maxLength: 30 }), (minor, products) => {
        const { verdicts } = map(
          {
            type: 'track',
            event: 'Order Completed',
            messageId: 'm',
            userId: 'u',
            timestamp: '2026-01-01',
            properties: { revenue: minor / 100, products },
          },
          'segment',
        );
        const amounts = verdicts.map((verdict) => (verdict.ok ? verdict.signal.amountMinor : Number.NaN));
        expect(amounts).toHaveLength(products.length);
        expect(amounts.reduce((sum, amount) => sum + amount, 0)).toBe(minor);
      }),
    );
  });
});

describe('a batch', () => {
  it('gives its messages the time of sending and the context that they lack', () => {
    const body = {
      batch: [{ type: 'track', context: { ip: 1 } }, { type: 'page', sentAt: 'own' }, 7],
      sentAt: '2026-01-01',
      context: { locale: 'de', ip: 2 },
    };
    expect(messagesOfBody(body)).toEqual([
      { type: 'track', sentAt: '2026-01-01', context: { locale: 'de', ip: 1 } },
      { type: 'page', sentAt: 'own', context: { locale: 'de', ip: 2 } },
      7,
    ]);
    expect(messagesOfBody({ batch: [] })).toEqual([]);
  });

  it('that is none is one message, of the call that the path names', () => {
    expect(messagesOfBody({ event: 'x' }, 'track')).toEqual([{ event: 'x', type: 'track' }]);
    expect(messagesOfBody({ event: 'x', type: 'page' }, 'batch')).toEqual([{ event: 'x', type: 'page' }]);
    expect(messagesOfBody('text', 'track')).toEqual(['text']);
    expect(messagesOfBody({ batch: 7 })).toEqual([{ batch: 7 }]);
    expect(messagesOfBody(null)).toEqual([null]);
  });
});

it('knows event names whatever their case and however their words are parted', () => {
  expect(['Order Completed', 'order_completed', ' ORDER-completed '].map(eventKey)).toEqual([
    'order completed',
    'order completed',
    'order completed',
  ]);
});
