/** What the doors for events refuse, and what they never say: bombs, floods, strangers, foreign pages, keys in addresses. */
import { chmodSync, readFileSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openAgent } from '../../agents/customer-data-graph/index.ts';
import type { EventIntake } from '../../agents/customer-data-graph/ingest/event-intake-interface.ts';
import { IntakeQueue } from '../../agents/customer-data-graph/ingest/intake-queue.ts';
import { SourceKeys } from '../../agents/customer-data-graph/ingest/sources.ts';
import { CohortiumError } from '../../skills/sdk/index.ts';
import { basic, type EventDoor, makeOperatorDirectory, openEventDoor, send, storedFaults, storedSignals } from '../fixtures/event-door.ts';

let door: EventDoor;
beforeAll(async () => {
  door = await openEventDoor();
});
afterAll(() => door.close());

let count = 0;
const event = (): Record<string, unknown> => ({
  type: 'track',
  event: 'Order Completed',
  messageId: `security-${count++}`,
  userId: 'u-1',
  timestamp: '2026-01-31T12:00:00Z',
  properties: { order_id: `o-${count}`, total: 19.99, currency: 'EUR' },
});
const text = (): string => JSON.stringify(event());
const stored = (id: unknown): boolean => storedSignals(door.directory).some((signal) => signal.id === id);

