/** The SDKs of Segment, RudderStack and Jitsu as they come from npm, with nothing but their host changed: each call lands as its signal. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { jitsuAnalytics } from '@jitsu/js';
import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CohortiumError } from '../../skills/sdk/index.ts';
import { type EventDoor, openEventDoor, send, storedFaults, type StoredSignal, storedSignals } from '../fixtures/event-door.ts';

let door: EventDoor;
beforeAll(async () => {
  door = await openEventDoor({ sources: { shop: 'id: shop\nkind: sdk\nchannel: web\nlocation: Berlin\nbrand: Northwind\n' } });
});
afterAll(() => door.close());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const email = 'Ada@Example.test';
const emailHash = sha256('ada@example.test');

/** Signals of one user, each as its type and what tells it from others. */
function landed(userId: string): readonly (StoredSignal & { readonly said: Readonly<Record<string, unknown>> })[] {
  return storedSignals(door.directory)
    .filter((signal) => signal.user_id === userId)
    .map((signal) => ({ ...signal, said: JSON.parse(signal.properties) as Readonly<Record<string, unknown>> })); // canonical JSON of an object
}

async function waitFor(userId: string, count: number): Promise<void> {
  await expect.poll(() => landed(userId).length).toBeGreaterThanOrEqual(count);
}

/** What every SDK's calls become. @param userId whose calls they are */
function expectCalls(userId: string, { hasScreen, hasAlias }: { readonly hasScreen: boolean; readonly hasAlias: boolean }): void {
  const signals = landed(userId);
  const cell = { location: 'Berlin', channel: 'web', brand: 'Northwind', owner: `user:${userId}` };
  const ofType = (type: string): readonly StoredSignal[] => signals.filter((signal) => signal.type === type);
  expect(ofType('purchase')).toEqual([
    expect.objectContaining({ ...cell, order_id: `order-${userId}`, amount_minor: 1999, sku: 'mug' }),
    expect.objectContaining({ ...cell, order_id: `order-${userId}`, amount_minor: 3001, sku: 'pot' }),
  ]);
  expect(ofType('browse')).toEqual([expect.objectContaining({ ...cell, sku: 'mug' })]);
  expect(signals.map(({ type, said }) => [type, said])).toContainEqual([
    'identity-link',
    expect.objectContaining({ left: { kind: 'user', value: userId }, right: { kind: 'email', value: emailHash } }),
  ]);
  expect(signals.map(({ type, said }) => [type, said])).toContainEqual([
    'milestone-event',
    { milestone: 'group', value: `group-${userId}` },
  ]);
  // A screen is a visit by app.
  expect(ofType('visit').map(({ channel }) => channel)).toEqual(hasScreen ? ['web', 'app'] : ['web']);
  if (hasAlias) {
    expect(signals.map(({ said }) => said)).toContainEqual(
      expect.objectContaining({ left: { kind: 'user', value: userId }, right: { kind: 'user', value: `before-${userId}` } }),
    );
  }
  const now = Date.now();
  for (const { ts_ms } of signals) expect(Math.abs(now - ts_ms)).toBeLessThan(60_000);
  expect(new Set(signals.map(({ id }) => id)).size).toBe(signals.length);
}

const order = (userId: string) => ({
  order_id: `order-${userId}`,
  total: 50,
  currency: 'EUR',
  products: [
    { sku: 'mug', price: 19.99, quantity: 1 },
    { sku: 'pot', price: 30.01, quantity: 1 },
  ],
});

