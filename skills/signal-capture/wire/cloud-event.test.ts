import { createHash } from 'node:crypto';

import { CloudEvent } from 'cloudevents';
import { describe, expect, it } from 'vitest';

import { registryWith } from '../../../test/fixtures/signal-registry.ts';
import { signalsOfMessage, type WireArrival } from './index.ts';

const map = (event: unknown, plan = ''): WireArrival =>
  signalsOfMessage(event, {
    receivedAtMs: Date.UTC(2026, 10, 21, 12),
    source: 'till',
    format: 'cloud-event',
    registry: registryWith(plan),
    defaultCurrency: 'EUR',
  });

const event = {
  specversion: '1.0',
  id: 'e-1',
  source: '/till/7',
  type: 'com.example.signal.purchase.v1',
  subject: 'loyalty:L-9',
  time: '2026-11-21T11:00:00Z',
  partitionkey: 'L-9',
  data: { location: 'Berlin', channel: 'store', brand: 'North', properties: { amountMinor: 500, currency: 'EUR' } },
};

describe('a CloudEvent', () => {
  it('is the signal that its type names, known by source and id', () => {
    expect(map(event)).toMatchObject({
      id: '/till/7 e-1',
      verdicts: [
        {
          ok: true,
          signal: {
            id: '/till/7 e-1',
            type: 'purchase',
            owner: 'loyalty:L-9',
            location: 'Berlin',
            tsMs: Date.UTC(2026, 10, 21, 11),
            amountMinor: 500,
          },
        },
      ],
      surprises: [],
    });
  });

  it('made by the SDK is the same', () => {
    const made: unknown = JSON.parse(JSON.stringify(new CloudEvent(event)));
    expect(map(made)).toEqual(map(event));
  });

  it('without time happened when it was received', () => {
    expect(map({ ...event, time: undefined }).verdicts[0]).toMatchObject({ signal: { tsMs: Date.UTC(2026, 10, 21, 12) } });
  });

  it('may carry its data in base64', () => {
    const { data, ...rest } = event;
    expect(map({ ...rest, data_base64: Buffer.from(JSON.stringify(data)).toString('base64') })).toEqual(map(event));
    expect(map({ ...rest, data_base64: '????' }).verdicts[0]).toMatchObject({ ok: false, code: 'SIGNAL_INVALID' });
  });

  it('names its customer by subject or by data, and no address in clear passes', () => {
    const email = createHash('sha256').update('jo@example.org').digest('hex');
    expect(map({ ...event, subject: 'u-1' }).verdicts[0]).toMatchObject({ signal: { owner: 'user:u-1' } });
    expect(map({ ...event, subject: 'email:Jo@example.org' }).verdicts[0]).toMatchObject({ signal: { owner: `email:${email}` } });
    expect(map({ ...event, data: { ...event.data, customer: { anonymousId: 'a' } } }).verdicts[0]).toMatchObject({
      signal: { owner: 'anonymous:a' },
    });
    expect(map({ ...event, subject: undefined }).verdicts[0]).toMatchObject({ ok: false, code: 'SIGNAL_INVALID' });
  });

  it.each([
    ['of another version', { specversion: '0.3' }, 'SIGNAL_INVALID', "specversion: '1.0'"],
    ['without id', { id: '' }, 'SIGNAL_INVALID', 'id: text'],
    ['without source', { source: undefined }, 'SIGNAL_INVALID', 'source: text'],
    ['with blanks in its source', { source: 'my till' }, 'SIGNAL_INVALID', 'source: a URI reference'],
    ['without data', { data: undefined }, 'SIGNAL_INVALID', 'data: an object'],
    ['of another type', { type: 'com.example.order.placed' }, 'SIGNAL_EVENT_UNPLANNED', 'com.<organisation>.signal.<type>.v1'],
    ['of a type that is none', { type: 'com.example.signal.teleport.v1' }, 'SIGNAL_TYPE_UNKNOWN', 'teleport'],
    ['of a later version of a type', { type: 'com.example.signal.purchase.v2' }, 'SIGNAL_EVENT_UNPLANNED', 'purchase.v2'],
    ['with more in its data', { data: { ...event.data, mood: 1 } }, 'SIGNAL_INVALID', "unknown key 'mood'"],
  ])('%s is refused with its reason', (_what, changes, code, clause) => {
    expect(map({ ...event, ...changes }).verdicts[0]).toMatchObject({
      ok: false,
      code,
      message: expect.stringContaining(clause) as string,
    });
  });

  it('of another type is taken and not stored where the plan says omit', () => {
    expect(map({ ...event, type: 'com.example.order.placed' }, 'defaults: { surprises: { events: omit } }')).toMatchObject({
      verdicts: [],
      surprises: [{ action: 'omit' }],
    });
  });
});
