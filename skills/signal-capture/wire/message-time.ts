/**
 * When something happened, by the server's clock. A client's clock may be wrong by days; the time between its `sentAt` and our
 * receipt says by how much, and moves its `timestamp` with it.
 */
import { isoInstant, parseIsoInstant } from '../core/civil-date.ts';
import { ownValue } from '../plan/wire-path.ts';

/** The same years as everywhere: 1900-01-01 to 2199-12-31. */
const firstMs = -2_208_988_800_000;
const afterLastMs = 7_258_118_400_000;

/**
 * ISO text of the time of a message: its original time + (receipt − sentAt). A message out of an archive has been received
 * before (`receivedAt`), and its `timestamp` is corrected already.
 * @param receivedAtMs undefined when unknown; then nothing is corrected
 * @returns what the message says, unchanged, when that is no time
 */
export function messageTime(message: unknown, receivedAtMs: number | undefined): unknown {
  const timestamp = present(message, 'timestamp');
  const original = present(message, 'originalTimestamp') ?? timestamp;
  const archived = instantOf(present(message, 'receivedAt'));
  if (archived !== undefined && timestamp !== undefined) return normal(timestamp);
  const received = archived ?? wholeMs(receivedAtMs);
  if (original === undefined) return received === undefined ? undefined : isoText(received);
  const saidMs = instantOf(original);
  const sent = instantOf(present(message, 'sentAt'));
  if (saidMs === undefined || sent === undefined || received === undefined) return normal(original);
  return isoText(saidMs + (received - sent)) ?? original;
}

/** ISO text of an instant; undefined outside the years that the log has. */
export function isoText(epochMs: number | undefined): string | undefined {
  const ms = wholeMs(epochMs);
  return ms === undefined || ms < firstMs || ms >= afterLastMs ? undefined : isoInstant(ms);
}

function normal(said: unknown): unknown {
  return isoText(instantOf(said)) ?? said;
}

function instantOf(value: unknown): number | undefined {
  return typeof value === 'string' ? parseIsoInstant(value.trim()) : undefined;
}

function present(message: unknown, name: string): unknown {
  return ownValue(message, name) ?? undefined;
}

function wholeMs(value: number | undefined): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}
