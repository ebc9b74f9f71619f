import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { isPlainSignal } from './plain-signal.ts';
import { floorOf, type PlannedProperty } from './signals/property-kinds.ts';
import { type SignalType, signalSchemas, signalTypeIds, signalTypes } from './signals/signal-types.ts';

const anyText = fc.oneof(
  fc.constantFrom('', ' a', 'a ', 'a b', 'jo@example.org', 'x'.repeat(200), 'x'.repeat(201), 'Zürich', 'a\nb', '\u007f', '~', 'EUR', 'eur'),
  fc.string({ maxLength: 12 }),
  fc.constant('ab'.repeat(32)),
  fc.constant('AB'.repeat(32)),
);
const anyNumber = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.5, 1e9, 31_536_000, 2 ** 53, Number.NaN, Infinity, 100, 150),
  fc.integer(),
  fc.double(),
);
const anyValue = fc.oneof(anyText, anyNumber, fc.boolean(), fc.constantFrom(null, undefined, [], {}), fc.jsonValue({ maxDepth: 1 }));

/** Mostly what the plan says, and often enough something else. */
function valueOf({ kind, values = [] }: PlannedProperty): fc.Arbitrary<unknown> {
  const good: fc.Arbitrary<unknown> =
    kind === 'enum'
      ? fc.constantFrom(...values)
      : kind === 'boolean'
        ? fc.boolean()
        : kind === 'currency'
          ? fc.constant('EUR')
          : kind === 'identity'
            ? fc.constant({ kind: 'user', value: 'u' })
            : ['amount', 'count', 'quantity', 'seconds', 'number'].includes(kind)
              ? fc.integer({ min: 0, max: 200 })
              : fc.stringMatching(/^[a-z0-9]{1,8}$/);
  return fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: anyValue });
}

function signalOf(type: SignalType): fc.Arbitrary<object> {
  const floor = Object.entries(floorOf(signalTypes[type].properties));
  const planned = Object.fromEntries(floor.map(([name, property]) => [name, valueOf(property)]));
  const required = floor.filter(([, property]) => property.required).map(([name]) => name);
  const properties = fc.oneof(
    { weight: 6, arbitrary: fc.record(planned, { requiredKeys: required }) },
    { weight: 1, arbitrary: fc.record(planned, { requiredKeys: [] }) },
  );
  const id = fc.oneof({ weight: 9, arbitrary: fc.stringMatching(/^[a-z0-9-]{1,30}$/) }, { weight: 1, arbitrary: anyValue });
  const hash = fc.oneof({ weight: 9, arbitrary: fc.constant('ab'.repeat(32)) }, { weight: 1, arbitrary: anyValue });
  const customer = fc.record(
    { userId: id, loyaltyId: id, anonymousId: id, emailHash: hash, phoneHash: hash, further: anyValue },
    { requiredKeys: ['userId'] },
  );
  const known = fc.record({ userId: id, emailHash: hash }, { requiredKeys: ['userId'] });
  const place = fc.oneof(fc.constantFrom('', 'store', 'web'), anyValue);
  const signal = {
    id,
    type: fc.constant(type),
    customer: fc.oneof({ weight: 4, arbitrary: known }, { weight: 1, arbitrary: customer }),
    at: fc.oneof({ weight: 9, arbitrary: fc.constant('2026-01-31') }, { weight: 1, arbitrary: anyValue }),
    location: place,
    channel: place,
    brand: place,
    properties: fc.oneof({ weight: 9, arbitrary: properties }, { weight: 1, arbitrary: anyValue }),
  };
  const requiredKeys = ['id', 'type', 'customer', 'at', 'properties'] as const;
  return fc.oneof(
    { weight: 5, arbitrary: fc.record(signal, { requiredKeys: [...requiredKeys] }) },
    { weight: 1, arbitrary: fc.record({ ...signal, further: anyValue }, { requiredKeys: [...requiredKeys] }) },
  );
}

describe.each(signalTypeIds.map((type) => [type]))('a plain %s', (type) => {
  it('is what the schema accepts and does not change', () => {
    fc.assert(
      fc.property(signalOf(type), (signal) => {
        if (!isPlainSignal(signal, type)) return;
        const parsed = signalSchemas[type].safeParse(signal);
        expect(parsed.success, JSON.stringify(signal)).toBe(true);
        expect(parsed.data).toEqual(Object.assign({ location: '', channel: '', brand: '' }, signal));
      }),
      { numRuns: 400 },
    );
  });
});

describe('a plain signal', () => {
  const purchase = {
    id: 'p-1',
    type: 'purchase',
    customer: { userId: 'u-1', emailHash: 'ab'.repeat(32) },
    at: '2026-01-31',
    location: 'Berlin',
    properties: { amountMinor: 100, currency: 'EUR', quantity: 1.5, sku: 'shoe 9' },
  };

  it('is recognised, so that most signals need no schema', () => {
    expect(isPlainSignal(purchase, 'purchase')).toBe(true);
    expect(isPlainSignal({ ...purchase, type: 'visit', properties: {} }, 'visit')).toBe(true);
  });

  it.each([
    ['an unknown key', { ...purchase, further: 1 }],
    ['an undefined value', { ...purchase, brand: undefined }],
    ['an address', { ...purchase, customer: { userId: 'jo@example.org' } }],
    ['no identity', { ...purchase, customer: {} }],
    ['a property that it lacks', { ...purchase, properties: { currency: 'EUR' } }],
    ['a property that nobody knows', { ...purchase, properties: { ...purchase.properties, colour: 'red' } }],
    ['inherited properties', Object.create(purchase) as object],
    ['a list', [purchase]],
  ])('is not one with %s', (_what, signal) => {
    expect(isPlainSignal(signal, 'purchase')).toBe(false);
  });
});
