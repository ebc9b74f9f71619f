/** The Data Rights Protocol and OpenDSR as partners use them: over HTTP, with real keys, signatures and callbacks. */
import { createHash, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { ProtocolDoor } from '../../agents/customer-data-graph/interface.ts';
import type { LogEvent } from '../../skills/sdk/index.ts';
import { openRequestDesk, type RequestDesk, someSignals } from '../../test/fixtures/request-desk.ts';
import { type HttpDoor, openHttpDoor } from './http-server.ts';

const token = 'a-token-of-the-operator-1234567890';
const controllerToken = 'a-token-of-a-controller-1234567890';
const ed25519 = (): { readonly key: KeyObject; readonly x: string } => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { key: privateKey, x: Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url').toString('base64') };
};
const agent = ed25519();
const other = ed25519();
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

let desk: RequestDesk;
let door: HttpDoor;
let protocols: ProtocolDoor;
let listener: Server;
const received: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = [];
let callbackUrl = '';
let answerWith = 200;
const doorLog: LogEvent[] = [];

beforeAll(async () => {
  desk = await openRequestDesk(
    '2026-11-02',
    'requests:\n  drp: { businessId: CORNER_SHOP, verificationUrl: "https://shop.example/verify" }\n  openDsr: { domain: shop.example, certificateUrl: "https://shop.example/cert.pem", keyFile: dsr.pem }\n',
  );
  const folder = join(desk.directory, 'registries', 'requesters');
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'slip.yaml'),
    `id: slip\nkind: drp-agent\nname: Permission Slip\nagentId: SLIP\nverifyKey: ${agent.x}\ntrust: reasonable\n`,
  );
  writeFileSync(join(folder, 'rival.yaml'), `id: rival\nkind: drp-agent\nname: Rival\nagentId: RIVAL\nverifyKey: ${other.x}\n`);
  writeFileSync(
    join(folder, 'brand.yaml'),
    'id: brand\nkind: open-dsr-controller\nname: The Brand\ncontrollerId: brand-1\ntokenEnv: BRAND_TOKEN\ntrust: reasonably-high\n',
  );
  writeFileSync(join(desk.directory, 'dsr.pem'), rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await someSignals(desk.agent, 'u-1', 'US-CA');
  listener = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      response.writeHead(answerWith).end();
    });
  });
  await new Promise<void>((done) => {
    listener.listen(0, '127.0.0.1', done);
  });
  callbackUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/told`;
  protocols = desk.agent.requests.protocols({ env: { BRAND_TOKEN: controllerToken }, allowPrivate: true });
  door = await openHttpDoor({
    endpoint: { handle: async () => undefined, close: async () => undefined },
    token,
    host: '127.0.0.1',
    port: 0,
    log: (event) => void doorLog.push(event),
    requests: { door: desk.agent.requests, protocols },
  });
});
afterAll(async () => {
  await door.close();
  listener.close();
  await desk.close();
});

const at = (path: string): string => new URL(path, door.url).href;
const call = async (method: string, path: string, bearer: string | undefined, body?: string) => {
  const response = await fetch(at(path), {
    method,
    headers: { 'content-type': 'text/plain', ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text === '' ? undefined : (JSON.parse(text) as Record<string, unknown>),
  };
};

const instant = (offsetMs: number): string => new Date(desk.workspace.clock.now() + offsetMs).toISOString();
let nonce = 0;
const message = (more: Readonly<Record<string, unknown>> = {}, key: KeyObject = agent.key): string => {
  const json = Buffer.from(
    JSON.stringify({
      'agent-id': 'SLIP',
      'business-id': 'CORNER_SHOP',
      'issued-at': instant(-1000),
      'expires-at': instant(600_000),
      'drp.version': '0.9.4',
      nonce: (nonce += 1),
      ...more,
    }),
  );
  return Buffer.concat([sign(null, json, key), json]).toString('base64');
};
const access = { exercise: 'access', regime: 'ccpa', email: 'ann@example.org', email_verified: true, power_of_attorney: 'poa-1' };

let slip = '';
const setUp = async (): Promise<string> => (slip ||= String((await call('POST', '/v1/agent/SLIP', undefined, message())).json?.['token']));

describe('the pair-wise key setup', () => {
  it('gives a token for a signed message, which says whose it is', async () => {
    const bearer = await setUp();
    expect(bearer.length).toBeGreaterThan(40);
    expect(await call('GET', '/v1/agent/SLIP', bearer)).toMatchObject({ status: 200, json: {} });
    expect((await call('GET', '/v1/agent/RIVAL', bearer)).status).toBe(403);
    expect((await call('GET', '/v1/agent/SLIP', `${bearer}x`)).status).toBe(403);
  });

  it.each([
    ['of another key', () => message({}, other.key), 'SLIP'],
    ['of another agent', () => message({ 'agent-id': 'RIVAL' }), 'SLIP'],
    ['at another address', () => message(), 'RIVAL'],
    ['of nobody', () => message(), 'NOBODY'],
    ['for another business', () => message({ 'business-id': 'OTHER' }), 'SLIP'],
    ['from the future', () => message({ 'issued-at': instant(60_000) }), 'SLIP'],
    ['that has expired', () => message({ 'issued-at': instant(-900_000), 'expires-at': instant(-1) }), 'SLIP'],
    ['that holds for a day', () => message({ 'expires-at': instant(86_400_000) }), 'SLIP'],
    ['without times', () => message({ 'expires-at': undefined }), 'SLIP'],
    ['that is no base64', () => '!!!', 'SLIP'],
  ])('refuses a message %s, in no words', async (_what, text, id) => {
    expect(await call('POST', `/v1/agent/${id}`, undefined, text())).toMatchObject({ status: 403, text: '' });
  });
});

describe('a request of an agent', () => {
  it('is received, found again, and told when it changes', async () => {
    const bearer = await setUp();
    const sent = await call(
      'POST',
      '/v1/data-rights-request',
      bearer,
      message({ ...access, 'agent-request-id': 'foo', status_callback: callbackUrl }),
    );
    expect(sent).toMatchObject({
      status: 200,
      json: { status: 'in_progress', reason: 'need_user_verification', agent_request_id: 'foo', expected_by: '2026-12-17T23:59:59Z' },
    });
    const id = String(sent.json?.['request_id']);
    expect(String(sent.json?.['user_verification_url'])).toBe(`https://shop.example/verify?request_id=${id}`);
    await desk.agent.requests.verify(id, { evidence: { method: 'account', points: 0, isDeclared: false, note: '' } }, 'ada');
    received.length = 0;
    await protocols.callBack();
    expect(JSON.parse(received.at(-1)?.body ?? '')).toMatchObject({ request_id: id, status: 'in_progress' });
    await desk.agent.requests.deny(id, 'no-match', '', 'ada');
    await protocols.callBack();
    expect(JSON.parse(received.at(-1)?.body ?? '')).toMatchObject({ request_id: id, status: 'denied', reason: 'no_match' });
    expect((await call('GET', `/v1/data-rights-request/${id}`, bearer)).json).toMatchObject({ status: 'denied', reason: 'no_match' });
    expect(await protocols.callBack()).toBe(0);
  });

  it('to opt out needs no more than the signed permission', async () => {
    const bearer = await setUp();
    const { json } = await call(
      'POST',
      '/v1/data-rights-request',
      bearer,
      message({ exercise: 'sale:opt-out', regime: 'ccpa', email: 'ann@example.org' }),
    );
    expect(json).toMatchObject({ status: 'in_progress', expected_by: '2026-11-23T23:59:59Z' });
    expect(json?.['reason']).toBeUndefined();
  });

  it('cannot be sent twice, nor by another, nor looked at by another', async () => {
    const bearer = await setUp();
    const text = message(access);
    const first = await call('POST', '/v1/data-rights-request', bearer, text);
    expect(first.status).toBe(200);
    expect(await call('POST', '/v1/data-rights-request', bearer, text)).toMatchObject({ status: 403, json: { fatal: true } });
    const rival = String((await call('POST', '/v1/agent/RIVAL', undefined, message({ 'agent-id': 'RIVAL' }, other.key))).json?.['token']);
    expect((await call('POST', '/v1/data-rights-request', rival, message(access))).status).toBe(403);
    const path = `/v1/data-rights-request/${String(first.json?.['request_id'])}`;
    expect((await call('GET', path, rival)).status).toBe(403);
    expect((await call('DELETE', path, rival, signedReason('mine now', other.key))).status).toBe(403);
    expect((await call('GET', '/v1/data-rights-request/req-none', bearer)).status).toBe(403);
    expect((await call('GET', path, undefined)).status).toBe(401);
  });

  it('cannot be sent again with another padding of its base64', async () => {
    const bearer = await setUp();
    let text = message(access);
    while (!text.endsWith('=')) text = message({ ...access, pad: 'x'.repeat((nonce % 3) + 1) });
    expect((await call('POST', '/v1/data-rights-request', bearer, text)).status).toBe(200);
    for (const again of [text.replace(/=+$/, ''), `${text}=`, `${text.replace(/=+$/, '')}\n`]) {
      expect(await call('POST', '/v1/data-rights-request', bearer, again)).toMatchObject({ status: 403, json: { fatal: true } });
    }
  });

  it('is about the person whose identity the agent has verified, and about no other that it names besides', async () => {
    const bearer = await setUp();
    const { entries } = await desk.agent.capture(
      [
        {
          id: 'victim-1',
          type: 'preference-change',
          customer: { userId: 'u-victim', emailHash: createHash('sha256').update('victim@example.org').digest('hex') },
          at: '2026-10-01T10:00:00Z',
          properties: { attribute: 'residency', value: 'US-CA' },
        },
      ],
      'test',
    );
    expect(entries).toEqual([]);
    const customerAfter = async (content: Readonly<Record<string, unknown>>) => {
      const { json } = await call('POST', '/v1/data-rights-request', bearer, message({ ...access, ...content }));
      return (await desk.agent.requests.show(String(json?.['request_id']))).state;
    };
    const impostor = { email: 'victim@example.org', email_verified: false, phone_number: '+1 415 555 0100', phone_number_verified: true };
    expect(await customerAfter(impostor)).toMatchObject({ level: 'reasonable', customer: null });
    expect(await customerAfter({ email: 'victim@example.org', email_verified: false, address_verified: true })).toMatchObject({
      level: 'unverified',
      customer: null,
    });
    expect((await customerAfter({ email: 'victim@example.org' })).customer).toBe('u-victim');
  });

  it.each([
    [{ country: 'US', region: 'CO' }, 'US-CO'],
    [{ country: 'US', region: 'ZZ' }, 'US'],
    [{ country: 'de', region: 'Bavaria' }, 'DE'],
    [{ country: 'ZZ', region: 'CO' }, ''],
    [{ region: 'CO' }, ''],
  ])('of a voluntary kind is about somebody at %o, as far as that is a place', async (address, residence) => {
    const content = { ...access, regime: undefined, address };
    const { json } = await call('POST', '/v1/data-rights-request', await setUp(), message(content));
    expect((await desk.agent.requests.show(String(json?.['request_id']))).residence).toBe(residence);
  });

  const signedReason = (reason: string, key: KeyObject = agent.key): string => {
    const json = Buffer.from(JSON.stringify({ reason }));
    return Buffer.concat([sign(null, json, key), json]).toString('base64');
  };

  it('can be taken back until it is answered', async () => {
    const bearer = await setUp();
    const { json } = await call('POST', '/v1/data-rights-request', bearer, message({ ...access, exercise: 'deletion' }));
    const path = `/v1/data-rights-request/${String(json?.['request_id'])}`;
    expect((await call('DELETE', path, bearer, signedReason('no', other.key))).status).toBe(403);
    expect(await call('DELETE', path, bearer, signedReason("I don't want my account deleted"))).toMatchObject({
      status: 200,
      json: { status: 'revoked' },
    });
    expect((await call('DELETE', path, bearer, signedReason('again'))).status).toBe(409);
  });

  it.each([
    [{ ...access, exercise: 'everything' }, /Unsupported rights actions/],
    [{ ...access, regime: 'gdpr' }, /regimes/],
    [{ ...access, email: undefined }, /email or a phone_number/],
    [{ ...access, email: 'not an address' }, /identity/],
    [{ ...access, status_callback: 'ftp://example.org/' }, /status_callback/],
    [{ ...access, 'drp.version': '7' }, /version/],
    [{ ...access, email: 7 }, /email/],
  ])('that is none is refused and says why: %o', async (content, why) => {
    const refused = await call('POST', '/v1/data-rights-request', await setUp(), message(content));
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ code: '400', fatal: true, message: expect.stringMatching(why) });
    expect(refused.text).not.toContain('ann@example.org');
  });

  it('goes to public addresses only, where nobody has said otherwise', async () => {
    const strict = await openRequestDesk('2026-11-02', 'requests:\n  drp: { businessId: CORNER_SHOP }\n');
    mkdirSync(join(strict.directory, 'registries', 'requesters'), { recursive: true });
    writeFileSync(
      join(strict.directory, 'registries', 'requesters', 'slip.yaml'),
      `id: slip\nkind: drp-agent\nname: S\nagentId: SLIP\nverifyKey: ${agent.x}\n`,
    );
    const { drp, openDsr } = strict.agent.requests.protocols({ env: {} });
    expect(openDsr).toBeNull();
    const made = await drp?.agents({ method: 'POST', id: 'SLIP', bearer: undefined, body: message() });
    const bearer = String((JSON.parse(made?.body ?? '{}') as Record<string, unknown>)['token']);
    for (const url of [
      'http://example.org/',
      'https://127.0.0.1/',
      'https://[::1]/',
      'https://user:secret@example.org/',
      'https://10.0.0.1:8443/x',
    ]) {
      const reply = await drp?.requests({ method: 'POST', id: '', bearer, body: message({ ...access, status_callback: url }) });
      expect(reply, url).toMatchObject({ status: 400 });
    }
    await strict.close();
  });

  it('is one of few in a minute', async () => {
    const statuses = new Set<number>();
    for (let at = 0; at < 12; at++) statuses.add((await call('POST', '/v1/agent/NOBODY', undefined, 'x')).status);
    expect(statuses).toEqual(new Set([403, 429]));
  });

  it('has to be small', async () => {
    expect((await call('POST', '/v1/data-rights-request', await setUp(), 'A'.repeat(70_000))).status).toBe(413);
  });
});