describe('who may send', () => {
  it('takes the write key as Basic user name, as X-Write-Key, and in the body', async () => {
    const none = { authorization: undefined };
    expect(await send(door, { body: text() })).toMatchObject({ status: 200, json: { success: true, accepted: 1 } });
    expect((await send(door, { headers: { ...none, 'x-write-key': door.writeKey }, body: text() })).status).toBe(200);
    expect((await send(door, { headers: none, body: JSON.stringify({ ...event(), writeKey: door.writeKey }) })).status).toBe(200);
  });

  it.each([
    undefined,
    'Basic',
    'Basic !!',
    basic('wrong'),
    basic(''),
    'Basic Og==',
    'Bearer test-token-that-is-long-enough-1234',
    `Basic ${'A'.repeat(8000)}`,
  ])('refuses the authorization %s and says how to ask', async (authorization) => {
    const own = event();
    const reply = await send(door, { headers: { authorization }, body: JSON.stringify(own) });
    expect(reply).toMatchObject({ status: 401, json: { error: { code: 'HTTP_UNAUTHORIZED' } } });
    expect(reply.headers['www-authenticate']).toMatch(/^Basic/);
    expect(stored(own['messageId'])).toBe(false);
  });

  it('refuses a key that comes close, or has more behind it', async () => {
    for (const key of [`${door.writeKey}x`, door.writeKey.slice(0, -1), door.writeKey.toUpperCase()]) {
      expect((await send(door, { headers: { authorization: basic(key) }, body: text() })).status).toBe(401);
      expect((await send(door, { headers: { authorization: undefined, 'x-write-key': key }, body: text() })).status).toBe(401);
    }
  });

  it.each(['writeKey', 'write_key', 'api_key', 'access_token', 'token'])(
    'refuses a key in the address as %s, with or without a header',
    async (name) => {
      const path = `/v1/track?${name}=${door.writeKey}`;
      expect(await send(door, { path, headers: { authorization: undefined }, body: text() })).toMatchObject({ status: 401 });
      const reply = await send(door, { path, body: text() });
      expect(reply).toMatchObject({ status: 401 });
      expect(reply.body).not.toContain(door.writeKey);
    },
  );

  it('does not open the MCP endpoint with a write key, nor these doors with the MCP token', async () => {
    expect((await send(door, { path: '/mcp', body: '{}' })).status).toBe(401);
    expect((await send(door, { path: '/mcp', headers: { authorization: `Bearer ${door.writeKey}` }, body: '{}' })).status).toBe(401);
  });

  it('keeps a source to the doors of its kind', async () => {
    const own = await openEventDoor({ sources: { shop: 'id: shop\nkind: sdk\n' } });
    const headers = { 'content-type': 'application/cloudevents+json' };
    expect((await send(own, { body: text() })).status).toBe(200);
    const body = JSON.stringify({ specversion: '1.0', id: '1', source: '/x', type: 'visit', data: {} });
    expect((await send(own, { path: '/v1/events', headers, body })).status).toBe(401);
    await own.close();
  });

  it('compares keys by digests of one length, all of them, whatever was sent', async () => {
    const directory = await makeOperatorDirectory();
    const keys = new SourceKeys(
      [
        { id: 'a', kind: 'any' },
        { id: 'b', kind: 'any' },
      ],
      `${directory}/.cohortium/keys`,
      {},
    );
    for (const { source, keyFile } of keys.sources) {
      const key = readFileSync(keyFile ?? '', 'utf8').trim();
      expect(keys.sourceOf(key)).toBe(source);
      expect(key).toMatch(/^c[a-z0-9]{24}$/);
      expect(statSync(keyFile ?? '').mode & 0o777).toBe(0o600);
      expect(keys.sourceOf(key.slice(1))).toBeUndefined();
    }
    expect(keys.sourceOf('')).toBeUndefined();
    expect(keys.sourceOf('\u0000'.repeat(100_000))).toBeUndefined();
  });

  it('refuses keys that others can read, that are short, or that two sources share', async () => {
    const directory = await makeOperatorDirectory();
    const folder = `${directory}/.cohortium/keys`;
    const env = { id: 'a', kind: 'any', writeKeyEnv: 'KEY' } as const;
    expect(() => new SourceKeys([env], folder, { KEY: 'short' })).toThrow(expect.objectContaining({ code: 'SOURCE_INVALID' }));
    const shared = { KEY: 'long-enough-to-be-a-write-key' };
    expect(() => new SourceKeys([env, { ...env, id: 'b' }], folder, shared)).toThrow(/same write key/);
    expect(new SourceKeys([env], folder, shared).sources[0]).toMatchObject({ keyFile: null, isNewKey: false });
    const [made] = new SourceKeys([{ id: 'c', kind: 'any' }], folder, {}).sources;
    chmodSync(made?.keyFile ?? '', 0o644);
    expect(() => new SourceKeys([{ id: 'c', kind: 'any' }], folder, {})).toThrow(expect.objectContaining({ code: 'SOURCE_INVALID' }));
  });

  it('says every fault of a source file', async () => {
    const directory = await makeOperatorDirectory({ sources: { shop: 'id: other\n', desk: 'id: desk\nkind: everything\nchanel: x\n' } });
    const agent = await openAgent(directory);
    const faults: unknown = await Promise.resolve()
      .then(() => agent.intake())
      .catch((error: unknown) => error);
    expect(faults).toMatchObject({ code: 'SOURCE_INVALID' });
    expect(faults instanceof CohortiumError ? faults.diagnostics.length : 0).toBeGreaterThanOrEqual(3);
    await agent.close();
  });
});

