/** What the HTTP door refuses: foreign hosts, foreign pages, strangers, floods, and being reachable from outside. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openHttpDoor } from '../../mcp-server/http/http-server.ts';
import { requireToken } from '../../mcp-server/http/request-guards.ts';
import { serverToken } from '../../mcp-server/http/token-file.ts';
import { fakeAgent } from '../fixtures/fake-agent.ts';
import { clientWays, openFakeHttp, token } from './mcp-clients.ts';

let http: Awaited<ReturnType<typeof openFakeHttp>>;
beforeAll(async () => {
  http = await openFakeHttp();
});
afterAll(() => http.door.close());

const ping = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'x', version: '1' } },
});

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: string;
}

function post(overrides: Record<string, string | undefined>, body = ping, path = '/mcp', method = 'POST'): Promise<Reply> {
  const headers = Object.fromEntries(
    Object.entries({
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...overrides,
    }).filter(([, value]) => value !== undefined),
  );
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: http.door.port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks).toString('utf8') }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(method === 'GET' ? undefined : body);
  });
}

describe('the HTTP door', () => {
  it('answers a caller with the token', async () => {
    expect((await post({})).status).toBe(200);
  });

  it.each(['evil.test', 'evil.test:80', '127.0.0.1', '127.0.0.1:1', 'localhost.evil.test', '127.0.0.1@evil.test', '0.0.0.0'])(
    'refuses the host %s, so that a rebound name reaches nothing',
    async (host) => {
      const reply = await post({ host });
      expect(reply.status).toBe(403);
      expect(JSON.parse(reply.body)).toMatchObject({ error: { code: 'HTTP_REQUEST_FORBIDDEN' } });
    },
  );

  it.each(['http://evil.test', 'https://localhost', 'null', 'file://', 'http://127.0.0.1:1', 'http://localhost.evil.test'])(
    'refuses a page of %s',
    async (origin) => {
      expect((await post({ origin })).status).toBe(403);
    },
  );

  it('lets a page of its own address through', async () => {
    expect((await post({ origin: `http://localhost:${http.door.port}` })).status).toBe(200);
  });

  it.each([undefined, 'Bearer', 'Bearer wrong', `Bearer ${token}x`, `Bearer ${token.slice(0, -1)}`, `Basic ${token}`, token])(
    'refuses the authorization %s and says how to ask',
    async (authorization) => {
      const reply = await post({ authorization });
      expect(reply.status).toBe(401);
      expect(reply.headers['www-authenticate']).toMatch(/^Bearer/);
      expect(JSON.parse(reply.body)).toMatchObject({ error: { code: 'HTTP_UNAUTHORIZED' } });
      expect(reply.body).not.toContain(token);
    },
  );

  it('does not take the token from the address', async () => {
    expect((await post({ authorization: undefined }, ping, `/mcp?token=${token}&access_token=${token}`)).status).toBe(401);
  });

  it('refuses a body over 4 MiB by its declared length and by its real one', async () => {
    const big = `{"a":"${'x'.repeat(5 * 1024 * 1024)}"}`;
    const declared = await post({}, big).catch((error: unknown) => error);
    if (!(declared instanceof Error)) expect(declared).toMatchObject({ status: 413 });
    const chunked = await post({ 'transfer-encoding': 'chunked' }, big).catch((error: unknown) => error);
    // The server answers and hangs up without reading the rest; a client that is still sending may see only the hang-up.
    if (!(chunked instanceof Error)) expect(chunked).toMatchObject({ status: 413 });
    expect((await post({})).status).toBe(200);
  });

  it('says 413 to a client that announces too much and waits', async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(http.door.port, '127.0.0.1', () => {
        socket.write(
          `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${http.door.port}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 5000000\r\n\r\n`,
        );
      });
      socket.once('data', (data) => {
        resolve(data.toString('utf8'));
        socket.destroy();
      });
      socket.once('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('HTTP_BODY_TOO_LARGE');
  });

  it('answers a body that is no JSON with 400', async () => {
    expect((await post({}, '{"a":')).status).toBe(400);
  });

  it('answers a body that is nested without end with 400, and logs no defect', async () => {
    const logged = http.log.length;
    const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
    const call = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"capture_signals","arguments":{"signals":[${deep}]}}}`;
    for (const body of [deep, call, '{"a":'.repeat(200), '['.repeat(1_000_000)]) {
      const reply = await post({}, body);
      expect(reply.status).toBe(400);
      expect(JSON.parse(reply.body)).toMatchObject({ error: { code: 'ARGUMENT_INVALID', message: expect.stringContaining('nested') } });
    }
    expect(http.log).toHaveLength(logged);
    // Brackets in a text are no nesting.
    const said = JSON.parse(ping) as { params: { clientInfo: { name: string } } }; // written above
    said.params.clientInfo.name = `"\\[{`.repeat(200);
    expect((await post({}, JSON.stringify(said))).status).toBe(200);
  });

  it('logs nothing of a caller who hangs up in the middle of a body', async () => {
    const own = await openFakeHttp();
    await new Promise<void>((resolve) => {
      const socket = connect(own.door.port, '127.0.0.1', () => {
        socket.write(
          `POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:${own.door.port}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 1000\r\n\r\n{`,
          () => setTimeout(() => socket.destroy(), 50),
        );
      });
      socket.once('close', () => resolve());
    });
    await own.door.close();
    expect(own.log).toEqual([]);
  });

  it('knows no other path', async () => {
    expect((await post({}, ping, '/')).status).toBe(404);
    expect((await post({}, ping, '/mcp/../healthz')).status).toBe(404);
  });

  it('tells that it is alive without the token, but not to a foreign host', async () => {
    expect(await post({ authorization: undefined }, '', '/healthz', 'GET')).toMatchObject({ status: 200, body: '{"status":"ok"}' });
    expect((await post({ host: 'evil.test' }, '', '/healthz', 'GET')).status).toBe(403);
  });

  it('does not know the session of somebody else', async () => {
    expect((await post({ 'mcp-session-id': 'session-0' })).status).toBe(404);
  });

  it('writes no token to its log', async () => {
    expect(http.log.join('\n')).not.toContain(token);
  });

  it.each(['0.0.0.0', '::', '192.168.1.10', 'example.com', ''])('does not listen on %j', async (host) => {
    const endpoint = { handle: () => Promise.resolve(), close: () => Promise.resolve() };
    await expect(openHttpDoor({ endpoint, token, host, port: 0, log: () => undefined })).rejects.toMatchObject({
      code: 'HTTP_BIND_FORBIDDEN',
    });
  });

  it('says when the port is taken', async () => {
    const endpoint = { handle: () => Promise.resolve(), close: () => Promise.resolve() };
    await expect(openHttpDoor({ endpoint, token, host: '127.0.0.1', port: http.door.port, log: () => undefined })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
  });

  it('lets a call at work finish when it closes', async () => {
    const own = await openFakeHttp(fakeAgent({ ticks: 10 }));
    const client = await clientWays.find((way) => way.name === 'maintenance client, HTTP')!.connect(own.door.url);
    let call: ReturnType<typeof client.call> | undefined;
    await new Promise<void>((isAtWork) => {
      call = client.call('run_pipeline', { asOf: '2026-01-31' }, { onprogress: () => isAtWork() });
    });
    const closing = own.door.close();
    expect((await call)?.isError).toBe(false);
    await client.close();
    await closing;
  });

  it('keeps the newest sessions when there are too many', async () => {
    const own = await openFakeHttp();
    const way = clientWays.find((candidate) => candidate.name === 'maintenance client, HTTP')!;
    const clients = [];
    for (let count = 0; count < 10; count++) clients.push(await way.connect(own.door.url));
    expect(await clients.at(-1)?.call('get_proof', { index: 1 })).toMatchObject({ isError: false });
    await expect(clients[0]?.call('get_proof', { index: 1 })).rejects.toMatchObject({ message: expect.any(String) });
    await Promise.all(clients.map((client) => client.close()));
    await own.door.close();
  });
});

describe('the token', () => {
  const directory = mkdtempSync(join(tmpdir(), 'cohortium-token-'));

  it('is made once, for its owner only, and can be taken away: a digest is left, and opens nothing', () => {
    const file = join(directory, 'keys', 'http-token');
    const first = serverToken(file, undefined);
    expect(first).toMatchObject({ isNew: true, file });
    const made = readFileSync(file, 'utf8').trim();
    expect(made.length).toBeGreaterThan(40);
    expect(serverToken(file, undefined)).toEqual({ ...first, isNew: false });
    rmSync(file);
    expect(serverToken(file, undefined)).toEqual({ token: first.token, file: `${file}.sha256`, isNew: false });
    expect(statSync(`${file}.sha256`).mode & 0o777).toBe(0o600);
    expect(readFileSync(`${file}.sha256`, 'utf8')).not.toContain(made);
    expect(() => requireToken({ authorization: `Bearer ${made}` }, first.token)).not.toThrow();
    for (const wrong of [first.token, made.slice(1), `${made}x`]) {
      expect(() => requireToken({ authorization: `Bearer ${wrong}` }, first.token)).toThrow(
        expect.objectContaining({ code: 'HTTP_UNAUTHORIZED' }),
      );
    }
  });

  it('is that of the file again where somebody put one there', () => {
    const file = join(directory, 'keys', 'http-token');
    writeFileSync(file, `${token}\n`, { mode: 0o600 });
    const own = serverToken(file, undefined);
    expect(() => requireToken({ authorization: `Bearer ${token}` }, own.token)).not.toThrow();
    rmSync(file);
    expect(serverToken(file, undefined).token).toBe(own.token);
    writeFileSync(`${file}.sha256`, 'a'.repeat(64));
    expect(() => serverToken(file, undefined)).toThrow(expect.objectContaining({ code: 'HTTP_TOKEN_UNSAFE' }));
  });

  it('comes from the environment when it is set there', () => {
    const { token: kept, ...place } = serverToken(join(directory, 'unused'), token);
    expect(place).toEqual({ file: null, isNew: false });
    expect(() => requireToken({ authorization: `Bearer ${token}` }, kept)).not.toThrow();
  });

  it.each(['short', 'with spaces in it and long enough'])('is refused when it is %j', (weak) => {
    expect(() => serverToken(join(directory, 'unused'), weak)).toThrow(expect.objectContaining({ code: 'HTTP_TOKEN_UNSAFE' }));
  });

  it.skipIf(process.platform === 'win32')('is refused when others can read it', () => {
    const file = join(directory, 'open-token');
    writeFileSync(file, token);
    chmodSync(file, 0o644);
    expect(() => serverToken(file, undefined)).toThrow(expect.objectContaining({ code: 'HTTP_TOKEN_UNSAFE' }));
  });
});
