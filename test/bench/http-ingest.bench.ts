/**
 * HTTP ingest against the least that a server can do with the same requests: bare node:http that reads and parses the same JSON and
 * answers. Each server is a process of its own; this one sends the same bodies to both in turns, over kept-alive connections, and
 * compares events per second of CPU of the servers. Ours ends with everything on disk: nothing is left for later.
 *
 * node --conditions=cohortium-source test/bench/http-ingest.bench.ts [rounds]
 */
import { fork } from 'node:child_process';
import { rmSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';

import { openHttpDoor } from '../../mcp-server/http/http-server.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { basic, makeOperatorDirectory, storedSignals, token, writeKeyOf } from '../fixtures/event-door.ts';

const perBatch = 100;
const batchesPerRound = 200;
const connections = 8;
const rounds = Number(process.argv[2] ?? 8);

interface Server {
  readonly port: number;
  readonly authorization: string;
  /** CPU of the process so far, user and system, in ms. */
  readonly cpuMs: () => Promise<number>;
  readonly stop: () => Promise<void>;
}

function serveBare(): void {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as { readonly batch: readonly unknown[] }; // sent below
      response.writeHead(200, { 'content-type': 'application/json' }).end(`{"success":${body.batch.length > 0}}`);
    });
  });
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    process.send?.({ port: typeof address === 'object' ? address?.port : 0, authorization: 'none' });
  });
  answerCpu();
}

async function serveCohortium(directory: string): Promise<void> {
  const { openAgent } = await import('../../agents/customer-data-graph/index.ts');
  const agent = await openAgent(directory);
  const intake = agent.intake();
  const endpoint = { handle: () => Promise.resolve(), close: () => Promise.resolve() };
  const door = await openHttpDoor({ endpoint, token, host: '127.0.0.1', port: 0, log: (line) => console.error(line), intake });
  process.send?.({ port: door.port, authorization: basic(writeKeyOf(intake.sources[0]?.keyFile)) });
  answerCpu();
}

function answerCpu(): void {
  process.on('message', () => {
    const { user, system } = process.cpuUsage();
    process.send?.((user + system) / 1000);
  });
}

async function start(args: readonly string[]): Promise<Server> {
  const child = fork(import.meta.filename, args, { execArgv: ['--conditions=cohortium-source'] });
  const failed = new Promise<never>((_, reject) => {
    child.once('close', () => reject(new Error('a server ended')));
  });
  failed.catch(() => undefined);
  const next = async <Message>(): Promise<Message> => {
    const message = new Promise<unknown>((resolve) => {
      child.once('message', resolve);
    });
    return (await Promise.race([message, failed])) as Message; // what the two functions above send
  };
  const { port, authorization } = await next<{ readonly port: number; readonly authorization: string }>();
  return {
    port,
    authorization,
    cpuMs: () => {
      const answer = next<number>();
      child.send('cpu');
      return answer;
    },
    stop: () =>
      new Promise((resolve) => {
        child.once('close', () => resolve());
        child.kill('SIGKILL');
      }),
  };
}

const rng = makeRng('http ingest');
let serial = 0;

/** What the stock SDK of Segment for Node sends: a shop's mix of events, with the fields that it adds. */
function eventOf(): Record<string, unknown> {
  const index = serial++;
  const product = (): Record<string, unknown> => ({
    product_id: `p-${rng.integer(5000)}`,
    sku: `sku-${rng.integer(5000)}`,
    name: `Product number ${rng.integer(5000)}`,
    category: `category-${rng.integer(40)}`,
    price: 5 + rng.integer(9000) / 100,
    quantity: 1,
  });
  const kind = rng.uniform();
  const [event, properties] =
    kind < 0.5
      ? ['Product Viewed', product()]
      : kind < 0.7
        ? ['Product Added', { cart_id: `cart-${index}`, ...product() }]
        : kind < 0.85
          ? ['Products Searched', { query: `words ${rng.integer(3000)}` }]
          : ['Order Completed', { order_id: `o-${index}`, total: 5 + rng.integer(20_000) / 100, currency: 'EUR' }];
  const uuid = index.toString(16).padStart(12, '0');
  return {
    type: 'track',
    event,
    userId: `user-${rng.integer(50_000)}`,
    anonymousId: `c0ffee00-0000-4000-8000-${rng.integer(50_000).toString(16).padStart(12, '0')}`,
    timestamp: new Date(Date.UTC(2026, 0, 1) + index * 500).toISOString(),
    properties,
    context: {
      library: { name: '@segment/analytics-node', version: '3.1.0' },
      locale: 'de-DE',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
      page: { path: '/shop/category', url: 'https://shop.example/shop/category?utm_source=mail', title: 'Category' },
    },
    integrations: {},
    messageId: `node-next-${1_767_225_600_000 + index}-743be593-7789-4b74-8078-${uuid}`,
    _metadata: { nodeVersion: 'v24.4.1', jsRuntime: 'node' },
  };
}