describe('from where', () => {
  it.each(['evil.test', '127.0.0.1', '127.0.0.1:1', '0.0.0.0'])('refuses the host %s', async (host) => {
    expect(await send(door, { headers: { host }, body: text() })).toMatchObject({
      status: 403,
      json: { error: { code: 'HTTP_REQUEST_FORBIDDEN' } },
    });
  });

  it.each(['http://evil.test', 'null', 'http://127.0.0.1:1'])('refuses a page of %s, and gives it no CORS header', async (origin) => {
    for (const method of ['POST', 'OPTIONS']) {
      const reply = await send(door, {
        method,
        headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
        body: text(),
      });
      expect(reply.status).toBe(403);
      expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('answers no preflight', async () => {
    const reply = await send(door, { method: 'OPTIONS', headers: { origin: door.host } });
    expect(reply).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it.each([
    '/v1/../v1/track',
    '/v1/%74rack',
    '/v1//track',
    '/v1/track/',
    '/v1/batch/../../etc/passwd',
    '/V1/track',
    '/v1/',
    '/api/s/..%2f',
    '//v1/track',
    '*',
  ])('knows no address %s', async (path) => {
    const reply = await send(door, { path, body: text() });
    expect(reply).toMatchObject({ status: 404, json: { error: { code: 'HTTP_ROUTE_UNKNOWN' } } });
    expect(reply.body).toContain('events go to /v1/track');
    expect(reply.body).not.toContain('passwd');
  });

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('knows no %s of a call', async (method) => {
    expect((await send(door, { method, body: text() })).status).toBe(405);
  });

  it('repeats nothing of what was sent, and logs nothing', async () => {
    const mark = '<script>mark</script>';
    const attempts = [
      { body: mark },
      { body: JSON.stringify([mark]) },
      { path: `/v1/track${encodeURIComponent(mark)}`, body: mark },
      { headers: { authorization: basic(mark) }, body: mark },
      { headers: { 'x-write-key': 'mark', authorization: undefined }, body: mark },
      { headers: { 'content-encoding': 'mark' }, body: mark },
      { headers: { host: 'mark' }, body: mark },
      { headers: { origin: 'http://mark' }, body: mark },
      { path: '/v1/events', headers: { 'ce-specversion': 'mark', 'ce-id': 'mark' }, body: '{}' },
      { path: '/v1/rejections?since=mark', method: 'GET' },
    ];
    for (const attempt of attempts) {
      const reply = await send(door, attempt);
      expect(reply.status).toBeGreaterThanOrEqual(400);
      expect(reply.body).not.toContain('mark');
      expect(reply.headers['content-type']).toBe('application/json; charset=utf-8');
      expect(reply.headers['x-content-type-options']).toBe('nosniff');
    }
    expect(door.log).toEqual([]);
  });

  it('is not there unless it is asked for', async () => {
    const { openHttpDoor } = await import('../../mcp-server/http/http-server.ts');
    const endpoint = { handle: () => Promise.resolve(), close: () => Promise.resolve() };
    const bare = await openHttpDoor({ endpoint, token: 'x'.repeat(32), host: '127.0.0.1', port: 0, log: () => undefined });
    for (const path of ['/v1/track', '/v1/batch', '/v1/events', '/v1/rejections', '/api/s/track']) {
      expect((await send({ port: bare.port, writeKey: door.writeKey }, { path, body: text() })).status).toBe(404);
    }
    await bare.close();
  });
});

describe('bodies', () => {
  it.each([
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync],
    ['br', brotliCompressSync],
    ['identity', (bytes: string) => Buffer.from(bytes)],
    ['GZIP', gzipSync],
  ] as const)('unpacks %s, whatever the content-type says', async (encoding, pack) => {
    const headers = { 'content-encoding': encoding, 'content-type': 'application/x-www-form-urlencoded' };
    expect(await send(door, { headers, body: pack(text()) })).toMatchObject({ status: 200, json: { accepted: 1 } });
  });

  it.each(['zstd', 'compress', 'gzip, gzip', 'gzip;q=1', 'constructor', '__proto__'])('takes no encoding %s', async (encoding) => {
    expect(await send(door, { headers: { 'content-encoding': encoding }, body: text() })).toMatchObject({
      status: 415,
      json: { error: { code: 'HTTP_ENCODING_UNKNOWN' } },
    });
  });

  it.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('stops at the limit of a bomb in %s', async (encoding, pack) => {
    const bomb = pack(Buffer.alloc(200 * 1024 * 1024, 0x20));
    expect(bomb.length).toBeLessThan(500 * 1024);
    const before = process.memoryUsage().rss;
    const reply = await send(door, { headers: { 'content-encoding': encoding }, body: bomb });
    expect(reply).toMatchObject({ status: 413, json: { error: { code: 'HTTP_BODY_TOO_LARGE' } } });
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
  });

  it.each([
    ['gzip', Buffer.from('no gzip')],
    ['gzip', gzipSync('{"a":1}').subarray(0, 12)],
    ['deflate', Buffer.from('no deflate')],
    ['br', Buffer.from('no brotli')],
  ] as const)('refuses a damaged %s', async (encoding, body) => {
    const reply = await send(door, { headers: { 'content-encoding': encoding }, body });
    expect(reply).toMatchObject({ status: 400, json: { error: { code: 'ARGUMENT_INVALID' } } });
  });

  it.each([
    ['nothing', ''],
    ['truncated', '{"type":"track"'],
    ['a list', '[]'],
    ['a text', '"track"'],
    ['null', 'null'],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
  ] as const)('refuses a body that is %s', async (_name, body) => {
    for (const path of ['/v1/track', '/v1/batch', '/api/s/track']) expect(await send(door, { path, body })).toMatchObject({ status: 400 });
  });

  it('refuses over 500 KB by its declared length and by its real one', async () => {
    const big = JSON.stringify({ batch: [], filler: 'x'.repeat(600 * 1024) });
    for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
      const reply = await send(door, { path: '/v1/batch', headers, body: big }).catch((error: unknown) => error);
      // A client that is still sending may see only that the server hung up.
      if (!(reply instanceof Error)) expect(reply).toMatchObject({ status: 413 });
    }
    expect((await send(door, { body: text() })).status).toBe(200);
  });

  it('refuses more than 2,500 events', async () => {
    const batch = Array.from({ length: 2501 }, () => ({ messageId: 'x' }));
    expect(await send(door, { path: '/v1/batch', body: JSON.stringify({ batch }) })).toMatchObject({ status: 413 });
  });

  it('keeps an event over 32 KB, or nested too deeply, from the log but not from its neighbours', async () => {
    const [good, alsoGood] = [event(), event()];
    const large = { ...event(), properties: { note: 'x'.repeat(33 * 1024) } };
    const reply = await send(door, { path: '/v1/batch', body: JSON.stringify({ batch: [good, large, alsoGood] }) });
    expect(reply).toMatchObject({ status: 200, json: { accepted: 2, quarantined: 1 } });
    const body = JSON.stringify({ batch: [event(), null] }).replace(
      'null',
      `{"messageId":"deep","properties":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
    );
    expect(await send(door, { path: '/v1/batch', body })).toMatchObject({ status: 200, json: { accepted: 1, quarantined: 1 } });
    const codes = storedFaults(door.directory).map(({ code, raw }) => [code, raw.length < 70_000]);
    expect(codes.filter(([code]) => code === 'SIGNAL_TOO_LARGE')).toEqual([
      ['SIGNAL_TOO_LARGE', true],
      ['SIGNAL_TOO_LARGE', true],
    ]);
  });

  it('answers 431 to headers without end, and goes on', async () => {
    const reply = await raw(`POST /v1/track HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nX-Filler: ${'x'.repeat(20_000)}\r\n\r\n`);
    expect(reply).toMatch(/^HTTP\/1\.1 431 /);
    expect((await send(door, { body: text() })).status).toBe(200);
  });

  it('refuses a request that says its length twice', async () => {
    const head = `POST /v1/track HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: ${basic(door.writeKey)}\r\n`;
    expect(await raw(`${head}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('personal data', () => {
  it('reaches neither the quarantine nor an answer in clear', async () => {
    const bad: Record<string, unknown> = {
      ...event(),
      timestamp: 'the day before ada@example.test called',
      context: {
        traits: { email: 'Ada@Example.test', phone: '+49 170 1234567', mobile: 1701234567 },
        note: 'call +49 (170) 1234567 or mail ada@example.test',
      },
    };
    expect(await send(door, { body: JSON.stringify(bad) })).toMatchObject({ status: 200, json: { quarantined: 1 } });
    const [fault] = storedFaults(door.directory).slice(-1);
    for (const part of [fault?.raw, fault?.message]) {
      expect(part?.toLowerCase()).not.toContain('ada@');
      expect(part).not.toContain('1234567');
    }
    // The hash is what a corrected signal needs.
    expect(fault?.raw).toContain('b97222ea69dadf792baa97fa768ecb840a0023714c831ab1328838cba9f7f437');
    const list = await send(door, { path: '/v1/rejections', method: 'GET' });
    expect(list.body).not.toContain('ada@');
    expect(list.json).toMatchObject({ rejections: expect.arrayContaining([expect.objectContaining({ messageId: bad['messageId'] })]) });
    expect(door.log).toEqual([]);
  });
});

describe('a flood', () => {
  it('is told to come back before its bodies are read, and nothing of it is stored or kept', async () => {
    const queue = new IntakeQueue({ append: () => Promise.reject(new Error('not reached')) }, { maxBytes: 1000, maxEvents: 10 });
    const held = queue.admit(900);
    const own = await openEventDoor({ change: (intake): EventIntake => ({ ...intake, admit: (bytes) => queue.admit(bytes) }) });
    const reply = await send(own, { path: '/v1/batch', body: JSON.stringify({ batch: [event(), event()] }) });
    expect(reply).toMatchObject({ status: 429, headers: { 'retry-after': '1' }, json: { error: { code: 'INTAKE_FULL' } } });
    expect(storedSignals(own.directory)).toEqual([]);
    held.release();
    expect(queue.load).toEqual({ bytes: 0, events: 0 });
    expect((await send(own, { body: text() })).status).toBe(200);
    expect(queue.load).toEqual({ bytes: 0, events: 0 });
    await own.close();
  });

  it('says 429 to a client that announces a body and waits, without reading it', async () => {
    const own = await openEventDoor({
      change: (intake): EventIntake => ({
        ...intake,
        admit: () => {
          throw new CohortiumError('INTAKE_FULL', 'full');
        },
      }),
    });
    const head = `POST /v1/batch HTTP/1.1\r\nHost: 127.0.0.1:${own.port}\r\nAuthorization: ${basic(own.writeKey)}\r\nContent-Length: 400000\r\n\r\n`;
    const reply = await raw(head, own.port);
    expect(reply).toMatch(/^HTTP\/1\.1 429 /);
    expect(reply.toLowerCase()).toContain('retry-after: 1');
    await own.close();
  });

  it('gives room back when a caller hangs up in the middle of a body', async () => {
    const queue = new IntakeQueue({ append: () => Promise.reject(new Error('not reached')) }, { maxBytes: 100_000, maxEvents: 10 });
    const own = await openEventDoor({ change: (intake): EventIntake => ({ ...intake, admit: (bytes) => queue.admit(bytes) }) });
    await new Promise<void>((resolve) => {
      const socket = connect(own.port, '127.0.0.1', () => {
        const head = `POST /v1/track HTTP/1.1\r\nHost: 127.0.0.1:${own.port}\r\nAuthorization: ${basic(own.writeKey)}\r\nContent-Length: 5000\r\n\r\n{`;
        socket.write(head, () => setTimeout(() => socket.destroy(), 50));
      });
      socket.once('close', () => resolve());
    });
    await expect.poll(() => queue.load.bytes).toBe(0);
    expect(own.log).toEqual([]);
    await own.close();
  });

  it('cannot get around the limits by pipelining', async () => {
    const one = `POST /v1/track HTTP/1.1\r\nHost: 127.0.0.1:${door.port}\r\nAuthorization: ${basic(door.writeKey)}\r\n`;
    const requests = Array.from({ length: 60 }, () => {
      const body = text();
      return `${one}Content-Length: ${body.length}\r\n\r\n${body}`;
    });
    const reply = await raw(requests.join(''), door.port, 60);
    const statuses = [...reply.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
    expect(statuses).toHaveLength(60);
    expect(new Set(statuses)).toEqual(new Set(['200', '429']));
  });

  it.each([
    ['STORE_FULL', '30'],
    ['STORE_BUSY', '1'],
  ] as const)('acknowledges nothing when the log says %s', async (code, seconds) => {
    const own = await openEventDoor({
      change: (intake): EventIntake => ({ ...intake, deliver: () => Promise.reject(new CohortiumError(code, 'no')) }),
    });
    const reply = await send(own, { body: text() });
    expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': seconds }, json: { error: { code } } });
    await own.close();
  });
});

/** Bytes as they are; resolves with the first answer, or with all when their number is known. */
function raw(bytes: string, port = door.port, answers = 1): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => {
      said += data.toString('utf8');
      if ((said.match(/HTTP\/1\.1 /g)?.length ?? 0) >= answers && said.includes('\r\n\r\n')) socket.destroy();
    });
    socket.once('close', () => resolve(said));
    socket.once('error', reject);
  });
}