describe('a controller of OpenDSR', () => {
  const request = (more: Readonly<Record<string, unknown>> = {}): string =>
    JSON.stringify({
      regulation: 'gdpr',
      subject_request_id: `a7551968-d5d6-44b2-9831-${String((nonce += 1)).padStart(12, '0')}`,
      subject_request_type: 'access',
      submitted_time: '2026-11-02T00:00:00Z',
      subject_identities: [{ identity_type: 'controller_customer_id', identity_value: 'u-1', identity_format: 'raw' }],
      api_version: '1.0',
      status_callback_urls: [callbackUrl],
      ...more,
    });
  const isSigned = (text: string, signature: string | null | undefined): boolean =>
    verify('sha256', Buffer.from(text), rsa.publicKey, Buffer.from(signature ?? '', 'base64'));

  it('finds what is supported', async () => {
    const { status, json, text, headers } = await call('GET', '/v1/discovery', undefined);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      api_version: '1.0',
      supported_subject_request_types: ['access', 'portability', 'erasure'],
      processor_certificate: 'https://shop.example/cert.pem',
    });
    expect(isSigned(text, headers.get('x-opendsr-signature'))).toBe(true);
    expect(isSigned(`${text} `, headers.get('x-opendsr-signature'))).toBe(false);
  });

  it('sends a request, gets a signed receipt, asks, and is told with a signature', async () => {
    const body = request();
    const id = String((JSON.parse(body) as Record<string, unknown>)['subject_request_id']);
    const made = await call('POST', '/v1/opencompliance_requests', controllerToken, body);
    expect(made).toMatchObject({
      status: 201,
      json: {
        controller_id: 'brand-1',
        subject_request_id: id,
        expected_completion_time: '2026-12-02T23:59:59Z',
        encoded_request: Buffer.from(body).toString('base64'),
      },
    });
    expect(made.headers.get('x-opencompliance-processor-domain')).toBe('shop.example');
    expect(isSigned(made.text, made.headers.get('x-opencompliance-signature'))).toBe(true);
    expect((await call('GET', `/v1/opengdpr_requests/${id}`, controllerToken)).json).toMatchObject({ request_status: 'in_progress' });
    expect((await call('POST', '/v1/opendsr_requests', controllerToken, body)).status).toBe(400);
    received.length = 0;
    answerWith = 500;
    expect(await protocols.callBack()).toBe(0);
    answerWith = 200;
    expect(await protocols.callBack()).toBe(0); // not due yet
    desk.moveTo(new Date(desk.workspace.clock.now() + 61_000).toISOString());
    expect(await protocols.callBack()).toBe(1);
    const told = received.at(-1);
    expect(JSON.parse(told?.body ?? '')).toMatchObject({
      subject_request_id: id,
      status_callback_url: callbackUrl,
      request_status: 'in_progress',
    });
    expect(isSigned(told?.body ?? '', String(told?.headers['x-opendsr-signature']))).toBe(true);
    expect(await call('DELETE', `/v1/opendsr_requests/${id}`, controllerToken)).toMatchObject({
      status: 202,
      json: { subject_request_id: id },
    });
    expect((await call('GET', `/v1/opendsr_requests/${id}`, controllerToken)).json).toMatchObject({ request_status: 'cancelled' });
    expect((await call('DELETE', `/v1/opendsr_requests/${id}`, controllerToken)).status).toBe(400);
  });

  it.each([
    { regulation: 'lgpd' },
    { subject_request_id: 'A7551968-D5D6-44B2-9831-815AC9017798' },
    { subject_request_id: 'a7551968-d5d6-14b2-9831-815ac9017798' },
    { subject_request_type: 'rectification' },
    { subject_identities: [] },
    { subject_identities: [{ identity_type: 'email', identity_value: 'x', identity_format: 'md5' }] },
    { subject_identities: [{ identity_type: 'email', identity_value: 'no address', identity_format: 'raw' }] },
    { submitted_time: 'yesterday' },
    { status_callback_urls: ['javascript:alert(1)'] },
  ])('is refused what is no request: %o', async (more) => {
    const refused = await call('POST', '/v1/opendsr_requests', controllerToken, request(more));
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ error: { code: 400 } });
    expect(refused.text).not.toMatch(/no address|\bu-1\b/);
  });

  it('is asked for its token', async () => {
    for (const bearer of [undefined, 'wrong-token-of-some-length-12345', token]) {
      expect((await call('POST', '/v1/opendsr_requests', bearer, request())).status).toBe(401);
    }
  });
});

