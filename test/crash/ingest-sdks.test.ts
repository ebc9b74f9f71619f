/**
 * The stock SDKs of Segment and RudderStack against a server that is killed and started again on the same port: what an SDK
 * reported as delivered is stored, once; what it sent again because it got no answer is not stored twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';

import RudderAnalytics from '@rudderstack/rudder-sdk-node';
import { Analytics } from '@segment/analytics-node';
import { afterAll, describe, expect, it } from 'vitest';

import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { makeOperatorDirectory, storedFaults, storedSignals, writeKeyOf } from '../fixtures/event-door.ts';
import { type ServedDirectory, serveDirectory } from '../fixtures/served-directory.ts';

const perSdk = 5000;
const kills = 8;
/** Events of one SDK per turn, and the pause after it: about ten seconds in all, so that kills fall between them. */
const perTurn = 50;
const pauseMs = 90;

let server: ServedDirectory | undefined;
afterAll(() => server?.end('SIGKILL'));

describe('10,000 events of stock SDKs, through a server that is killed', () => {
  it('stores each event once', async () => {
    const directory = await makeOperatorDirectory();
    server = await serveDirectory(directory);
    const { port, host } = server;
    const writeKey = writeKeyOf(server.keyFile);
    const delivered = new Set<string>();
    const failed: string[] = [];
    const sent: string[] = [];
    const settle = (id: string, reason: Error | undefined): void => {
      if (reason === undefined) delivered.add(id);
      else failed.push(`${id}: ${reason.message}`);
    };

    const segment = new Analytics({ writeKey, host, flushAt: 50, flushInterval: 200, maxRetries: 60 });
    const rudder = new RudderAnalytics(writeKey, {
      dataPlaneUrl: host,
      flushAt: 50,
      flushInterval: 200,
      maxInternalQueueSize: perSdk,
      logLevel: 'none',
      axiosRetryConfig: { retries: 60, retryDelay: () => 200 },
      // Without one the SDK throws where nobody can catch it.
      errorHandler: (error) => void failed.push(String(error)),
    });

    const order = (index: number) => ({
      userId: `u-${index % 700}`,
      event: 'Order Completed',
      properties: { order_id: `o-${index}`, total: 10 + (index % 90), currency: 'EUR' },
    });
    const sending = (async () => {
      for (let index = 0; index < perSdk; index++) {
        const timestamp = new Date(Date.UTC(2026, 0, 1) + index * 60_000);
        const ids = [`segment-${index}`, `rudder-${index}`] as const;
        sent.push(...ids);
        segment.track({ ...order(index), timestamp, messageId: ids[0] }, (error, context) =>
          settle(ids[0], errorOf(error ?? context?.failedDelivery()?.reason)),
        );
        // Its types know no messageId; the SDK keeps one that it is given.
        const message = { ...order(index), originalTimestamp: timestamp, messageId: ids[1] };
        rudder.track(message as Parameters<typeof rudder.track>[0], (error?: Error) => settle(ids[1], error));
        if (index % perTurn === perTurn - 1) await sleep(pauseMs);
      }
    })();

    const rng = makeRng('kill the intake');
    for (let kill = 0; kill < kills; kill++) {
      await sleep(100 + rng.integer(900));
      await server.end('SIGKILL');
      expect(server.complaints()).toBe('');
      await sleep(rng.integer(200));
      server = await serveDirectory(directory, port);
    }
    await sending;
    await segment.closeAndFlush({ timeout: 120_000 });
    for (let turn = 0; turn < 600 && delivered.size + failed.length < sent.length; turn++) {
      await rudder.flush().catch(() => undefined);
      await sleep(100);
    }
    await server.end('SIGTERM');

    expect(failed).toEqual([]);
    expect(delivered.size).toBe(2 * perSdk);
    const stored = storedSignals(directory).map(({ id }) => id);
    expect(new Set(stored).size).toBe(stored.length);
    expect([...stored].sort()).toEqual([...sent].sort());
    expect(storedFaults(directory)).toEqual([]);
  });
});

function errorOf(reason: unknown): Error | undefined {
  if (reason === undefined || reason === null || reason instanceof Error) return reason ?? undefined;
  return new Error(JSON.stringify(reason));
}
