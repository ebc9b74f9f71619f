import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { registryWith } from '../../../test/fixtures/signal-registry.ts';
import type { Signal } from '../validate-signal.ts';
import type { ConsentStringReader } from './consent-string.ts';
import { signalsOfMessage, type WireArrival, type WireContext } from './index.ts';

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
const shipped = registryWith();
const context: WireContext = {
  receivedAtMs: Date.UTC(2026, 10, 21, 12),
  source: 'shop',
  format: 'segment',
  registry: shipped,
  defaultCurrency: 'EUR',
};

function track(event: string, properties: unknown, more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { type: 'track', event, messageId: 'm-1', userId: 'u-1', timestamp: '2026-11-21T10:00:00.000Z', properties, ...more };
}

function arrival(message: unknown, changes: Partial<WireContext> = {}): WireArrival {
  return signalsOfMessage(message, { ...context, ...changes });
}

function signals(message: unknown, changes: Partial<WireContext> = {}): readonly Signal[] {
  return arrival(message, changes).verdicts.map((verdict) => {
    if (!verdict.ok) throw new Error(`${verdict.code}: ${verdict.message}`);
    return verdict.signal;
  });
}

function said({ type, properties }: Signal): Readonly<Record<string, unknown>> {
  return { type, ...(JSON.parse(properties) as object) };
}

describe('an order', () => {
  const order = {
    order_id: 'o-1',
    affiliation: 'Web shop',
    total: 30.5,
    revenue: 25,
    shipping: 3,
    tax: 2,
    coupon: 'SUMMER',
    currency: 'USD',
    products: [
      {
        product_id: 'p-1',
        sku: 'S-1',
        name: 'Shirt',
        price: 19.99,
        quantity: 1,
        category: 'shirts',
        brand: 'North',
        position: 1,
        image_url: 'https://x/1',
      },
      { product_id: 'p-2', price: 3, quantity: 2, brand: 'South' },
    ],
    store: 'Berlin',
    channel: 'web',
  };

  it('is one purchase per line; the lines add up to the revenue, without shipping and tax', () => {
    const lines = signals(track('Order Completed', order));
    expect(
      lines.map(({ id, type, orderId, sku, amountMinor, brand, location, channel }) => ({
        id,
        type,
        orderId,
        sku,
        amountMinor,
        brand,
        location,
        channel,
      })),
    ).toEqual([
      { id: 'm-1', type: 'purchase', orderId: 'o-1', sku: 'S-1', amountMinor: 1923, brand: 'North', location: 'Berlin', channel: 'web' },
      { id: 'm-1#2', type: 'purchase', orderId: 'o-1', sku: 'p-2', amountMinor: 577, brand: 'South', location: 'Berlin', channel: 'web' },
    ]);
    expect(lines.map(said)).toEqual([
      { type: 'purchase', currency: 'USD', quantity: 1, vertical: 'shirts' },
      { type: 'purchase', currency: 'USD', quantity: 2 },
    ]);
  });

  it('has the prices of its lines when no whole is named', () => {
    const { revenue: _revenue, total: _total, ...rest } = order;
    expect(signals(track('Order Completed', rest)).map(({ amountMinor }) => amountMinor)).toEqual([1999, 600]);
  });

  it('is one purchase without lines', () => {
    expect(signals(track('Order Completed', { orderId: 'o-2', revenue: '12.345', currency: 'kwd' }))).toMatchObject([
      { id: 'm-1', orderId: 'o-2', amountMinor: 12_345, properties: '{"currency":"KWD"}' },
    ]);
  });

  it('has the currency of the operator when it names none, and that currency’s digits', () => {
    expect(signals(track('Order Completed', { revenue: 1500 }), { defaultCurrency: 'JPY' })).toMatchObject([
      { amountMinor: 1500, properties: '{"currency":"JPY"}' },
    ]);
  });

  it('is split by pieces when no line has a price, and equally when nothing is known', () => {
    const amounts = (products: unknown): readonly number[] =>
      signals(track('Order Completed', { revenue: 10, products })).map(({ amountMinor }) => amountMinor);
    expect(amounts([{ sku: 'a', quantity: 3 }, { sku: 'b' }])).toEqual([750, 250]);
    expect(amounts([{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }])).toEqual([334, 333, 333]);
  });

  it('of Google Analytics is the same', () => {
    const event = {
      transaction_id: 't-1',
      value: 20,
      currency: 'EUR',
      tax: 1,
      items: [{ item_id: 'i-1', item_name: 'Shoe', item_brand: 'North', item_category: 'shoes', price: 20, quantity: 1 }],
    };
    expect(signals(track('purchase', event))).toMatchObject([
      { type: 'purchase', orderId: 't-1', sku: 'i-1', brand: 'North', amountMinor: 2000 },
    ]);
  });

  it('that was refunded is a return per line', () => {
    expect(
      signals(
        track('Order Refunded', {
          order_id: 'o-1',
          total: 10,
          currency: 'EUR',
          products: [
            { sku: 'a', price: 5, quantity: 1 },
            { sku: 'b', price: 5, quantity: 1 },
          ],
        }),
      ),
    ).toMatchObject([
      { id: 'm-1', type: 'return', orderId: 'o-1', sku: 'a', amountMinor: 500 },
      { id: 'm-1#2', type: 'return', orderId: 'o-1', sku: 'b', amountMinor: 500 },
    ]);
  });

  it('that was cancelled is a return with the reason; one that is asked to be taken back has no money yet', () => {
    expect(signals(track('Order Cancelled', { order_id: 'o-1', revenue: 10 })).map(said)).toEqual([
      { type: 'return', currency: 'EUR', reason: 'cancelled' },
    ]);
    expect(signals(track('Return Requested', { order_id: 'o-1', revenue: 10, reason: 'size' }))).toMatchObject([
      { type: 'return', amountMinor: 0 },
    ]);
  });

  it('that was updated is taken and not counted again', () => {
    expect(arrival(track('Order Updated', order))).toEqual({ id: 'm-1', verdicts: [], surprises: [] });
  });

  it.each([
    ['no amount', { order_id: 'o' }, 'SIGNAL_AMOUNT_INVALID'],
    ['an amount in words', { revenue: 'ten' }, 'SIGNAL_AMOUNT_INVALID'],
    ['a thousands separator', { revenue: '1,000.00' }, 'SIGNAL_AMOUNT_INVALID'],
    ['a negative amount', { revenue: -5 }, 'SIGNAL_AMOUNT_NEGATIVE'],
    ['an amount beyond 53 bits', { revenue: 1e300 }, 'SIGNAL_AMOUNT_INVALID'],
    ['a line that is no object and has no price', { products: [null] }, 'SIGNAL_AMOUNT_INVALID'],
    ['no pieces', { products: [{ price: 5, quantity: 0 }] }, 'SIGNAL_INVALID'],
    ['a currency in words', { revenue: 5, currency: 'euros' }, 'SIGNAL_INVALID'],
  ])('with %s is refused', (_what, properties, code) => {
    expect(arrival(track('Order Completed', properties)).verdicts[0]).toMatchObject({ ok: false, code });
  });

  it('takes tiny and long decimals as they are meant', () => {
    expect(signals(track('Order Completed', { revenue: 0.1 + 0.2 }))[0]?.amountMinor).toBe(30);
    expect(signals(track('Order Completed', { revenue: 1e-7 }))[0]?.amountMinor).toBe(0);
  });
});