describe('what is logged', () => {
  it('names partners and faults, and nobody', () => {
    expect(desk.logged.filter(({ event }) => event === 'partner-refused').length).toBeGreaterThan(10);
    expect(JSON.stringify([desk.logged, doorLog])).not.toMatch(/ann@|example\.org|\bu-1\b|\bpoa-1\b/);
  });
});

describe('the form of the operator', () => {
  it('sends requests behind the token, and is told what everybody is told', async () => {
    const body = JSON.stringify({ kind: 'know', claims: ['u-1'], residence: 'US-CA' });
    expect((await call('POST', '/v1/requests', undefined, body)).status).toBe(401);
    const made = await call('POST', '/v1/requests', token, body);
    expect(made.status).toBe(201);
    expect(Object.keys(made.json ?? {}).sort()).toEqual(['confirmBy', 'id', 'kind', 'receivedAt', 'respondBy']);
    for (const wrong of [
      '{}',
      '{"kind":"know","claims":["u-1"],"residence":"Mars"}',
      '{"kind":"know","claims":["u-1"],"level":"reasonably-high"}',
      '[]',
      'x',
    ]) {
      expect((await call('POST', '/v1/requests', token, wrong)).status).toBe(400);
    }
    expect((await call('GET', '/v1/requests', token)).status).toBe(405);
    const appeal = (appealOf: unknown) => call('POST', '/v1/requests', token, JSON.stringify({ kind: 'appeal', claims: [], appealOf }));
    expect((await appeal('req-none')).status).toBe(404);
    expect((await appeal(made.json?.['id'])).status).toBe(409);
    expect(doorLog).toEqual([]); // no defect of ours
  });
});

