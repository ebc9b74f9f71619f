import { mkdtempSync, readFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Webhook } from 'standardwebhooks';
import { afterEach, describe, expect, it } from 'vitest';

import type { Subscriber } from '../../../registries/subscribers/subscriber.ts';
import { canonicalJson, column, makeTable, type Ref } from '../../../skills/sdk/index.ts';
import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createOutbox, type MessageHandler, type SqliteOutbox } from './outbox.ts';

const content = createMemoryContent();
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const call = { signal: new AbortController().signal, idempotencyKey: 'effect' };
const second = 1000;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A real receiver on the loopback interface; `answer` gets the number of the request, from 1. */
interface Receiver {
  readonly url: string;
  readonly received: Received[];
  readonly close: () => void;
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function receiver(answer: (response: ServerResponse, number: number) => void): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') });
      answer(response, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = (): void => {
    server.closeAllConnections();
    server.close();
  };
  closing.push(close);
  const { port } = server.address() as AddressInfo; // listening on TCP
  return { url: `http://127.0.0.1:${port}/in`, received, close };
}

const status =
  (...codes: readonly number[]) =>
  (response: ServerResponse, number: number): void => {
    response.writeHead(codes[Math.min(number, codes.length) - 1] ?? 200).end();
  };

const webhook = (url: string, more: object = {}): Subscriber => ({
  id: 'offers',
  sink: 'offers',
  purposes: ['offer-eligibility'],
  kind: 'webhook',
  url,
  allowPrivate: true,
  timeoutSeconds: 60,
  ...more,
});
const desk: Subscriber = { id: 'desk', sink: 'desk', purposes: ['analytics'], kind: 'in-process' };

interface Setting {
  readonly outbox: SqliteOutbox;
  readonly directory: string;
  readonly clock: { at: number };
}

function open(
  subscribers: readonly Subscriber[],
  handlers: Readonly<Record<string, MessageHandler>> = {},
  directory = mkdtempSync(join(tmpdir(), 'cohortium-outbox-')),
): Setting {
  const clock = { at: 1_000_000 };
  const outbox = createOutbox({ directory, content, clock: { now: () => clock.at }, subscribers, secretOf: () => secret, handlers });
  return { outbox, directory, clock };
}

function emissions(subscriber: string, purpose: string, ...names: readonly string[]): Ref {
  return content.putTable(
    makeTable({
      subscriber: column.text(names.map(() => subscriber)),
      messageId: column.text(names.map((name) => `msg_${name}`)),
      body: column.text(names.map((name) => canonicalJson({ id: `msg_${name}`, data: { purpose, items: [`secret value of ${name} é`] } }))),
    }),
  );
}
const offers = (...names: readonly string[]): Ref => emissions('offers', 'offer-eligibility', ...names);
const analytics = (...names: readonly string[]): Ref => emissions('desk', 'analytics', ...names);

describe('delivery by webhook', () => {
  it('signs every message so that the reference library accepts it, in order, once', async () => {
    const { url, received } = await receiver(status(204));
    const { outbox } = open([webhook(url)]);
    const messages = offers('c', 'a', 'b');
    expect(await outbox.enqueue({ emissions: messages }, call)).toEqual({ enqueued: 3, known: 0 });
    const report = { sent: 3, acknowledged: 3, dead: 0, pending: 0, nextAttemptInMs: 0 };
    expect(await outbox.deliver({ emissions: messages }, call)).toEqual(report);
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['msg_c', 'msg_a', 'msg_b']);
    for (const { headers, body } of received) {
      expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toMatchObject({ id: headers['webhook-id'] }); // also checks its age
      expect(headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    }
    expect(await outbox.enqueue({ emissions: messages }, { ...call, idempotencyKey: 'another' })).toEqual({ enqueued: 0, known: 3 });
    // The same effect again, as after a crash between the commit and its answer.
    expect(await outbox.enqueue({ emissions: messages }, call)).toEqual({ enqueued: 3, known: 0 });
    expect(await outbox.deliver({ emissions: messages }, call)).toEqual(report);
    expect(received).toHaveLength(3);
  });

  it('tries again after 500, not before it is due, under the same id, and keeps the order', async () => {
    const { url, received } = await receiver(status(500, 200));
    const { outbox, clock } = open([webhook(url)]);
    const messages = offers('a', 'b');
    await outbox.enqueue({ emissions: messages }, call);
    const first = await outbox.deliver({ emissions: messages }, call);
    expect(first).toMatchObject({ sent: 1, acknowledged: 0, pending: 2 });
    expect(first.nextAttemptInMs).toBeGreaterThanOrEqual(5 * second);
    await outbox.deliver({ emissions: messages }, call);
    expect(received).toHaveLength(1);
    clock.at += first.nextAttemptInMs;
    expect(await outbox.deliver({ emissions: messages }, call)).toMatchObject({ sent: 2, acknowledged: 2, pending: 0 });
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['msg_a', 'msg_a', 'msg_b']);
  });

  it('waits as long as Retry-After asks, in seconds or as a date', async () => {
    const inTwoMinutes = new Date(Date.now() + 120 * second).toUTCString();
    for (const [value, least] of [
      ['90', 90],
      [inTwoMinutes, 110],
    ] as const) {
      const { url } = await receiver((response) => response.writeHead(429, { 'retry-after': value }).end());
      const { outbox } = open([webhook(url)]);
      await outbox.enqueue({ emissions: offers('a') }, call);
      const report = await outbox.deliver({ emissions: offers('a') }, call);
      expect(report.nextAttemptInMs).toBeGreaterThanOrEqual(least * second);
      expect(report.nextAttemptInMs).toBeLessThanOrEqual(120 * second);
    }
  });

  it('gives up on a receiver that never answers after the time allowed, and tries again', async () => {
    const { url } = await receiver(() => {});
    const { outbox } = open([webhook(url, { timeoutSeconds: 0.05 })]);
    await outbox.enqueue({ emissions: offers('a') }, call);
    expect(await outbox.deliver({ emissions: offers('a') }, call)).toMatchObject({ sent: 1, pending: 1, dead: 0 });
  });

  it('tries again when nobody listens', async () => {
    const { outbox } = open([webhook('http://127.0.0.1:1/')]);
    await outbox.enqueue({ emissions: offers('a') }, call);
    expect(await outbox.deliver({ emissions: offers('a') }, call)).toMatchObject({ sent: 1, pending: 1 });
  });

  it('takes an endless answer for what its status says', async () => {
    const { url } = await receiver((response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'.repeat(65_536)), 1);
      response.on('close', () => clearInterval(timer));
    });
    const { outbox } = open([webhook(url)]);
    await outbox.enqueue({ emissions: offers('a') }, call);
    expect(await outbox.deliver({ emissions: offers('a') }, call)).toMatchObject({ acknowledged: 1 });
  });

  it('puts a message into the dead letters after seven attempts, and goes on with the next', async () => {
    const { url, received } = await receiver((response, number) => response.writeHead(number <= 7 ? 503 : 200).end());
    const { outbox, clock } = open([webhook(url)]);
    const messages = offers('a', 'b');
    await outbox.enqueue({ emissions: messages }, call);
    for (let round = 0; round < 7; round++) {
      const { nextAttemptInMs } = await outbox.deliver({ emissions: messages }, call);
      clock.at += nextAttemptInMs;
    }
    expect(received).toHaveLength(8);
    expect(outbox.deadLetters()).toEqual([
      {
        messageId: 'msg_a',
        subscriber: 'offers',
        sequence: 1,
        attempts: 7,
        code: 'EMISSION_REJECTED',
        reason: 'answered 503; given up after 7 attempts',
      },
    ]);
    expect(await outbox.deliver({ emissions: messages }, call)).toMatchObject({ sent: 2, acknowledged: 1, dead: 1, pending: 0 });
    expect(outbox.requeue(['msg_a', 'msg_b', 'msg_unknown'])).toBe(1);
    expect(await outbox.deliver({ emissions: messages }, call)).toMatchObject({ acknowledged: 2, dead: 0 });
    expect(JSON.parse(received.at(-1)?.body ?? '')).toMatchObject({ id: 'msg_a' });
  });

  it.each([400, 401, 404, 422])('puts a message that was answered %i into the dead letters at once', async (code) => {
    const { url } = await receiver(status(code, 200));
    const { outbox } = open([webhook(url)]);
    await outbox.enqueue({ emissions: offers('a', 'b') }, call);
    expect(await outbox.deliver({ emissions: offers('a', 'b') }, call)).toMatchObject({ sent: 2, acknowledged: 1, dead: 1 });
    expect(outbox.deadLetters()[0]).toMatchObject({ messageId: 'msg_a', reason: `answered ${code}` });
  });

  it('follows no redirect', async () => {
    const target = await receiver(status(200));
    const { url } = await receiver((response) => response.writeHead(307, { location: target.url }).end());
    const { outbox } = open([webhook(url)]);
    await outbox.enqueue({ emissions: offers('a') }, call);
    expect(await outbox.deliver({ emissions: offers('a') }, call)).toMatchObject({ dead: 1 });
    expect(target.received).toHaveLength(0);
    expect(outbox.deadLetters()[0]?.reason).toContain('redirect');
  });

  it('sends nothing more to a receiver that answered 410, until its messages are re-queued', async () => {
    const { url, received } = await receiver(status(410, 200));
    const { outbox } = open([webhook(url)]);
    await outbox.enqueue({ emissions: offers('a', 'b') }, call);
    expect(await outbox.deliver({ emissions: offers('a', 'b') }, call)).toMatchObject({ sent: 1, dead: 2, pending: 0 });
    await outbox.enqueue({ emissions: offers('c') }, call);
    expect(await outbox.deliver({ emissions: offers('c') }, call)).toMatchObject({ sent: 0, dead: 1 });
    expect(received).toHaveLength(1);
    expect(outbox.requeue(outbox.deadLetters().map(({ messageId }) => messageId))).toBe(3);
    expect(await outbox.deliver({ emissions: offers('a', 'b', 'c') }, call)).toMatchObject({ acknowledged: 3 });
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual(['msg_a', 'msg_a', 'msg_b', 'msg_c']);
  });

  it.each([
    ['a private address', (url: string) => url.replace('http:', 'https:')],
    ['a name of a private address', (url: string) => url.replace('http://127.0.0.1', 'https://localhost')],
    ['plain http', (url: string) => url],
  ])('refuses %s unless it is allowed', async (_, change) => {
    const { url, received } = await receiver(status(200));
    const { outbox } = open([webhook(change(url), { allowPrivate: false })]);
    await outbox.enqueue({ emissions: offers('a') }, call);
    expect(await outbox.deliver({ emissions: offers('a') }, call)).toMatchObject({ dead: 1 });
    expect(outbox.deadLetters()[0]?.code).toBe('SUBSCRIBER_ADDRESS_FORBIDDEN');
    expect(received).toHaveLength(0);
  });

  it('takes the secret from the environment when the subscriber names one, and waits while it is absent', async () => {
    const { url, received } = await receiver(status(200));
    const environment: Record<string, string> = {};
    const directory = mkdtempSync(join(tmpdir(), 'cohortium-outbox-'));
    const clock = { at: 0 };
    const outbox = createOutbox({
      directory,
      content,
      clock: { now: () => clock.at },
      subscribers: [webhook(url, { secretEnv: 'OFFERS_SECRET' })],
      secretOf: () => 'never asked',
      environment,
    });
    await outbox.enqueue({ emissions: offers('a') }, call);
    expect(await outbox.deliver({ emissions: offers('a') }, call)).toMatchObject({ pending: 1 });
    environment['OFFERS_SECRET'] = secret;
    clock.at += 10 * second;
    expect(await outbox.deliver({ emissions: offers('a') }, call)).toMatchObject({ acknowledged: 1 });
    const { headers, body } = received[0]!;
    expect(new Webhook(secret).verify(body, headers as Record<string, string>)).toBeTruthy(); // single values
  });
});

