/**
 * Personal data as canaries: names, addresses, numbers and ids that stand nowhere else, in events, bad rows, refused requests, failing
 * sinks, damaged stores and killed processes. Whatever the agent writes to its log, to stderr or into an error must
 * hold none of them, as they are or as a hash. Answers on stdout to who asks about a customer are not searched.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { type RecordingServer, startRecordingServer } from '../fixtures/recording-server.ts';
import { serveDirectory, type ServedDirectory } from '../fixtures/served-directory.ts';
import { cohortium, cohortiumJson, repositoryRoot, temporaryFolder } from './command-line.ts';

const person = {
  id: 'kestrelina-quibblewick-0815',
  name: 'Kestrelina Quibblewick',
  email: 'kestrelina.quibblewick@nightjar.example',
  phone: '+49 1577 0815 4711',
  street: 'Wiesenschaumkrautweg 17',
  order: 'ordernachtigall99',
};
const words = ['kestrelina', 'quibblewick', 'nightjar', '1577 0815', '15770815471', 'wiesenschaumkraut', 'ordernachtigall'];
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const canaries = [...words, ...Object.values(person).flatMap((text) => [sha256(text), Buffer.from(text).toString('base64')])].map((text) =>
  text.toLowerCase(),
);

const heard: { readonly where: string; readonly text: string }[] = [];
const leaks = (): readonly string[] =>
  heard.flatMap(({ where, text }) => {
    const lower = text.toLowerCase();
    const at = canaries.map((canary) => lower.indexOf(canary)).find((place) => place >= 0);
    return at === undefined ? [] : [`${where}: …${text.slice(Math.max(0, at - 160), at + 80)}…`];
  });

const shop = join(temporaryFolder(), 'shop');
const file = (name: string): string => join(shop, name);
/** The customer of the first purchase. */
const someone = (): string => /kestrelina-quibblewick-0815-\d+/.exec(readFileSync(file('transactions.csv'), 'utf8'))?.[0] ?? '';

/** Runs a command whose stderr is searched, and stdout too where nobody asked about a customer; every other one as JSON. */
async function command(parameters: readonly string[], isAboutCustomer = false): Promise<number> {
  const { status, stdout, stderr } = await cohortium([...parameters, ...(heard.length % 4 < 2 ? ['--json'] : []), '--dir', shop]);
  heard.push({ where: `stderr of ${parameters[0]}`, text: stderr });
  heard.push({ where: `stdout of ${parameters.slice(0, 2).join(' ')}`, text: isAboutCustomer ? '' : stdout });
  return status;
}

let sink: RecordingServer;