function batchBody(): Buffer {
  return Buffer.from(
    JSON.stringify({ batch: Array.from({ length: perBatch }, eventOf), writeKey: 'none', sentAt: '2026-11-20T00:00:00.000Z' }),
  );
}

async function sendAll(bodies: readonly Buffer[], server: Server, agent: Agent): Promise<void> {
  let at = 0;
  const headers = { authorization: server.authorization, 'content-type': 'application/json' };
  const lane = async (): Promise<void> => {
    for (let body = bodies[at++]; body; body = bodies[at++]) await post(server.port, body, headers, agent);
  };
  await Promise.all(Array.from({ length: connections }, lane));
}

function post(port: number, body: Buffer, headers: Readonly<Record<string, string>>, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/v1/batch', method: 'POST', agent, headers: { ...headers, 'content-length': body.length } },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.on('end', () => {
          if (response.statusCode === 200 && text.includes('"success":true')) resolve();
          else reject(new Error(`answered ${response.statusCode}: ${text.slice(0, 300)}`));
        });
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

async function main(): Promise<void> {
  const directory = await makeOperatorDirectory();
  const servers = { bare: await start(['bare']), cohortium: await start(['cohortium', directory]) };
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const cpu = { bare: [] as number[], cohortium: [] as number[] };
  let bytes = 0;
  // The first rounds teach both their compiler, and do not count.
  const warmRounds = 2;
  for (let round = 0; round < rounds + warmRounds; round++) {
    const bodies = Array.from({ length: batchesPerRound }, batchBody);
    bytes = bodies.reduce((sum, body) => sum + body.length, 0);
    for (const name of round % 2 === 0 ? (['bare', 'cohortium'] as const) : (['cohortium', 'bare'] as const)) {
      const before = await servers[name].cpuMs();
      await sendAll(bodies, servers[name], agent);
      if (round >= warmRounds) cpu[name].push((await servers[name].cpuMs()) - before);
    }
  }
  agent.destroy();
  await servers.bare.stop();
  await servers.cohortium.stop();
  const events = perBatch * batchesPerRound;
  const stored = storedSignals(directory).length;
  rmSync(directory, { recursive: true });
  if (stored < events * (rounds + warmRounds)) throw new Error(`only ${stored} of ${events * (rounds + warmRounds)} events are stored`);
  const perSecond = (name: 'bare' | 'cohortium'): number => events / (median(cpu[name]) / 1000);
  const shown = (value: number): string => Math.round(value).toLocaleString('en');
  console.log(
    `${rounds} rounds of ${shown(events)} events, batches of ${perBatch}, ${Math.round(bytes / events)} bytes each, ${connections} connections`,
  );
  console.log(`events per CPU second: bare ${shown(perSecond('bare'))}, cohortium ${shown(perSecond('cohortium'))}`);
  console.log(`http-ingest ratio: ${(perSecond('cohortium') / perSecond('bare')).toFixed(2)}x the events per CPU second of a bare server`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

if (process.argv[2] === 'bare') serveBare();
else if (process.argv[2] === 'cohortium') await serveCohortium(process.argv[3] ?? '');
else await main();