describe('delivery inside the process', () => {
  it('acknowledges on true, gives up on false, tries again on a throw', async () => {
    const answers = [true, false, 'throw', true];
    const seen: string[] = [];
    const { outbox, clock } = open([desk], {
      desk: async ({ messageId }) => {
        seen.push(messageId);
        const answer = answers.shift();
        if (answer === 'throw') throw new Error('the disk of the desk is full');
        return answer === true;
      },
    });
    const messages = analytics('a', 'b', 'c');
    await outbox.enqueue({ emissions: messages }, call);
    const report = await outbox.deliver({ emissions: messages }, call);
    expect(report).toMatchObject({ sent: 3, acknowledged: 1, dead: 1, pending: 1 });
    expect(outbox.deadLetters()[0]).toMatchObject({ messageId: 'msg_b', code: 'EMISSION_REJECTED' });
    clock.at += report.nextAttemptInMs;
    expect(await outbox.deliver({ emissions: messages }, call)).toMatchObject({ acknowledged: 2, dead: 1 });
    expect(seen).toEqual(['msg_a', 'msg_b', 'msg_c', 'msg_c']);
  });

  it('sends again under the same id after a crash between sending and acknowledging', async () => {
    const seen: string[] = [];
    const first = open([desk], {
      desk: ({ messageId }) => {
        seen.push(messageId);
        first.outbox.close(); // what a crash leaves: the message arrived, its acknowledgment was never written
        return true;
      },
    });
    await first.outbox.enqueue({ emissions: analytics('a') }, call);
    await expect(first.outbox.deliver({ emissions: analytics('a') }, call)).rejects.toThrow(/not open/);
    const second = open([desk], { desk: ({ messageId }) => seen.push(messageId) > 0 }, first.directory);
    expect(await second.outbox.deliver({ emissions: analytics('a') }, call)).toMatchObject({ sent: 1, acknowledged: 1 });
    expect(seen).toEqual(['msg_a', 'msg_a']);
  });

  it('sends a message once when two deliveries run at the same time', async () => {
    const seen: string[] = [];
    const { outbox } = open([desk], {
      desk: async ({ messageId }) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        return seen.push(messageId) > 0;
      },
    });
    await outbox.enqueue({ emissions: analytics('a', 'b') }, call);
    await Promise.all([outbox.deliver({ emissions: analytics('a') }, call), outbox.deliver({ emissions: analytics('b') }, call)]);
    expect(seen).toEqual(['msg_a', 'msg_b']);
  });

  it('does not hold up one subscriber for another that waits', async () => {
    const { url } = await receiver(status(503));
    const { outbox } = open([webhook(url), desk], { desk: () => true });
    await outbox.enqueue({ emissions: offers('a') }, call);
    await outbox.enqueue({ emissions: analytics('b') }, call);
    expect(await outbox.deliver({ emissions: analytics('b') }, call)).toMatchObject({ acknowledged: 1, pending: 0, nextAttemptInMs: 0 });
  });

  it('stops between messages when it is cancelled, and keeps what was acknowledged', async () => {
    const stop = new AbortController();
    const { outbox } = open([desk], {
      desk: () => {
        stop.abort();
        return true;
      },
    });
    const messages = analytics('a', 'b');
    await outbox.enqueue({ emissions: messages }, call);
    await expect(outbox.deliver({ emissions: messages }, { ...call, signal: stop.signal })).rejects.toThrow(/abort/);
    expect(await outbox.deliver({ emissions: messages }, call)).toMatchObject({ sent: 2, acknowledged: 2 });
  });

  it('drops the text of a message when it is acknowledged', async () => {
    const { outbox, directory } = open([desk], { desk: () => true });
    await outbox.enqueue({ emissions: analytics('a') }, call);
    await outbox.deliver({ emissions: analytics('a') }, call);
    outbox.close();
    expect(readFileSync(join(directory, 'outbox.db'), 'latin1')).not.toContain('secret value');
  });
});