describe('identities', () => {
  it('of identify become links, and declared traits become preferences', () => {
    const message = {
      type: 'identify',
      messageId: 'i-1',
      userId: 'u-1',
      anonymousId: 'a-1',
      timestamp: '2026-11-21T10:00:00Z',
      traits: {
        email: 'Jo@Example.org',
        birthday: '1984-05-06',
        address: { country: 'us', state: 'CA' },
        minor: false,
        loyaltyTier: 'gold',
        hobby: 'chess',
      },
    };
    const found = signals(message);
    expect(found.map(said)).toEqual([
      { type: 'loyalty-action', action: 'tier', tier: 'gold' },
      {
        type: 'identity-link',
        left: { kind: 'user', value: 'u-1' },
        right: { kind: 'email', value: sha('jo@example.org') },
        reason: 'identify',
      },
      { type: 'identity-link', left: { kind: 'user', value: 'u-1' }, right: { kind: 'anonymous', value: 'a-1' }, reason: 'identify' },
      { type: 'preference-change', attribute: 'residency', value: 'US-CA' },
      { type: 'preference-change', attribute: 'birthYear', value: '1984' },
      { type: 'preference-change', attribute: 'minor', value: 'false' },
      { type: 'preference-change', attribute: 'country', value: 'US' },
    ]);
    expect(found.map(({ id }) => id)).toEqual(['i-1', 'i-1#2', 'i-1#3', 'i-1#4', 'i-1#5', 'i-1#6', 'i-1#7']);
    expect(found.every(({ owner, emailHash }) => owner === 'user:u-1' && emailHash === sha('jo@example.org'))).toBe(true);
    expect(arrival(message).surprises).toEqual([
      { kind: 'unplanned-property', type: 'preference-change', name: 'traits.hobby', action: 'omit' },
    ]);
    expect(JSON.stringify(arrival(message))).not.toMatch(/@|chess/);
  });

  it('of identify that say nothing new are taken and store nothing', () => {
    expect(arrival({ type: 'identify', messageId: 'i-2', userId: 'u-1', traits: { name: 'Jo' } })).toEqual({
      id: 'i-2',
      verdicts: [],
      surprises: [],
    });
  });

  it('skips a trait that says nothing in the declared form, and counts it', () => {
    const message = { type: 'identify', messageId: 'i-3', userId: 'u-1', traits: { residency: 'Germany', language: 'de' } };
    expect(signals(message).map(said)).toEqual([{ type: 'preference-change', attribute: 'language', value: 'de' }]);
    expect(arrival(message).surprises).toMatchObject([{ kind: 'invalid-property', name: 'residency', action: 'omit' }]);
  });

  it('of alias are linked: a UUID is an anonymous id, another text a user id of before', () => {
    const alias = (previousId: string): readonly Record<string, unknown>[] =>
      signals({ type: 'alias', messageId: 'a-1', userId: 'u-1', previousId }).map(said);
    expect(alias('507f191e-810c-4972-9de8-60ea507f191e')).toMatchObject([
      { left: { kind: 'user', value: 'u-1' }, right: { kind: 'anonymous' }, reason: 'alias' },
    ]);
    expect(alias('old-7')).toMatchObject([{ right: { kind: 'user', value: 'old-7' } }]);
    expect(alias('jo@example.org')).toMatchObject([{ right: { kind: 'email', value: sha('jo@example.org') } }]);
    expect(arrival({ type: 'alias', messageId: 'a-2', userId: 'u-1' }).verdicts[0]).toMatchObject({ ok: false, code: 'SIGNAL_INVALID' });
  });

  it('come from traits in the context and from externalIds', () => {
    const message = track(
      'Product Viewed',
      { sku: 'a' },
      {
        userId: undefined,
        anonymousId: 'a-1',
        context: {
          ip: '10.0.0.1',
          traits: { email: 'jo@example.org', phone: '+49 30 123456' },
          externalIds: [
            { id: 'L-9', type: 'loyalty_id', collection: 'users', encoding: 'none' },
            { id: 'x', type: 'ios.idfa' },
          ],
        },
      },
    );
    expect(signals(message)).toMatchObject([
      { owner: 'loyalty:L-9', emailHash: sha('jo@example.org'), phoneHash: sha('+4930123456'), anonymousId: 'a-1', userId: '' },
    ]);
  });

  it('taken apart say which two', () => {
    expect(signals(track('Identity Unlinked', { idType: 'email', id: 'jo@example.org', from: 'u-2' })).map(said)).toEqual([
      { type: 'identity-unlink', left: { kind: 'user', value: 'u-2' }, right: { kind: 'email', value: sha('jo@example.org') } },
    ]);
  });

  it('that are missing are refused', () => {
    expect(arrival(track('Product Viewed', {}, { userId: '' })).verdicts[0]).toMatchObject({ ok: false, code: 'SIGNAL_INVALID' });
  });
});

