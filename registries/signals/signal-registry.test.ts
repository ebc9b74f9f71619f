import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { signalFloor } from '../../skills/signal-capture/plan/compiled-registry.ts';
import { signalTypeIds, signalTypes } from '../../skills/signal-capture/signals/signal-types.ts';
import { consentPurposes, declaredAttributes } from '../../skills/signal-capture/signals/standing.ts';
import { signalsOfMessage } from '../../skills/signal-capture/wire/index.ts';
import { readRegistryWith, registryWith, shippedRegistryText } from '../../test/fixtures/signal-registry.ts';

const places = (plan: string): readonly string[] =>
  readRegistryWith({ 'plan.yaml': plan }).diagnostics.map(({ at, message }) => `${at?.file}:${at?.line}:${at?.column}: ${message}`);

describe('the shipped registry', () => {
  const { registry, diagnostics } = readRegistryWith();

  it('has no faults and declares the 25 types', () => {
    expect(diagnostics).toEqual([]);
    expect(Object.keys(registry?.types ?? {}).sort()).toEqual([...signalTypeIds].sort());
  });

  it.each(signalTypeIds)('plans %s exactly as the log demands it', (type) => {
    const planned = registry?.types[type];
    expect(planned?.properties).toEqual(signalFloor[type]);
    expect(planned).toMatchObject({ title: signalTypes[type].title, says: signalTypes[type].says });
    expect(planned?.purpose).toMatch(/\.$/);
  });

  it('names every consent purpose and every declared attribute', () => {
    expect(registry?.types['consent-event']?.properties['purpose']?.values).toEqual(consentPurposes);
    expect(registry?.types['preference-change']?.properties['attribute']?.values).toEqual(declaredAttributes);
    const attributes = registry?.types['preference-change']?.names.flatMap(({ call, set }) =>
      call === 'identify' ? [set['attribute']] : [],
    );
    expect(attributes).toEqual(declaredAttributes);
  });

  it('leaves nothing to surprise: strict, for every identity, like the log', () => {
    expect(registry?.unplannedEvents).toBe('block');
    for (const { subject, surprises } of Object.values(registry?.types ?? {})) {
      expect(subject).toEqual(['user', 'loyalty', 'email', 'phone', 'anonymous']);
      expect(surprises).toEqual({ properties: 'block', invalid: 'block' });
    }
  });
});

describe('every event name of the shipped registry', () => {
  const compiled = registryWith();
  const rich = {
    revenue: 10,
    price: 10,
    direction: 'inbound',
    purpose: 'marketing',
    granted: false,
    attribute: 'language',
    value: '7',
    milestone: 'first-visit',
    kind: 'user',
    id: 'u-9',
    left: { kind: 'user', value: 'u-1' },
    right: { kind: 'loyalty', value: 'L-1' },
    action: 'like',
  };
  const names = [...compiled.types.values()].flatMap(({ id, plan }) =>
    plan.names.flatMap(({ call, events, ga4, own }) =>
      call === 'track' ? [...events, ...ga4, ...own].map((event) => ({ id, event })) : [{ id, event: call }],
    ),
  );

  it.each(names)('$event becomes $id', ({ id, event }) => {
    const rule = compiled.track.get(event);
    const properties = Object.fromEntries(Object.entries(rich).filter(([name]) => rule?.known.has(name)));
    const isCall = rule === undefined;
    const message = {
      type: isCall ? event : 'track',
      event,
      messageId: 'm-1',
      userId: 'u-1',
      anonymousId: 'a-1',
      previousId: 'u-0',
      groupId: 'g-1',
      timestamp: '2026-01-01T00:00:00Z',
      properties,
      traits: { loyaltyTier: 'gold', subscription: 'active', language: 'de' },
      context: { consent: { categoryPreferences: { Analytics: true } } },
    };
    const { verdicts } = signalsOfMessage(message, {
      receivedAtMs: 0,
      source: 't',
      format: 'segment',
      registry: compiled,
      defaultCurrency: 'EUR',
    });
    expect(verdicts.filter((verdict) => !verdict.ok)).toEqual([]);
    expect(verdicts.map((verdict) => verdict.ok && verdict.signal.type)).toContain(id);
  });

  it('reaches all 25 types', () => {
    expect(new Set(names.map(({ id }) => id)).size).toBe(25);
  });
});