describe('enqueueing', () => {
  it('refuses the whole batch for an undeclared subscriber or purpose', async () => {
    const { outbox } = open([desk], { desk: () => true });
    await expect(outbox.enqueue({ emissions: emissions('dask', 'analytics', 'a') }, call)).rejects.toMatchObject({
      code: 'SUBSCRIBER_INVALID',
      message: expect.stringContaining(`'dask', which registries/subscribers does not declare; declared: desk`),
    });
    await expect(outbox.enqueue({ emissions: emissions('desk', 'credit', 'a') }, call)).rejects.toMatchObject({
      code: 'SUBSCRIBER_INVALID',
    });
    expect(await outbox.deliver({ emissions: analytics('a') }, call)).toMatchObject({ sent: 0, pending: 0 });
  });

  it('refuses another text under a known id and enqueues nothing of that batch', async () => {
    const { outbox } = open([desk], { desk: () => true });
    await outbox.enqueue({ emissions: analytics('a') }, call);
    const other = makeTable({
      subscriber: column.text(['desk', 'desk']),
      messageId: column.text(['msg_b', 'msg_a']),
      body: column.text(['{}', '{}']),
    });
    await expect(outbox.enqueue({ emissions: content.putTable(other) }, call)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect(await outbox.deliver({ emissions: analytics('a', 'b') }, call)).toMatchObject({ acknowledged: 1, pending: 0 });
  });

  it('gives up on messages of a subscriber that was taken out, and takes them up again when it is back', async () => {
    const first = open([desk], { desk: () => true });
    await first.outbox.enqueue({ emissions: analytics('a') }, call);
    first.outbox.close();
    const without = open([], {}, first.directory);
    expect(await without.outbox.deliver({ emissions: analytics('a') }, call)).toMatchObject({ sent: 0, dead: 1 });
    expect(without.outbox.deadLetters()[0]).toMatchObject({ code: 'SUBSCRIBER_INVALID', attempts: 0 });
    without.outbox.close();
    const back = open([desk], { desk: () => true }, first.directory);
    expect(back.outbox.requeue(['msg_a'])).toBe(1);
    expect(await back.outbox.deliver({ emissions: analytics('a') }, call)).toMatchObject({ acknowledged: 1 });
  });

  it('refuses an in-process subscriber that nobody speaks for', () => {
    expect(() => open([desk])).toThrow(/nobody to hand messages to/);
  });
});