describe('consent', () => {
  const preferences = {
    consent: { categoryPreferences: { Advertising: false, Analytics: true, DataSharing: false, Functional: true, Games: true } },
  };

  it('that travels with a message becomes a signal per purpose', () => {
    const message = track('Product Viewed', { sku: 'a' }, { context: preferences });
    expect(signals(message).slice(1).map(said)).toEqual([
      { type: 'consent-event', purpose: 'analytics', granted: true },
      { type: 'consent-event', purpose: 'sale', granted: false },
      { type: 'consent-event', purpose: 'sharing', granted: false },
      { type: 'consent-event', purpose: 'targeted-advertising', granted: false },
    ]);
    expect(arrival(message).surprises).toEqual([{ kind: 'unplanned-category', type: 'consent-event', name: 'Games', action: 'omit' }]);
  });

  it('is read from consent events alone where the operator says so', () => {
    const registry = registryWith('consent: { from: changes }');
    expect(signals(track('Product Viewed', { sku: 'a' }, { context: preferences }), { registry })).toHaveLength(1);
    expect(signals(track('Segment Consent Preference Updated', {}, { context: preferences }), { registry })).toHaveLength(4);
  });

  it('of Google consent mode is read by its words', () => {
    expect(signals(track('consent_update', { ad_storage: 'denied', analytics_storage: 'granted' })).map(said)).toEqual([
      { type: 'consent-event', purpose: 'analytics', granted: true },
      { type: 'consent-event', purpose: 'targeted-advertising', granted: false },
    ]);
  });

  it('that one category gives and another refuses is refused', () => {
    const registry = registryWith('consent: { categories: { News: [marketing], Offers: [marketing] } }');
    const both = { consent: { categoryPreferences: { News: true, Offers: false } } };
    expect(signals(track('Segment Consent Preference Updated', {}, { context: both }), { registry }).map(said)).toEqual([
      { type: 'consent-event', purpose: 'marketing', granted: false },
    ]);
  });

  it('is refused by Global Privacy Control, in the message or in the request', () => {
    const refusal = { type: 'consent-event', purpose: 'gpc', granted: false, method: 'gpc' };
    expect(signals(track('Product Viewed', {}, { context: { gpc: true } })).map(said)).toContainEqual(refusal);
    expect(signals(track('Product Viewed', {}), { hasGlobalPrivacyControl: true }).map(said)).toContainEqual(refusal);
    expect(signals(track('Product Viewed', {}, { context: { gpc: false } }))).toHaveLength(1);
  });

  it('in a string of a consent manager is read by whoever can, and kept with the string', () => {
    const readConsentString: ConsentStringReader = (kind, text) =>
      text === 'good'
        ? { ok: true, choices: [{ purpose: 'sale', granted: false, mode: 'opt-out', jurisdiction: kind === 'gpp' ? 'US' : 'EU' }] }
        : { ok: false, message: 'it was expected to be good' };
    const gpp = (gppString: unknown) => track('Product Viewed', {}, { context: { consent: { gppString } } });
    expect(signals(gpp('good'), { readConsentString }).map(said)).toContainEqual({
      type: 'consent-event',
      purpose: 'sale',
      granted: false,
      mode: 'opt-out',
      jurisdiction: 'US',
      method: 'gpp',
      string: 'good',
    });
    expect(signals(track('Product Viewed', { tcString: 'good' }), { readConsentString }).map(said)).toContainEqual(
      expect.objectContaining({ purpose: 'sale', method: 'tcf', jurisdiction: 'EU' }),
    );
    expect(arrival(gpp('bad'), { readConsentString }).verdicts).toEqual([
      { ok: false, code: 'CONSENT_STRING_INVALID', message: 'GPP string: it was expected to be good' },
    ]);
    for (const unreadable of [7, 'x'.repeat(4001), { a: 1 }]) {
      expect(arrival(gpp(unreadable), { readConsentString }).verdicts).toMatchObject([{ ok: false, code: 'CONSENT_STRING_INVALID' }]);
    }
    expect(arrival(gpp('good')).verdicts).toMatchObject([{ ok: false, code: 'CONSENT_STRING_INVALID' }]);
  });
});

