/** What the doors' way in makes of a message, wherever the machine stands. */
import { afterEach, describe, expect, it } from 'vitest';

import { registryWith } from '../../../test/fixtures/signal-registry.ts';
import { readDelivered } from './event-intake.ts';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

/** When a message happened that was sent ten minutes by its clock after it, and received an hour by ours after that. */
function instantIn(timeZone: string, sentAt: string): number | undefined {
  process.env['TZ'] = timeZone;
  const message = {
    type: 'track',
    event: 'Product Viewed',
    messageId: 'm',
    userId: 'u',
    originalTimestamp: '2026-01-31T12:00:00Z',
    sentAt,
    properties: { product_id: 'p' },
  };
  const { verdicts } = readDelivered(
    message,
    { id: 'web', kind: 'any' },
    { format: 'segment', receivedAtMs: Date.UTC(2026, 0, 31, 13, 10), hasGlobalPrivacyControl: false },
    { registry: registryWith(), currency: 'EUR' },
  );
  const [verdict] = verdicts;
  return verdict?.ok === true ? verdict.signal.tsMs : undefined;
}

describe('the time of a message', () => {
  it.each(['UTC', 'Asia/Kolkata', 'America/St_Johns', 'Pacific/Chatham'])('is the same on a machine in %s', (timeZone) => {
    // Corrected by the hour that its sender's clock is behind.
    const expected = Date.UTC(2026, 0, 31, 13);
    for (const sentAt of ['2026-01-31T12:10:00Z', '2026-01-31T12:10:00', ' 2026-01-31T13:10:00+01:00 ']) {
      expect(instantIn(timeZone, sentAt)).toBe(expected);
    }
  });

  it('is not corrected by what is no time', () => {
    expect(instantIn('UTC', '2026-02-30T12:10:00Z')).toBe(Date.UTC(2026, 0, 31, 12));
    expect(instantIn('UTC', 'yesterday')).toBe(Date.UTC(2026, 0, 31, 12));
  });
});