describe('@segment/analytics-node', () => {
  const userId = 'segment-user';

  it('delivers every call', async () => {
    const failures: unknown[] = [];
    const answers: number[] = [];
    const analytics = new Analytics({ writeKey: door.writeKey, host: door.host, flushAt: 3 });
    analytics.on('error', (error) => failures.push(error));
    analytics.on('http_response', ({ status }) => answers.push(status));
    analytics.track({ userId, event: 'Order Completed', properties: order(userId) });
    analytics.track({ userId, event: 'Product Viewed', properties: { sku: 'mug' } });
    analytics.identify({ userId, traits: { email } });
    analytics.page({ userId, name: 'Home', properties: { url: 'https://shop.example/?token=secret' } });
    analytics.screen({ userId, name: 'Start' });
    analytics.group({ userId, groupId: `group-${userId}` });
    analytics.alias({ userId, previousId: `before-${userId}` });
    await analytics.closeAndFlush();
    expect(failures).toEqual([]);
    expect(answers).toEqual([200, 200, 200]);
    expectCalls(userId, { hasScreen: true, hasAlias: true });
  });

  it('waits when it is told to, and delivers then', async () => {
    let requests = 0;
    const busy = await openEventDoor({
      change: (intake) => ({
        ...intake,
        admit: (bytes) => {
          if (requests++ === 0) throw new CohortiumError('INTAKE_FULL', 'no room');
          return intake.admit(bytes);
        },
      }),
    });
    const answers: number[] = [];
    const analytics = new Analytics({ writeKey: busy.writeKey, host: busy.host });
    analytics.on('http_response', ({ status }) => answers.push(status));
    analytics.track({ userId: 'patient', event: 'Product Viewed', properties: { sku: 'mug' } });
    await analytics.closeAndFlush({ timeout: 20_000 });
    expect(answers).toEqual([429, 200]);
    expect(storedSignals(busy.directory)).toHaveLength(1);
    await busy.close();
  });

  it('is told of a wrong key, and stores nothing', async () => {
    const failures: unknown[] = [];
    const analytics = new Analytics({ writeKey: 'wrong', host: door.host });
    analytics.on('error', (error) => failures.push(error));
    analytics.track({ userId: 'nobody', event: 'Product Viewed', properties: { sku: 'mug' } });
    await analytics.closeAndFlush();
    expect(failures).toHaveLength(1);
    expect(landed('nobody')).toEqual([]);
  });

  it('finds what was rejected by its message id', async () => {
    const analytics = new Analytics({ writeKey: door.writeKey, host: door.host });
    analytics.track({ userId: 'u', event: 'Nobody Planned This', messageId: 'rejected-1', properties: { email } });
    await analytics.closeAndFlush();
    const list = await send(door, { path: '/v1/rejections', method: 'GET' });
    expect(list).toMatchObject({
      status: 200,
      json: { rejections: expect.arrayContaining([expect.objectContaining({ messageId: 'rejected-1', code: 'SIGNAL_EVENT_UNPLANNED' })]) },
    });
    const { next } = list.json as { readonly next: number }; // checked by the line above
    expect((await send(door, { path: `/v1/rejections?since=${next}`, method: 'GET' })).json).toEqual({ rejections: [], next });
    expect(JSON.stringify(storedFaults(door.directory))).not.toMatch(/ada@/i);
  });

  it('stores nothing twice when it sends again', async () => {
    const messageId = 'sent-twice';
    for (let turn = 0; turn < 2; turn++) {
      const analytics = new Analytics({ writeKey: door.writeKey, host: door.host });
      const timestamp = new Date('2026-01-31T12:00:00Z');
      analytics.track({ userId: 'twice', event: 'Order Completed', messageId, timestamp, properties: order('twice') });
      analytics.track({ userId: 'twice', event: 'Unplanned Twice', messageId: `${messageId}-unplanned`, timestamp });
      await analytics.closeAndFlush();
      await sleep(20);
    }
    expect(landed('twice').map(({ id }) => id)).toEqual([messageId, `${messageId}#2`]);
    expect(storedFaults(door.directory).filter(({ raw }) => raw.includes(messageId))).toHaveLength(1);
  });
});

describe('@rudderstack/rudder-sdk-node', () => {
  it('delivers every call, packed as it packs them', async () => {
    const userId = 'rudder-user';
    const failures: unknown[] = [];
    const analytics = new RudderAnalytics(door.writeKey, {
      dataPlaneUrl: door.host,
      flushAt: 3,
      errorHandler: (error) => failures.push(error),
    });
    analytics.track({ userId, event: 'Order Completed', properties: order(userId) });
    analytics.track({ userId, event: 'Product Viewed', properties: { sku: 'mug' } });
    analytics.identify({ userId, traits: { email } });
    analytics.page({ userId, name: 'Home', properties: { url: 'https://shop.example/' } });
    // Its types know no screen; the SDK has it.
    (analytics as unknown as { screen(message: object): void }).screen({ userId, name: 'Start' });
    analytics.group({ userId, groupId: `group-${userId}` });
    analytics.alias({ userId, previousId: `before-${userId}` });
    for (let turn = 0; turn < 5; turn++) await analytics.flush();
    await waitFor(userId, 8);
    expect(failures).toEqual([]);
    expectCalls(userId, { hasScreen: true, hasAlias: true });
  });
});

describe('@jitsu/js', () => {
  it.each([
    ['jitsu-user', false],
    ['jitsu-server-user', true],
  ] as const)('delivers every call that it has (%s)', async (userId, s2s) => {
    const failures: unknown[] = [];
    const jitsu = jitsuAnalytics({
      host: door.host,
      writeKey: door.writeKey,
      s2s,
      errorPolicy: (message: string) => failures.push(message),
    } as Parameters<typeof jitsuAnalytics>[0]);
    await jitsu.identify(userId, { email });
    await jitsu.track('Order Completed', order(userId));
    await jitsu.track('Product Viewed', { sku: 'mug' });
    await jitsu.page({ url: 'https://shop.example/', path: '/' });
    await jitsu.group(`group-${userId}`, { name: 'A group' });
    await waitFor(userId, 6);
    // Its group call carries no user id unless one was identified; the page may land first.
    await expect
      .poll(() => storedSignals(door.directory).map(({ properties }) => properties))
      .toContain(`{"milestone":"group","value":"group-${userId}"}`);
    expect(failures).toEqual([]);
    const types = landed(userId).map(({ type }) => type);
    for (const type of ['purchase', 'browse', 'identity-link', 'visit']) expect(types).toContain(type);
  });
});
