/** CloudEvents 1.0 from the npm package `cloudevents`, over the wire, in all three modes; and what is no CloudEvent. */
import { CloudEvent, emitterFor, HTTP, httpTransport, Mode } from 'cloudevents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { basic, type EventDoor, openEventDoor, send, storedSignals } from '../fixtures/event-door.ts';

let door: EventDoor;
beforeAll(async () => {
  door = await openEventDoor();
});
afterAll(() => door.close());

const source = '/shops/berlin';
const type = 'test.example.signal.purchase.v1';

function event(id: string, attributes: Readonly<Record<string, unknown>> = {}): CloudEvent<unknown> {
  return new CloudEvent({
    id,
    source,
    type,
    subject: 'user:u-1',
    time: '2026-01-31T12:00:00.000Z',
    data: {
      location: 'Berlin',
      channel: 'store',
      brand: 'Northwind',
      properties: { orderId: `order-${id}`, amountMinor: 1999, currency: 'EUR' },
    },
    ...attributes,
  });
}

const stored = (id: string) => storedSignals(door.directory).filter((signal) => signal.id === `${source} ${id}`);
const purchase = (id: string) => ({
  type: 'purchase',
  owner: 'user:u-1',
  ts_ms: Date.parse('2026-01-31T12:00:00Z'),
  location: 'Berlin',
  channel: 'store',
  brand: 'Northwind',
  order_id: `order-${id}`,
  amount_minor: 1999,
});

/** The transport and emitter of the package, with the key as a header. */
async function emit(sent: CloudEvent<unknown>, mode: Mode): Promise<{ readonly body: string }> {
  const emitter = emitterFor(httpTransport(`${door.host}/v1/events`), { mode });
  return (await emitter(sent, { headers: { authorization: basic(door.writeKey) } })) as { readonly body: string }; // what its transport resolves with
}

describe('the emitter of the package', () => {
  it.each([
    ['structured', Mode.STRUCTURED],
    ['binary', Mode.BINARY],
  ] as const)('delivers in %s mode', async (name, mode) => {
    expect(JSON.parse((await emit(event(name), mode)).body)).toEqual({
      success: true,
      accepted: 1,
      duplicates: 0,
      quarantined: 0,
      empty: 0,
    });
    expect(stored(name)).toEqual([expect.objectContaining(purchase(name))]);
  });

  it('is known again in any mode', async () => {
    await emit(event('again'), Mode.STRUCTURED);
    expect(JSON.parse((await emit(event('again'), Mode.BINARY)).body)).toMatchObject({ accepted: 0, duplicates: 1 });
    expect(stored('again')).toHaveLength(1);
  });
});

describe('messages of the package', () => {
  const post = (message: { readonly headers: object; readonly body: unknown }) =>
    send(door, { path: '/v1/events', headers: message.headers as Record<string, string>, body: message.body as string });

  it('land in batches', async () => {
    const events = ['b-1', 'b-2', 'b-3'].map((id) => event(id));
    const body = `[${events.map((one) => String(HTTP.structured(one).body)).join(',')}]`;
    expect(await post({ headers: { 'content-type': 'application/cloudevents-batch+json; charset=utf-8' }, body })).toMatchObject({
      status: 200,
      json: { accepted: 3 },
    });
    for (const id of ['b-1', 'b-2', 'b-3']) expect(stored(id)).toEqual([expect.objectContaining(purchase(id))]);
  });

  it('keep attributes that are no ASCII', async () => {
    const { headers, body } = HTTP.binary(event('umlaut'));
    const sent = { ...(headers as Record<string, string>), 'ce-subject': encodeURIComponent('user:Jürgen €') };
    expect((await post({ headers: sent, body })).json).toMatchObject({ accepted: 1 });
    expect(stored('umlaut')[0]?.owner).toBe('user:Jürgen €');
  });

  it('may carry their data as base64', async () => {
    const data = Buffer.from(JSON.stringify(event('x').data)).toString('base64');
    const body = JSON.stringify({
      specversion: '1.0',
      id: 'base64',
      source,
      type,
      subject: 'user:u-1',
      time: '2026-01-31T12:00:00Z',
      data_base64: data,
    });
    expect((await post({ headers: { 'content-type': 'application/cloudevents+json' }, body })).json).toMatchObject({ accepted: 1 });
    expect(stored('base64')).toHaveLength(1);
  });

  it('cost their neighbours in a batch nothing when they are none', async () => {
    const bad = [{ specversion: '0.3', id: 'old', source, type }, { id: 'x' }, null, 7];
    const body = JSON.stringify([...bad, JSON.parse(String(HTTP.structured(event('good')).body)) as unknown]);
    expect((await post({ headers: { 'content-type': 'application/cloudevents-batch+json' }, body })).json).toMatchObject({
      accepted: 1,
      quarantined: 4,
    });
  });

  it.each([
    ['no content-type of an event and no attribute', { 'content-type': 'application/json' }, '{}'],
    ['another event format', { 'content-type': 'application/cloudevents+avro' }, '{}'],
    ['an older version', { 'ce-specversion': '0.3', 'ce-id': '1', 'ce-source': '/x', 'ce-type': type }, '{}'],
    ['no id', { 'ce-specversion': '1.0', 'ce-source': '/x', 'ce-type': type }, '{}'],
    [
      'data that is no JSON by its type',
      { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/x', 'ce-type': type, 'content-type': 'text/xml' },
      '<x/>',
    ],
    ['a list where one was expected', { 'content-type': 'application/cloudevents+json' }, '[]'],
  ] as const)('are refused with %s', async (_name, headers, body) => {
    expect(await post({ headers, body })).toMatchObject({ status: 400, json: { error: { code: 'CLOUD_EVENT_INVALID' } } });
  });
});