beforeAll(async () => {
  // A sink that fails, and repeats in its error all that it was sent.
  sink = await startRecordingServer(({ body }) => ({ status: 500, body: `cannot take ${body.toString()} of ${person.email}` }));
  await cohortiumJson(['init', shop, '--currency', 'EUR']);
  await cohortiumJson(['simulate', '--customers', '60', '--months', '10', '--dir', shop]);
  const config = readFileSync(file('cohortium.yaml'), 'utf8')
    .replace('clock: { kind: system }', 'clock: { kind: simulated, at: 2024-11-01 }')
    .replace(/^# gate:\n(?:# {3,}.*\n)+/m, (block) => block.replaceAll(/^# /gm, ''));
  writeFileSync(file('cohortium.yaml'), config);
  for (const name of ['loyalty-desk', 'offers']) {
    const purpose = name === 'offers' ? 'offer-eligibility' : 'analytics';
    writeFileSync(
      file(`registries/subscribers/${name}.yaml`),
      `id: ${name}\nsink: ${name}\npurposes: [${purpose}]\nkind: webhook\nurl: ${sink.url}\nallowPrivate: true\n`,
    );
  }
  writeFileSync(file('pipelines/clv.yaml'), readFileSync(file('pipelines/clv.yaml'), 'utf8').replace('tier-assignment', 'analytics'));
  // Every customer is the canary or bears its name.
  for (const name of ['transactions.csv', 'events.jsonl']) {
    writeFileSync(file(name), readFileSync(file(name), 'utf8').replaceAll(/\bc(\d+)\b/g, `${person.id}-$1`));
  }
  appendFileSync(
    file('events.jsonl'),
    `${[person.email, person.phone, person.name, person.street]
      .map((query, at) =>
        JSON.stringify({
          id: `q-${at}`,
          type: 'search',
          customer: { userId: `${person.id}-1` },
          at: '2024-03-01T10:00:00Z',
          channel: 'web',
          properties: { query, results: 3 },
        }),
      )
      .join('\n')}\n`,
  );
});

afterAll(async () => sink.close());

describe('no canary is heard', () => {
  it('while files are taken, good rows and bad ones', async () => {
    const header = readFileSync(file('transactions.csv'), 'utf8').split('\n')[0] ?? '';
    const row = (change: Readonly<Record<string, string>>): string =>
      header
        .split(',')
        .map(
          (name) =>
            change[name] ??
            { id: person.order, type: 'purchase', customer: person.id, at: '2024-03-01T10:00:00Z', amount: '1.00' }[name] ??
            '',
        )
        .join(',');
    writeFileSync(
      file('bad.csv'),
      [
        header,
        row({ amount: person.phone }),
        row({ at: person.name }),
        row({ type: person.email }),
        row({ customer: '' }),
        row({ email: person.email }),
        `${person.email},${person.name}`,
        `"${person.street}`,
      ].join('\n'),
    );
    writeFileSync(
      file('bad.jsonl'),
      [
        `{"id":"${person.email}`,
        JSON.stringify({ id: person.order, type: person.name, at: person.phone }),
        JSON.stringify({
          type: 'search',
          customer: { userId: person.id, [person.name]: 1 },
          at: 'never',
          properties: { [person.email]: person.phone },
        }),
        JSON.stringify(person.street),
        '',
      ].join('\n'),
    );
    writeFileSync(file('notes.txt'), `${person.email}\n${person.name};${person.phone}\n`);
    expect(await command(['ingest', file('transactions.csv'), '--map', file('map.yaml')])).toBe(0);
    expect(await command(['ingest', file('events.jsonl')])).toBe(0);
    await command(['ingest', file('bad.csv'), '--map', file('map.yaml')]);
    await command(['ingest', file('bad.jsonl')]);
    await command(['ingest', file('notes.txt'), '--map', file('map.yaml')]);
    await command(['consents', 'import', file('notes.txt')]);
    expect(leaks()).toEqual([]);
  });

  it('while values are computed and sinks refuse them with all that they were sent', async () => {
    expect(await command(['run', 'pipelines/clv.yaml', '--as-of', '2024-10-01'])).toBe(0);
    expect(sink.seen.length).toBeGreaterThan(0);
    expect(sink.seen.some(({ body }) => body.includes('kestrelina'))).toBe(true);
    await command(['outbox']);
    await command(['doctor']);
    expect(await command(['score', someone()], true)).toBe(0);
    expect(leaks()).toEqual([]);
  });

  it('when requests are refused, and when the server is killed at work', async () => {
    const served = await serveDirectory(shop);
    try {
      await refusedRequests(served);
    } finally {
      await served.end('SIGTERM');
    }
    heard.push({ where: 'stderr of serve', text: served.complaints() });
    const killed = await serveDirectory(shop);
    void fetch(`${killed.host}/v1/batch`, { method: 'POST', body: JSON.stringify({ batch: [person] }) }).catch(() => undefined);
    await killed.end('SIGKILL');
    heard.push({ where: 'stderr of a killed server', text: killed.complaints() });
    expect(leaks()).toEqual([]);
  });

  it('when a run is killed and goes on', async () => {
    const parameters = ['run', 'pipelines/clv.yaml', '--as-of', '2024-10-08', '--dir', shop];
    const child = spawn(process.execPath, ['--conditions=cohortium-source', join(repositoryRoot, 'mcp-server/cli/main.ts'), ...parameters]);
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    await wait(2500);
    child.kill('SIGKILL');
    await once(child, 'close');
    heard.push({ where: 'stderr of a killed run', text: said });
    expect(await command(['run', 'pipelines/clv.yaml', '--as-of', '2024-10-08'])).toBe(0);
    expect(leaks()).toEqual([]);
  });

  it('when stores and configuration are damaged', async () => {
    const damage = `${JSON.stringify(person)}\n`.repeat(200);
    for (const [name, parameters] of [
      ['.cohortium/scores.db', ['score', someone()]],
      ['.cohortium/outbox.db', ['outbox']],
      ['.cohortium/vault.db', ['run', 'pipelines/clv.yaml', '--as-of', '2024-10-15']],
      ['.cohortium/keys/vault-key.json', ['run', 'pipelines/clv.yaml', '--as-of', '2024-10-15']],
    ] as const) {
      const before = readFileSync(file(name));
      writeFileSync(file(name), damage);
      const status = await command([...parameters]);
      expect(status, name).not.toBe(0);
      writeFileSync(file(name), before);
    }
    expect(leaks()).toEqual([]);
  });

  it('but would be, if it were there', () => {
    heard.push({ where: 'the test itself', text: `an error about ${person.email.toUpperCase()}` });
    expect(leaks().length).toBeGreaterThan(0);
    heard.pop();
    expect(heard.length).toBeGreaterThan(25);
  });
});

async function refusedRequests({ host, keyFile }: ServedDirectory): Promise<void> {
  const writeKey = readFileSync(keyFile, 'utf8').trim();
  const token = readFileSync(file('.cohortium/keys/http-token'), 'utf8').trim();
  const basic = { authorization: `Basic ${Buffer.from(`${writeKey}:`).toString('base64')}`, 'content-type': 'application/json' };
  const bearer = { authorization: `Bearer ${token}`, 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
  const text = JSON.stringify(person);
  const mcp = (name: string, args: object): string =>
    JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: {
        name,
        arguments: args,
        _meta: {
          'io.modelcontextprotocol/protocolVersion': '2026-07-28',
          'io.modelcontextprotocol/clientInfo': { name: 'canary', version: '1' },
          'io.modelcontextprotocol/clientCapabilities': {},
        },
      },
    });
  const requests: readonly (readonly [path: string, init: RequestInit])[] = [
    ['/v1/batch', { method: 'POST', headers: basic, body: `{"batch":[${text}` }],
    [
      '/v1/batch',
      { method: 'POST', headers: basic, body: JSON.stringify({ batch: [person, { type: person.name, userId: person.email }] }) },
    ],
    [
      '/v1/identify',
      { method: 'POST', headers: basic, body: JSON.stringify({ userId: person.id, traits: person, timestamp: person.phone }) },
    ],
    ['/v1/track', { method: 'POST', headers: basic, body: JSON.stringify({ event: person.name, userId: person.id, messageId: 7 }) }],
    ['/v1/track', { method: 'POST', headers: { authorization: `Basic ${Buffer.from(person.email).toString('base64')}` }, body: text }],
    [
      '/v1/events',
      { method: 'POST', headers: basic, body: JSON.stringify({ specversion: person.name, type: person.email, data: person }) },
    ],
    ['/v1/events', { method: 'POST', headers: { ...basic, 'content-type': person.name.replace(' ', '/') }, body: text }],
    [`/${encodeURIComponent(person.email)}`, { method: 'GET' }],
    [`/v1/batch?who=${encodeURIComponent(person.name)}`, { method: 'DELETE', headers: basic }],
    ['/mcp', { method: 'POST', headers: { authorization: `Bearer ${person.order}` }, body: text }],
    ['/mcp', { method: 'POST', headers: bearer, body: `{"jsonrpc":"2.0","id":1,"method":"${person.email}"}` }],
    ['/mcp', { method: 'POST', headers: bearer, body: text.slice(0, -5) }],
    [
      '/mcp',
      { method: 'POST', headers: bearer, body: mcp('lookup_value', { customer: { email: person.email }, location: [person.name] }) },
    ],
    ['/mcp', { method: 'POST', headers: bearer, body: mcp('capture_signals', { signals: [person, person.email], source: 'crm' }) }],
  ];
  for (const [path, init] of requests) {
    const answer = await fetch(`${host}${path}`, init);
    heard.push({ where: `${init.method} ${path.slice(0, 12)} answers ${answer.status}`, text: await answer.text() });
  }
}