describe('the plan of an operator', () => {
  it('may be empty', () => {
    expect(places('')).toEqual([]);
    expect(registryWith().digest).toBe(registryWith('{}').digest);
  });

  it('changes numbers, policies and purposes of a type and nothing else of it', () => {
    const plan = `
defaults: { surprises: { events: omit, properties: omit } }
types:
  visit: { version: 1, retentionDays: 30, freshnessHours: 2, subject: [user], surprises: { properties: allow } }
`;
    const { types, plan: whole } = registryWith(plan);
    expect(whole.unplannedEvents).toBe('omit');
    expect(types.get('visit')?.plan).toMatchObject({
      retentionDays: 30,
      freshnessHours: 2,
      subject: ['user'],
      surprises: { properties: 'allow', invalid: 'block' },
    });
    expect(types.get('cart')?.plan.surprises).toEqual({ properties: 'omit', invalid: 'block' });
    expect(types.get('visit')?.plan.names).toEqual(registryWith().types.get('visit')?.plan.names);
  });

  it('adds names, and takes a name from the type that had it', () => {
    const { track, passes } = registryWith(`
passes: { Product Shared: our shop sends it for every page }
types:
  browse:
    version: 1
    names:
      - own: [Lookbook Opened, order updated]
        take: { category: [collection] }
`);
    expect(track.get('lookbook opened')?.type.id).toBe('browse');
    expect(track.get('order updated')?.type.id).toBe('browse');
    expect(passes.has('order updated')).toBe(false);
    expect(track.has('product shared')).toBe(false);
    expect(passes.has('product shared')).toBe(true);
    expect(track.get('cart shared')?.type.id).toBe('referral');
  });

  it('narrows a property by what it may be, and keeps what is not said', () => {
    const { plan } = registryWith(`
types:
  purchase: { version: 1, properties: { orderId: { required: true }, vertical: { values: [shoes, hats] }, sku: false } }
`);
    expect(plan.types['purchase']?.properties).toEqual({
      orderId: { kind: 'text', required: true },
      amountMinor: { kind: 'amount', required: true },
      currency: { kind: 'currency', required: true },
      quantity: { kind: 'quantity', required: false },
      vertical: { kind: 'enum', required: false, values: ['shoes', 'hats'] },
      source: { kind: 'text', required: false },
    });
  });

  it('stands in the README as it may be written', () => {
    const readme = readFileSync(join(import.meta.dirname, 'README.md'), 'utf8');
    const plan = /^```yaml\n([^]*?)^```/m.exec(readme)?.[1] ?? '';
    expect(places(plan)).toEqual([]);
    const { verdicts } = signalsOfMessage(
      {
        type: 'track',
        event: 'till receipt printed',
        messageId: 'r-1',
        userId: 'u-1',
        timestamp: '2026-01-01',
        properties: {
          receipt_number: 7,
          total: 10,
          lines: [
            { article: 'a', price: 3, count: 2 },
            { article: 'b', price: 3, count: 1 },
          ],
          till: 4,
        },
      },
      { receivedAtMs: 0, source: 't', format: 'segment', registry: registryWith(plan), defaultCurrency: 'EUR' },
    );
    expect(verdicts).toMatchObject([
      { ok: true, signal: { type: 'purchase', orderId: '7', amountMinor: 667, channel: 'store', sku: '' } },
      { ok: true, signal: { amountMinor: 333 } },
    ]);
  });

  it('has another digest for another plan', () => {
    expect(registryWith('types: { visit: { version: 1, retentionDays: 30 } }').digest).not.toBe(registryWith().digest);
  });

  it.each([
    ['types:\n  purchases: { version: 1 }', 'plan.yaml:2:3: one of purchase, return'],
    ['types:\n  visit: { version: 2 }', 'plan.yaml:2:12: visit: version 1 was expected'],
    ['types:\n  visit: { retentionDays: 1 }', 'plan.yaml:2:3: types.visit.version'],
    ['types:\n  visit: { version: 1, colour: red }', "plan.yaml:2:24: unknown key 'colour' in types.visit"],
    ['types:\n  cart:\n    version: 1\n    properties:\n      action: { values: [add, steal] }', 'plan.yaml:5:7: action: values among add'],
    [
      'types:\n  purchase:\n    version: 1\n    properties: { amountMinor: { required: false } }',
      'plan.yaml:4:19: amountMinor: required: true was expected',
    ],
    [
      'types:\n  purchase:\n    version: 1\n    properties: { amountMinor: false }',
      'plan.yaml:4:19: amountMinor: a planned property was expected',
    ],
    ['types:\n  purchase:\n    version: 1\n    properties: { sku: { kind: number } }', 'plan.yaml:4:19: sku: text or id or enum'],
    ['types:\n  review:\n    version: 1\n    properties: { rating: { max: 10 } }', 'plan.yaml:4:19: rating: a max of at most 5'],
    ['types:\n  review:\n    version: 1\n    properties: { rating: { min: 4, max: 2 } }', 'plan.yaml:4:19: rating: a min of at most max'],
    ['types:\n  visit:\n    version: 1\n    properties: { mood: { kind: enum } }', 'plan.yaml:4:19: mood: values were expected'],
    ['types:\n  visit:\n    version: 1\n    properties: { mood: { kind: text, min: 1 } }', 'plan.yaml:4:19: mood: no min and max'],
    [
      'types:\n  visit:\n    version: 1\n    names:\n      - own: [Door Opened]\n        set: { colour: red }',
      "plan.yaml:6:16: 'colour' is not a property of visit; it has page",
    ],
    ['types:\n  visit:\n    version: 1\n    names:\n      - take: { page: [path] }', 'plan.yaml:5:9: the name of an event was expected'],
    [
      'types:\n  visit:\n    version: 1\n    names:\n      - { call: page, own: [Door Opened] }',
      'plan.yaml:5:11: no event names were expected',
    ],
    ['types:\n  cart:\n    version: 1\n    names:\n      - own: [Basket Opened]', 'plan.yaml:5:9: action was expected under set or take'],
    [
      'types:\n  visit:\n    version: 1\n    names:\n      - { own: [Door], take: { page: ["a b"] } }',
      "plan.yaml:5:9: 'a b' is not a path",
    ],
    [
      'types:\n  visit:\n    version: 1\n    names:\n      - { own: [Door], take: { page: [line.page] } }',
      'plan.yaml:5:9: each was expected',
    ],
    [
      'types:\n  visit:\n    version: 1\n    names:\n      - own: [Door]\n      - own: [door]',
      "plan.yaml:6:9: event 'door' belongs to visit already",
    ],
    ['consent:\n  categories:\n    Ads: [world-peace]', 'plan.yaml:3:5: purposes among marketing'],
    ['places: { channel: ["a..b"] }', "plan.yaml:1:11: 'a..b' is not a path"],
    ['defaults: { surprises: { events: allow } }', 'plan.yaml:1:26: defaults.surprises.events'],
    ['types: [', 'plan.yaml:1:'],
    ['types:\n  visit: { version: 1 }\n  visit: { version: 1 }', 'plan.yaml:3:3: '],
  ])('with a fault is refused with its place: %j', (plan, expected) => {
    expect(places(plan)[0]).toContain(expected);
  });

  it('shows all faults of all files at once', () => {
    const { diagnostics } = readRegistryWith({ 'a.yaml': 'colour: red\nplaces: { channel: [1] }', 'b.yaml': 'types: { visit: {} }' });
    expect(diagnostics.map(({ at }) => at?.file)).toEqual(['a.yaml', 'a.yaml', 'b.yaml']);
  });

  it('may be parted over files, each type in one of them', () => {
    const { diagnostics } = readRegistryWith({
      'a.yaml': 'types: { visit: { version: 1 }, cart: { version: 1 } }',
      'b.yaml': 'types: { cart: { version: 1 } }',
    });
    expect(diagnostics).toMatchObject([
      { message: 'types.cart is declared in two files; one was expected', at: { file: 'b.yaml', line: 1, column: 10 } },
    ]);
  });

  it('over a shipped file with a fault is not used', () => {
    const { registry, diagnostics } = readRegistryWith({}, shippedRegistryText.replace('kind: currency, required: true', 'kind: money'));
    expect(registry).toBeUndefined();
    expect(diagnostics[0]).toMatchObject({ code: 'CONFIG_INVALID', at: { file: 'signal-types.yaml' } });
  });
});