describe('the answer to a request', () => {
  const get = (id: string, bearer = token) => fetch(at(`/v1/requests/answer?id=${id}`), { headers: { authorization: `Bearer ${bearer}` } });
  const accesses = async (id: string) =>
    (await desk.workspace.records().ofKind(['custody.accessed'])).filter(
      ({ body }) => body?.['request'] === id && body['by'] === 'service:http',
    );

  it('is handed out as it was exported, to the token alone, for some days, and each time is on record', async () => {
    const { requests } = desk.agent;
    const { id } = await requests.receive({ kind: 'access', manner: 'web-form', claims: ['u-1'], residence: 'US-CA' });
    expect((await get(id)).status).toBe(409);
    await requests.verify(id, { evidence: { method: 'account', points: 0, isDeclared: false, note: '' } }, 'ada');
    expect((await get(id)).status).toBe(409);
    const file = join(desk.directory, 'fetched.zip');
    const { sha256 } = await requests.export(id, file, 'ada');
    expect([(await get(id, 'a-wrong-token-of-nobody-123456')).status, (await get('req-nobody')).status, (await get('')).status]).toEqual([
      401, 404, 400,
    ]);
    expect(await accesses(id)).toEqual([]);
    for (const times of [1, 2]) {
      const answer = await get(id);
      expect(answer.status).toBe(200);
      expect(Buffer.from(await answer.arrayBuffer()).equals(readFileSync(file))).toBe(true);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'content-type': 'application/zip',
        'content-disposition': `attachment; filename="${id}.zip"`,
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      expect((await accesses(id)).map(({ body }) => [body?.['by'], body?.['sha256']])).toEqual(
        Array.from({ length: times }, () => ['service:http', sha256]),
      );
    }
    await requests.fulfil(id, 'ada');
    expect((await get(id)).status).toBe(200);
    desk.moveTo('2026-11-16T23:00:00Z');
    expect((await get(id)).status).toBe(200);
    desk.moveTo('2026-11-17T00:00:00Z');
    const late = await get(id);
    expect([late.status, await late.text()]).toEqual([409, expect.stringContaining('until 2026-11-16')]);
    expect((await accesses(id)).length).toBe(4);
  });

  it('does not leave once the request was denied', async () => {
    const { requests } = desk.agent;
    const { id } = await requests.receive({ kind: 'port', manner: 'web-form', claims: ['u-1'], residence: 'DE' });
    await requests.verify(id, { evidence: { method: 'account', points: 0, isDeclared: false, note: '' } }, 'ada');
    await requests.export(id, join(desk.directory, 'denied.zip'), 'ada');
    await requests.deny(id, 'manifestly-unfounded', '', 'ada');
    expect((await get(id)).status).toBe(409);
    expect(await accesses(id)).toEqual([]);
  });
});