describe('other calls', () => {
  it('page and screen are visits; addresses lose their query', () => {
    const page = {
      type: 'page',
      messageId: 'p-1',
      anonymousId: 'a-1',
      name: 'Home',
      properties: {
        path: '/home?email=jo@example.org',
        title: 'Home',
        url: 'https://x/home',
        referrer: 'https://search.example/?q=secret',
        search: '',
      },
    };
    expect(signals(page)).toMatchObject([
      { type: 'visit', channel: 'web', properties: '{"page":"/home","referrer":"https://search.example/"}' },
    ]);
    expect(signals({ type: 'screen', messageId: 's-1', anonymousId: 'a-1', name: 'Basket' })).toMatchObject([
      { type: 'visit', channel: 'app', properties: '{"page":"Basket"}' },
    ]);
  });

  it('page without a referrer is a visit without one', () => {
    expect(signals({ type: 'page', messageId: 'p', userId: 'u', properties: { referrer: '', path: '/' } })[0]?.properties).toBe(
      '{"page":"/"}',
    );
  });

  it('group is a milestone', () => {
    expect(signals({ type: 'group', messageId: 'g-1', userId: 'u-1', groupId: 'household-3', traits: { name: 'Home' } }).map(said)).toEqual(
      [{ type: 'milestone-event', milestone: 'group', value: 'household-3' }],
    );
  });

  it.each([
    ['names no call', { messageId: 'x', userId: 'u' }, 'type: one of track'],
    ['names another call', { type: 'delete', messageId: 'x', userId: 'u' }, 'found "delete"'],
    ['is a list', [], 'a message was expected'],
    ['is null', null, 'a message was expected'],
    ['tracks nothing', { type: 'track', messageId: 'x', userId: 'u' }, 'event: the name of an event'],
    ['has a date in words', track('Product Viewed', {}, { timestamp: 'noon' }), '"noon"'],
  ])('that %s is refused with its reason', (_what, message, clause) => {
    const { verdicts } = arrival(message);
    expect(verdicts).toHaveLength(1);
    expect(verdicts[0]).toMatchObject({ ok: false, message: expect.stringContaining(clause) as string });
  });

  it('without a messageId get an id from what they say, the same when they are sent again', () => {
    const message = track('Product Viewed', { sku: 'a' }, { messageId: undefined });
    expect(arrival(message).id).toMatch(/^[0-9a-f]{32}$/);
    expect(arrival(structuredClone(message)).id).toBe(arrival(message).id);
    expect(arrival({ ...message, timestamp: '2026-11-21T10:00:01Z' }).id).not.toBe(arrival(message).id);
    expect(arrival(message, { source: 'other' }).id).not.toBe(arrival(message).id);
  });
});
