/** 10,000 malformed events against one server: every one of them refused or quarantined with a code, none lost, and no crash. */
import { afterAll, describe, expect, it } from 'vitest';

import { errorTable } from '../../skills/sdk/index.ts';
import { makeRng } from '../../skills/sdk/numeric/index.ts';
import { makeOperatorDirectory, send, storedFaults, storedSignals, writeKeyOf } from '../fixtures/event-door.ts';
import { malformed } from '../fixtures/malformed-events.ts';
import { type ServedDirectory, serveDirectory } from '../fixtures/served-directory.ts';

const total = 10_000;
const callers = 8;

let server: ServedDirectory | undefined;
afterAll(() => server?.end('SIGKILL'));

describe('10,000 malformed events', () => {
  it('are each refused or quarantined with a code, and the server goes on', async () => {
    const directory = await makeOperatorDirectory();
    server = await serveDirectory(directory);
    const door = { port: server.port, writeKey: writeKeyOf(server.keyFile) };
    const rng = makeRng('malformed events');
    const tally = { sent: 0, accepted: 0, duplicates: 0, quarantined: 0, empty: 0, refused: 0 };
    const refusals = new Map<string, number>();
    const oddities: string[] = [];

    const call = async (): Promise<void> => {
      while (tally.sent < total) {
        const { sending, events, kind } = malformed(rng, `m-${tally.sent}`);
        tally.sent += events;
        const { status, json } = await send(door, sending);
        if (status === 200) {
          const counts = json as typeof tally; // the answer of the doors; the sum below shows whether it is
          tally.accepted += counts.accepted;
          tally.duplicates += counts.duplicates;
          tally.quarantined += counts.quarantined;
          tally.empty += counts.empty;
          continue;
        }
        tally.refused += events;
        const { code } = (json as { readonly error: { readonly code: string } }).error;
        refusals.set(`${status} ${code}`, (refusals.get(`${status} ${code}`) ?? 0) + 1);
        if (status >= 500 || status === 429 || !(code in errorTable)) oddities.push(`${kind}: ${status} ${code}`);
      }
    };
    await Promise.all(Array.from({ length: callers }, call));

    expect(oddities).toEqual([]);
    const { sent, ...rest } = tally;
    expect(Object.values(rest).reduce((sum, count) => sum + count)).toBe(sent);
    for (const code of [
      '400 ARGUMENT_INVALID',
      '401 HTTP_UNAUTHORIZED',
      '403 HTTP_REQUEST_FORBIDDEN',
      '404 HTTP_ROUTE_UNKNOWN',
      '415 HTTP_ENCODING_UNKNOWN',
    ]) {
      expect(refusals.get(code), code).toBeGreaterThan(50);
    }
    expect(tally.quarantined).toBeGreaterThan(1000);

    // Still the same process, still taking what is right, and with nothing to complain about.
    expect(server.hasEnded()).toBe(false);
    const good = {
      type: 'track',
      event: 'Order Completed',
      messageId: 'good',
      userId: 'u',
      timestamp: '2026-01-31',
      properties: { total: 1, currency: 'EUR' },
    };
    expect(await send(door, { body: JSON.stringify(good) })).toMatchObject({ status: 200, json: { accepted: 1 } });
    await server.end('SIGTERM');
    expect(server.complaints()).not.toMatch(/http:|TypeError|RangeError/);

    const faults = storedFaults(directory);
    expect(faults.filter(({ code }) => !(code in errorTable))).toEqual([]);
    const ids = storedSignals(directory).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toContain('good');
  });
});
